//! Putting what the server says into the store; each function is one transaction with its cursor.

use tidings_protocol::Seq;
use tidings_protocol::app::{Bootstrap, ConversationList, MessageList};
use tidings_protocol::change::UserChangePage;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::id::ConversationId;

use super::conversations::{Trust, put_header};
use super::messages::{Range, add_range, confirm, known};
use super::meta::{set_cursor, set_older_conversations};
use super::{Write, outbox};
use crate::error::Fault;

/// Applies a page of changes: messages by id, then headers, then the cursor. Twice ends the same.
pub(crate) fn apply_page(write: &mut Write<'_>, page: &UserChangePage) -> Result<(), Fault> {
    for message in page.changes.iter().filter_map(|change| change.message.as_ref()) {
        confirm(write, message)?;
    }
    for header in &page.conversations {
        put_known(write, header, Trust::InOrder)?;
    }
    set_cursor(write, page.cursor)
}

/// Begins again: what came from the server is replaced, what waits to be sent is kept.
pub(crate) fn apply_bootstrap(write: &mut Write<'_>, bootstrap: &Bootstrap) -> Result<(), Fault> {
    for id in known_ids(write)? {
        write.touch_messages(id);
    }
    // Read marks of this phone belong to the numbers of the old history; the server's word stands for them.
    write.execute_batch(
        "DELETE FROM messages WHERE seq IS NOT NULL;
         DELETE FROM ranges;
         DELETE FROM conversations WHERE id NOT IN (SELECT conversation FROM outbox);
         UPDATE conversations SET title = coalesce(header ->> 'title', title), header = NULL,
             read_seq = 0, read_told = 0, delivered_seq = 0, delivered_told = 0;",
    )?;
    for header in &bootstrap.conversations {
        put_fresh(write, header)?;
    }
    set_older_conversations(write, bootstrap.next.as_deref())?;
    set_cursor(write, bootstrap.cursor)
}

/// Adds a page of older conversations.
pub(crate) fn apply_conversations(write: &mut Write<'_>, list: &ConversationList) -> Result<(), Fault> {
    for header in &list.conversations {
        put_fresh(write, header)?;
    }
    set_older_conversations(write, list.next.as_deref())
}

/// Adds a page of messages below `before`, or the newest without it. Messages of a page follow each other, so
/// the page is one stretch, up to `before` itself.
pub(crate) fn apply_messages(
    write: &mut Write<'_>,
    id: ConversationId,
    before: Option<Seq>,
    list: &MessageList,
) -> Result<(), Fault> {
    for message in list.messages.iter().filter(|message| message.conversation_id == id) {
        confirm(write, message)?;
    }
    if let (Some(before), Some(first)) = (before, list.messages.first()) {
        add_range(write, id, Range { from: first.seq, to: (before - 1).max(first.seq) })?;
    }
    write.touch_messages(id);
    Ok(())
}

fn put_fresh(write: &mut Write<'_>, header: &Conversation) -> Result<(), Fault> {
    put_known(write, header, Trust::AnyTime)?;
    // A first message to show. With others known it stays in the header: it may be ahead of them.
    if let (Some(message), None) = (&header.last_message, known(write, header.id)?) {
        confirm(write, message)?;
    }
    Ok(())
}

/// A header of the server also says that the conversation is open: its opening is done, whoever heard the answer.
fn put_known(write: &mut Write<'_>, header: &Conversation, trust: Trust) -> Result<(), Fault> {
    put_header(write, header, trust)?;
    outbox::forget_opening(write, header.id)
}

fn known_ids(write: &Write<'_>) -> Result<Vec<ConversationId>, Fault> {
    let mut statement = write.prepare_cached("SELECT id FROM conversations")?;
    let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
    ids.map(|id| id?.parse().map_err(|_| Fault::Stored("conversation id"))).collect()
}
