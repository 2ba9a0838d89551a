-- +goose Up
-- What an officer found when they compared an enterprise with its business licence: the last finding only, those before
-- it stand in hall_audit.
CREATE TABLE hall_verification (
	enterprise_id TEXT NOT NULL PRIMARY KEY,
	state         TEXT NOT NULL,
	licence       TEXT NOT NULL,
	reason        TEXT NOT NULL,
	found_by      TEXT NOT NULL,
	found_at      BIGINT NOT NULL
);

-- +goose Down
DROP TABLE hall_verification;
