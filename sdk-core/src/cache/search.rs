//! Finding messages on the phone by their words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rusqlite::Connection;
use tidings_protocol::id::{ConversationId, MessageId};

use super::messages::listed;
use crate::error::Fault;
use crate::item::MessageItem;

/// The messages that hold all these words, newest first: beginnings of words are enough, accents and case do not matter.
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
