-- The door of the inbox: a second factor, and sessions that their agent can look through.

ALTER TABLE workspaces ADD COLUMN second_factor_required BOOLEAN NOT NULL DEFAULT FALSE;

-- What an agent's authenticator shares with us: codes are computed from it, so it cannot be a hash.
CREATE TABLE second_factors (
    agent_id UUID PRIMARY KEY REFERENCES agents (id),
    secret BYTEA NOT NULL,
    -- The time step of the last code that was taken: no code opens twice.
    last_step BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    -- Null until the authenticator has shown that it has the secret; nothing is asked for before.
    confirmed_at BIGINT
);

-- For the day when the authenticator is lost; each is removed when it is used.
CREATE TABLE recovery_codes (
    agent_id UUID NOT NULL REFERENCES agents (id),
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (agent_id, code_hash)
);

-- When the agent last proved who they are, and when and from where the session was last used.
ALTER TABLE agent_sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE agent_sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE agent_sessions ADD COLUMN address TEXT;
ALTER TABLE agent_sessions ADD COLUMN browser TEXT;
