//! The rows of the outbox. Which of them goes out when is decided in `crate::outbox`.

use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use tidings_protocol::context::Context;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::{Part, Parts};
use tidings_protocol::text::{Text, Title};

use super::contexts::{self, PendingFields};
use super::conversations::{exists, header, put_local};
use super::messages::{json, parse};
use super::{Write, amendments, uploads};
use crate::error::{Fault, Refusal};
use crate::item::Discarded;

/// The version of the payloads that this version writes. A later one reads them all.
const VERSION: i64 = 1;

/// The server's code for an id that stands for something else there: asking again cannot help.
const ID_TAKEN: &str = "id_conflict";

/// What a row sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutboxKind {
    /// Opens the conversation; the first of its lane.
    Open,
    /// Sends this message.
    Message(MessageId),
}

/// Whether a row is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutboxState {
    /// As soon as its turn comes.
    Ready,
    /// When its files have reached the server; those behind it wait, too.
    Uploading,
    /// The server refused it; it stands aside.
    Failed,
}

/// One row, without what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutboxItem {
    pub(crate) op: i64,
    pub(crate) conversation: ConversationId,
    pub(crate) kind: OutboxKind,
    pub(crate) state: OutboxState,
    pub(crate) attempts: u32,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Payload {
    Open {
        id: ConversationId,
        title: Option<Title>,
        context: Option<Box<Context>>,
        fields: Option<PendingFields>,
    },
    Message {
        id: MessageId,
        conversation: ConversationId,
        said: Said,
    },
}

/// What a message says, and which it answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) parts: Parts,
    pub(crate) quote: Option<MessageId>,
    /// Where the person was when they wrote it.
    pub(crate) context: Option<Box<Context>>,
}

#[derive(Serialize, Deserialize)]
struct OpenPayload {
    title: Option<Title>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context: Option<Box<Context>>,
    /// For a server that takes nothing but a title.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    bare: bool,
}

#[derive(Serialize, Deserialize)]
struct MessagePayload {
    parts: Parts,
    /// What it said before its words were changed, for a server that has it with these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<Parts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quote: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context: Option<Box<Context>>,
}

/// Starts a conversation: its row and the row that opens it.
pub(crate) fn enqueue_open(
    write: &mut Write<'_>,
    id: ConversationId,
    title: Option<&Title>,
    context: Option<Box<Context>>,
    now_ms: i64,
) -> Result<(), Fault> {
    put_local(write, id, title.map(Title::as_str), now_ms)?;
    insert_opening(write, id, title, context, now_ms)
}

/// Opens a conversation once more that the server does not know, or not any more: a backup was restored that is older.
/// Whatever waits in it waits behind the new row.
pub(crate) fn reopen(write: &mut Write<'_>, id: ConversationId, now_ms: i64) -> Result<(), Fault> {
    let mut waiting =
        write.prepare_cached("SELECT 1 FROM outbox WHERE conversation = ?1 AND kind = 'open'")?;
    if waiting.exists([id.to_string()])? {
        return retry_opening(write, id);
    }
    drop(waiting);
    let title: Option<Option<String>> = write
        .prepare_cached("SELECT coalesce(header ->> 'title', title) FROM conversations WHERE id = ?1")?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    let Some(title) = title else { return Err(Fault::NotFound("conversation")) };
    let title = title.map(Title::try_from).transpose().map_err(|_| Fault::Stored("title"))?;
    contexts::tell_again(write, id)?;
    insert_opening(write, id, title.as_ref(), None, now_ms)
}

fn insert_opening(
    write: &Write<'_>,
    id: ConversationId,
    title: Option<&Title>,
    context: Option<Box<Context>>,
    now_ms: i64,
) -> Result<(), Fault> {
    let payload = json(&OpenPayload { title: title.cloned(), context, bare: false })?;
    write
        .prepare_cached(
            "INSERT INTO outbox (conversation, kind, v, payload, created_ms) VALUES (?1, 'open', ?2, ?3, ?4)",
        )?
        .execute((id.to_string(), VERSION, payload, now_ms))?;
    Ok(())
}

