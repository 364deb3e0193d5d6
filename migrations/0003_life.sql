-- The life of an installation: who administered what, leases of background work, what is kept how long, who was erased.

-- How many lines of the audit log a workspace has; the row's lock numbers them.
ALTER TABLE workspaces ADD COLUMN audit_seq BIGINT NOT NULL DEFAULT 0;

CREATE TABLE audit_log (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    act TEXT NOT NULL,
    target TEXT,
    details TEXT NOT NULL,
    PRIMARY KEY (workspace_id, seq)
);

CREATE INDEX audit_of_target ON audit_log (target) WHERE target IS NOT NULL;

-- Background work that one node does at a time; whoever holds a lease that is over holds nothing.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder UUID NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Who was erased: a hash of the user's id, so that an older backup, once restored, is told to forget them again. The id
-- itself stands here only until the last of it is gone.
CREATE TABLE erasures (
    fingerprint TEXT PRIMARY KEY,
    user_id UUID,
    begun_at BIGINT NOT NULL,
    done_at BIGINT
);

-- How many days things are kept; null: what is said elsewhere. The owner is an app, a workspace, or for changes the
-- installation, which is the nil id.
CREATE TABLE retention (
    owner_id UUID PRIMARY KEY,
    change_days BIGINT,
    message_days BIGINT
);

-- The first message that is still kept: history begins there.
ALTER TABLE conversations ADD COLUMN first_seq BIGINT NOT NULL DEFAULT 1;
