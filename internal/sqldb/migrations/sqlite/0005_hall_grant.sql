-- +goose Up
CREATE TABLE hall_grant (
	id         TEXT NOT NULL PRIMARY KEY,
	person_id  TEXT NOT NULL,
	union_id   TEXT NOT NULL,
	union_path TEXT NOT NULL,
	role       TEXT NOT NULL,
	given_by   TEXT NOT NULL,
	given_at   BIGINT NOT NULL,
	UNIQUE (person_id, union_id, role)
);
CREATE INDEX hall_grant_union ON hall_grant (union_path);

CREATE TABLE hall_audit (
	id         TEXT NOT NULL PRIMARY KEY,
	at         BIGINT NOT NULL,
	actor_id   TEXT NOT NULL,
	what       TEXT NOT NULL,
	union_path TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	detail     TEXT NOT NULL
);
CREATE INDEX hall_audit_union ON hall_audit (union_path);

-- +goose Down
DROP TABLE hall_audit;
DROP TABLE hall_grant;
