-- What can be found. The id grows with the time of what was written, so the newest are read first. The words come folded
-- and cut from the program; `@…` among them says who may find the row.
CREATE TABLE search_entries (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id UUID NOT NULL,
    conversation_id UUID,
    message_seq BIGINT,
    note_id UUID,
    words TSVECTOR NOT NULL
);

CREATE INDEX search_entries_of_user ON search_entries (user_id, conversation_id, message_seq);
CREATE INDEX search_words ON search_entries USING gin (words);
