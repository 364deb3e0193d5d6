//! Places that are shared for a while. The message says until when; the place itself stands in a small table of its own
//! and goes with the end, by the job that the message's own transaction wrote, or by its author before.

use serde::{Deserialize, Serialize};
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{ConversationId, JobId, MessageId};
use tidings_protocol::message::{
    KnownPart, LiveLocation, LivePlace, Location, Message, MoveLivePlace, Part, Parts,
};
use tidings_protocol::time::Timestamp;
use tidings_protocol::{Seq, limits};
use uuid::Uuid;

use crate::amend::{Held, next_state, owners};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{message, message_columns};
use crate::same::same_id;
use crate::tx::Change;
use crate::{Actor, Command, Tx};

/// A place that comes so much too early is not refused: clocks are not equal, and answers take their time.
const TOLERANCE_MS: i64 = 1_000;
const LEAST_MS: i64 = limits::LIVE_PLACE_SECONDS * 1_000 - TOLERANCE_MS;

/// Says where the author of a live place is now. A place with a number that is not greater than the last one's changes
/// nothing, however late it comes.
///
/// [`Error::NotEditable`] when the message shares no place or its time is over; [`Error::TooSoon`] when the last place is
/// too young. Nobody is woken and nothing is unread because of it.
#[derive(Debug, Clone)]
pub struct MovePlace {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which message.
    pub id: MessageId,
    /// Who does it.
    pub actor: Actor,
    /// The place and its number.
    pub place: MoveLivePlace,
    /// Now.
    pub now: Timestamp,
}

/// Ends a live place before its time, by its author: nobody has the place from then on. One that is over stays as it is.
#[derive(Debug, Clone, Copy)]
pub struct EndOwnPlace {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which message.
    pub id: MessageId,
    /// Who does it.
    pub actor: Actor,
    /// Now.
    pub now: Timestamp,
}

/// Ends a live place whose time is over.
#[derive(Debug, Clone, Copy)]
pub struct EndPlace {
    /// Where.
    pub conversation_id: ConversationId,
    /// The number of the message.
    pub seq: Seq,
    /// Its time.
    pub until: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// A place as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    number: i64,
    received_at: Timestamp,
    location: Location,
}

/// The live place of a message, if that is what it is.
pub(crate) fn live(message: &Message) -> Option<&LiveLocation> {
    match message.parts.as_slice() {
        [Part::Known(KnownPart::LiveLocation(live))] => Some(live),
        _ => None,
    }
}

/// Until when a message shares a place; none when it shares none, or no more.
pub(crate) fn live_until(message: &Message) -> Option<Timestamp> {
    live(message).filter(|live| !live.ended)?.until
}

/// The parts of a message that is sent now: a live place runs from here on.
pub(crate) fn begun(parts: &Parts, now: Timestamp) -> Vec<Part> {
    parts.live_location().map_or_else(|| parts.as_slice().to_vec(), |live| of(live.begun_at(now)))
}

/// The parts of a message as they were sent.
pub(crate) fn as_sent(message: &Message) -> Vec<Part> {
    live(message).map_or_else(|| message.parts.clone(), |live| of(live.as_sent()))
}

fn of(live: LiveLocation) -> Vec<Part> {
    vec![Part::Known(KnownPart::LiveLocation(live))]
}

/// Puts the place that is stored beside a message into it.
pub(crate) fn put(message: &mut Message, stored: &str) -> Result<()> {
    let stored: Stored = serde_json::from_str(stored).map_err(|error| Error::stored("live place", error))?;
    let Stored { number, received_at, location } = stored;
    if let [Part::Known(KnownPart::LiveLocation(live))] = message.parts.as_mut_slice() {
        live.last = Some(LivePlace { number, received_at, location });
        message.edited_at = message.edited_at.max(Some(received_at));
    }
    Ok(())
}

/// The id of the job that ends the live place of a message: the same whenever it is asked for.
pub(crate) fn job_id(message: MessageId, until: Timestamp) -> JobId {
    same_id(until, &[b"live place", message.uuid().as_bytes()])
}

/// Forgets the place of one message.
pub(crate) async fn forget(conn: &mut Conn<'_>, id: ConversationId, seq: Seq) -> Result<()> {
    const SQL: &str = "DELETE FROM live_places WHERE conversation_id = $1 AND seq = $2";
    execute!(conn, SQL, id.uuid(), seq)?;
    Ok(())
}

impl Command for MovePlace {
    type Output = Message;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Message> {
        const SQL: &str = "
            INSERT INTO live_places (conversation_id, seq, place) VALUES ($1, $2, $3)
            ON CONFLICT (conversation_id, seq) DO UPDATE SET place = excluded.place";
        let Held { mut message, user_id, team_id } =
            Held::by(&mut tx.conn, self.conversation_id, self.id, self.actor).await?;
        let live = live(&message).ok_or(Error::NotEditable("it shares no place"))?;
        if live.ended || live.until.is_none_or(|until| until <= self.now) {
            return Err(Error::NotEditable("its time is over"));
        }
        if let Some(last) = &live.last {
            if self.place.number <= last.number {
                return Ok(message);
            }
            let early_ms = LEAST_MS - (self.now.unix_ms() - last.received_at.unix_ms());
            if early_ms > 0 {
                return Err(Error::TooSoon { seconds: early_ms.unsigned_abs().div_ceil(1_000) });
            }
        }
        let stored = Stored {
            number: self.place.number,
            received_at: next_state(&message, self.now),
            location: self.place.location(),
        };
        let text = serde_json::to_string(&stored).map_err(|error| Error::stored("live place", error))?;
        execute!(&mut tx.conn, SQL, message.conversation_id.uuid(), message.seq, text.as_str())?;
        put(&mut message, &text)?;
        let change = Change::of(ChangeKind::MessageEdited, message.conversation_id, self.now);
        tx.record_for_both(user_id, team_id, change.with_message(message.seq));
        Ok(message)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// Ends a live place: its time is written down, the place goes, both sides are told.
async fn end(tx: &mut Tx<'_>, held: Held, now: Timestamp) -> Result<Message> {
    let Some(live) = live(&held.message).filter(|live| !live.ended) else { return Ok(held.message) };
    let parts = of(live.ended_at(now));
    forget(&mut tx.conn, held.message.conversation_id, held.message.seq).await?;
    let edited_at = Some(next_state(&held.message, now));
    let message = Message { parts, edited_at, ..held.message };
    Held { message, ..held }.write(tx, ChangeKind::MessageEdited, now).await
}

impl Command for EndOwnPlace {
    type Output = Message;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Message> {
        let held = Held::by(&mut tx.conn, self.conversation_id, self.id, self.actor).await?;
        if live(&held.message).is_none() {
            return Err(Error::NotEditable("it shares no place"));
        }
        end(tx, held, self.now).await
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

impl Command for EndPlace {
    /// Whether it ended now; false when it had ended, or the message has gone.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const LOCK: &str =
            "UPDATE conversations SET last_seq = last_seq WHERE id = $1 RETURNING user_id, team_id";
        const MESSAGE: &str = concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m WHERE m.conversation_id = $1 AND m.seq = $2 AND m.live_until = $3"
        );
        let (id, until) = (self.conversation_id.uuid(), self.until.unix_ms());
        let Some((user_id, team_id)) = one!(&mut tx.conn, owners, LOCK, id)? else { return Ok(false) };
        let Some(message) = one!(&mut tx.conn, message, MESSAGE, id, self.seq, until)? else {
            return Ok(false);
        };
        end(tx, Held { message, user_id, team_id }, self.now).await?;
        Ok(true)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}