/// Accepts a message: its echo and the row that sends it.
pub(crate) fn enqueue_message(
    write: &mut Write<'_>,
    conversation: ConversationId,
    id: MessageId,
    said: Said,
    now_ms: i64,
) -> Result<(), Fault> {
    let Said { parts, quote, context } = said;
    if !exists(write, conversation)? {
        return Err(Fault::NotFound("conversation"));
    }
    super::drafts::sent(write, conversation, &parts)?;
    let payload = MessagePayload { parts, first: None, quote, context };
    insert_echo(write, &conversation.to_string(), &id.to_string(), &payload, now_ms)?;
    write
        .prepare_cached(
            "INSERT INTO outbox (conversation, kind, message, v, payload, created_ms)
             VALUES (?1, 'message', ?2, ?3, ?4, ?5)",
        )?
        .execute((conversation.to_string(), id.to_string(), VERSION, json(&payload)?, now_ms))?;
    write
        .prepare_cached("UPDATE conversations SET active_ms = max(active_ms, ?2) WHERE id = ?1")?
        .execute((conversation.to_string(), now_ms))?;
    // A new message is a reason to ask again for the conversation that was refused.
    retry_opening(write, conversation)?;
    write.touch_messages(conversation);
    Ok(())
}

fn insert_echo(
    connection: &Connection,
    conversation: &str,
    id: &str,
    payload: &MessagePayload,
    now_ms: i64,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO messages (id, conversation, author, parts, sent_ms, quote)
             VALUES (?1, ?2, 'null', ?3, ?4, ?5)",
        )?
        .execute((
            id,
            conversation,
            json(payload.parts.as_slice())?,
            now_ms,
            payload.quote.map(|id| id.to_string()),
        ))?;
    Ok(())
}

/// Every row, in the order of sending; only a row that opens a conversation goes before all others of it.
pub(crate) fn load(connection: &Connection) -> Result<Vec<OutboxItem>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT op, conversation, message, state, attempts,
                 EXISTS (SELECT 1 FROM uploads u WHERE u.message = o.message AND u.state = 'waiting')
             FROM outbox o ORDER BY op",
    )?;
    let mut rows = statement.query([])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let message: Option<String> = row.get(2)?;
        let kind = match message {
            Some(id) => OutboxKind::Message(id.parse().map_err(|_| Fault::Stored("message id"))?),
            None => OutboxKind::Open,
        };
        let state = match (row.get::<_, String>(3)?.as_str(), row.get(5)?) {
            ("failed", _) => OutboxState::Failed,
            (_, true) => OutboxState::Uploading,
            (_, false) => OutboxState::Ready,
        };
        items.push(OutboxItem {
            op: row.get(0)?,
            conversation: row.get::<_, String>(1)?.parse().map_err(|_| Fault::Stored("conversation id"))?,
            kind,
            state,
            attempts: row.get(4)?,
        });
    }
    Ok(items)
}

/// What a row says; `None` when it is gone.
pub(crate) fn payload(connection: &Connection, op: i64) -> Result<Option<Payload>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT conversation, message, v, payload FROM outbox WHERE op = ?1")?;
    let row = statement.query_row([op], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, Option<String>>(1)?,
            row.get::<_, i64>(2)?,
            row.get::<_, String>(3)?,
        ))
    });
    let Some((conversation, message, version, json)) = row.optional()? else { return Ok(None) };
    if version != VERSION {
        return Err(Fault::Stored("payload of a later version"));
    }
    let conversation = conversation.parse().map_err(|_| Fault::Stored("conversation id"))?;
    let Some(id) = message else {
        let OpenPayload { title, context, bare } = parse(&json, "payload")?;
        let fields = if bare { None } else { contexts::with_opening(connection, conversation)? };
        return Ok(Some(Payload::Open { id: conversation, title, context, fields }));
    };
    let id = id.parse().map_err(|_| Fault::Stored("message id"))?;
    let MessagePayload { parts, quote, mut context, .. } = parse(&json, "payload")?;
    if let Some(now) = &context
        && contexts::is_told(connection, conversation, now)?
    {
        context = None;
    }
    Ok(Some(Payload::Message { id, conversation, said: Said { parts, quote, context } }))
}

/// How often a row was tried, so that a restart does not begin to hurry again.
pub(crate) fn set_attempts(write: &Write<'_>, op: i64, attempts: u32) -> Result<(), Fault> {
    write.prepare_cached("UPDATE outbox SET attempts = ?2 WHERE op = ?1")?.execute((op, attempts))?;
    Ok(())
}

/// The server refuses a row for good. With an opening, everything behind it is refused too.
pub(crate) fn refuse(write: &mut Write<'_>, item: OutboxItem, refusal: &Refusal) -> Result<(), Fault> {
    let which = match item.kind {
        OutboxKind::Open => "conversation = (SELECT conversation FROM outbox WHERE op = ?1)",
        OutboxKind::Message(_) => "op = ?1",
    };
    write
        .prepare_cached(&format!(
            "UPDATE outbox SET state = 'failed', refusal_code = ?2, refusal_message = ?3 WHERE {which}"
        ))?
        .execute((item.op, &refusal.code, &refusal.message))?;
    write.touch_messages(item.conversation);
    Ok(())
}

