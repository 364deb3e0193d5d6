//! Putting what the server says into the store; each function is one transaction with its cursor.

use tidings_protocol::app::{Bootstrap, ConversationList, MessageList};
use tidings_protocol::change::UserChangePage;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::id::ConversationId;

use super::conversations::{Trust, put_header};
use super::messages::{forget_stretches, known, learn};
use super::meta::{cursor, history, merged_history, set_cursor, set_older_conversations};
use super::{Write, outbox};
use crate::error::Fault;

/// Applies a page that goes on from what is here. A store that was rebuilt meanwhile has nothing of that: it is to be begun anew.
pub(crate) fn apply_next(write: &mut Write<'_>, page: &UserChangePage) -> Result<(), Fault> {
    match cursor(write)? {
        Some(_) => apply_page(write, page),
        None => Err(Fault::Stored("cursor")),
    }
}

/// Applies a page of changes: messages by id, then headers, then the cursor. Twice ends the same.
pub(super) fn apply_page(write: &mut Write<'_>, page: &UserChangePage) -> Result<(), Fault> {
    learn(write, page.changes.iter().filter_map(|change| change.message.as_ref()))?;
    for header in &page.conversations {
        put_known(write, header, Trust::InOrder)?;
    }
    set_cursor(write, page.cursor)
}

/// Begins, or begins again: what came from the server is replaced, what waits to be sent is kept.
pub(crate) fn apply_bootstrap(write: &mut Write<'_>, bootstrap: &Bootstrap) -> Result<(), Fault> {
    for id in known_ids(write)? {
        write.touch_messages(id);
    }
    // Before the first one there is no old history to drop: what is here was written and answered while it was on its way,
    // and must not vanish from before the person's eyes.
    let other_history = merged_history(write)?.is_some_and(|merged| merged != bootstrap.cursor.epoch);
    if history(write)?.is_some() || other_history {
        // Read marks of this phone belong to the numbers of the old history; the server's word stands for them.
        write.execute_batch(
            "DELETE FROM messages WHERE seq IS NOT NULL;
             DELETE FROM ranges;
             DELETE FROM conversations WHERE id NOT IN (SELECT conversation FROM outbox);
             UPDATE conversations SET title = coalesce(header ->> 'title', title), header = NULL,
                 read_seq = 0, read_told = 0, delivered_seq = 0, delivered_told = 0;
             DELETE FROM contexts;
             UPDATE fields SET told = 0;",
        )?;
    }
    for header in &bootstrap.conversations {
        put_fresh(write, header, Knowledge::OwnAnswers)?;
    }
    set_older_conversations(write, bootstrap.next.as_deref())?;
    set_cursor(write, bootstrap.cursor)
}

/// Adds a page of older conversations.
pub(crate) fn apply_conversations(write: &mut Write<'_>, list: &ConversationList) -> Result<(), Fault> {
    for header in &list.conversations {
        let is_new = super::conversations::header(write, header.id)?.is_none();
        put_fresh(write, header, if is_new { Knowledge::OwnAnswers } else { Knowledge::Feed })?;
    }
    set_older_conversations(write, list.next.as_deref())
}

/// Adds a page of messages. Only what is in it counts as known: a page that was asked for with a number of another history
/// ends somewhere else than where it was to be joined.
pub(crate) fn apply_messages(
    write: &mut Write<'_>,
    id: ConversationId,
    list: &MessageList,
) -> Result<(), Fault> {
    // From the newest down: each joins the one above it.
    learn(write, list.messages.iter().rev().filter(|message| message.conversation_id == id))?;
    write.touch_messages(id);
    Ok(())
}

/// Where what the phone knows of a thread came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Knowledge {
    /// From answers to own messages, if it knows anything: what is between them and the newest does not come by itself.
    OwnAnswers,
    /// From the feed, which goes on.
    Feed,
}

fn put_fresh(write: &mut Write<'_>, header: &Conversation, from: Knowledge) -> Result<(), Fault> {
    put_known(write, header, Trust::AnyTime)?;
    let Some(message) = &header.last_message else { return Ok(()) };
    let known = known(write, header.id)?;
    let is_apart = from == Knowledge::OwnAnswers && known.is_some_and(|known| known.to + 1 < message.seq);
    if is_apart {
        forget_stretches(write, header.id)?;
    }
    // A first message to show. With others known it stays in the header: it may be ahead of them.
    if is_apart || known.is_none() {
        learn(write, [message])?;
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
