//! Places that move: what this phone shares, and what of anybody's is to be forgotten when its time is over.
//!
//! Of a share the last position alone is kept, whatever the network does: there is no queue of where somebody was.

use rusqlite::{Connection, OptionalExtension};
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::limits;
use tidings_protocol::message::{KnownPart, LiveLocation, Message, MoveLivePlace, Part};
use tidings_protocol::time::Timestamp;

use super::Write;
use super::messages::{json, parse};
use crate::error::Fault;
use crate::live_place::{LiveShare, has_moved};

const PACE_MS: i64 = limits::LIVE_PLACE_SECONDS * 1_000;

/// Something that the server should be told of a share.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ShareErrand {
    pub(crate) conversation: ConversationId,
    pub(crate) message: MessageId,
    pub(crate) news: ShareNews,
}

/// What of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ShareNews {
    /// Where the person is.
    Place(MoveLivePlace),
    /// They do not share it any more.
    Over,
}

/// The live place of a message, if that is what it is.
fn live(parts: &[Part]) -> Option<&LiveLocation> {
    match parts {
        [Part::Known(KnownPart::LiveLocation(live))] => Some(live),
        _ => None,
    }
}

/// Whether these are the parts of a live place: it is not edited, however often it moves.
pub(super) fn is_live(parts: &[Part]) -> bool {
    live(parts).is_some()
}

/// The same parts without a place: headers keep none.
pub(super) fn without_place(parts: &[Part]) -> Vec<Part> {
    match live(parts) {
        Some(live) => vec![Part::Known(KnownPart::LiveLocation(LiveLocation { last: None, ..live.clone() }))],
        None => parts.to_vec(),
    }
}

/// A message of the server was stored: a place in it is to be forgotten at its time, a share that it ended is over.
pub(super) fn learned(write: &Write<'_>, message: &Message) -> Result<(), Fault> {
    let id = message.id.to_string();
    let live = live(&message.parts);
    if message.deleted_at.is_none() && live.is_none() {
        return Ok(());
    }
    if let Some(until) = live.filter(|live| !live.ended).and_then(|live| live.until) {
        write
            .prepare_cached("INSERT OR REPLACE INTO moving (message, until_ms) VALUES (?1, ?2)")?
            .execute((id, until.unix_ms()))?;
    } else {
        write.prepare_cached("DELETE FROM moving WHERE message = ?1")?.execute([&id])?;
        write.prepare_cached("DELETE FROM shares WHERE message = ?1")?.execute([&id])?;
    }
    Ok(())
}

/// A share begins with this message.
pub(crate) fn begin_share(
    write: &Write<'_>,
    conversation: ConversationId,
    message: MessageId,
    ends_ms: i64,
) -> Result<(), Fault> {
    write
        .prepare_cached("INSERT INTO shares (message, conversation, ends_ms) VALUES (?1, ?2, ?3)")?
        .execute((message.to_string(), conversation.to_string(), ends_ms))?;
    Ok(())
}

/// The shares of this phone that run, the first to end first.
pub(crate) fn shares(connection: &Connection, now_ms: i64) -> Result<Vec<LiveShare>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT message, conversation, ends_ms FROM shares WHERE state = 'running' AND ends_ms > ?1
         ORDER BY ends_ms, message",
    )?;
    let rows = statement
        .query_map([now_ms], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (message, conversation, ends_ms) = row?;
        Ok(LiveShare {
            message_id: message.parse().map_err(|_| Fault::Stored("message id"))?,
            conversation_id: conversation.parse().map_err(|_| Fault::Stored("conversation id"))?,
            ends_at_ms: ends_ms,
        })
    })
    .collect()
}

