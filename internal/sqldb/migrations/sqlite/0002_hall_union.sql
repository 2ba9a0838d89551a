-- +goose Up
-- Small and read by every process into memory.
CREATE TABLE hall_union (
	id         TEXT NOT NULL PRIMARY KEY,
	parent_id  TEXT NOT NULL,
	level      INTEGER NOT NULL,
	code       TEXT NOT NULL,
	path       TEXT NOT NULL,
	name_zh    TEXT NOT NULL,
	name_en    TEXT NOT NULL,
	kind       TEXT NOT NULL,
	lat        DOUBLE PRECISION NOT NULL,
	lng        DOUBLE PRECISION NOT NULL,
	created_at BIGINT NOT NULL,
	UNIQUE (parent_id, code),
	UNIQUE (path)
);

-- +goose Down
DROP TABLE hall_union;
