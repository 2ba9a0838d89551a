-- +goose Up
-- craft, honours and calendar are JSON. rank sorts the public list, low first; words is what its
-- search looks into, in lower case.
CREATE TABLE hall_master (
	person_id  TEXT NOT NULL PRIMARY KEY,
	union_id   TEXT NOT NULL,
	union_path TEXT NOT NULL,
	title      TEXT NOT NULL,
	craft      TEXT NOT NULL,
	bio        TEXT NOT NULL,
	honours    TEXT NOT NULL,
	city       TEXT NOT NULL,
	lat        DOUBLE PRECISION NOT NULL,
	lng        DOUBLE PRECISION NOT NULL,
	reach      INTEGER NOT NULL,
	calendar   TEXT NOT NULL,
	max_load   INTEGER NOT NULL,
	status     TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	rank       INTEGER NOT NULL,
	words      TEXT NOT NULL
);
CREATE INDEX hall_master_union ON hall_master (union_path, person_id);
CREATE INDEX hall_master_rank ON hall_master (rank, person_id);

-- The same crafts by trade, for the search.
CREATE TABLE hall_master_craft (
	person_id TEXT NOT NULL,
	trade     TEXT NOT NULL,
	PRIMARY KEY (person_id, trade)
);
CREATE INDEX hall_master_craft_trade ON hall_master_craft (trade, person_id);

-- +goose Down
DROP TABLE hall_master_craft;
DROP TABLE hall_master;
