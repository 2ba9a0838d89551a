-- +goose Up
CREATE TABLE hall_enterprise (
	id          TEXT NOT NULL PRIMARY KEY,
	name        TEXT NOT NULL,
	licence     TEXT NOT NULL,
	industry    TEXT NOT NULL,
	size        TEXT NOT NULL,
	specialised BOOLEAN NOT NULL,
	union_id    TEXT NOT NULL,
	union_path  TEXT NOT NULL,
	address     TEXT NOT NULL,
	lat         DOUBLE PRECISION NOT NULL,
	lng         DOUBLE PRECISION NOT NULL,
	status      TEXT NOT NULL,
	created_at  BIGINT NOT NULL
);
CREATE INDEX hall_enterprise_union ON hall_enterprise (union_path, name, id);

CREATE TABLE hall_licence (
	value         TEXT NOT NULL PRIMARY KEY,
	enterprise_id TEXT NOT NULL
);

CREATE TABLE hall_contact (
	enterprise_id TEXT NOT NULL,
	person_id     TEXT NOT NULL,
	title         TEXT NOT NULL,
	since         BIGINT NOT NULL,
	PRIMARY KEY (enterprise_id, person_id)
);
CREATE INDEX hall_contact_person ON hall_contact (person_id);

-- +goose Down
DROP TABLE hall_contact;
DROP TABLE hall_licence;
DROP TABLE hall_enterprise;
