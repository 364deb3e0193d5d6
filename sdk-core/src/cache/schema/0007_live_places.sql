-- Messages whose place moves, so that it is forgotten at its time without a network too.
CREATE TABLE moving (
    message TEXT PRIMARY KEY,
    until_ms INTEGER NOT NULL
);

-- Places that this phone shares: of each the last position alone, and what the server knows.
CREATE TABLE shares (
    message TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    -- By this phone's clock.
    ends_ms INTEGER NOT NULL,
    -- How many positions were taken; the number of the last.
    number INTEGER NOT NULL DEFAULT 0,
    -- The last number that the server has, and when it was told.
    told INTEGER NOT NULL DEFAULT 0,
    told_ms INTEGER,
    place TEXT,
    state TEXT NOT NULL DEFAULT 'running'
);
