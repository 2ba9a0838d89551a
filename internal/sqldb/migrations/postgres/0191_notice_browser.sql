-- +goose Up
-- A browser is one person's: who registers it takes it over from whoever had it.
CREATE INDEX notice_address_id ON notice_address (id);

-- +goose Down
DROP INDEX notice_address_id;
