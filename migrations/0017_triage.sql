-- Later, how urgent, what it is about.

-- A conversation that is put aside has the state 'snoozed'; to its user it is open.
ALTER TABLE conversations ADD COLUMN snoozed_until BIGINT;
-- When it came back by itself; until somebody does something with it.
ALTER TABLE conversations ADD COLUMN woke_at BIGINT;
-- 0 as any other, 1 high, 2 urgent.
ALTER TABLE conversations ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
-- The names of its tags as a JSON array; NULL for none. The same as its rows in tagged.
ALTER TABLE conversations ADD COLUMN tags TEXT;
-- Where agents find it in their lists: its newest message, its opening, or when it came back.
ALTER TABLE conversations ADD COLUMN listed_at BIGINT NOT NULL DEFAULT 0;
UPDATE conversations SET listed_at = active_at;

DROP INDEX conversations_of_team;
DROP INDEX conversations_of_agent;
DROP INDEX conversations_of_nobody;
CREATE INDEX conversations_of_team ON conversations (team_id, state, listed_at, id);
CREATE INDEX conversations_of_agent ON conversations (assignee_id, state, listed_at, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX conversations_of_nobody ON conversations (team_id, state, listed_at, id) WHERE assignee_id IS NULL;

-- The words a team sorts by, made as they are first used.
CREATE TABLE tags (
    team_id UUID NOT NULL REFERENCES teams (id),
    -- Without case and accents: two that differ in nothing else are one.
    folded TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, folded)
);

CREATE TABLE tagged (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    team_id UUID NOT NULL REFERENCES teams (id),
    folded TEXT NOT NULL,
    tagged_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, folded)
);

CREATE INDEX tagged_of_team ON tagged (team_id, folded, tagged_at);
