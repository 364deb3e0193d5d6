-- What agents say often: of a team, or of one agent.
CREATE TABLE saved_replies (
    id UUID PRIMARY KEY,
    team_id UUID REFERENCES teams (id),
    agent_id UUID REFERENCES agents (id),
    name TEXT NOT NULL,
    -- A JSON array: the words in each language.
    texts TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK ((team_id IS NULL) <> (agent_id IS NULL))
);

CREATE INDEX saved_replies_of_team ON saved_replies (team_id, name) WHERE team_id IS NOT NULL;
CREATE INDEX saved_replies_of_agent ON saved_replies (agent_id, name) WHERE agent_id IS NOT NULL;