/// Whether a message waits to be sent; then, whether it will be, or was refused.
pub(super) fn waits(write: &Write<'_>, id: MessageId) -> Result<Option<bool>, Fault> {
    let mut statement = write.prepare_cached("SELECT state = 'ready' FROM outbox WHERE message = ?1")?;
    Ok(statement.query_row([id.to_string()], |row| row.get(0)).optional()?)
}

/// Gives a message that waits other words.
pub(super) fn change_words(
    write: &mut Write<'_>,
    conversation: ConversationId,
    id: MessageId,
    text: &Text,
) -> Result<(), Fault> {
    let Some(MessagePayload { parts, first, quote, context }) = message_payload(write, id)? else {
        return Ok(());
    };
    let edited = Parts::edited(parts.as_slice(), text.clone()).ok().flatten();
    let Some(edited) = edited.and_then(|edited| Parts::try_from(edited).ok()) else {
        return Err(Fault::Stored("parts"));
    };
    let first = Some(first.unwrap_or(parts));
    set_message_payload(write, id, &MessagePayload { parts: edited, first, quote, context })?;
    write.touch_messages(conversation);
    Ok(())
}

/// The row says again what it said at first; answers the words that it had instead, if it had others.
pub(super) fn change_words_back(write: &Write<'_>, id: MessageId) -> Result<Option<Text>, Fault> {
    let Some(MessagePayload { parts, first: Some(first), quote, context }) = message_payload(write, id)?
    else {
        return Ok(None);
    };
    set_message_payload(write, id, &MessagePayload { parts: first, first: None, quote, context })?;
    let text = parts.as_slice().iter().find_map(Part::as_text);
    text.map(Text::try_from).transpose().map_err(|_| Fault::Stored("text"))
}

/// Changes the parts of a message that waits, both what it says and what it said at first.
pub(super) fn change_parts(
    write: &mut Write<'_>,
    id: MessageId,
    mut change: impl FnMut(&mut Part),
) -> Result<(), Fault> {
    let mut changed = |parts: Parts| {
        let mut parts: Vec<Part> = parts.into();
        parts.iter_mut().for_each(&mut change);
        Parts::try_from(parts).map_err(|_| Fault::Stored("parts"))
    };
    let Some(MessagePayload { parts, first, quote, context }) = message_payload(write, id)? else {
        return Ok(());
    };
    let (parts, first) = (changed(parts)?, first.map(&mut changed).transpose()?);
    let payload = MessagePayload { parts, first, quote, context };
    set_message_payload(write, id, &payload)?;
    let mut statement = write.prepare_cached("SELECT conversation FROM outbox WHERE message = ?1")?;
    let conversation: String = statement.query_row([id.to_string()], |row| row.get(0))?;
    drop(statement);
    write.touch_messages(conversation.parse().map_err(|_| Fault::Stored("conversation id"))?);
    Ok(())
}

fn message_payload(write: &Write<'_>, id: MessageId) -> Result<Option<MessagePayload>, Fault> {
    let mut statement = write.prepare_cached("SELECT payload FROM outbox WHERE message = ?1 AND v = ?2")?;
    let json: Option<String> = statement.query_row((id.to_string(), VERSION), |row| row.get(0)).optional()?;
    json.map(|json| parse(&json, "payload")).transpose()
}

/// The echo follows.
fn set_message_payload(write: &Write<'_>, id: MessageId, payload: &MessagePayload) -> Result<(), Fault> {
    let key = id.to_string();
    write
        .prepare_cached("UPDATE outbox SET payload = ?2 WHERE message = ?1")?
        .execute((&key, json(payload)?))?;
    write.prepare_cached("UPDATE messages SET parts = ?2, quote = ?3 WHERE id = ?1")?.execute((
        &key,
        json(payload.parts.as_slice())?,
        payload.quote.map(|id| id.to_string()),
    ))?;
    Ok(())
}

/// The server does not have the message that a row quotes: it goes without the quote. Answers whether it had one.
pub(crate) fn drop_quote(write: &mut Write<'_>, item: OutboxItem) -> Result<bool, Fault> {
    let OutboxKind::Message(id) = item.kind else { return Ok(false) };
    let Some(payload) = message_payload(write, id)?.filter(|payload| payload.quote.is_some()) else {
        return Ok(false);
    };
    set_message_payload(write, id, &MessagePayload { quote: None, ..payload })?;
    write.touch_messages(item.conversation);
    Ok(true)
}

