-- What can be found. The id grows with the time of what was written, so the newest are read first without sorting.
CREATE TABLE search_entries (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id UUID NOT NULL,
    conversation_id UUID,
    message_seq BIGINT,
    note_id UUID
);

CREATE INDEX search_entries_of_user ON search_entries (user_id, conversation_id, message_seq);

-- Words come folded and cut from the program, so this tokenizer has nothing to do but split at spaces. `scope` holds who
-- may find it. Its own copy of the words, because an erased text must be found in the index to be taken out of it.
CREATE VIRTUAL TABLE search_words USING fts5 (words, scope, tokenize = 'ascii', columnsize = 0);

-- Without it a deleted word stays in the index until its segment is merged.
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);
