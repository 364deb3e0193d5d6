-- Agents may want an e-mail for what waits too long, whether they have a browser or not. So whom the message of a user
-- concerns is kept apart from browsers: here for what is somebody's, in team_watchers for what nobody has taken.
ALTER TABLE agents ADD COLUMN mails_assigned BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE agents ADD COLUMN mails_unassigned BOOLEAN NOT NULL DEFAULT FALSE;
-- When the last one was sent.
ALTER TABLE agents ADD COLUMN mailed_at BIGINT;

CREATE TABLE assignee_watchers (
    agent_id UUID PRIMARY KEY REFERENCES agents (id)
);

INSERT INTO assignee_watchers (agent_id) SELECT DISTINCT agent_id FROM agent_browsers WHERE wants_assigned;
