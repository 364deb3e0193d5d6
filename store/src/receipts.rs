//! Receipts: how far each side has come. They only move forward, so an old one that comes late changes nothing.

use tidings_protocol::Seq;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::{Conversation, InboxConversation};
use tidings_protocol::id::{AgentId, ConversationId, DeviceId, JobId, TeamId, UserId};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::conversations::{team_conversation, user_conversation};
use crate::error::{Error, Result};
use crate::jobs::{JobPayload, NewJob};
use crate::planted::{self, Bug};
use crate::tx::Change;
use crate::{Command, Tx};

/// One of the user's devices has stored, the user has read, up to here. Numbers beyond the last message are moved
/// to it, and read before the first that is still kept is nothing; what is read has been delivered.
#[derive(Debug, Clone, Copy)]
pub struct MoveUserReceipt {
    /// Whose.
    pub user_id: UserId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Stored up to here.
    pub delivered_seq: Seq,
    /// Read up to here.
    pub read_seq: Seq,
    /// The device that says so, and the id of a job that takes notifications away on the others.
    pub from: Option<(DeviceId, JobId)>,
    /// Now.
    pub now: Timestamp,
}

impl Command for MoveUserReceipt {
    type Output = Conversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Conversation> {
        const SQL: &str = "
            UPDATE conversations SET
                user_delivered_seq = CASE
                    WHEN $3 <= user_delivered_seq THEN user_delivered_seq
                    WHEN $3 > last_seq THEN last_seq
                    ELSE $3 END,
                user_read_seq = CASE
                    WHEN $4 <= user_read_seq OR $4 < first_seq THEN user_read_seq
                    WHEN $4 > last_seq THEN last_seq
                    ELSE $4 END
            WHERE id = $1 AND user_id = $2
                AND (($3 > user_delivered_seq AND user_delivered_seq < last_seq)
                    OR ($4 > user_read_seq AND user_read_seq < last_seq AND $4 >= first_seq))
            RETURNING team_id";
        if planted::is(Bug::ReceiptGoesBack) {
            const BACK: &str =
                "UPDATE conversations SET user_read_seq = $2 WHERE id = $1 AND user_read_seq > $2";
            execute!(&mut tx.conn, BACK, self.conversation_id.uuid(), self.read_seq - 5)?;
        }
        let delivered = self.delivered_seq.max(self.read_seq);
        let (id, user_id) = (self.conversation_id.uuid(), self.user_id.uuid());
        let team: Option<TeamId> = one!(
            &mut tx.conn,
            |row| Columns::id(row, "team_id"),
            SQL,
            id,
            user_id,
            delivered,
            self.read_seq
        )?;
        if let Some(team_id) = team {
            let moved = Change::of(ChangeKind::ReceiptMoved, self.conversation_id, self.now);
            tx.record_for_both(self.user_id, team_id, moved);
        }
        let header = user_conversation(&mut tx.conn, self.user_id, self.conversation_id).await?;
        let header = header.ok_or(Error::NotFound)?;
        if team.is_some() {
            self.note_moves(tx, &header).await?;
        }
        Ok(header)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// How long the others wait for more to be read, before their notifications are taken away.
const CLEAR_MS: i64 = 5_000;

impl MoveUserReceipt {
    /// Writes down when it was, and has notifications on other devices taken away.
    async fn note_moves(&self, tx: &mut Tx<'_>, now: &Conversation) -> Result<()> {
        const MOVED: &str = "
            INSERT INTO receipt_moves (conversation_id, kind, seq, device_id, at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (conversation_id, kind, seq) DO NOTHING";
        const WAKEABLE: &str = "
            SELECT id FROM devices WHERE user_id = $1 AND id <> $2 AND push_token IS NOT NULL LIMIT 1";
        let (id, at) = (self.conversation_id.uuid(), self.now.unix_ms());
        let device = self.from.map(|(device, _)| device.uuid());
        let receipts = &now.receipts;
        for (kind, seq) in [("delivered", receipts.user_delivered_seq), ("read", receipts.user_read_seq)] {
            if seq > 0 {
                execute!(&mut tx.conn, MOVED, id, kind, seq, device, at)?;
            }
        }
        let Some((device_id, job_id)) = self.from.filter(|_| self.read_seq > 0) else { return Ok(()) };
        let other: Option<DeviceId> = one!(
            &mut tx.conn,
            |row| Columns::id(row, "id"),
            WAKEABLE,
            self.user_id.uuid(),
            device_id.uuid()
        )?;
        if other.is_some() {
            let (user_id, conversation_id) = (self.user_id, self.conversation_id);
            let payload =
                JobPayload::Clear { user_id, conversation_id, read_seq: receipts.user_read_seq, device_id };
            tx.enqueue(NewJob { id: job_id, payload, now: self.now.plus_ms(CLEAR_MS) });
        }
        Ok(())
    }
}

/// An agent has read up to here. A number beyond the last message is moved to it.
#[derive(Debug, Clone, Copy)]
pub struct MoveTeamReceipt {
    /// Who.
    pub agent_id: AgentId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Read up to here.
    pub read_seq: Seq,
    /// Now.
    pub now: Timestamp,
}

impl Command for MoveTeamReceipt {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        const SQL: &str = "
            UPDATE conversations SET team_read_seq = CASE WHEN $3 > last_seq THEN last_seq ELSE $3 END
            WHERE id = $1 AND $3 > team_read_seq AND team_read_seq < last_seq AND $3 >= first_seq
                AND EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = conversations.team_id AND t.agent_id = $2)
            RETURNING user_id, team_id";
        let (id, agent_id) = (self.conversation_id.uuid(), self.agent_id.uuid());
        let moved = one!(&mut tx.conn, owners, SQL, id, agent_id, self.read_seq)?;
        if let Some((user_id, team_id)) = moved {
            let moved = Change::of(ChangeKind::ReceiptMoved, self.conversation_id, self.now);
            tx.record_for_both(user_id, team_id, moved);
        }
        team_conversation(&mut tx.conn, self.agent_id, self.conversation_id).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

fn owners(row: &impl Columns) -> Result<(UserId, TeamId)> {
    Ok((row.id("user_id")?, row.id("team_id")?))
}
