-- +goose Up
-- Who is who in the federation's directory. mark is the keyed hash of the directory and of its name for the person.
CREATE TABLE hall_identity (
	mark       TEXT NOT NULL PRIMARY KEY,
	person_id  TEXT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX hall_identity_person ON hall_identity (person_id);

-- +goose Down
DROP TABLE hall_identity;
