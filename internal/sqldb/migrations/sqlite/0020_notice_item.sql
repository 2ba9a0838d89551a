-- +goose Up
CREATE TABLE notice_item (
	person_id  TEXT NOT NULL,
	event_id   TEXT NOT NULL,
	msg        TEXT NOT NULL,
	id         TEXT NOT NULL,
	args       TEXT NOT NULL,
	link       TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	read_at    BIGINT NOT NULL,
	-- Telling again is no news: this key is what makes a redelivered event harmless.
	PRIMARY KEY (person_id, event_id, msg)
);
CREATE UNIQUE INDEX notice_item_list ON notice_item (person_id, created_at, id);
CREATE UNIQUE INDEX notice_item_id ON notice_item (person_id, id);
-- The bell counts on every page; what is unread is few among many.
CREATE INDEX notice_item_unread ON notice_item (person_id, created_at) WHERE read_at = 0;
CREATE INDEX notice_item_age ON notice_item (created_at);

-- +goose Down
DROP TABLE notice_item;
