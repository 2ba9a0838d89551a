-- +goose Up
-- What was asked of whoever wants to prove who they are. id is the SHA-256 of the token that only the asking browser has,
-- and secret is nothing without that token.
CREATE TABLE hall_challenge (
	id         TEXT NOT NULL PRIMARY KEY,
	person_id  TEXT NOT NULL,
	purpose    TEXT NOT NULL,
	secret     TEXT NOT NULL,
	data       TEXT NOT NULL,
	tries      INTEGER NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX hall_challenge_expires ON hall_challenge (expires_at);

-- +goose Down
DROP TABLE hall_challenge;
