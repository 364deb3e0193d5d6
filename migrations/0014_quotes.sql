-- The message of the same conversation that one answers. No reference: retention may take the older one away.

ALTER TABLE messages ADD COLUMN quote UUID;
