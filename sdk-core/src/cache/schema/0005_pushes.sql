-- Pushes that reached this phone: so that the server learns of each, and none makes a noise twice.
CREATE TABLE pushes (
    message    TEXT PRIMARY KEY,
    arrived_ms INTEGER NOT NULL,
    shown      INTEGER NOT NULL DEFAULT 0 CHECK (shown IN (0, 1)), -- whether its notification was shown
    told       INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1, 2)) -- what the server knows: nothing, that it arrived, that it was shown
) STRICT, WITHOUT ROWID;
CREATE INDEX pushes_by_time ON pushes (arrived_ms);
CREATE INDEX pushes_to_tell ON pushes (arrived_ms) WHERE told < 1 + shown;
