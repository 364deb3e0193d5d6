-- What users think, who are asked after a conversation was closed.

-- When and with which words, as JSON; null: nobody is asked.
ALTER TABLE apps ADD COLUMN satisfaction TEXT;
-- When the user was last asked: they are left in peace for a while.
ALTER TABLE users ADD COLUMN asked_at BIGINT;

CREATE TABLE ratings (
    -- The message that asks.
    question_id UUID PRIMARY KEY,
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    team_id UUID NOT NULL,
    -- Whose it was when it was closed, or else who did that.
    agent_id UUID,
    asked_at BIGINT NOT NULL,
    -- 1 to 5; null: no answer yet.
    score BIGINT,
    answered_at BIGINT,
    -- The number of the message that answers; of several the last.
    answer_seq BIGINT
);

CREATE INDEX ratings_of_team ON ratings (team_id, asked_at);
CREATE INDEX ratings_of_conversation ON ratings (conversation_id);
