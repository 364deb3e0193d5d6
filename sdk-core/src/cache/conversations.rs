//! Conversations: the server's headers, and those that the server does not know yet.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_protocol::Seq;
use tidings_protocol::conversation::{Conversation, ConversationState};
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::Message;

use super::messages::{from_wire, json, newest, parse};
use super::outbox::{opening_of, refusal};
use super::{Write, receipts, shares};
use crate::error::Fault;
use crate::item::{ConversationItem, MergedInto, Opening};

/// Whether a header is to be believed over the one that is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// It came by the feed, in order.
    InOrder,
    /// It came with another answer and may be older than what is here.
    AnyTime,
}

/// Replaces a conversation's header.
pub(crate) fn put_header(write: &mut Write<'_>, new: &Conversation, trust: Trust) -> Result<(), Fault> {
    if trust == Trust::AnyTime && header(write, new.id)?.is_some_and(|known| !is_ahead(new, &known)) {
        return Ok(());
    }
    write
        .prepare_cached(
            "INSERT INTO conversations (id, header, created_ms, active_ms) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET header = ?2, created_ms = ?3, active_ms = max(?4, coalesce(
                 (SELECT max(created_ms) FROM outbox WHERE conversation = ?1 AND kind = 'message'), ?4))",
        )?
        .execute((
            new.id.to_string(),
            json(&kept(new))?,
            new.created_at.unix_ms(),
            new.active_at.unix_ms(),
        ))?;
    receipts::heard(write, new.id, new.receipts.user_delivered_seq, new.receipts.user_read_seq)?;
    // States of messages follow from the header: an agent has read.
    write.touch_messages(new.id);
    Ok(())
}

/// A header as it is kept: where somebody is, its newest message alone says, for as long as it may.
pub(super) fn kept(header: &Conversation) -> Cow<'_, Conversation> {
    match &header.last_message {
        Some(message) if shares::is_live(&message.parts) => {
            let parts = shares::without_place(&message.parts);
            let last_message = Some(Message { parts, ..message.clone() });
            Cow::Owned(Conversation { last_message, ..header.clone() })
        }
        _ => Cow::Borrowed(header),
    }
}

/// Whether `new` is surely newer than `known`: each number in a header only grows. With equal numbers either may be, closed
/// and open again for instance; then the feed tells.
fn is_ahead(new: &Conversation, known: &Conversation) -> bool {
    let numbers = |of: &Conversation| {
        [of.last_seq, of.receipts.user_delivered_seq, of.receipts.user_read_seq, of.receipts.team_read_seq]
    };
    numbers(new).iter().zip(numbers(known)).any(|(new, known)| *new > known)
}

/// A conversation that was started here.
pub(crate) fn put_local(
    write: &mut Write<'_>,
    id: ConversationId,
    title: Option<&str>,
    now_ms: i64,
) -> Result<(), Fault> {
    write
        .prepare_cached(
            "INSERT INTO conversations (id, title, created_ms, active_ms) VALUES (?1, ?2, ?3, ?3)",
        )?
        .execute((id.to_string(), title, now_ms))?;
    write.touch_conversations();
    Ok(())
}

/// The server's word on a conversation.
pub(crate) fn header(connection: &Connection, id: ConversationId) -> Result<Option<Conversation>, Fault> {
    let mut statement = connection.prepare_cached("SELECT header FROM conversations WHERE id = ?1")?;
    let json: Option<Option<String>> = statement.query_row([id.to_string()], |row| row.get(0)).optional()?;
    json.flatten().map(|json| parse(&json, "header")).transpose()
}

/// What a thread is called, and up to which number its person has read it, on whichever device.
pub(crate) fn title_and_read(
    connection: &Connection,
    id: ConversationId,
) -> Result<(Option<String>, Seq), Fault> {
    let mut statement =
        connection.prepare_cached("SELECT title, read_seq FROM conversations WHERE id = ?1")?;
    let here = statement.query_row([id.to_string()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (title, read_here) = here.unwrap_or((None, 0));
    Ok(match header(connection, id)? {
        Some(of) => (
            of.title.map(tidings_protocol::text::Title::into_string),
            read_here.max(of.receipts.user_read_seq),
        ),
        None => (title, read_here),
    })
}

pub(super) fn team_read(connection: &Connection, id: ConversationId) -> Result<Seq, Fault> {
    Ok(header(connection, id)?.map_or(0, |header| header.receipts.team_read_seq))
}

pub(super) fn exists(connection: &Connection, id: ConversationId) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM conversations WHERE id = ?1")?;
    Ok(statement.exists([id.to_string()])?)
}

const COLUMNS: &str = "id, header, title, created_ms, active_ms, read_seq,
    (SELECT text FROM drafts d WHERE d.conversation = conversations.id)";

/// All conversations, newest first.
pub(crate) fn list(
    connection: &Connection,
    sending: &BTreeSet<MessageId>,
) -> Result<Vec<ConversationItem>, Fault> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM conversations ORDER BY active_ms DESC, id"))?;
    let mut rows = statement.query([])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(item(connection, row, sending)?);
    }
    Ok(items)
}

