//! Replies that wait on the server before their user sees them. Whatever they wait for, the whole team sees them in the
//! header of the conversation, and they go out by the same way as any reply, in one transaction with what ends the wait.

mod change;
mod hold;
mod release;

pub use change::{Hands, ReturnReply, SetSendTime, WithdrawReply};
pub use hold::HoldReply;
pub use release::{ReleaseReply, Released, SendHeld};

use tidings_protocol::change::ChangeKind;
use tidings_protocol::held::{HeldReply, Returned, WaitsFor};
use tidings_protocol::id::{AgentId, AttachmentId, ConversationId, MessageId, TeamId, UserId};
use tidings_protocol::limits;
use tidings_protocol::message::Parts;
use tidings_protocol::time::Timestamp;

use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{time, time_option};
use crate::tx::{Change, Feed};
use crate::{Tx, words};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What is held, of a row of a conversation.
pub(crate) fn held(row: &impl Columns) -> Result<Vec<HeldReply>> {
    match row.get::<Option<String>>("held")? {
        None => Ok(Vec::new()),
        Some(json) => serde_json::from_str(&json).map_err(|error| Error::stored("held", error)),
    }
}

/// A row of `held_replies`.
struct Found {
    conversation_id: ConversationId,
    agent_id: AgentId,
    /// None when it was taken back.
    kept: Option<Kept>,
}

/// A reply that is held, and its parts as they will be sent.
struct Kept {
    reply: HeldReply,
    parts: Parts,
}

impl Kept {
    fn files(&self) -> Vec<AttachmentId> {
        self.parts.attachments().map(|file| file.attachment_id).collect()
    }
}

fn found(row: &impl Columns) -> Result<Found> {
    let is_withdrawn = row.get::<Option<i64>>("withdrawn_at")?.is_some();
    Ok(Found {
        conversation_id: row.id("conversation_id")?,
        agent_id: row.id("agent_id")?,
        kept: if is_withdrawn { None } else { Some(kept(row)?) },
    })
}

fn kept(row: &impl Columns) -> Result<Kept> {
    let parts: Parts =
        serde_json::from_str(row.str("parts")?).map_err(|error| Error::stored("parts", error))?;
    let returned: Option<String> = row.get("returned")?;
    let returned: Option<Returned> = returned
        .map(|json| serde_json::from_str(&json))
        .transpose()
        .map_err(|error| Error::stored("returned", error))?;
    let reply = HeldReply {
        id: row.id("id")?,
        agent_id: row.id("agent_id")?,
        agent_name: row.text("agent_name")?,
        parts: parts.as_slice().to_vec(),
        quote: row.id_option("quote")?,
        seen_seq: row.get("seen_seq")?,
        held_at: time(row, "held_at")?,
        waits_for: words::get(row, "waits_for")?,
        send_at: time_option(row, "send_at")?,
        then_close: row.get("then_close")?,
        returned,
    };
    Ok(Kept { reply, parts })
}

macro_rules! held_rows {
    ($where:literal) => {
        concat!(
            "SELECT id, conversation_id, agent_id, agent_name, parts, quote, seen_seq, then_close, waits_for, send_at,
                held_at, returned, withdrawn_at
            FROM held_replies WHERE ",
            $where
        )
    };
}

/// A conversation whose row is locked: who holds, sends or takes back in it comes one after the other.
async fn lock(conn: &mut Conn<'_>, id: ConversationId) -> Result<UserId> {
    const SQLITE: &str = "SELECT user_id FROM conversations WHERE id = $1";
    const POSTGRES: &str = "SELECT user_id FROM conversations WHERE id = $1 FOR NO KEY UPDATE";
    let sql = conn.picks(SQLITE, POSTGRES);
    one!(conn, |row| Columns::id(row, "user_id"), sql, id.uuid())?.ok_or(Error::NotFound)
}

