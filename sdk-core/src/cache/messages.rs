//! Messages, and which of them are known without a hole.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::{Author as WireAuthor, Message};
use tidings_protocol::time::Timestamp;

use super::outbox::refusal;
use super::{Write, amendments, receipts, shares};
use crate::error::Fault;
use crate::item::{Author, MessageItem, Quote, QuoteHead, SendState};

/// A stretch of messages without a hole, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: Seq,
    pub(crate) to: Seq,
}

impl Range {
    const fn of(seq: Seq) -> Self {
        Self { from: seq, to: seq }
    }

    /// Takes a message in, if it is in it or next to it.
    fn grow(&mut self, seq: Seq) -> bool {
        let near = self.from - 1 <= seq && seq <= self.to + 1;
        if near {
            (self.from, self.to) = (self.from.min(seq), self.to.max(seq));
        }
        near
    }
}

/// Puts a message of the server in its place; it takes the place of the echo with the same id. An answer that was on its
/// way for long may hold an older state than the feed has brought: that one stays.
fn store(write: &mut Write<'_>, message: &Message) -> Result<(), Fault> {
    let author = json(&message.author)?;
    let parts = json(&message.parts)?;
    // A row that holds this number under another id would be of another history: the newer word counts.
    write
        .prepare_cached("DELETE FROM messages WHERE conversation = ?1 AND seq = ?2 AND id <> ?3")?
        .execute((message.conversation_id.to_string(), message.seq, message.id.to_string()))?;
    write
        .prepare_cached(
            "INSERT INTO messages (id, conversation, seq, author, parts, sent_ms, edited_ms, deleted_ms, quote)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (id) DO UPDATE SET conversation = ?2, seq = ?3, author = ?4, parts = ?5, sent_ms = ?6,
                 edited_ms = ?7, deleted_ms = ?8, quote = ?9
             WHERE seq IS NULL OR ?8 IS NOT NULL
                 OR (deleted_ms IS NULL AND coalesce(edited_ms, 0) <= coalesce(?7, 0))",
        )?
        .execute((
            message.id.to_string(),
            message.conversation_id.to_string(),
            message.seq,
            author,
            parts,
            message.sent_at.unix_ms(),
            message.edited_at.map(Timestamp::unix_ms),
            message.deleted_at.map(Timestamp::unix_ms),
            message.quote.map(|id| id.to_string()),
        ))?;
    shares::learned(write, message)
}

/// The outbox forgets a message of one's own that the server has.
fn sent(write: &Write<'_>, message: &Message) -> Result<(), Fault> {
    super::uploads::message_confirmed(write, message.id, message.sent_at.unix_ms())?;
    super::outbox::forget_message(write, message.id)
}

/// What the feed, a page or a header says, in its order. What follows from all messages of a conversation together is written once:
/// a statement for each of a thousand messages costs more than the message.
pub(super) fn learn<'m>(
    write: &mut Write<'_>,
    messages: impl IntoIterator<Item = &'m Message>,
) -> Result<(), Fault> {
    let mut runs = BTreeMap::<ConversationId, Range>::new();
    let mut delivered = BTreeMap::<ConversationId, Seq>::new();
    for message in messages {
        store(write, message)?;
        let (id, seq) = (message.conversation_id, message.seq);
        let run = runs.entry(id).or_insert(Range::of(seq));
        if !run.grow(seq) {
            join(write, id, std::mem::replace(run, Range::of(seq)))?;
        }
        if matches!(message.author, WireAuthor::User { .. }) {
            sent(write, message)?;
        } else {
            let newest = delivered.entry(id).or_insert(seq);
            *newest = seq.max(*newest);
        }
    }
    for (id, run) in runs {
        join(write, id, run)?;
        write.touch_messages(id);
    }
    for (id, seq) in delivered {
        receipts::delivered(write, id, seq)?;
    }
    Ok(())
}

