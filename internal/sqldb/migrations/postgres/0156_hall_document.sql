-- +goose Up
-- What people hand in to have something confirmed: the business licence of an enterprise, the certificates of a master's
-- honour. subject_id is the enterprise or the master; whose union decides is read from there, so that it follows them.
-- detail and files are JSON.
CREATE TABLE hall_document (
	id         TEXT NOT NULL PRIMARY KEY,
	kind       TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	state      TEXT NOT NULL,
	detail     TEXT NOT NULL,
	files      TEXT NOT NULL,
	reason     TEXT NOT NULL,
	person_id  TEXT NOT NULL,
	given_at   BIGINT NOT NULL,
	decided_by TEXT NOT NULL,
	decided_at BIGINT NOT NULL
);
CREATE INDEX hall_document_subject ON hall_document (subject_id, id);
CREATE INDEX hall_document_waiting ON hall_document (id) WHERE state = 'waiting';
CREATE INDEX hall_document_person ON hall_document (person_id);

-- +goose Down
DROP TABLE hall_document;
