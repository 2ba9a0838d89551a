-- +goose Up
-- How unions moved, and into which other ones they went. plan is JSON: from where to where. done_at is 0 for the one that is
-- under way. Small and read by every process into memory with the unions.
CREATE TABLE hall_move (
	id          TEXT NOT NULL PRIMARY KEY,
	union_id    TEXT NOT NULL,
	into_id     TEXT NOT NULL,
	merge       BOOLEAN NOT NULL,
	plan        TEXT NOT NULL,
	by_id       TEXT NOT NULL,
	at          BIGINT NOT NULL,
	followed_at BIGINT NOT NULL,
	done_at     BIGINT NOT NULL
);
-- What any request reads to know what its person may.
CREATE INDEX hall_move_under_way ON hall_move (done_at) WHERE done_at = 0;

-- A move takes rows by their union; without these each look for those behind reads the whole table.
CREATE INDEX exchange_offer_union ON exchange_offer (union_path);
CREATE INDEX exchange_tool_union ON exchange_tool (union_path);

-- +goose Down
DROP INDEX exchange_tool_union;
DROP INDEX exchange_offer_union;
DROP TABLE hall_move;
