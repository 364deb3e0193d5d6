-- What an anonymous user has becomes somebody's whom the app's backend vouches for.

-- The user whom this anonymous one has become; their row stays, so that nothing is counted or erased by halves.
ALTER TABLE users ADD COLUMN merged_into UUID;
-- Since when, and after which message, the user is known; null: they were from the beginning, or are not.
ALTER TABLE conversations ADD COLUMN identified_at BIGINT;
ALTER TABLE conversations ADD COLUMN identified_after BIGINT;

CREATE INDEX users_merged ON users (merged_into) WHERE merged_into IS NOT NULL;
