-- A feed is read and written by its number and by nothing else: the rows themselves lie in that order, instead of in a table
-- with an index beside it. Each message writes two of them, and a page of a feed is read in one go.

CREATE TABLE changes_in_order (
    feed_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    conversation_id UUID NOT NULL,
    message_seq BIGINT,
    note_id UUID,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (feed_id, seq)
) WITHOUT ROWID;

INSERT INTO changes_in_order (feed_id, seq, kind, conversation_id, message_seq, note_id, recorded_at)
SELECT feed_id, seq, kind, conversation_id, message_seq, note_id, recorded_at FROM changes ORDER BY feed_id, seq;

DROP TABLE changes;

ALTER TABLE changes_in_order RENAME TO changes;

CREATE TABLE feeds_by_id (
    id UUID PRIMARY KEY,
    first_seq BIGINT NOT NULL DEFAULT 1,
    last_seq BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;

INSERT INTO feeds_by_id (id, first_seq, last_seq) SELECT id, first_seq, last_seq FROM feeds ORDER BY id;

DROP TABLE feeds;

ALTER TABLE feeds_by_id RENAME TO feeds;