/// The server takes no such body, as one of an earlier version does that knows of no context: the row goes without. Answers
/// whether there was something to leave out.
pub(crate) fn drop_context(write: &mut Write<'_>, item: OutboxItem) -> Result<bool, Fault> {
    let OutboxKind::Message(id) = item.kind else {
        let mut statement = write.prepare_cached("SELECT payload FROM outbox WHERE op = ?1 AND v = ?2")?;
        let text: Option<String> = statement.query_row((item.op, VERSION), |row| row.get(0)).optional()?;
        let Some(open) = text.map(|text| parse::<OpenPayload>(&text, "payload")).transpose()? else {
            return Ok(false);
        };
        let fields = contexts::with_opening(write, item.conversation)?;
        if open.bare || (open.context.is_none() && fields.is_none()) {
            return Ok(false);
        }
        let bare = json(&OpenPayload { context: None, bare: true, ..open })?;
        write.prepare_cached("UPDATE outbox SET payload = ?2 WHERE op = ?1")?.execute((item.op, bare))?;
        return Ok(true);
    };
    let Some(payload) = message_payload(write, id)? else { return Ok(false) };
    let Some(context) = &payload.context else { return Ok(false) };
    // What is known there was left out already.
    if contexts::is_told(write, item.conversation, context)? {
        return Ok(false);
    }
    set_message_payload(write, id, &MessagePayload { context: None, ..payload })?;
    Ok(true)
}

