-- +goose Up
-- id is the SHA-256 of the token, which is kept nowhere.
CREATE TABLE hall_session (
	id         TEXT NOT NULL PRIMARY KEY,
	person_id  TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	address    TEXT NOT NULL,
	agent      TEXT NOT NULL,
	data       TEXT NOT NULL
);
CREATE INDEX hall_session_person ON hall_session (person_id, seen_at);
CREATE INDEX hall_session_expires ON hall_session (expires_at);
CREATE INDEX hall_session_seen ON hall_session (seen_at);

-- +goose Down
DROP TABLE hall_session;
