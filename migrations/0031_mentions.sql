-- Colleagues whom notes mention.

-- A JSON array: who is mentioned, and the name that stands in the text; NULL for nobody.
ALTER TABLE notes ADD COLUMN mentions TEXT;

-- Of each conversation who is mentioned in it, and whether they have seen it.
CREATE TABLE mentions (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    agent_id UUID NOT NULL REFERENCES agents (id),
    -- The newest note that mentions them.
    note_id UUID NOT NULL,
    is_unread BOOLEAN NOT NULL,
    PRIMARY KEY (conversation_id, agent_id)
);

CREATE INDEX mentions_of_agent ON mentions (agent_id, is_unread, conversation_id);

-- The rows of a conversation in mentions, as a JSON array for its header; NULL for none.
ALTER TABLE conversations ADD COLUMN mentioned TEXT;
