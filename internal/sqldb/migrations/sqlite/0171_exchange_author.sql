-- +goose Up
-- What somebody wrote is found by who wrote it when they take it with them, or have it erased.
CREATE INDEX exchange_message_author ON exchange_message (author_id, need_id);

-- +goose Down
DROP INDEX exchange_message_author;
