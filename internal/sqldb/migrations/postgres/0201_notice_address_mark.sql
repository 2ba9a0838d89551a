-- +goose Up
-- By what an address is found that somebody types: a keyed mark, as in hall_login. Rows of before get theirs at the next
-- start.
ALTER TABLE notice_address ADD COLUMN mark TEXT NOT NULL DEFAULT '';
CREATE INDEX notice_address_mark ON notice_address (mark);

-- +goose Down
DROP INDEX notice_address_mark;
ALTER TABLE notice_address DROP COLUMN mark;