/// The server has answered a request about a message: the echo becomes the message, and the outbox forgets it.
///
/// The answer may tell of a message far below where the feed goes on: one that was sent again after the phone began anew.
/// Then it is no end of a stretch, for what lies above it will not come by itself.
pub(crate) fn confirm(write: &mut Write<'_>, message: &Message) -> Result<(), Fault> {
    let id = message.conversation_id;
    store(write, message)?;
    let header = super::conversations::header(write, id)?;
    if known(write, id)?.is_some() || header.is_none_or(|header| header.last_seq <= message.seq) {
        join(write, id, Range::of(message.seq))?;
    }
    write.touch_messages(id);
    sent(write, message)
}

/// Joins messages that lie side by side to the stretches that they touch. Those that lie below what is known, and do not touch
/// it, stay outside: what is between would never come, while what is above comes by the feed.
fn join(write: &Write<'_>, id: ConversationId, run: Range) -> Result<(), Fault> {
    let touching = "conversation = ?1 AND from_seq <= ?3 + 1 AND to_seq >= ?2 - 1";
    let key = id.to_string();
    let (from, to, lowest): (Seq, Seq, Option<Seq>) = write
        .prepare_cached(&format!(
            "SELECT min(?2, coalesce(min(from_seq), ?2)), max(?3, coalesce(max(to_seq), ?3)),
                 (SELECT min(from_seq) FROM ranges WHERE conversation = ?1)
             FROM ranges WHERE {touching}"
        ))?
        .query_row((&key, run.from, run.to), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if lowest.is_some_and(|lowest| run.to + 1 < lowest) {
        return Ok(());
    }
    write
        .prepare_cached(&format!("DELETE FROM ranges WHERE {touching}"))?
        .execute((&key, run.from, run.to))?;
    write.prepare_cached("INSERT INTO ranges VALUES (?1, ?2, ?3)")?.execute((&key, from, to))?;
    Ok(())
}

/// Forgets that anything of a conversation is known without a hole; the messages stay and are learned again.
pub(super) fn forget_stretches(write: &Write<'_>, id: ConversationId) -> Result<(), Fault> {
    write.prepare_cached("DELETE FROM ranges WHERE conversation = ?1")?.execute([id.to_string()])?;
    Ok(())
}

/// What is known of a conversation, without a hole from its lower end on.
///
/// Above the stretch there may be messages of one's own that the server confirmed before the feed brought what came
/// between; the feed fills that hole in a moment.
pub(crate) fn known(connection: &Connection, id: ConversationId) -> Result<Option<Range>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT from_seq, to_seq FROM ranges WHERE conversation = ?1 ORDER BY from_seq LIMIT 1",
    )?;
    let range = statement.query_row([id.to_string()], |row| Ok(Range { from: row.get(0)?, to: row.get(1)? }));
    Ok(range.optional()?)
}

/// Which messages a timeline wants to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    /// From this number on, as far down as is known; none: the newest few.
    pub(crate) floor: Option<Seq>,
    /// Up to this number; none: to the newest, and what waits to be sent.
    pub(crate) ceiling: Option<Seq>,
}

/// What a timeline shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    /// The messages, oldest first; then those that wait to be sent.
    pub(crate) items: Vec<MessageItem>,
    /// The lowest number that is shown; `None` when nothing is known of the server's.
    pub(crate) floor: Option<Seq>,
    /// The highest number known without a hole.
    top: Seq,
}

impl Window {
    /// Whether it shows as many of the server's messages as a window is meant to, or all there are.
    pub(crate) fn is_full(&self, size: Seq) -> bool {
        self.floor.is_some_and(|floor| floor == 1 || self.top - floor + 1 >= size)
    }
}

/// How a message's state is told from what is around it.
struct Light<'a> {
    team_read: Seq,
    sending: &'a BTreeSet<MessageId>,
}

const COLUMNS: &str = "m.id, m.conversation, m.seq, m.author, m.parts, m.sent_ms, m.edited_ms, m.deleted_ms,
    o.state, o.refusal_code, o.refusal_message, m.quote";
