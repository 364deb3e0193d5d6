-- Replies that wait before their user sees them: for a moment, for a time, for approval, for their author.
CREATE TABLE held_replies (
    -- The id of the message that it will be.
    id UUID PRIMARY KEY,
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    agent_id UUID NOT NULL REFERENCES agents (id),
    agent_name TEXT NOT NULL,
    parts TEXT NOT NULL,
    quote UUID,
    seen_seq BIGINT,
    then_close BOOLEAN NOT NULL,
    -- 'undo', 'time', 'approval' or 'author'.
    waits_for TEXT NOT NULL,
    -- When it goes out; NULL when it waits for a person.
    send_at BIGINT,
    held_at BIGINT NOT NULL,
    -- As JSON, why it came back to its author.
    returned TEXT,
    -- It was taken back, and says nothing any more. The row stays for a while: a request to hold it may come late.
    withdrawn_at BIGINT
);

CREATE INDEX held_replies_of_conversation ON held_replies (conversation_id, held_at, id);

-- What is held, as a JSON array for the header; NULL for nothing. The same as the rows of held_replies.
ALTER TABLE conversations ADD COLUMN held TEXT;
-- How many of them wait for approval.
ALTER TABLE conversations ADD COLUMN to_approve BIGINT NOT NULL DEFAULT 0;
CREATE INDEX conversations_to_approve ON conversations (team_id, listed_at, id) WHERE to_approve > 0;

-- What agents have begun to write, each for themselves: nobody else sees it.
CREATE TABLE drafts (
    agent_id UUID NOT NULL REFERENCES agents (id),
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    -- 'reply' or 'note'.
    kind TEXT NOT NULL,
    -- Empty when it was sent or cleared: the row stays for a while, so that no older words come back.
    text TEXT NOT NULL,
    -- By the server's clock.
    written_at BIGINT NOT NULL,
    -- Grows with each change of one of the agent's drafts.
    revision BIGINT NOT NULL,
    PRIMARY KEY (agent_id, conversation_id, kind)
);

CREATE INDEX drafts_by_revision ON drafts (agent_id, revision);
CREATE INDEX drafts_of_conversation ON drafts (conversation_id);