async fn find(conn: &mut Conn<'_>, id: MessageId) -> Result<Option<Found>> {
    const SQL: &str = held_rows!("id = $1");
    one!(conn, found, SQL, id.uuid())
}

/// A reply that is held in this conversation. One that has been sent is [`Error::NotEditable`].
async fn find_kept(conn: &mut Conn<'_>, id: MessageId, conversation: ConversationId) -> Result<Kept> {
    match find(conn, id).await? {
        Some(Found { conversation_id, kept: Some(kept), .. }) if conversation_id == conversation => Ok(kept),
        _ if is_sent(conn, id, conversation).await? => Err(Error::NotEditable("it has been sent")),
        _ => Err(Error::NotFound),
    }
}

async fn is_sent(conn: &mut Conn<'_>, id: MessageId, conversation: ConversationId) -> Result<bool> {
    const SQL: &str = "SELECT seq FROM messages WHERE id = $1 AND conversation_id = $2";
    let seq: Option<i64> = one!(conn, |row| Columns::get(row, "seq"), SQL, id.uuid(), conversation.uuid())?;
    Ok(seq.is_some())
}

async fn delete(conn: &mut Conn<'_>, id: MessageId) -> Result<()> {
    const SQL: &str = "DELETE FROM held_replies WHERE id = $1";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

/// Says again in the header what is held, after it changed, and tells the team.
async fn tell(tx: &mut Tx<'_>, team: TeamId, id: ConversationId, now: Timestamp) -> Result<()> {
    const ROWS: &str = held_rows!("conversation_id = $1 AND withdrawn_at IS NULL ORDER BY held_at, id");
    const KEEP: &str = "UPDATE conversations SET held = $2, to_approve = $3 WHERE id = $1";
    // What was taken back is remembered for a day: no request is on its way for longer.
    const OLD: &str = "DELETE FROM held_replies WHERE conversation_id = $1 AND withdrawn_at < $2";
    let conn = &mut tx.conn;
    execute!(conn, OLD, id.uuid(), now.plus_ms(-DAY_MS).unix_ms())?;
    let held: Vec<HeldReply> =
        all!(conn, kept, ROWS, id.uuid())?.into_iter().map(|kept| kept.reply).collect();
    let to_approve = held.iter().filter(|reply| reply.waits_for == WaitsFor::Approval).count();
    let to_approve = i64::try_from(to_approve).unwrap_or(i64::MAX);
    let json = serde_json::to_string(&held).map_err(|error| Error::stored("held", error))?;
    let json = (!held.is_empty()).then_some(json);
    execute!(conn, KEEP, id.uuid(), json.as_deref(), to_approve)?;
    tx.record(Feed::Team(team), Change::of(ChangeKind::ReplyHeld, id, now));
    Ok(())
}

/// Whether a reply may go out at a time.
fn check_time(send_at: Timestamp, now: Timestamp) -> Result<()> {
    if send_at <= now {
        return Err(Error::Refused("the time is not to come"));
    }
    if send_at > now.plus_ms(limits::SNOOZE_DAYS * DAY_MS) {
        return Err(Error::Refused("the time is more than 366 days away"));
    }
    Ok(())
}

/// Forgets what is held in a conversation of a user that is being erased; the files of it are about them from now on.
pub(crate) async fn forget_conversation(conn: &mut Conn<'_>, user: UserId, id: ConversationId) -> Result<()> {
    const ROWS: &str = held_rows!("conversation_id = $1");
    const ABOUT: &str = "UPDATE attachments SET user_id = $2 WHERE id = $1 AND message_id IS NULL";
    const DELETE: &str = "DELETE FROM held_replies WHERE conversation_id = $1";
    for row in all!(conn, found, ROWS, id.uuid())? {
        for file in row.kept.iter().flat_map(Kept::files) {
            execute!(conn, ABOUT, file.uuid(), user.uuid())?;
        }
    }
    execute!(conn, DELETE, id.uuid())?;
    Ok(())
}
