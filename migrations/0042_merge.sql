-- Conversations of one user that were merged: messages stay where they are, the one points to the other.

-- Into which it is merged now; NULL: it stands by itself.
ALTER TABLE conversations ADD COLUMN merged_into UUID;
-- MergedInto as JSON, also when the merge has ended because its user wrote in it; NULL: it never was, or an agent took it back.
ALTER TABLE conversations ADD COLUMN merge_told TEXT;
-- The others that were merged into it, as a JSON array of MergedThread; NULL: none.
ALTER TABLE conversations ADD COLUMN merged TEXT;
-- How it stood before, as JSON, to be had back: of one that is merged, and of one into which others are; otherwise NULL.
ALTER TABLE conversations ADD COLUMN merge_before TEXT;

CREATE INDEX conversations_merged ON conversations (merged_into) WHERE merged_into IS NOT NULL;
