//! The end of the wait: a held reply becomes a message, once, whatever ends in between.

use tidings_protocol::Seq;
use tidings_protocol::conversation::ConversationState;
use tidings_protocol::held::{ReturnReason, Returned};
use tidings_protocol::id::{AgentId, ConversationId, JobId, MessageId, TeamId};
use tidings_protocol::message::{KnownPart, Message, Part, Parts};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use super::change::give_back;
use super::{Found, Kept, delete, find, find_kept, lock, tell};
use crate::append::append;
use crate::columns::Columns;
use crate::conversations::team_of;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{message, message_columns};
use crate::messages::AppendMessage;
use crate::set_state::set_state;
use crate::thread::Opening;
use crate::{Actor, Command, Tx};

/// Sends a held reply whose time has come. If the user or a colleague wrote meanwhile, or it cannot be sent any more, it
/// comes back to its author instead.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseReply {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub id: MessageId,
    /// The time that it had; if that was changed since, nothing happens.
    pub send_at: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// The job that wakes the user's devices.
    pub job_id: JobId,
}

/// What became of a reply whose time has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Released {
    /// It is this message.
    Sent(Box<Message>),
    /// It came back to its author, for this reason.
    Returned(ReturnReason),
    /// It does not wait for this time any more.
    Nothing,
}

impl Command for ReleaseReply {
    type Output = Released;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Released> {
        let Some(team) = team(&mut tx.conn, self.conversation_id).await? else {
            return Ok(Released::Nothing);
        };
        lock(&mut tx.conn, self.conversation_id).await?;
        let Some(Found { kept: Some(kept), .. }) = find(&mut tx.conn, self.id).await? else {
            return Ok(Released::Nothing);
        };
        if kept.reply.send_at != Some(self.send_at) {
            return Ok(Released::Nothing);
        }
        let sent = if may_answer(&mut tx.conn, kept.reply.agent_id).await? {
            let sending = Sending {
                conversation_id: self.conversation_id,
                team,
                seen_seq: kept.reply.seen_seq,
                now: self.now,
                job_id: self.job_id,
            };
            sending.send(tx, kept).await
        } else {
            Err(Error::NotFound)
        };
        let why = match sent {
            Ok(message) => return Ok(Released::Sent(Box::new(message))),
            Err(Error::Moved(_)) => ReturnReason::Moved,
            Err(Error::Attachment(_) | Error::Quote | Error::IdConflict) => ReturnReason::Unusable,
            Err(Error::NotFound | Error::Merged) => ReturnReason::NotAllowed,
            Err(error) => return Err(error),
        };
        let returned = Returned { why, at: self.now, agent_id: None, note: None };
        give_back(tx, team, self.conversation_id, self.id, &returned).await?;
        Ok(Released::Returned(why))
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// Sends a held reply now, in the name of who wrote it. One that has been sent is the same answer again.
///
/// [`Error::Moved`] when somebody has written after `seen_seq`: it is held on. [`Error::IdConflict`] when it went out with other
/// words than these: somebody else was faster, and nobody must believe that theirs were sent.
#[derive(Debug, Clone)]
pub struct SendHeld {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub id: MessageId,
    /// Who does it.
    pub agent_id: AgentId,
    /// The last message that they saw; none: send anyway.
    pub seen_seq: Option<Seq>,
    /// What it says instead.
    pub parts: Option<Parts>,
    /// Now.
    pub now: Timestamp,
    /// The job that wakes the user's devices.
    pub job_id: JobId,
}

impl Command for SendHeld {
    type Output = Message;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Message> {
        const SENT: &str = concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m WHERE m.id = $1 AND m.conversation_id = $2"
        );
        let team = team_of(&mut tx.conn, self.agent_id, self.conversation_id).await?;
        lock(&mut tx.conn, self.conversation_id).await?;
        let (id, conversation) = (self.id.uuid(), self.conversation_id.uuid());
        if let Some(sent) = one!(&mut tx.conn, message, SENT, id, conversation)? {
            let asked = self.parts.clone().map(Vec::from);
            let is_other = asked.is_some_and(|parts: Vec<Part>| words_of(&parts).ne(words_of(&sent.parts)));
            return if is_other { Err(Error::IdConflict) } else { Ok(sent) };
        }
        let mut kept = find_kept(&mut tx.conn, self.id, self.conversation_id).await?;
        if let Some(parts) = &self.parts {
            kept.parts = parts.clone();
        }
        let (conversation_id, seen_seq, now, job_id) =
            (self.conversation_id, self.seen_seq, self.now, self.job_id);
        match (Sending { conversation_id, team, seen_seq, now, job_id }).send(tx, kept).await {
            // Whoever sends it may: it is who wrote it.
            Err(Error::NotFound) => Err(Error::Refused("who wrote it is not of this team any more")),
            sent => sent,
        }
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

fn words_of(parts: &[Part]) -> impl Iterator<Item = &str> {
    parts.iter().filter_map(Part::as_text)
}

/// How a held reply goes out.
struct Sending {
    conversation_id: ConversationId,
    team: TeamId,
    seen_seq: Option<Seq>,
    now: Timestamp,
    job_id: JobId,
}

impl Sending {
    /// Appends the message as any other is appended, and lets go of what was held. A refusal has written nothing.
    async fn send(&self, tx: &mut Tx<'_>, kept: Kept) -> Result<Message> {
        let Kept { reply, parts } = kept;
        let command = AppendMessage {
            id: reply.id,
            conversation_id: self.conversation_id,
            actor: Actor::Agent { agent_id: reply.agent_id },
            parts,
            quote: reply.quote,
            seen_seq: self.seen_seq,
            now: self.now,
            job_id: self.job_id,
        };
        let mut outcomes = append(tx, &[&command], &[], Opening::Begun).await?;
        let sent = outcomes.pop().unwrap_or(Err(Error::NotFound))?.value;
        tx.flush().await?;
        delete(&mut tx.conn, reply.id).await?;
        for part in &reply.parts {
            // Those that an approver left out are not the message's.
            if let Part::Known(KnownPart::Attachment(file)) = part {
                crate::attachments::let_go(&mut tx.conn, file.attachment_id, self.now).await?;
            }
        }
        if reply.then_close {
            let closed = ConversationState::Closed;
            set_state(tx, self.team, self.conversation_id, reply.agent_id, closed, self.now).await?;
        }
        tell(tx, self.team, self.conversation_id, self.now).await?;
        Ok(sent)
    }
}

async fn team(conn: &mut Conn<'_>, id: ConversationId) -> Result<Option<TeamId>> {
    const SQL: &str = "SELECT team_id FROM conversations WHERE id = $1";
    one!(conn, |row| Columns::id(row, "team_id"), SQL, id.uuid())
}

/// Whether an agent may still answer users; whether in this team is found out as for every message.
async fn may_answer(conn: &mut Conn<'_>, id: AgentId) -> Result<bool> {
    const SQL: &str = "
        SELECT id FROM agents WHERE id = $1 AND disabled_at IS NULL AND role IN ('owner', 'admin', 'agent')";
    let found: Option<AgentId> = one!(conn, |row| Columns::id(row, "id"), SQL, id.uuid())?;
    Ok(found.is_some())
}