/// One conversation.
pub(crate) fn one(
    connection: &Connection,
    id: ConversationId,
    sending: &BTreeSet<MessageId>,
) -> Result<Option<ConversationItem>, Fault> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM conversations WHERE id = ?1"))?;
    let mut rows = statement.query([id.to_string()])?;
    rows.next()?.map(|row| item(connection, row, sending)).transpose()
}

/// One's own messages beyond what the person has seen here: they are no news to them.
const OWN_AFTER: &str = "(SELECT count(*) FROM messages m WHERE m.conversation = conversations.id
    AND m.seq > read_seq AND m.seq <= header ->> 'last_seq' AND m.author ->> 'kind' = 'user')";

/// Unread messages in all conversations.
pub(crate) fn unread_total(connection: &Connection) -> Result<i64, Fault> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT coalesce(sum(CASE WHEN read_seq >= header ->> 'last_seq' THEN 0
                 WHEN read_seq <= header ->> '$.receipts.user_read_seq' THEN header ->> 'unread'
                 ELSE min(header ->> 'unread', (header ->> 'last_seq') - read_seq - {OWN_AFTER}) END), 0)
         FROM conversations WHERE header IS NOT NULL AND header ->> 'unread' > 0",
    ))?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

fn own_after(connection: &Connection, id: ConversationId) -> Result<i64, Fault> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {OWN_AFTER} FROM conversations WHERE id = ?1"))?;
    Ok(statement.query_row([id.to_string()], |row| row.get(0))?)
}

fn item(
    connection: &Connection,
    row: &Row<'_>,
    sending: &BTreeSet<MessageId>,
) -> Result<ConversationItem, Fault> {
    let id: ConversationId =
        row.get::<_, String>(0)?.parse().map_err(|_| Fault::Stored("conversation id"))?;
    let json: Option<String> = row.get(1)?;
    let header: Option<Conversation> = json.map(|json| parse(&json, "header")).transpose()?;
    let newest = newest(connection, id, sending)?;
    let active_at_ms = row.get(4)?;
    let draft: Option<String> = row.get(6)?;
    let Some(header) = header else {
        let opening = match opening_of(connection, id)? {
            Some((code, message)) => Opening::Failed(refusal(Some(code), message)),
            None => Opening::Waiting,
        };
        return Ok(ConversationItem {
            id,
            title: row.get(2)?,
            state: ConversationState::Open,
            unread: 0,
            last_message: newest,
            draft,
            active_at_ms,
            opening,
            merged_into: None,
        });
    };
    let read_seq: Seq = row.get(5)?;
    // Only a receipt on its way makes the phone know better than the server, and then little has come since.
    let ahead = read_seq > header.receipts.user_read_seq;
    let own = if header.unread > 0 && ahead { own_after(connection, id)? } else { 0 };
    let behind = newest.as_ref().is_none_or(|item| item.seq.is_some_and(|seq| seq < header.last_seq));
    let team_read = header.receipts.team_read_seq;
    let merged_into = match header.merged_into {
        Some(id) => Some(MergedInto { id, title: title_and_read(connection, id)?.0 }),
        None => None,
    };
    let announced = header.last_message.map(|message| from_wire(message, team_read));
    Ok(ConversationItem {
        id,
        title: header.title.map(tidings_protocol::text::Title::into_string),
        state: header.state,
        unread: if ahead { unread(header.unread, header.last_seq, read_seq, own) } else { header.unread },
        last_message: if behind { announced.or(newest) } else { newest },
        draft,
        active_at_ms,
        opening: Opening::Open,
        merged_into,
    })
}

/// The server's count, and not more than can be left after what the person has seen here.
fn unread(counted: i64, last_seq: Seq, read_seq: Seq, own_after: i64) -> i64 {
    counted.min((last_seq - read_seq - own_after).max(0))
}

#[cfg(test)]
mod tests {
    use super::unread;

    #[test]
    fn a_receipt_on_its_way_is_shown_at_once() {
        assert_eq!(unread(3, 7, 0, 2), 3, "the server's count");
        assert_eq!(unread(3, 7, 7, 0), 0, "all was seen");
        assert_eq!(unread(3, 9, 7, 0), 2, "two came after what was seen");
        assert_eq!(unread(3, 9, 7, 1), 1, "one of the two is one's own");
        assert_eq!(unread(0, 7, 9, 0), 0, "a header may be behind");
    }
}
