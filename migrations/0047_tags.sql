-- A tag that is written in another way, becomes another one, or goes: until all that had it were gone through.
ALTER TABLE tags ADD COLUMN going_since BIGINT;
-- What it becomes, folded; NULL for one that is deleted. Its own: it is only written in another way.
ALTER TABLE tags ADD COLUMN becomes TEXT;
-- How far it is, where nothing else says so: tagged_at and conversation_id of the last that was gone through.
ALTER TABLE tags ADD COLUMN going_at BIGINT;
ALTER TABLE tags ADD COLUMN going_id UUID;

CREATE INDEX tags_going ON tags (going_since) WHERE going_since IS NOT NULL;
