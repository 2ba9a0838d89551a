-- +goose Up
-- How a person wants to be told beyond the hall's pages. choices is JSON: news by kind.
CREATE TABLE notice_setting (
	person_id TEXT NOT NULL PRIMARY KEY,
	choices   TEXT NOT NULL
);

-- Where a person can be told: value is sealed, state is new, active or off.
CREATE TABLE notice_address (
	person_id  TEXT NOT NULL,
	id         TEXT NOT NULL,
	way        TEXT NOT NULL,
	value      TEXT NOT NULL,
	state      TEXT NOT NULL,
	why        TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (person_id, id)
);

-- What is to leave the hall, made together with the notice that it tells of.
CREATE TABLE notice_delivery (
	person_id  TEXT NOT NULL,
	event_id   TEXT NOT NULL,
	msg        TEXT NOT NULL,
	way        TEXT NOT NULL,
	address_id TEXT NOT NULL,
	item_id    TEXT NOT NULL,
	state      TEXT NOT NULL,
	attempts   INTEGER NOT NULL,
	created_at BIGINT NOT NULL,
	due_at     BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	begun_at   BIGINT NOT NULL,
	lease      TEXT NOT NULL,
	why        TEXT NOT NULL,
	-- One row, and one attempt that counts: this key is what keeps an event from being sent twice.
	PRIMARY KEY (person_id, event_id, msg, way, address_id)
);
-- Few wait or are under way; the rest is history.
CREATE INDEX notice_delivery_due ON notice_delivery (due_at) WHERE state = 'waiting';
CREATE INDEX notice_delivery_sending ON notice_delivery (begun_at) WHERE state = 'sending';
CREATE INDEX notice_delivery_expiry ON notice_delivery (expires_at) WHERE state = 'waiting';
CREATE INDEX notice_delivery_person ON notice_delivery (person_id, way, created_at);
CREATE INDEX notice_delivery_age ON notice_delivery (created_at);

-- +goose Down
DROP TABLE notice_delivery;
DROP TABLE notice_address;
DROP TABLE notice_setting;
