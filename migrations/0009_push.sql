-- Push: what a user wants to be told of, what is known of tokens, when what was pushed arrived.

-- Quiet hours and muted conversations, as JSON; null: told of everything.
ALTER TABLE users ADD COLUMN notifications TEXT;

-- The keys of a Web Push subscription, as JSON.
ALTER TABLE devices ADD COLUMN push_keys TEXT;
-- Apple's service that has taken this token, whatever the device says.
ALTER TABLE devices ADD COLUMN push_proven TEXT;
-- How often in a row, and since when, the service has said that the token does not fit.
ALTER TABLE devices ADD COLUMN push_strikes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN push_struck_at BIGINT;

-- Claims after which the job was put off on purpose: they are no attempts.
ALTER TABLE jobs ADD COLUMN deferrals BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dead_jobs ADD COLUMN app_id UUID;
CREATE INDEX dead_jobs_by_end ON dead_jobs (died_at, id);

-- Since when the notification is gone because its message was read elsewhere.
ALTER TABLE pushes ADD COLUMN cleared_at BIGINT;

-- What a device tells of a push that it got.
CREATE TABLE push_receipts (
    message_id UUID NOT NULL,
    device_id UUID NOT NULL,
    delivered_at BIGINT,
    shown_at BIGINT,
    PRIMARY KEY (message_id, device_id)
);

-- When the user's receipts moved, and which device said so: the first row at or after a message's number tells when that
-- message was delivered or read.
CREATE TABLE receipt_moves (
    conversation_id UUID NOT NULL,
    kind TEXT NOT NULL,
    seq BIGINT NOT NULL,
    device_id UUID,
    at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, kind, seq)
);
