-- Ids are their text form, times unix milliseconds, JSON is as the protocol writes it.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY, -- 'cursor', 'older_conversations', 'push_target', 'push_told', 'device'
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
    id                TEXT PRIMARY KEY,
    header            TEXT,             -- as the server last said; NULL until it knows of the conversation
    title             TEXT,             -- as it was started on this phone; the header's counts once there is one
    created_ms        INTEGER NOT NULL,
    active_ms         INTEGER NOT NULL, -- the list is sorted by it
    read_seq          INTEGER NOT NULL DEFAULT 0, -- what the person has seen on this phone
    read_told         INTEGER NOT NULL DEFAULT 0, -- what of it the server has confirmed
    delivered_seq     INTEGER NOT NULL DEFAULT 0, -- the newest message of others stored here
    delivered_told    INTEGER NOT NULL DEFAULT 0  -- what of it the server has confirmed
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_in_order ON conversations (active_ms DESC, id);

CREATE TABLE messages (
    id           TEXT PRIMARY KEY, -- made by the sender's device: a message and its echo are one row
    conversation TEXT NOT NULL,
    seq          INTEGER,          -- NULL while it waits in the outbox
    author       TEXT NOT NULL,    -- JSON; 'null' for this phone's user before the first contact
    parts        TEXT NOT NULL,    -- JSON
    sent_ms      INTEGER NOT NULL, -- by the server's clock; by this phone's while it waits
    edited_ms    INTEGER,
    deleted_ms   INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX messages_in_order ON messages (conversation, seq);

-- Which messages are known without a hole. Ranges of a conversation neither touch nor overlap.
CREATE TABLE ranges (
    conversation TEXT NOT NULL,
    from_seq     INTEGER NOT NULL,
    to_seq       INTEGER NOT NULL,
    PRIMARY KEY (conversation, from_seq)
) STRICT, WITHOUT ROWID;

-- What the server has not confirmed. A conversation's rows go out in the order of `op`, one at a time.
CREATE TABLE outbox (
    op              INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
    conversation    TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('open', 'message')),
    message         TEXT UNIQUE,       -- for kind 'message'
    v               INTEGER NOT NULL,  -- the version of the payload
    payload         TEXT NOT NULL,     -- JSON
    state           TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'failed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    refusal_code    TEXT,
    refusal_message TEXT,
    created_ms      INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_lanes ON outbox (conversation, op);
