-- +goose Up
-- How personal data is sealed here: 'proof' opens with the right keys only, 'clear' says whether rows of before may
-- still lie in the clear.
CREATE TABLE hall_seal (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
);

-- +goose Down
DROP TABLE hall_seal;
