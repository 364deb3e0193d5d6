-- The first schema. One text for SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN, UUID, BYTEA and nothing else.
-- Times are unix milliseconds, JSON is TEXT, secrets are SHA-256 hashes.

CREATE TABLE workspaces (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- An ordered log for one user or one team; its id is its owner's. Changes from first_seq to last_seq are kept.
CREATE TABLE feeds (
    id UUID PRIMARY KEY,
    first_seq BIGINT NOT NULL DEFAULT 1,
    last_seq BIGINT NOT NULL DEFAULT 0
);

-- A change points at what changed; bodies are read from their own tables.
CREATE TABLE changes (
    feed_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    conversation_id UUID NOT NULL,
    message_seq BIGINT,
    note_id UUID,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (feed_id, seq)
);

CREATE TABLE teams (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE agents (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE INDEX agents_of_workspace ON agents (workspace_id, created_at);

CREATE TABLE team_members (
    team_id UUID NOT NULL REFERENCES teams (id),
    agent_id UUID NOT NULL REFERENCES agents (id),
    PRIMARY KEY (team_id, agent_id)
);

CREATE INDEX teams_of_agent ON team_members (agent_id, team_id);

CREATE TABLE agent_sessions (
    token_hash BYTEA PRIMARY KEY,
    agent_id UUID NOT NULL REFERENCES agents (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_of_agent ON agent_sessions (agent_id);

CREATE TABLE apps (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    team_id UUID NOT NULL REFERENCES teams (id),
    name TEXT NOT NULL,
    push_privacy TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE identity_keys (
    id UUID PRIMARY KEY,
    app_id UUID NOT NULL REFERENCES apps (id),
    algorithm TEXT NOT NULL,
    kid TEXT,
    material BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE INDEX identity_keys_of_app ON identity_keys (app_id);

CREATE TABLE server_keys (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    label TEXT NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE push_credentials (
    app_id UUID NOT NULL REFERENCES apps (id),
    provider TEXT NOT NULL,
    config TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, provider)
);

CREATE TABLE users (
    id UUID PRIMARY KEY,
    app_id UUID NOT NULL REFERENCES apps (id),
    external_id TEXT,
    name TEXT,
    email TEXT,
    -- Counted here so that the limit holds under the row's lock.
    conversation_count BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    UNIQUE (app_id, external_id)
);

CREATE TABLE devices (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    secret_hash BYTEA NOT NULL,
    platform TEXT NOT NULL,
    locale TEXT,
    app_version TEXT,
    push_provider TEXT,
    push_token TEXT,
    -- A token may be longer than an index entry of PostgreSQL.
    push_token_hash BYTEA,
    push_environment TEXT,
    push_registered_at BIGINT,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE INDEX devices_of_user ON devices (user_id, seen_at);
CREATE UNIQUE INDEX device_of_push_token ON devices (push_provider, push_token_hash);

CREATE TABLE sessions (
    token_hash BYTEA PRIMARY KEY,
    device_id UUID NOT NULL UNIQUE REFERENCES devices (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE conversations (
    id UUID PRIMARY KEY,
    app_id UUID NOT NULL REFERENCES apps (id),
    team_id UUID NOT NULL REFERENCES teams (id),
    user_id UUID NOT NULL REFERENCES users (id),
    assignee_id UUID REFERENCES agents (id),
    title TEXT,
    state TEXT NOT NULL,
    last_seq BIGINT NOT NULL DEFAULT 0,
    -- How many of its messages the user wrote: see messages.user_count.
    user_count BIGINT NOT NULL DEFAULT 0,
    user_delivered_seq BIGINT NOT NULL DEFAULT 0,
    user_read_seq BIGINT NOT NULL DEFAULT 0,
    team_read_seq BIGINT NOT NULL DEFAULT 0,
    waiting_since BIGINT,
    created_at BIGINT NOT NULL,
    active_at BIGINT NOT NULL
);

CREATE INDEX conversations_of_user ON conversations (user_id, active_at, id);
CREATE INDEX conversations_of_team ON conversations (team_id, state, active_at, id);
CREATE INDEX conversations_of_agent ON conversations (assignee_id, state, active_at, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX conversations_of_nobody ON conversations (team_id, state, active_at, id) WHERE assignee_id IS NULL;

-- A row is never changed, so user_count - how many messages up to and with this one the user wrote - is a fact.
-- The messages of one side between two places are then a difference of two rows, however many there are.
CREATE TABLE messages (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    seq BIGINT NOT NULL,
    id UUID NOT NULL UNIQUE,
    author_kind TEXT NOT NULL,
    author_id UUID,
    author_name TEXT,
    parts TEXT NOT NULL,
    user_count BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);

-- Their own table, so that no query for a user's messages can return one.
CREATE TABLE notes (
    id UUID PRIMARY KEY,
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    after_seq BIGINT NOT NULL,
    agent_id UUID NOT NULL REFERENCES agents (id),
    agent_name TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX notes_of_conversation ON notes (conversation_id, after_seq, id);

-- A claim moves run_at past its lease and counts attempts, which is the proof of the claim.
CREATE TABLE jobs (
    id UUID PRIMARY KEY,
    payload TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX jobs_due ON jobs (run_at, id);

CREATE TABLE dead_jobs (
    id UUID PRIMARY KEY,
    payload TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    died_at BIGINT NOT NULL
);

-- Each attempt to wake a device for a message, and what the provider said.
CREATE TABLE pushes (
    message_id UUID NOT NULL,
    device_id UUID NOT NULL,
    at BIGINT NOT NULL,
    provider TEXT NOT NULL,
    accepted BOOLEAN NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (message_id, device_id, at)
);
