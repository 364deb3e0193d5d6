-- Places that are shared for a while. Until when a message shares one; nothing for all others, and when it is over.
-- The place itself is in a small table of its own, so that it goes without a trace: archives leave it behind, and the
-- messages are not written anew each time that somebody moves.

ALTER TABLE messages ADD COLUMN live_until BIGINT;

CREATE TABLE live_places (
    conversation_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    place TEXT NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);
