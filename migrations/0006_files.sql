-- Files. What is here is what is known of them; their bytes lie in the file store under their ids.

-- An upload, then a file. States: receiving, processing, complete, refused, doomed: its bytes go, then its row.
CREATE TABLE attachments (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    owner_kind TEXT NOT NULL,
    owner_id UUID NOT NULL,
    -- The user whom it is about: who uploaded it, or in whose conversation an agent sent it.
    user_id UUID,
    state TEXT NOT NULL,
    name TEXT,
    length BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    received BIGINT NOT NULL DEFAULT 0,
    refused TEXT,
    media_type TEXT,
    bytes BIGINT,
    width BIGINT,
    height BIGINT,
    thumbhash TEXT,
    -- JSON: which forms there are, and what each is.
    variants TEXT,
    conversation_id UUID,
    message_id UUID,
    created_at BIGINT NOT NULL,
    -- Null while a message names it.
    expires_at BIGINT
);

CREATE INDEX attachments_unsent ON attachments (owner_id) WHERE message_id IS NULL;
CREATE INDEX attachments_of_message ON attachments (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX attachments_of_user ON attachments (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX attachments_by_end ON attachments (expires_at, id) WHERE expires_at IS NOT NULL;

-- What of an upload is here: each piece is an object in the file store, named by its token.
CREATE TABLE upload_pieces (
    upload_id UUID NOT NULL,
    start_byte BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    token UUID NOT NULL,
    PRIMARY KEY (upload_id, start_byte)
);
