-- Files of messages that wait in the outbox. A message is posted when all of its files are complete.
CREATE TABLE uploads (
    attachment TEXT PRIMARY KEY,  -- made on this phone
    message    TEXT,              -- NULL once it was thrown away: then the server is told so
    position   INTEGER NOT NULL,  -- among the files of its message
    file       TEXT NOT NULL,     -- its name in the folder of files
    bytes      INTEGER NOT NULL,
    sha256     TEXT NOT NULL,     -- 64 hexadecimal digits
    name       TEXT,              -- what the person calls it
    sent       INTEGER NOT NULL DEFAULT 0, -- bytes that the server has, as it last said
    state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'complete', 'refused', 'given_up')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    renewals   INTEGER NOT NULL DEFAULT 0  -- how often it was begun anew under another id
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_of_messages ON uploads (message, position);

-- Files that were sent or fetched: a cache, the longest unused goes first. What is in `uploads` is not here.
CREATE TABLE files (
    attachment TEXT NOT NULL,
    variant    TEXT NOT NULL CHECK (variant IN ('thumbnail', 'screen', 'original')),
    file       TEXT NOT NULL,     -- its name in the folder of files
    bytes      INTEGER NOT NULL,  -- all of them, also while some are missing
    complete   INTEGER NOT NULL CHECK (complete IN (0, 1)),
    used_ms    INTEGER NOT NULL,
    PRIMARY KEY (attachment, variant)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_use ON files (used_ms);
