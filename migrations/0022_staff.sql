-- Who works here: an owner, and people who are invited.

-- Somebody must be able to appoint owners: the administrator who was there first.
UPDATE agents SET role = 'owner' WHERE id IN (
    SELECT a.id FROM agents a WHERE a.role = 'admin' AND a.disabled_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM agents b WHERE b.workspace_id = a.workspace_id AND b.role = 'admin' AND b.disabled_at IS NULL
            AND (b.created_at < a.created_at OR (b.created_at = a.created_at AND b.id < a.id))));

CREATE TABLE invitations (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    -- The ids of teams, as JSON; null: all of them.
    team_ids TEXT,
    token_hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- An address has one invitation; another takes its place.
    UNIQUE (workspace_id, email)
);
