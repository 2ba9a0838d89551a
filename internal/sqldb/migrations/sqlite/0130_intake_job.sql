-- +goose Up
-- plan and progress are JSON: what is to be done, and how far it has come.
CREATE TABLE intake_job (
	id            TEXT NOT NULL PRIMARY KEY,
	kind          TEXT NOT NULL,
	union_id      TEXT NOT NULL,
	union_path    TEXT NOT NULL,
	by_id         TEXT NOT NULL,
	file          TEXT NOT NULL,
	mark          TEXT NOT NULL,
	state         TEXT NOT NULL,
	working       BOOLEAN NOT NULL,
	worker        TEXT NOT NULL,
	claimed_until BIGINT NOT NULL,
	created_at    BIGINT NOT NULL,
	changed_at    BIGINT NOT NULL,
	plan          TEXT NOT NULL,
	progress      TEXT NOT NULL
);
CREATE INDEX intake_job_union ON intake_job (union_path, id);
CREATE INDEX intake_job_mark ON intake_job (mark, union_id);
CREATE INDEX intake_job_working ON intake_job (working, id);

-- What was wrong with a row. Nothing that stands in the file is repeated here.
CREATE TABLE intake_issue (
	job_id TEXT NOT NULL,
	phase  TEXT NOT NULL,
	row_no INTEGER NOT NULL,
	field  TEXT NOT NULL,
	msg    TEXT NOT NULL,
	args   TEXT NOT NULL,
	PRIMARY KEY (job_id, phase, row_no, field, msg)
);

-- How the columns of lists with this header were last understood.
CREATE TABLE intake_columns (
	union_id  TEXT NOT NULL,
	kind      TEXT NOT NULL,
	header    TEXT NOT NULL,
	fields    TEXT NOT NULL,
	kept_at   BIGINT NOT NULL,
	PRIMARY KEY (union_id, kind, header)
);

-- +goose Down
DROP TABLE intake_columns;
DROP TABLE intake_issue;
DROP TABLE intake_job;