/// The person is here now: it takes the place of the last position of each share. Answers how many run.
pub(crate) fn move_shares(write: &Write<'_>, here: MoveLivePlace, now_ms: i64) -> Result<usize, Fault> {
    let running = shares(write, now_ms)?;
    for share in &running {
        let id = share.message_id.to_string();
        let (number, last): (i64, Option<String>) = write
            .prepare_cached("SELECT number, place FROM shares WHERE message = ?1")?
            .query_row([&id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let last: Option<MoveLivePlace> = last.map(|last| parse(&last, "place")).transpose()?;
        if last.is_none_or(|last| has_moved(&last, &here)) {
            let place = MoveLivePlace { number: number + 1, ..here };
            write
                .prepare_cached("UPDATE shares SET number = ?2, place = ?3 WHERE message = ?1")?
                .execute((id, number + 1, json(&place)?))?;
        }
    }
    Ok(running.len())
}

/// The person ends a share of theirs, of this phone or another: its position is forgotten now, the server is told. Answers
/// whether the message is one; again changes nothing.
pub(crate) fn stop_share(
    write: &mut Write<'_>,
    conversation: ConversationId,
    message: MessageId,
    now_ms: i64,
) -> Result<bool, Fault> {
    let (id, thread) = (message.to_string(), conversation.to_string());
    let parts: Option<String> = write
        .prepare_cached(
            "SELECT parts FROM messages WHERE id = ?1 AND conversation = ?2
                 AND (author = 'null' OR author ->> 'kind' = 'user')",
        )?
        .query_row((&id, &thread), |row| row.get(0))
        .optional()?;
    let parts: Vec<Part> = parts.map(|parts| parse(&parts, "parts")).transpose()?.unwrap_or_default();
    let Some(live) = live(&parts) else { return Ok(false) };
    if !live.ended {
        write
            .prepare_cached(
                "INSERT INTO shares (message, conversation, ends_ms, state) VALUES (?1, ?2, ?3, 'stopping')
                 ON CONFLICT (message) DO UPDATE SET state = 'stopping', place = NULL",
            )?
            .execute((&id, &thread, now_ms))?;
        forget_place(write, &id, now_ms)?;
    }
    Ok(true)
}

/// The next that the server can be told; else when there may be something, in unix milliseconds. What is to end goes first.
pub(crate) fn next_share_errand(
    connection: &Connection,
    now_ms: i64,
) -> Result<Result<ShareErrand, Option<i64>>, Fault> {
    // A message that waits to be sent is not known there.
    const WAITING: &str = "NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message = s.message)";
    let mut statement = connection.prepare_cached(&format!(
        "SELECT conversation, message, state, place, told_ms FROM shares s
         WHERE (state = 'stopping' OR (number > told AND ends_ms > ?1)) AND {WAITING}
         ORDER BY state = 'running', told_ms LIMIT 1"
    ))?;
    let row = statement.query_row([now_ms], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, Option<String>>(3)?,
            row.get::<_, Option<i64>>(4)?,
        ))
    });
    let Some((conversation, message, state, place, told_ms)) = row.optional()? else { return Ok(Err(None)) };
    let news = match place.filter(|_| state == "running") {
        // A clock that was set back must not hold it up for longer than the pace.
        Some(_) if told_ms.is_some_and(|told_ms| (0..PACE_MS).contains(&(now_ms - told_ms))) => {
            return Ok(Err(told_ms.map(|told_ms| told_ms + PACE_MS)));
        }
        Some(place) => ShareNews::Place(parse(&place, "place")?),
        None => ShareNews::Over,
    };
    Ok(Ok(ShareErrand {
        conversation: conversation.parse().map_err(|_| Fault::Stored("conversation id"))?,
        message: message.parse().map_err(|_| Fault::Stored("message id"))?,
        news,
    }))
}

/// The server has a place, or the end.
pub(crate) fn share_told(write: &mut Write<'_>, errand: &ShareErrand, now_ms: i64) -> Result<(), Fault> {
    match &errand.news {
        ShareNews::Over => share_over(write, errand.message),
        ShareNews::Place(place) => {
            write
                .prepare_cached("UPDATE shares SET told = max(told, ?2), told_ms = ?3 WHERE message = ?1")?
                .execute((errand.message.to_string(), place.number, now_ms))?;
            Ok(())
        }
    }
}

/// The share is over, here and there.
pub(crate) fn share_over(write: &Write<'_>, message: MessageId) -> Result<(), Fault> {
    write.prepare_cached("DELETE FROM shares WHERE message = ?1")?.execute([message.to_string()])?;
    Ok(())
}

/// Forgets the places whose time is over, and ends the shares of this phone whose time is. Answers messages that were to
/// begin one and never set off: nobody needs them any more.
pub(crate) fn forget_places(
    write: &mut Write<'_>,
    now_ms: i64,
) -> Result<Vec<(ConversationId, MessageId)>, Fault> {
    let over: Vec<String> = strings(write, "SELECT message FROM moving WHERE until_ms <= ?1", now_ms)?;
    for id in over {
        forget_place(write, &id, now_ms)?;
        write.prepare_cached("DELETE FROM moving WHERE message = ?1")?.execute([&id])?;
    }
    let ended: Vec<String> =
        strings(write, "SELECT message FROM shares WHERE ends_ms <= ?1 AND state = 'running'", now_ms)?;
    for id in ended {
        forget_place(write, &id, now_ms)?;
        write
            .prepare_cached("UPDATE shares SET state = 'stopping', place = NULL WHERE message = ?1")?
            .execute([&id])?;
    }
    let mut statement = write.prepare_cached(
        "SELECT s.conversation, s.message FROM shares s JOIN outbox o ON o.message = s.message
         WHERE s.state = 'stopping'",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (conversation, message) = row?;
        Ok((
            conversation.parse().map_err(|_| Fault::Stored("conversation id"))?,
            message.parse().map_err(|_| Fault::Stored("message id"))?,
        ))
    })
    .collect()
}

fn strings(connection: &Connection, sql: &str, at: i64) -> Result<Vec<String>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([at], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes the place out of a message whose time is over; the server says the same of it.
fn forget_place(write: &mut Write<'_>, id: &str, now_ms: i64) -> Result<(), Fault> {
    let row: Option<(String, String)> = write
        .prepare_cached("SELECT conversation, parts FROM messages WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((conversation, parts)) = row else { return Ok(()) };
    let parts: Vec<Part> = parse(&parts, "parts")?;
    let Some(live) = live(&parts).filter(|live| !live.ended) else { return Ok(()) };
    let ended = live.ended_at(Timestamp::from_unix_ms(now_ms));
    let parts = vec![Part::Known(KnownPart::LiveLocation(ended))];
    write.prepare_cached("UPDATE messages SET parts = ?2 WHERE id = ?1")?.execute((id, json(&parts)?))?;
    write.touch_messages(conversation.parse().map_err(|_| Fault::Stored("conversation id"))?);
    Ok(())
}

/// When the next place is to be forgotten or the next share ends, in unix milliseconds.
pub(crate) fn next_end(connection: &Connection) -> Result<Option<i64>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT min(at) FROM (SELECT min(until_ms) AS at FROM moving
         UNION ALL SELECT min(ends_ms) FROM shares WHERE state = 'running')",
    )?;
    Ok(statement.query_row([], |row| row.get(0))?)
}
