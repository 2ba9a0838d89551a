-- +goose Up
CREATE TABLE hall_person (
	id         TEXT NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL,
	phone      TEXT NOT NULL,
	email      TEXT NOT NULL,
	union_id   TEXT NOT NULL,
	union_path TEXT NOT NULL,
	lang       TEXT NOT NULL,
	status     TEXT NOT NULL,
	created_at BIGINT NOT NULL
);
-- Lists of a subtree come by union and name.
CREATE INDEX hall_person_union ON hall_person (union_path, name, id);

-- What must be one person's alone in the whole hall is keyed by the value, not by the person.
CREATE TABLE hall_login (
	value     TEXT NOT NULL PRIMARY KEY,
	kind      TEXT NOT NULL,
	person_id TEXT NOT NULL
);

-- Apart from the person, so that reading people never reads it.
CREATE TABLE hall_password (
	person_id  TEXT NOT NULL PRIMARY KEY,
	hash       TEXT NOT NULL,
	handed_out BOOLEAN NOT NULL
);

-- +goose Down
DROP TABLE hall_password;
DROP TABLE hall_login;
DROP TABLE hall_person;