/// Where those of an amendment begin.
const AMENDED: usize = 12;
const JOINS: &str =
    "messages m LEFT JOIN outbox o ON o.message = m.id LEFT JOIN amendments a ON a.message = m.id";

/// The messages of a span; without a floor, the newest `size`.
pub(crate) fn window(
    connection: &Connection,
    id: ConversationId,
    span: Span,
    size: Seq,
    sending: &BTreeSet<MessageId>,
) -> Result<Window, Fault> {
    let light = Light { team_read: super::conversations::team_read(connection, id)?, sending };
    let known = known(connection, id)?;
    let floor = known.map(|known| match span.floor {
        Some(floor) if floor <= known.to => floor.max(known.from),
        _ => (known.to - size + 1).max(known.from),
    });
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, {} FROM {JOINS}
         WHERE m.conversation = ?1 AND ((m.seq IS NULL AND ?3 IS NULL) OR m.seq BETWEEN ?2 AND coalesce(?3, m.seq))
         ORDER BY m.seq IS NULL, m.seq, o.op",
        amendments::COLUMNS
    ))?;
    let mut rows = statement.query((id.to_string(), floor.unwrap_or(Seq::MAX), span.ceiling))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(whole(connection, row, &light)?);
    }
    Ok(Window { items, floor, top: known.map_or(0, |known| known.to) })
}

/// One message, whichever conversation it stands in.
pub(crate) fn message(connection: &Connection, id: MessageId) -> Result<Option<MessageItem>, Fault> {
    let found = listed(connection, "WHERE m.id = ?1", [id.to_string()], &BTreeSet::new())?;
    Ok(found.into_iter().next())
}

/// The messages that the rest of a statement selects, in its order.
pub(super) fn listed(
    connection: &Connection,
    rest: &str,
    parameters: impl rusqlite::Params,
    sending: &BTreeSet<MessageId>,
) -> Result<Vec<MessageItem>, Fault> {
    let sql = format!("SELECT {COLUMNS}, {} FROM {JOINS} {rest}", amendments::COLUMNS);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(parameters)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get::<_, String>(1)?.parse().map_err(|_| Fault::Stored("conversation id"))?;
        let team_read = super::conversations::team_read(connection, id)?;
        items.push(whole(connection, row, &Light { team_read, sending })?);
    }
    Ok(items)
}

pub(super) const LAST_WAITING: &str =
    "WHERE m.conversation = ?1 AND m.seq IS NULL ORDER BY o.op DESC LIMIT 1";
pub(super) const LAST_STORED: &str = "WHERE m.conversation = ?1 AND m.seq > 0 ORDER BY m.seq DESC LIMIT 1";

/// The newest message: the last that waits, or else the highest number. Two questions, because each has an index and both
/// together would read the whole conversation.
pub(super) fn newest(
    connection: &Connection,
    id: ConversationId,
    sending: &BTreeSet<MessageId>,
) -> Result<Option<MessageItem>, Fault> {
    let of = |rest| listed(connection, rest, [id.to_string()], sending).map(|items| items.into_iter().next());
    let waiting = of(LAST_WAITING)?;
    match waiting {
        Some(waiting) => Ok(Some(waiting)),
        None => of(LAST_STORED),
    }
}

/// A message of the server as an item; for the preview of a header that is ahead of the messages known.
pub(super) fn from_wire(message: Message, team_read: Seq) -> MessageItem {
    let author = author_of(message.author);
    MessageItem {
        id: message.id,
        conversation_id: message.conversation_id,
        seq: Some(message.seq),
        state: (author == Author::Me).then(|| stored_state(message.seq, team_read)),
        author,
        edited_at_ms: message.edited_at.filter(|_| !shares::is_live(&message.parts)).map(Timestamp::unix_ms),
        parts: message.parts,
        quote: message.quote.map(|message_id| Quote { message_id, head: None }),
        sent_at_ms: message.sent_at.unix_ms(),
        deleted: message.deleted_at.is_some(),
        amending: None,
        uploading: Vec::new(),
    }
}

