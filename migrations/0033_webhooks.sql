-- Webhooks: addresses that are told of what happens in conversations. What is to be told is read from the feeds of the
-- teams, behind those who write: they pay nothing for it. A delivery is a pointer, like a change; what it says is read
-- when it is told.

CREATE TABLE webhooks (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    url TEXT NOT NULL,
    -- Their words, as JSON.
    events TEXT NOT NULL,
    -- Sealed.
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_secret_until BIGINT,
    created_at BIGINT NOT NULL,
    failing_since BIGINT,
    -- Why it is switched off; null: it is on.
    off_because TEXT
);

CREATE INDEX webhooks_of ON webhooks (workspace_id);

CREATE TABLE webhook_deliveries (
    id UUID PRIMARY KEY,
    -- Of one that was removed, rows stay until they are too old: there may be very many.
    webhook_id UUID NOT NULL,
    event TEXT NOT NULL,
    at BIGINT NOT NULL,
    conversation_id UUID,
    message_seq BIGINT,
    note_id UUID,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- When it is to be tried; null: not any more.
    next_at BIGINT,
    tried_at BIGINT,
    answer TEXT
);

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_of ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_in ON webhook_deliveries (conversation_id) WHERE conversation_id IS NOT NULL;

-- How far the feed of a team was read for webhooks; no row: from its beginning.
CREATE TABLE webhook_progress (
    team_id UUID PRIMARY KEY,
    seq BIGINT NOT NULL
);
