-- +goose Up
-- The public halves of keys that lie in people's telephones and computers. id is the key's own, data its public half and
-- how often it has signed, as JSON.
CREATE TABLE hall_passkey (
	id         TEXT NOT NULL PRIMARY KEY,
	person_id  TEXT NOT NULL,
	name       TEXT NOT NULL,
	data       TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL
);
CREATE INDEX hall_passkey_person ON hall_passkey (person_id, created_at);

-- +goose Down
DROP TABLE hall_passkey;
