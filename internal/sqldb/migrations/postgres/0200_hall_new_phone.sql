-- +goose Up
-- The number that a challenge is about, where that is not the person's own: the new one, to which a code went, or the old
-- one, which is still to be told. Sealed.
ALTER TABLE hall_challenge ADD COLUMN phone TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE hall_challenge DROP COLUMN phone;
