-- Passkeys of agents (Web Authentication).

-- What passkeys call an agent: random, so that it tells nobody who they are. Made for the first passkey.
ALTER TABLE agents ADD COLUMN passkey_handle BYTEA;

CREATE TABLE passkeys (
    id UUID PRIMARY KEY,
    agent_id UUID NOT NULL REFERENCES agents (id),
    name TEXT NOT NULL,
    -- Of at most 1,023 bytes, so an index entry of PostgreSQL holds it.
    credential_id BYTEA NOT NULL UNIQUE,
    -- The host to which it is bound: it opens nothing under another.
    rp_id TEXT NOT NULL,
    -- As the authenticator wrote it (COSE_Key, RFC 9052).
    public_key BYTEA NOT NULL,
    -- What the authenticator counted when it last signed; 0: it does not count.
    sign_count BIGINT NOT NULL,
    -- Whether its keeper may copy it, and whether it has.
    backup_eligible BOOLEAN NOT NULL,
    backed_up BOOLEAN NOT NULL,
    -- How a browser reaches it, as JSON.
    transports TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);

CREATE INDEX passkeys_of_agent ON passkeys (agent_id);

-- What somebody must answer within minutes: each row goes with the first answer, or when its time is over.
CREATE TABLE challenges (
    challenge_hash BYTEA PRIMARY KEY,
    -- The SHA-256 of what only the asker holds: a session's token, or the cookie of an attempt to sign in.
    holder BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX challenges_by_end ON challenges (expires_at);
