//! What authors did to their messages and the server does not know yet: other words, or none any more.
//!
//! A message that has not set off is changed where it waits. Whether one has set off is not always known - a process can
//! die after the request and before the answer - so both ways mend themselves: a changed row remembers what it said at
//! first, for the server that has it already, and whoever takes a waiting message back tells the server too.

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::{Message, Part, Parts};
use tidings_protocol::text::Text;

use super::Write;
use super::messages::{confirm, message};
use super::outbox::{change_words, change_words_back, discard, refusal, waits};
use crate::error::{Fault, Refusal};
use crate::item::{Amending, Author, Discarded, MessageItem};

/// What is to become of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Amend {
    /// These words take the place of its own.
    Words(Text),
    /// It is taken back.
    TakeBack,
}

/// One that the server is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Amendment {
    op: i64,
    pub(crate) conversation: ConversationId,
    pub(crate) message: MessageId,
    pub(crate) amend: Amend,
}

/// Why a person may not amend a message, in English.
pub(crate) type Unfit = &'static str;

/// Looks whether this person may amend a message: their own, which is not deleted and, for other words, has some.
pub(crate) fn check(
    connection: &Connection,
    conversation: ConversationId,
    id: MessageId,
    amend: &Amend,
) -> Result<Result<(), Unfit>, Fault> {
    let found = message(connection, id)?.filter(|item| item.conversation_id == conversation);
    let item = found.ok_or(Fault::NotFound("message on the phone"))?;
    if item.author != Author::Me {
        return Ok(Err("only one's own messages can be edited or deleted"));
    }
    let Amend::Words(text) = amend else { return Ok(Ok(())) };
    if item.deleted {
        return Ok(Err("the message was deleted"));
    }
    Ok(match Parts::edited(&item.parts, text.clone()) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err("the message has no words"),
        Err(_) => Err("with these words the message is too long"),
    })
}

/// Amends a message that waits and is not on its way; answers whether it was one.
pub(crate) fn amend_waiting(
    write: &mut Write<'_>,
    conversation: ConversationId,
    id: MessageId,
    amend: &Amend,
    now_ms: i64,
) -> Result<bool, Fault> {
    let Some(ready) = waits(write, id)? else { return Ok(false) };
    match amend {
        Amend::Words(text) => change_words(write, conversation, id, text)?,
        Amend::TakeBack => {
            if discard(write, conversation, id)? == Discarded::TooLate {
                return Ok(false);
            }
            // It may have reached the server in an earlier life of the app.
            if ready {
                put(write, conversation, id, amend, now_ms)?;
            }
        }
    }
    Ok(true)
}

/// Notes what the server is to be told; it takes the place of what was noted before.
pub(crate) fn put(
    write: &mut Write<'_>,
    conversation: ConversationId,
    id: MessageId,
    amend: &Amend,
    now_ms: i64,
) -> Result<(), Fault> {
    let text = match amend {
        Amend::Words(text) => Some(text.as_str()),
        Amend::TakeBack => None,
    };
    forget(write, id)?;
    write
        .prepare_cached(
            "INSERT INTO amendments (conversation, message, text, created_ms) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((conversation.to_string(), id.to_string(), text, now_ms))?;
    write.touch_messages(conversation);
    Ok(())
}

/// The server refuses a row because it has the message with other words: it got them before they were changed. The row says
/// again what it said at first, and the change follows it. Answers whether it was such a row.
pub(crate) fn amend_after_all(
    write: &mut Write<'_>,
    conversation: ConversationId,
    id: MessageId,
    now_ms: i64,
) -> Result<bool, Fault> {
    let Some(text) = change_words_back(write, id)? else { return Ok(false) };
    put(write, conversation, id, &Amend::Words(text), now_ms)?;
    Ok(true)
}

/// The next that the server can be told: of a message that it has, or may have.
pub(crate) fn next(connection: &Connection) -> Result<Option<Amendment>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT a.op, a.conversation, a.message, a.text FROM amendments a LEFT JOIN messages m ON m.id = a.message
         WHERE a.state = 'ready' AND (m.id IS NULL OR m.seq IS NOT NULL) ORDER BY a.op LIMIT 1",
    )?;
    let row = statement.query_row([], |row| {
        Ok((
            row.get(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, Option<String>>(3)?,
        ))
    });
    let Some((op, conversation, message, text)) = row.optional()? else { return Ok(None) };
    Ok(Some(Amendment {
        op,
        conversation: conversation.parse().map_err(|_| Fault::Stored("conversation id"))?,
        message: message.parse().map_err(|_| Fault::Stored("message id"))?,
        amend: match text {
            Some(text) => Amend::Words(Text::try_from(text).map_err(|_| Fault::Stored("text"))?),
            None => Amend::TakeBack,
        },
    }))
}

