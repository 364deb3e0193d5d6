//! Finding messages on the phone by their words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rusqlite::Connection;
use tidings_protocol::id::{ConversationId, MessageId};

use super::messages::listed;
use super::{Cache, Durability, Write};
use crate::error::Fault;
use crate::item::MessageItem;

/// Messages whose words are put into the index in one transaction: a writer beside it waits no longer than for a page.
const AT_ONCE: u32 = 200;

/// Whether all messages can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Indexed {
    All,
    Some,
}

impl Cache {
    /// Puts the words of some new messages into the index.
    pub(crate) fn index_some(&self) -> Result<Indexed, Fault> {
        let waiting = |connection: &Connection| {
            let mut statement = connection.prepare_cached("SELECT message FROM unindexed LIMIT ?1")?;
            let ids =
                statement.query_map([AT_ONCE], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            Ok(ids)
        };
        if self.read(waiting)?.is_empty() {
            return Ok(Indexed::All);
        }
        // What a power cut takes back of it waits again.
        self.write(Durability::Crash, |write| {
            let ids = waiting(write)?;
            for id in &ids {
                index(write, id)?;
            }
            Ok(if ids.len() < AT_ONCE as usize { Indexed::All } else { Indexed::Some })
        })
    }

    /// Puts the words of all new messages into the index.
    pub(crate) fn index_all(&self) -> Result<(), Fault> {
        while self.index_some()? == Indexed::Some {}
        Ok(())
    }
}

fn index(write: &Write<'_>, message: &str) -> Result<(), Fault> {
    write.prepare_cached("INSERT INTO searchable (message) VALUES (?1)")?.execute([message])?;
    write
        .prepare_cached(
            "INSERT INTO words (rowid, text)
             SELECT ?2, (SELECT group_concat(value, char(10)) FROM json_tree(parts)
                         WHERE key IN ('text', 'label', 'title', 'name', 'value') AND type = 'text')
             FROM messages WHERE id = ?1",
        )?
        .execute((message, write.last_insert_rowid()))?;
    write.prepare_cached("DELETE FROM unindexed WHERE message = ?1")?.execute([message])?;
    Ok(())
}

/// The messages that hold all these words, newest first: beginnings of words are enough, accents and case do not matter. Those
/// whose words are not in the index yet are not found: see [`Cache::index_all`].
pub(crate) fn search(
    connection: &Connection,
    words: &str,
    within: Option<ConversationId>,
    limit: u32,
    sending: &BTreeSet<MessageId>,
) -> Result<Vec<MessageItem>, Fault> {
    let Some(query) = query(words) else { return Ok(Vec::new()) };
    listed(
        connection,
        "JOIN searchable s ON s.message = m.id
         WHERE s.row IN (SELECT rowid FROM words WHERE words MATCH ?1)
             AND (?2 IS NULL OR m.conversation = ?2) AND m.deleted_ms IS NULL
         ORDER BY m.seq IS NOT NULL, m.sent_ms DESC, m.id DESC LIMIT ?3",
        (query, within.map(|id| id.to_string()), limit),
        sending,
    )
}

/// What a person typed in the words of FTS5: each word the beginning of one, none of it syntax.
fn query(words: &str) -> Option<String> {
    let mut query = String::new();
    // What is in quotes is taken apart like a message; a word of signs alone would be nothing, and is left out.
    for word in words.split(|c: char| c.is_whitespace() || c == '"' || c == '\0') {
        if word.contains(char::is_alphanumeric) {
            // Writing to a string cannot fail.
            let _ = write!(query, "\"{word}\"* ");
        }
    }
    (!query.is_empty()).then_some(query)
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn nothing_that_a_person_types_is_syntax() {
        assert_eq!(
            query("Où est\u{a0}le \"colis\" ?").as_deref(),
            Some("\"Où\"* \"est\"* \"le\"* \"colis\"* ")
        );
        assert_eq!(query("NEAR(a) OR -b^c*").as_deref(), Some("\"NEAR(a)\"* \"OR\"* \"-b^c*\"* "));
        assert_eq!(query(" \"*?! "), None);
    }
}
