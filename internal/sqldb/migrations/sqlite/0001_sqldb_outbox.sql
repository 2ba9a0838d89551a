-- +goose Up
CREATE TABLE sqldb_outbox (
	id           TEXT NOT NULL PRIMARY KEY,
	subject      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	data         TEXT NOT NULL,
	published_at BIGINT NOT NULL
);
-- What waits is few among many: the relay's read costs what waits, not what was.
CREATE INDEX sqldb_outbox_waiting ON sqldb_outbox (id) WHERE published_at = 0;
CREATE INDEX sqldb_outbox_published ON sqldb_outbox (published_at) WHERE published_at > 0;

-- +goose Down
DROP TABLE sqldb_outbox;
