-- +goose Up
-- Each act of giving or withdrawing a consent, with the version of the text that was read. Rows are added, never changed.
CREATE TABLE privacy_consent (
	person_id TEXT NOT NULL,
	id        TEXT NOT NULL,
	purpose   TEXT NOT NULL,
	version   INTEGER NOT NULL,
	given     BOOLEAN NOT NULL,
	by_id     TEXT NOT NULL,
	at        BIGINT NOT NULL,
	PRIMARY KEY (person_id, id)
);
CREATE INDEX privacy_consent_at ON privacy_consent (at);

-- Sensitive values, sealed for their person and kind.
CREATE TABLE privacy_field (
	person_id TEXT NOT NULL,
	kind      TEXT NOT NULL,
	value     TEXT NOT NULL,
	by_id     TEXT NOT NULL,
	at        BIGINT NOT NULL,
	PRIMARY KEY (person_id, kind)
);

-- What must be one person's alone is keyed by the mark of the value, and found by it.
CREATE TABLE privacy_mark (
	value     TEXT NOT NULL PRIMARY KEY,
	kind      TEXT NOT NULL,
	person_id TEXT NOT NULL
);
CREATE INDEX privacy_mark_person ON privacy_mark (person_id, kind);

-- Who read what of whom, and why. Rows are added, never changed; once tells the same reading of a day from another.
CREATE TABLE privacy_reading (
	person_id  TEXT NOT NULL,
	id         TEXT NOT NULL,
	once       TEXT NOT NULL,
	reader_id  TEXT NOT NULL,
	role       TEXT NOT NULL,
	union_path TEXT NOT NULL,
	field      TEXT NOT NULL,
	reason     TEXT NOT NULL,
	note       TEXT NOT NULL,
	source     TEXT NOT NULL,
	at         BIGINT NOT NULL,
	PRIMARY KEY (person_id, id)
);
CREATE UNIQUE INDEX privacy_reading_once ON privacy_reading (person_id, once);
CREATE INDEX privacy_reading_union ON privacy_reading (union_path, id);
CREATE INDEX privacy_reading_id ON privacy_reading (id);
CREATE INDEX privacy_reading_reader ON privacy_reading (reader_id, id);
CREATE INDEX privacy_reading_at ON privacy_reading (at);

-- Who asked to be forgotten, and how far that has come. Nothing here but identifiers.
CREATE TABLE privacy_erasure (
	person_id  TEXT NOT NULL PRIMARY KEY,
	union_path TEXT NOT NULL,
	state      TEXT NOT NULL,
	part       INTEGER NOT NULL,
	asked_at   BIGINT NOT NULL,
	due_at     BIGINT NOT NULL,
	done_at    BIGINT NOT NULL
);
CREATE INDEX privacy_erasure_due ON privacy_erasure (state, due_at);

-- When each kind of row was last tidied up, and how many went.
CREATE TABLE privacy_sweep (
	kind    TEXT NOT NULL PRIMARY KEY,
	at      BIGINT NOT NULL,
	removed BIGINT NOT NULL,
	total   BIGINT NOT NULL,
	failed  BOOLEAN NOT NULL
);

-- +goose Down
DROP TABLE privacy_sweep;
DROP TABLE privacy_erasure;
DROP TABLE privacy_reading;
DROP TABLE privacy_mark;
DROP TABLE privacy_field;
DROP TABLE privacy_consent;
