-- Since when an agent is away, and when they are there again by themselves; nothing for who is there.
ALTER TABLE agents ADD COLUMN away_since BIGINT;
ALTER TABLE agents ADD COLUMN away_until BIGINT;
