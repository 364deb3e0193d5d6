-- Push, the rest: what is done for messages that do not arrive, what pushes look like, threads that say less than their app.

-- When and how somebody is told in another way, as JSON; null: not at all.
ALTER TABLE apps ADD COLUMN fallback TEXT;
-- What the app's pushes look like at their services, as JSON; null: as we choose.
ALTER TABLE apps ADD COLUMN push_options TEXT;
-- How much a push of this conversation may say; null: as its app says.
ALTER TABLE conversations ADD COLUMN push_privacy TEXT;
-- Since when the user wants no e-mail; null: they may get some.
ALTER TABLE users ADD COLUMN no_mail_since BIGINT;
-- Until when the user is not told in another way again: one who sends holds it, and it is the pause between two.
ALTER TABLE users ADD COLUMN fallback_until BIGINT;

-- Each attempt to tell a user in another way, of the messages with these numbers.
CREATE TABLE fallbacks (
    conversation_id UUID NOT NULL,
    at BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    way TEXT NOT NULL,
    accepted BOOLEAN NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (conversation_id, at)
);

CREATE INDEX fallbacks_by_time ON fallbacks (at);
