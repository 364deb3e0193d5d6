-- The context that the server has of each conversation: what is as it was is not sent again.
CREATE TABLE contexts (
    conversation TEXT PRIMARY KEY,
    context TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Custom fields as the app set them last, of conversations and of the user, whose owner is `user`.
CREATE TABLE fields (
    owner TEXT PRIMARY KEY,
    fields TEXT NOT NULL,
    -- How often they were set, and which of these the server knows.
    number INTEGER NOT NULL,
    told INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
