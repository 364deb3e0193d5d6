-- Other words for a message, or that it is taken back, as long as the server does not know. One for each message: the last
-- one counts, under a new number. `text` is NULL for a message that is taken back.
CREATE TABLE amendments (
    op              INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
    conversation    TEXT NOT NULL,
    message         TEXT NOT NULL UNIQUE,
    text            TEXT,
    state           TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'failed')),
    refusal_code    TEXT,
    refusal_message TEXT,
    created_ms      INTEGER NOT NULL
) STRICT;
