-- What a person has begun to write. Only this phone knows it, so it outlives a new beginning from the server.
CREATE TABLE drafts (
    conversation TEXT PRIMARY KEY,
    text         TEXT NOT NULL,
    changed_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The words of messages, accents folded. The index holds no text; `searchable` says whose words a row of it are. Triggers
-- keep both true, whichever way a message comes or goes.
CREATE TABLE searchable (
    row     INTEGER PRIMARY KEY,
    message TEXT NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '2');

CREATE TRIGGER message_found AFTER INSERT ON messages BEGIN
    INSERT INTO searchable (message) VALUES (NEW.id);
    INSERT INTO words (rowid, text)
        SELECT row, words_of_parts FROM searchable,
            (SELECT group_concat(value, char(10)) AS words_of_parts FROM json_tree(NEW.parts)
             WHERE key IN ('text', 'label', 'title', 'name', 'value') AND type = 'text')
        WHERE message = NEW.id;
END;
CREATE TRIGGER message_changed AFTER UPDATE ON messages WHEN NEW.id <> OLD.id OR NEW.parts <> OLD.parts BEGIN
    INSERT INTO words (words, rowid, text)
        SELECT 'delete', row, words_of_parts FROM searchable,
            (SELECT group_concat(value, char(10)) AS words_of_parts FROM json_tree(OLD.parts)
             WHERE key IN ('text', 'label', 'title', 'name', 'value') AND type = 'text')
        WHERE message = OLD.id;
    UPDATE searchable SET message = NEW.id WHERE message = OLD.id;
    INSERT INTO words (rowid, text)
        SELECT row, words_of_parts FROM searchable,
            (SELECT group_concat(value, char(10)) AS words_of_parts FROM json_tree(NEW.parts)
             WHERE key IN ('text', 'label', 'title', 'name', 'value') AND type = 'text')
        WHERE message = NEW.id;
END;
CREATE TRIGGER message_gone AFTER DELETE ON messages BEGIN
    INSERT INTO words (words, rowid, text)
        SELECT 'delete', row, words_of_parts FROM searchable,
            (SELECT group_concat(value, char(10)) AS words_of_parts FROM json_tree(OLD.parts)
             WHERE key IN ('text', 'label', 'title', 'name', 'value') AND type = 'text')
        WHERE message = OLD.id;
    DELETE FROM searchable WHERE message = OLD.id;
END;

INSERT INTO searchable (message) SELECT id FROM messages;
INSERT INTO words (rowid, text)
    SELECT s.row, (SELECT group_concat(value, char(10)) FROM json_tree(m.parts)
                   WHERE key IN ('text', 'label', 'title', 'name', 'value') AND type = 'text')
    FROM searchable s JOIN messages m ON m.id = s.message;
