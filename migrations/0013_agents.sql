-- Agents learn of what waits for them: what they want to be told of, and their browsers that can be woken.

-- By which means, and quiet hours, as JSON; null: as nobody chose.
ALTER TABLE agents ADD COLUMN notifications TEXT;

-- The key with which browsers of a workspace's agents subscribe to Web Push, and pushes to them are signed.
CREATE TABLE agent_push_keys (
    workspace_id UUID PRIMARY KEY REFERENCES workspaces (id),
    config TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- A browser is a session that has subscribed: what ends the session ends this too.
CREATE TABLE agent_browsers (
    id UUID PRIMARY KEY,
    session_hash BYTEA NOT NULL UNIQUE REFERENCES agent_sessions (token_hash) ON DELETE CASCADE,
    agent_id UUID NOT NULL REFERENCES agents (id),
    endpoint TEXT NOT NULL,
    -- An endpoint may be longer than an index entry of PostgreSQL.
    endpoint_hash BYTEA NOT NULL UNIQUE,
    keys TEXT NOT NULL,
    locale TEXT,
    registered_at BIGINT NOT NULL,
    strikes BIGINT NOT NULL DEFAULT 0,
    struck_at BIGINT,
    -- What its agent wants pushed, told here so that the transaction of a message finds out by one look whether there is
    -- anybody at all.
    wants_assigned BOOLEAN NOT NULL,
    wants_unassigned BOOLEAN NOT NULL
);

CREATE INDEX browsers_of_agent ON agent_browsers (agent_id);

-- Members of a team who may have a browser to be woken for what nobody has taken: the transaction of a message looks here
-- once, into an empty table where nobody wants pushes. Whether there is one is asked again.
CREATE TABLE team_watchers (
    team_id UUID NOT NULL REFERENCES teams (id),
    agent_id UUID NOT NULL REFERENCES agents (id),
    PRIMARY KEY (team_id, agent_id)
);

CREATE INDEX watchers_by_agent ON team_watchers (agent_id);
