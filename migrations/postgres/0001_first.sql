-- Rows that are updated with every message leave room on their page, so that a new version needs no index entry
-- (heap-only tuples).
ALTER TABLE feeds SET (fillfactor = 50);
ALTER TABLE conversations SET (fillfactor = 70);
ALTER TABLE jobs SET (fillfactor = 70);