/// What waits and quotes a message quotes this one instead, or none.
fn requote(write: &Write<'_>, quoted: MessageId, now: Option<MessageId>) -> Result<(), Fault> {
    let mut statement = write.prepare_cached(
        "SELECT o.message FROM outbox o JOIN messages m ON m.id = o.message WHERE m.quote = ?1",
    )?;
    let quoting: Vec<String> =
        statement.query_map([quoted.to_string()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for id in quoting {
        let id = id.parse().map_err(|_| Fault::Stored("message id"))?;
        if let Some(payload) = message_payload(write, id)? {
            set_message_payload(write, id, &MessagePayload { quote: now, ..payload })?;
        }
    }
    Ok(())
}

/// Sends a refused message again, and the opening of its conversation before it. If its id was what the server refused, it
/// gets the fresh one. Of a message that the server has, it is told once more what is to become of it. Answers its id from
/// now on.
pub(crate) fn retry(
    write: &mut Write<'_>,
    conversation: ConversationId,
    id: MessageId,
    fresh: MessageId,
) -> Result<MessageId, Fault> {
    let key = conversation.to_string();
    let refused: Option<Option<String>> = write
        .prepare_cached("SELECT refusal_code FROM outbox WHERE message = ?1 AND conversation = ?2")?
        .query_row((id.to_string(), &key), |row| row.get(0))
        .optional()?;
    let Some(refused) = refused else {
        write.touch_messages(conversation);
        let amended = amendments::again(write, conversation, id)?;
        return if amended { Ok(id) } else { Err(Fault::NotFound("message in the outbox")) };
    };
    if opening_of(write, conversation)?.is_some_and(|(code, _)| code == ID_TAKEN) {
        return Err(Fault::Final("the id of this conversation is taken at the server: start another one"));
    }
    let now = if refused.as_deref() == Some(ID_TAKEN) { fresh } else { id };
    write
        .prepare_cached(
            "UPDATE outbox SET message = ?2, state = 'ready', attempts = 0, refusal_code = NULL, refusal_message = NULL
             WHERE message = ?1",
        )?
        .execute((id.to_string(), now.to_string()))?;
    write
        .prepare_cached("UPDATE messages SET id = ?2 WHERE id = ?1")?
        .execute((id.to_string(), now.to_string()))?;
    amendments::rename(write, id, now)?;
    uploads::message_renamed(write, id, now)?;
    requote(write, id, Some(now))?;
    retry_opening(write, conversation)?;
    write.touch_messages(conversation);
    Ok(now)
}

fn retry_opening(write: &Write<'_>, conversation: ConversationId) -> Result<(), Fault> {
    write
        .prepare_cached(
            "UPDATE outbox SET state = 'ready', attempts = 0, refusal_code = NULL, refusal_message = NULL
             WHERE conversation = ?1 AND kind = 'open' AND state = 'failed'",
        )?
        .execute([conversation.to_string()])?;
    Ok(())
}

/// Throws a message away that the server has not confirmed; of one that it has, what was to become of it. A conversation that was refused goes with its last one.
pub(crate) fn discard(
    write: &mut Write<'_>,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Discarded, Fault> {
    let key = conversation.to_string();
    let stored: Option<Option<i64>> = write
        .prepare_cached("SELECT seq FROM messages WHERE id = ?1 AND conversation = ?2")?
        .query_row((id.to_string(), &key), |row| row.get(0))
        .optional()?;
    match stored {
        None => return Err(Fault::NotFound("message")),
        Some(Some(_)) => {
            write.touch_messages(conversation);
            let amended = amendments::forget(write, id)?;
            return Ok(if amended { Discarded::Removed } else { Discarded::TooLate });
        }
        Some(None) => drop(amendments::forget(write, id)?),
    }
    write.prepare_cached("DELETE FROM outbox WHERE message = ?1")?.execute([id.to_string()])?;
    write.prepare_cached("DELETE FROM messages WHERE id = ?1")?.execute([id.to_string()])?;
    uploads::message_discarded(write, id)?;
    requote(write, id, None)?;
    let refused = opening_of(write, conversation)?.is_some() && header(write, conversation)?.is_none();
    let left: bool =
        write.prepare_cached("SELECT 1 FROM messages WHERE conversation = ?1")?.exists([&key])?;
    if refused && !left {
        write.prepare_cached("DELETE FROM outbox WHERE conversation = ?1")?.execute([&key])?;
        write.prepare_cached("DELETE FROM conversations WHERE id = ?1")?.execute([&key])?;
        contexts::forget(write, conversation)?;
    }
    write.touch_messages(conversation);
    Ok(Discarded::Removed)
}

/// The row has done its work.
pub(crate) fn remove(write: &Write<'_>, op: i64) -> Result<(), Fault> {
    write.prepare_cached("DELETE FROM outbox WHERE op = ?1")?.execute([op])?;
    Ok(())
}

pub(super) fn forget_message(write: &Write<'_>, id: MessageId) -> Result<(), Fault> {
    write.prepare_cached("DELETE FROM outbox WHERE message = ?1")?.execute([id.to_string()])?;
    Ok(())
}

pub(super) fn forget_opening(write: &Write<'_>, id: ConversationId) -> Result<(), Fault> {
    write
        .prepare_cached("DELETE FROM outbox WHERE conversation = ?1 AND kind = 'open'")?
        .execute([id.to_string()])?;
    Ok(())
}

/// Why the opening of a conversation was refused, if it was.
pub(super) fn opening_of(
    connection: &Connection,
    id: ConversationId,
) -> Result<Option<(String, Option<String>)>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT refusal_code, refusal_message FROM outbox
         WHERE conversation = ?1 AND kind = 'open' AND state = 'failed' AND refusal_code IS NOT NULL",
    )?;
    Ok(statement.query_row([id.to_string()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

pub(super) fn refusal(code: Option<String>, message: Option<String>) -> Refusal {
    Refusal { code: code.unwrap_or_else(|| "unknown".to_owned()), message: message.unwrap_or_default() }
}

/// A row as it is carried from a damaged store into a new one, and put there with its echo.
pub(super) struct Rescued {
    /// Kept: a posting that is under way knows its row by it.
    pub(super) op: i64,
    pub(super) conversation: String,
    pub(super) kind: String,
    pub(super) message: Option<String>,
    pub(super) v: i64,
    pub(super) payload: String,
    pub(super) created_ms: i64,
}

impl Rescued {
    pub(super) const COLUMNS: &str = "op, conversation, kind, message, v, payload, created_ms";

    /// From these columns.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            op: row.get(0)?,
            conversation: row.get(1)?,
            kind: row.get(2)?,
            message: row.get(3)?,
            v: row.get(4)?,
            payload: row.get(5)?,
            created_ms: row.get(6)?,
        })
    }

    /// Puts the row into a new store. A refused one is tried again: asking once more is better than losing it.
    pub(super) fn insert(&self, connection: &Connection) -> Result<(), Fault> {
        let title =
            serde_json::from_slice::<OpenPayload>(self.payload.as_bytes()).ok().and_then(|open| open.title);
        connection.execute(
            "INSERT INTO conversations (id, title, created_ms, active_ms) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (id) DO NOTHING",
            (&self.conversation, title.as_ref().map(Title::as_str), self.created_ms),
        )?;
        if let Some(message) = &self.message {
            let payload: MessagePayload = parse(&self.payload, "payload")?;
            insert_echo(connection, &self.conversation, message, &payload, self.created_ms)?;
        }
        connection.execute(
            "INSERT INTO outbox (op, conversation, kind, message, v, payload, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (self.op, &self.conversation, &self.kind, &self.message, self.v, &self.payload, self.created_ms),
        )?;
        Ok(())
    }
}
