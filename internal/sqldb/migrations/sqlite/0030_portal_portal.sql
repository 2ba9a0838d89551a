-- +goose Up
CREATE TABLE portal_portal (
	id         TEXT NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL,
	union_id   TEXT NOT NULL,
	union_path TEXT NOT NULL,
	status     TEXT NOT NULL,
	scopes     TEXT NOT NULL,
	rate       BIGINT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX portal_portal_union ON portal_portal (union_path);

-- Small and keyed by what a request brings: the id that the key's text begins with.
CREATE TABLE portal_key (
	id           TEXT NOT NULL PRIMARY KEY,
	portal_id    TEXT NOT NULL,
	hash         TEXT NOT NULL,
	created_at   BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	expires_at   BIGINT NOT NULL,
	revoked_at   BIGINT NOT NULL
);
CREATE INDEX portal_key_portal ON portal_key (portal_id, created_at);

CREATE TABLE portal_hook (
	portal_id    TEXT NOT NULL,
	id           TEXT NOT NULL,
	url          TEXT NOT NULL,
	secret       TEXT NOT NULL,
	events       TEXT NOT NULL,
	status       TEXT NOT NULL,
	failures     BIGINT NOT NULL,
	paused_until BIGINT NOT NULL,
	created_at   BIGINT NOT NULL,
	PRIMARY KEY (portal_id, id)
);

CREATE TABLE portal_delivery (
	portal_id  TEXT NOT NULL,
	hook_id    TEXT NOT NULL,
	event_id   TEXT NOT NULL,
	id         TEXT NOT NULL,
	subject    TEXT NOT NULL,
	body       TEXT NOT NULL,
	state      TEXT NOT NULL,
	attempts   BIGINT NOT NULL,
	due_at     BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	last_at    BIGINT NOT NULL,
	status     BIGINT NOT NULL,
	failure    TEXT NOT NULL,
	took       BIGINT NOT NULL,
	lease      TEXT NOT NULL,
	-- Offering again queues nothing: this key is what makes a redelivered event harmless.
	PRIMARY KEY (portal_id, hook_id, event_id)
);
CREATE UNIQUE INDEX portal_delivery_id ON portal_delivery (portal_id, id);
CREATE UNIQUE INDEX portal_delivery_log ON portal_delivery (portal_id, hook_id, id);
-- What waits is few among many: looking for work costs what waits, not what was.
CREATE INDEX portal_delivery_due ON portal_delivery (due_at, id) WHERE state = 'pending';
CREATE INDEX portal_delivery_age ON portal_delivery (created_at) WHERE state <> 'pending';

-- +goose Down
DROP TABLE portal_delivery;
DROP TABLE portal_hook;
DROP TABLE portal_key;
DROP TABLE portal_portal;
