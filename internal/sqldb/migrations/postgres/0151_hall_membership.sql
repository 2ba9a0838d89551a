-- +goose Up
-- How people came into unions, went over to others, and left: one row for each turn, never changed. Who has none has
-- belonged to the union of their row since they were entered.
CREATE TABLE hall_membership (
	person_id  TEXT NOT NULL,
	id         TEXT NOT NULL,
	at         BIGINT NOT NULL,
	how        TEXT NOT NULL,
	from_union TEXT NOT NULL,
	to_union   TEXT NOT NULL,
	by_id      TEXT NOT NULL,
	PRIMARY KEY (person_id, id)
);

-- +goose Down
DROP TABLE hall_membership;