/// A message with what is told of it elsewhere: the progress of its files, how the message that it quotes begins.
fn whole(connection: &Connection, row: &Row<'_>, light: &Light<'_>) -> Result<MessageItem, Fault> {
    let mut item = item(row, light)?;
    if item.seq.is_none() {
        item.uploading = super::uploads::progress(connection, item.id)?;
    }
    if let Some(quote) = &mut item.quote {
        quote.head = head(connection, item.conversation_id, quote.message_id)?;
    }
    Ok(item)
}

/// How a quoted message begins, if it is on the phone and stands in the same conversation.
fn head(
    connection: &Connection,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Option<QuoteHead>, Fault> {
    let sql = format!("SELECT {COLUMNS}, {} FROM {JOINS} WHERE m.id = ?1", amendments::COLUMNS);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let quoted = item(row, &Light { team_read: 0, sending: &BTreeSet::new() })?;
    Ok((quoted.conversation_id == conversation).then(|| QuoteHead::of(quoted)))
}

/// What the row of a message says.
fn item(row: &Row<'_>, light: &Light<'_>) -> Result<MessageItem, Fault> {
    let id: MessageId = row.get::<_, String>(0)?.parse().map_err(|_| Fault::Stored("message id"))?;
    let seq: Option<Seq> = row.get(2)?;
    let author: Option<WireAuthor> = parse(&row.get::<_, String>(3)?, "author")?;
    let author = author.map_or(Author::Me, author_of);
    let state = match (&author, seq) {
        (Author::Me, Some(seq)) => Some(stored_state(seq, light.team_read)),
        (Author::Me, None) => Some(outbox_state(row, id, light)?),
        _ => None,
    };
    let mut item = MessageItem {
        id,
        uploading: Vec::new(),
        conversation_id: row.get::<_, String>(1)?.parse().map_err(|_| Fault::Stored("conversation id"))?,
        seq,
        author,
        parts: parse(&row.get::<_, String>(4)?, "parts")?,
        quote: quote_of(row.get(11)?)?,
        sent_at_ms: row.get(5)?,
        edited_at_ms: row.get(6)?,
        deleted: row.get::<_, Option<i64>>(7)?.is_some(),
        amending: None,
        state,
    };
    if shares::is_live(&item.parts) {
        item.edited_at_ms = None;
    }
    amendments::overlay(&mut item, row, AMENDED)?;
    Ok(item)
}

fn quote_of(id: Option<String>) -> Result<Option<Quote>, Fault> {
    let id = id.map(|id| id.parse().map_err(|_| Fault::Stored("message id"))).transpose()?;
    Ok(id.map(|message_id| Quote { message_id, head: None }))
}

fn stored_state(seq: Seq, team_read: Seq) -> SendState {
    if seq <= team_read { SendState::Read } else { SendState::Sent }
}

fn outbox_state(row: &Row<'_>, id: MessageId, light: &Light<'_>) -> Result<SendState, Fault> {
    Ok(match row.get::<_, Option<String>>(8)?.as_deref() {
        Some("failed") => SendState::Failed(refusal(row.get(9)?, row.get(10)?)),
        _ if light.sending.contains(&id) => SendState::Sending,
        _ => SendState::Waiting,
    })
}

fn author_of(author: WireAuthor) -> Author {
    match author {
        WireAuthor::User { .. } => Author::Me,
        WireAuthor::Agent { id, name } => Author::Agent { id, name: name.into_string() },
        WireAuthor::System => Author::System,
    }
}

pub(super) fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Stored("value"))
}

pub(super) fn parse<T: serde::de::DeserializeOwned>(json: &str, what: &'static str) -> Result<T, Fault> {
    // As bytes, like the answers of the server: a reader of texts beside that of bytes would be all of it twice in an app.
    serde_json::from_slice(json.as_bytes()).map_err(|_| Fault::Stored(what))
}
