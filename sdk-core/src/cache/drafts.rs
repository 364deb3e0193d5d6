//! What a person has begun to write in each conversation.

use rusqlite::{Connection, OptionalExtension};
use tidings_protocol::id::ConversationId;
use tidings_protocol::message::{Part, Parts};

use super::Write;
use crate::error::Fault;

/// The draft of a conversation.
pub(crate) fn draft(connection: &Connection, id: ConversationId) -> Result<Option<String>, Fault> {
    let mut statement = connection.prepare_cached("SELECT text FROM drafts WHERE conversation = ?1")?;
    Ok(statement.query_row([id.to_string()], |row| row.get(0)).optional()?)
}

/// Keeps a draft in the place of the last one; blank: there is none any more.
pub(crate) fn set_draft(
    write: &mut Write<'_>,
    id: ConversationId,
    text: &str,
    now_ms: i64,
) -> Result<(), Fault> {
    if !super::conversations::exists(write, id)? {
        return Err(Fault::NotFound("conversation"));
    }
    if text.trim().is_empty() {
        write.prepare_cached("DELETE FROM drafts WHERE conversation = ?1")?.execute([id.to_string()])?;
    } else {
        write
            .prepare_cached(
                "INSERT INTO drafts (conversation, text, changed_ms) VALUES (?1, ?2, ?3)
                 ON CONFLICT (conversation) DO UPDATE SET text = ?2, changed_ms = ?3",
            )?
            .execute((id.to_string(), text, now_ms))?;
    }
    write.touch_conversations();
    Ok(())
}

/// A message with these words is accepted: if they were the draft, it is done. In the transaction that accepts the message, so
/// that no crash leaves the words in neither or in both.
pub(super) fn sent(write: &mut Write<'_>, id: ConversationId, parts: &Parts) -> Result<(), Fault> {
    let Some(draft) = draft(write, id)? else { return Ok(()) };
    let said = parts.as_slice().iter().filter_map(Part::as_text).any(|text| text.trim() == draft.trim());
    if said {
        write.prepare_cached("DELETE FROM drafts WHERE conversation = ?1")?.execute([id.to_string()])?;
    }
    Ok(())
}