/// The server has it.
pub(crate) fn told(write: &mut Write<'_>, amendment: &Amendment, now: &Message) -> Result<(), Fault> {
    confirm(write, now)?;
    done(write, amendment)
}

/// The server refuses it for good. There is nothing to take back where nothing is; other words stand aside, with the reason.
pub(crate) fn refused(write: &mut Write<'_>, amendment: &Amendment, refusal: &Refusal) -> Result<(), Fault> {
    if amendment.amend == Amend::TakeBack {
        return done(write, amendment);
    }
    write
        .prepare_cached(
            "UPDATE amendments SET state = 'failed', refusal_code = ?2, refusal_message = ?3 WHERE op = ?1",
        )?
        .execute((amendment.op, &refusal.code, &refusal.message))?;
    write.touch_messages(amendment.conversation);
    Ok(())
}

fn done(write: &mut Write<'_>, amendment: &Amendment) -> Result<(), Fault> {
    write.prepare_cached("DELETE FROM amendments WHERE op = ?1")?.execute([amendment.op])?;
    write.touch_messages(amendment.conversation);
    Ok(())
}

/// Nothing is to become of this message any more; answers whether something was.
pub(super) fn forget(write: &Write<'_>, id: MessageId) -> Result<bool, Fault> {
    let gone =
        write.prepare_cached("DELETE FROM amendments WHERE message = ?1")?.execute([id.to_string()])?;
    Ok(gone > 0)
}

/// Tells the server once more what it refused; answers whether there was something.
pub(super) fn again(write: &Write<'_>, conversation: ConversationId, id: MessageId) -> Result<bool, Fault> {
    let again = write
        .prepare_cached(
            "UPDATE amendments SET state = 'ready', refusal_code = NULL, refusal_message = NULL
             WHERE message = ?1 AND conversation = ?2",
        )?
        .execute((id.to_string(), conversation.to_string()))?;
    Ok(again > 0)
}

/// The message has another id from now on.
pub(super) fn rename(write: &Write<'_>, id: MessageId, now: MessageId) -> Result<(), Fault> {
    write
        .prepare_cached("UPDATE amendments SET message = ?2 WHERE message = ?1")?
        .execute((id.to_string(), now.to_string()))?;
    Ok(())
}

/// The columns of an amendment `a`, for [`overlay`], beginning at `first`.
pub(super) const COLUMNS: &str = "a.op, a.text, a.state, a.refusal_code, a.refusal_message, a.created_ms";

/// Shows a message as its author wants it; what the server refused is shown as the server has it, with the reason.
pub(super) fn overlay(item: &mut MessageItem, row: &Row<'_>, first: usize) -> Result<(), Fault> {
    if row.get::<_, Option<i64>>(first)?.is_none() {
        return Ok(());
    }
    if row.get::<_, String>(first + 2)? == "failed" {
        item.amending = Some(Amending::Failed(refusal(row.get(first + 3)?, row.get(first + 4)?)));
        return Ok(());
    }
    item.amending = Some(Amending::Waiting);
    let Some(text) = row.get::<_, Option<String>>(first + 1)? else {
        item.parts = Vec::new();
        item.quote = None;
        item.edited_at_ms = None;
        item.deleted = true;
        return Ok(());
    };
    let text = Text::try_from(text).map_err(|_| Fault::Stored("text"))?;
    let edited: Option<Vec<Part>> = Parts::edited(&item.parts, text).ok().flatten();
    if let Some(parts) = edited.filter(|_| !item.deleted) {
        item.parts = parts;
        item.edited_at_ms = Some(row.get(first + 5)?);
    }
    Ok(())
}
