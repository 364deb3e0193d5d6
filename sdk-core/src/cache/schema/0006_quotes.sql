-- The message of the same conversation that one answers, whether it is on the phone or not.
ALTER TABLE messages ADD COLUMN quote TEXT;
