-- What people may do with what they said: give it other words, or take it back. Of a message that was deleted the row
-- stays, with its number, its author, its times and no parts; what it counts for in user_count stays a fact.

ALTER TABLE messages ADD COLUMN edited_at BIGINT;
ALTER TABLE messages ADD COLUMN deleted_at BIGINT;
