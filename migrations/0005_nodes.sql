-- Many nodes: jobs know whose they are, so that no app's work stands in the way of another's; and who may not come in.

ALTER TABLE jobs ADD COLUMN app_id UUID;

CREATE INDEX jobs_of_app ON jobs (app_id, run_at, id);

-- A user who is shut out, an app that is shut.
ALTER TABLE users ADD COLUMN blocked_at BIGINT;
ALTER TABLE apps ADD COLUMN disabled_at BIGINT;

-- The key that vouched for the user of a session, and since when its sessions are worth nothing.
ALTER TABLE sessions ADD COLUMN identity_key_id UUID;
ALTER TABLE identity_keys ADD COLUMN sessions_ended_at BIGINT;

CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX sessions_of_key ON sessions (identity_key_id) WHERE identity_key_id IS NOT NULL;
