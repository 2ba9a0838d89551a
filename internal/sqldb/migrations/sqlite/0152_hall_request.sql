-- +goose Up
-- What people ask of unions: to be taken in, or to be taken over from another. name, phone, employer and note are sealed;
-- phone_mark finds the requests of a number. A row is gone 30 days after it was decided.
CREATE TABLE hall_request (
	id            TEXT NOT NULL PRIMARY KEY,
	kind          TEXT NOT NULL,
	state         TEXT NOT NULL,
	person_id     TEXT NOT NULL,
	union_id      TEXT NOT NULL,
	union_path    TEXT NOT NULL,
	from_path     TEXT NOT NULL,
	name          TEXT NOT NULL,
	phone         TEXT NOT NULL,
	phone_mark    TEXT NOT NULL,
	employer      TEXT NOT NULL,
	enterprise_id TEXT NOT NULL,
	note          TEXT NOT NULL,
	lang          TEXT NOT NULL,
	reason        TEXT NOT NULL,
	decided_by    TEXT NOT NULL,
	created_at    BIGINT NOT NULL,
	decided_at    BIGINT NOT NULL,
	told_at       BIGINT NOT NULL
);
CREATE INDEX hall_request_union ON hall_request (union_path, id);
CREATE INDEX hall_request_from ON hall_request (from_path, id);
CREATE INDEX hall_request_mark ON hall_request (phone_mark, id);
CREATE INDEX hall_request_person ON hall_request (person_id, id);

-- One number, or one member, has one request waiting at most.
CREATE TABLE hall_request_open (
	value      TEXT NOT NULL PRIMARY KEY,
	request_id TEXT NOT NULL
);

-- +goose Down
DROP TABLE hall_request_open;
DROP TABLE hall_request;
