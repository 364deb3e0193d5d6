//! Leaving a reply with the server.

use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::held::{HoldUntil, WaitsFor};
use tidings_protocol::id::{AgentId, ConversationId, JobId, MessageId, UserId};
use tidings_protocol::message::{KnownPart, Part, Parts};
use tidings_protocol::time::Timestamp;
use tidings_protocol::{Seq, limits};
use uuid::Uuid;

use super::{Found, check_time, find, lock, tell};
use crate::append::{Examined, examine};
use crate::columns::Columns;
use crate::conversations::{team_conversation, team_of};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::jobs::{JobPayload, NewJob};
use crate::messages::{AppendMessage, agent_name};
use crate::words::word;
use crate::{Actor, Command, Created, Tx};

/// Holds a reply. The same id by the same agent with the same parts is held once, also when it has been sent or taken back
/// since.
///
/// [`Error::Moved`] when somebody has written after `seen_seq`; [`Error::Limit`] when too much is held in the conversation;
/// [`Error::Refused`] when its time is not to come or too far away.
#[derive(Debug, Clone)]
pub struct HoldReply {
    /// Made by the inbox; that of the message that it will be.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who writes.
    pub agent_id: AgentId,
    /// What it says.
    pub parts: Parts,
    /// The message of the same conversation that it answers.
    pub quote: Option<MessageId>,
    /// The last message that the agent saw; none: it goes out whatever was written.
    pub seen_seq: Option<Seq>,
    /// What it waits for.
    pub until: HoldUntil,
    /// Whether the conversation is closed as it goes out.
    pub then_close: bool,
    /// Now.
    pub now: Timestamp,
    /// The job that will send it.
    pub job_id: JobId,
}

impl Command for HoldReply {
    /// The conversation, with what is held in it.
    type Output = Created<InboxConversation>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Created<InboxConversation>> {
        let team_id = team_of(&mut tx.conn, self.agent_id, self.conversation_id).await?;
        let user_id = lock(&mut tx.conn, self.conversation_id).await?;
        let is_new = match find(&mut tx.conn, self.id).await? {
            Some(first) if self.is(&first) => false,
            Some(_) => return Err(Error::IdConflict),
            None => match examine(&mut tx.conn, &self.message()).await? {
                Examined::There => false,
                Examined::New(parts) => {
                    self.hold(tx, user_id, &parts).await?;
                    tell(tx, team_id, self.conversation_id, self.now).await?;
                    true
                }
            },
        };
        let header = team_conversation(&mut tx.conn, self.agent_id, self.conversation_id).await?;
        Ok(Created { value: header.ok_or(Error::NotFound)?, is_new })
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

impl HoldReply {
    /// The message that it would be if it went out now.
    fn message(&self) -> AppendMessage {
        AppendMessage {
            id: self.id,
            conversation_id: self.conversation_id,
            actor: Actor::Agent { agent_id: self.agent_id },
            parts: self.parts.clone(),
            quote: self.quote,
            seen_seq: self.seen_seq,
            now: self.now,
            job_id: self.job_id,
        }
    }

    /// What a reply that was taken back said is not known any more.
    fn is(&self, first: &Found) -> bool {
        let says = |kept: &super::Kept| {
            kept.reply.quote == self.quote && are_same(kept.parts.as_slice(), self.parts.as_slice())
        };
        first.conversation_id == self.conversation_id
            && first.agent_id == self.agent_id
            && first.kept.as_ref().is_none_or(says)
    }

    fn waits(&self) -> Result<(WaitsFor, Option<Timestamp>)> {
        match self.until {
            HoldUntil::Approval => Ok((WaitsFor::Approval, None)),
            HoldUntil::Seconds { seconds: seconds @ 1..=limits::HOLD_SECONDS } => {
                Ok((WaitsFor::Undo, Some(self.now.plus_ms(i64::from(seconds) * 1000))))
            }
            HoldUntil::Seconds { .. } => Err(Error::Refused("a reply is held for 1 to 60 seconds")),
            HoldUntil::Time { send_at } => {
                check_time(send_at, self.now)?;
                Ok((WaitsFor::Time, Some(send_at)))
            }
        }
    }

    async fn hold(&self, tx: &mut Tx<'_>, user_id: UserId, parts: &Parts) -> Result<()> {
        const INSERT: &str = "
            INSERT INTO held_replies (id, conversation_id, agent_id, agent_name, parts, quote, seen_seq, then_close,
                waits_for, send_at, held_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let (waits_for, send_at) = self.waits()?;
        let json = serde_json::to_string(parts).map_err(|error| Error::stored("parts", error))?;
        let conn = &mut tx.conn;
        self.check_room(conn, &json).await?;
        let name = agent_name(conn, self.agent_id).await?;
        execute!(
            conn,
            INSERT,
            self.id.uuid(),
            self.conversation_id.uuid(),
            self.agent_id.uuid(),
            name.as_str(),
            json.as_str(),
            self.quote.map(MessageId::uuid),
            self.seen_seq,
            self.then_close,
            word(&waits_for),
            send_at.map(Timestamp::unix_ms),
            self.now.unix_ms()
        )?;
        for file in parts.attachments() {
            crate::attachments::keep_for(conn, file.attachment_id, self.conversation_id).await?;
        }
        if let Some(send_at) = send_at {
            let (conversation_id, message_id) = (self.conversation_id, self.id);
            let payload = JobPayload::ReleaseReply { user_id, conversation_id, message_id, send_at };
            tx.enqueue(NewJob { id: self.job_id, payload, now: send_at });
        }
        Ok(())
    }

    /// What is held travels with every header of the conversation, so there is a bound to it.
    async fn check_room(&self, conn: &mut Conn<'_>, parts: &str) -> Result<()> {
        const SQL: &str = "
            SELECT COUNT(*) AS n, CAST(COALESCE(SUM(OCTET_LENGTH(parts)), 0) AS BIGINT) AS length
            FROM held_replies WHERE conversation_id = $1 AND withdrawn_at IS NULL";
        let held: Option<(i64, i64)> = one!(conn, counted, SQL, self.conversation_id.uuid())?;
        let (count, length) = held.unwrap_or_default();
        let length = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(parts.len());
        if count >= limits::HELD_REPLIES || length > limits::HELD_BYTES {
            return Err(Error::Limit("replies that are held in one conversation"));
        }
        Ok(())
    }
}

fn counted(row: &impl Columns) -> Result<(i64, i64)> {
    Ok((row.get("n")?, row.get("length")?))
}

/// Whether two say the same; of files only the ids count, because the server tells the rest of them.
fn are_same(kept: &[Part], said: &[Part]) -> bool {
    kept.len() == said.len()
        && kept.iter().zip(said).all(|pair| match pair {
            (Part::Known(KnownPart::Attachment(a)), Part::Known(KnownPart::Attachment(b))) => {
                a.attachment_id == b.attachment_id
            }
            (a, b) => a == b,
        })
}
