-- +goose Up
-- Whoever was told of a thing before is looked up by its link, once for every person told: without an index each
-- lookup reads all that the person was ever told.
CREATE INDEX notice_item_link ON notice_item (person_id, link);

-- +goose Down
DROP INDEX notice_item_link;
