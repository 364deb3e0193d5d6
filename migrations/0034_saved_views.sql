-- Views that agents keep: a list, and what narrows it down.
CREATE TABLE saved_views (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    -- Who made it.
    agent_id UUID NOT NULL REFERENCES agents (id),
    name TEXT NOT NULL,
    -- As JSON.
    filter TEXT NOT NULL,
    -- Whether everybody of the workspace has it.
    is_shared BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX saved_views_of_agent ON saved_views (agent_id);
CREATE INDEX saved_views_shared ON saved_views (workspace_id, is_shared);
