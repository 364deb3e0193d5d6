//! What becomes of a held reply while it waits: taken back, another time, given back to its author.

use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::held::{ReturnReason, Returned, WaitsFor};
use tidings_protocol::id::{AgentId, ConversationId, JobId, MessageId, TeamId};
use tidings_protocol::text::Text;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Found, Kept, check_time, find, find_kept, is_sent, lock, tell};
use crate::conversations::{team_conversation, team_of};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::jobs::{JobPayload, NewJob};
use crate::words::word;
use crate::{Command, Tx};

/// Whose held replies an agent may take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hands {
    /// Those that they wrote themselves.
    Own,
    /// Those of everybody of the team.
    Any,
}

/// Takes a held reply back: it is not sent, and says nothing any more. One that is not held is taken back too, so that a
/// request to hold it that comes late finds that out. One that has been sent is [`Error::NotEditable`].
#[derive(Debug, Clone, Copy)]
pub struct WithdrawReply {
    /// Which.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who does it.
    pub agent_id: AgentId,
    /// Whose they may take back.
    pub hands: Hands,
    /// Now.
    pub now: Timestamp,
}

impl Command for WithdrawReply {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        let id = self.conversation_id;
        let team_id = team_of(&mut tx.conn, self.agent_id, id).await?;
        lock(&mut tx.conn, id).await?;
        match find(&mut tx.conn, self.id).await? {
            Some(found) if found.conversation_id != id || !self.may(&found) => return Err(Error::NotFound),
            Some(Found { kept: Some(kept), .. }) => {
                self.withdraw(&mut tx.conn, &kept).await?;
                tell(tx, team_id, id, self.now).await?;
            }
            Some(_) => {}
            None if is_sent(&mut tx.conn, self.id, id).await? => {
                return Err(Error::NotEditable("it has been sent"));
            }
            None => self.remember(&mut tx.conn).await?,
        }
        team_conversation(&mut tx.conn, self.agent_id, id).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

impl WithdrawReply {
    fn may(&self, found: &Found) -> bool {
        self.hands == Hands::Any || found.agent_id == self.agent_id
    }

    async fn withdraw(&self, conn: &mut Conn<'_>, kept: &Kept) -> Result<()> {
        const SQL: &str = "
            UPDATE held_replies SET withdrawn_at = $2, parts = '[]', quote = NULL, returned = NULL WHERE id = $1";
        execute!(conn, SQL, self.id.uuid(), self.now.unix_ms())?;
        for file in kept.files() {
            crate::attachments::let_go(conn, file, self.now).await?;
        }
        Ok(())
    }

    async fn remember(&self, conn: &mut Conn<'_>) -> Result<()> {
        const SQL: &str = "
            INSERT INTO held_replies (id, conversation_id, agent_id, agent_name, parts, then_close, waits_for, held_at,
                withdrawn_at)
            VALUES ($1, $2, $3, '', '[]', FALSE, 'author', $4, $4)";
        let (id, conversation, agent) = (self.id.uuid(), self.conversation_id.uuid(), self.agent_id.uuid());
        execute!(conn, SQL, id, conversation, agent, self.now.unix_ms())?;
        Ok(())
    }
}

/// Gives a held reply another time. One that waits for a person is [`Error::Refused`], one that has been sent
/// [`Error::NotEditable`].
#[derive(Debug, Clone, Copy)]
pub struct SetSendTime {
    /// Which.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who does it.
    pub agent_id: AgentId,
    /// When it goes out.
    pub send_at: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// The job that will send it.
    pub job_id: JobId,
}

impl Command for SetSendTime {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        const SQL: &str = "UPDATE held_replies SET waits_for = 'time', send_at = $2 WHERE id = $1";
        let (id, send_at) = (self.conversation_id, self.send_at);
        let team_id = team_of(&mut tx.conn, self.agent_id, id).await?;
        let user_id = lock(&mut tx.conn, id).await?;
        let Kept { reply, .. } = find_kept(&mut tx.conn, self.id, id).await?;
        check_time(send_at, self.now)?;
        if !matches!(reply.waits_for, WaitsFor::Undo | WaitsFor::Time) {
            return Err(Error::Refused("it waits for a person and for no time"));
        }
        if reply.send_at != Some(send_at) {
            execute!(&mut tx.conn, SQL, self.id.uuid(), send_at.unix_ms())?;
            let (conversation_id, message_id) = (id, self.id);
            let payload = JobPayload::ReleaseReply { user_id, conversation_id, message_id, send_at };
            tx.enqueue(NewJob { id: self.job_id, payload, now: send_at });
            tell(tx, team_id, id, self.now).await?;
        }
        team_conversation(&mut tx.conn, self.agent_id, id).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// Gives a reply that waits for approval back to its author, with a word about it. One that does not wait for it any more is
/// [`Error::Refused`].
#[derive(Debug, Clone)]
pub struct ReturnReply {
    /// Which.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who does it.
    pub agent_id: AgentId,
    /// What should be changed.
    pub note: Text,
    /// Now.
    pub now: Timestamp,
}

impl Command for ReturnReply {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        let id = self.conversation_id;
        let team_id = team_of(&mut tx.conn, self.agent_id, id).await?;
        lock(&mut tx.conn, id).await?;
        let Kept { reply, .. } = find_kept(&mut tx.conn, self.id, id).await?;
        let returned = Returned {
            why: ReturnReason::SentBack,
            at: self.now,
            agent_id: Some(self.agent_id),
            note: Some(self.note.clone()),
        };
        let is_repeat = reply.returned.as_ref().is_some_and(|first| {
            (first.why, first.agent_id, &first.note) == (returned.why, returned.agent_id, &returned.note)
        });
        match reply.waits_for {
            WaitsFor::Approval => give_back(tx, team_id, id, self.id, &returned).await?,
            _ if is_repeat => {}
            _ => return Err(Error::Refused("it does not wait for approval")),
        }
        team_conversation(&mut tx.conn, self.agent_id, id).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// From now on a held reply waits for its author, with the reason.
pub(super) async fn give_back(
    tx: &mut Tx<'_>,
    team: TeamId,
    conversation: ConversationId,
    id: MessageId,
    returned: &Returned,
) -> Result<()> {
    const SQL: &str = "UPDATE held_replies SET waits_for = $2, send_at = NULL, returned = $3 WHERE id = $1";
    let json = serde_json::to_string(returned).map_err(|error| Error::stored("returned", error))?;
    execute!(&mut tx.conn, SQL, id.uuid(), word(&WaitsFor::Author), json.as_str())?;
    tell(tx, team, conversation, returned.at).await
}
