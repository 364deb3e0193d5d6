-- Taking a message apart into words costs as much as storing it, and nobody who sends or receives one waits for that: the
-- words of a new message go into the index a moment later, and before the next search.
CREATE TABLE unindexed (
    message TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

DROP TRIGGER message_found;
DROP TRIGGER message_changed;
DROP TRIGGER message_gone;

CREATE TRIGGER message_new AFTER INSERT ON messages BEGIN
    INSERT OR IGNORE INTO unindexed (message) VALUES (NEW.id);
END;
-- The index holds no text, so the words that a message had go when they are still known.
CREATE TRIGGER message_changed AFTER UPDATE ON messages WHEN NEW.id <> OLD.id OR NEW.parts <> OLD.parts BEGIN
    INSERT INTO words (words, rowid, text)
        SELECT 'delete', row, words_of_parts FROM searchable,
            (SELECT group_concat(value, char(10)) AS words_of_parts FROM json_tree(OLD.parts)
             WHERE key IN ('text', 'label', 'title', 'name', 'value') AND type = 'text')
        WHERE message = OLD.id;
    DELETE FROM searchable WHERE message = OLD.id;
    DELETE FROM unindexed WHERE message = OLD.id;
    INSERT OR IGNORE INTO unindexed (message) VALUES (NEW.id);
END;
CREATE TRIGGER message_gone AFTER DELETE ON messages BEGIN
    INSERT INTO words (words, rowid, text)
        SELECT 'delete', row, words_of_parts FROM searchable,
            (SELECT group_concat(value, char(10)) AS words_of_parts FROM json_tree(OLD.parts)
             WHERE key IN ('text', 'label', 'title', 'name', 'value') AND type = 'text')
        WHERE message = OLD.id;
    DELETE FROM searchable WHERE message = OLD.id;
    DELETE FROM unindexed WHERE message = OLD.id;
END;
