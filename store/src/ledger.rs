//! The ledger of a message - what became of it - and what a push needs to know.

use tidings_protocol::Seq;
use tidings_protocol::id::{AgentId, AppId, ConversationId, DeviceId, MessageId, UserId};
use tidings_protocol::inbox::{Ledger, LedgerPush};
use tidings_protocol::message::Message;
use tidings_protocol::push::{PushPrivacy, PushProvider, PushTarget};
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::db::{Columns, Conn};
use crate::error::Result;
use crate::feeds::unread;
use crate::headers::{message, message_columns, time};
use crate::open::in_time;
use crate::words::{self, word};
use crate::{Command, Db, Tx};

/// Writes down an attempt to wake a device. The same attempt, by its time, is written once.
#[derive(Debug, Clone)]
pub struct RecordPush {
    /// For which message.
    pub message_id: MessageId,
    /// For which device.
    pub device_id: DeviceId,
    /// Through whom.
    pub provider: PushProvider,
    /// Whether the provider took it.
    pub accepted: bool,
    /// The provider's id for it, or why not.
    pub detail: String,
    /// Now.
    pub now: Timestamp,
}

impl Command for RecordPush {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            INSERT INTO pushes (message_id, device_id, at, provider, accepted, detail)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (message_id, device_id, at) DO UPDATE SET
                provider = excluded.provider, accepted = excluded.accepted, detail = excluded.detail";
        let (message, device, at) = (self.message_id.uuid(), self.device_id.uuid(), self.now.unix_ms());
        let (provider, detail) = (word(&self.provider), self.detail.as_str());
        execute!(&mut tx.conn, SQL, message, device, at, provider, self.accepted, detail)?;
        Ok(())
    }
}

/// What a push for a message needs to know, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct PushContext {
    /// The message.
    pub message: Message,
    /// The app of the user.
    pub app_id: AppId,
    /// What it is called.
    pub app_name: Name,
    /// How much a push may say.
    pub push_privacy: PushPrivacy,
    /// Unread messages of the user in all conversations: the badge.
    pub unread: i64,
    /// Whether the user has read the message meanwhile.
    pub is_read: bool,
    /// The devices that are signed in and can be woken.
    pub devices: Vec<PushDevice>,
    /// Devices whose provider has already taken a push for this message.
    pub already_accepted: Vec<DeviceId>,
}

/// A device that can be woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushDevice {
    /// Which.
    pub id: DeviceId,
    /// How.
    pub target: PushTarget,
    /// Its language tag.
    pub locale: Option<String>,
    /// When it registered its token.
    pub registered_at: Timestamp,
}

fn ledger_push(row: &impl Columns) -> Result<LedgerPush> {
    Ok(LedgerPush {
        device_id: row.id("device_id")?,
        provider: words::get(row, "provider")?,
        accepted: row.get("accepted")?,
        detail: row.get("detail")?,
        at: time(row, "at")?,
    })
}

async fn pushes(conn: &mut Conn<'_>, id: Uuid) -> Result<Vec<LedgerPush>> {
    const SQL: &str = "
        SELECT device_id, provider, accepted, detail, at FROM pushes
        WHERE message_id = $1 ORDER BY at, device_id";
    all!(conn, ledger_push, SQL, id)
}

fn ledger(row: &impl Columns) -> Result<Ledger> {
    Ok(Ledger {
        stored_at: time(row, "sent_at")?,
        pushes: Vec::new(),
        delivered: row.get("delivered")?,
        read: row.get("is_read")?,
    })
}

/// The message of a push, without its devices.
fn context(row: &impl Columns) -> Result<PushContext> {
    Ok(PushContext {
        message: message(row)?,
        app_id: row.id("app_id")?,
        app_name: row.text("app_name")?,
        push_privacy: words::get(row, "push_privacy")?,
        unread: 0,
        is_read: row.get("is_read")?,
        devices: Vec::new(),
        already_accepted: Vec::new(),
    })
}

fn push_device(row: &impl Columns) -> Result<PushDevice> {
    Ok(PushDevice {
        id: row.id("id")?,
        target: PushTarget {
            provider: words::get(row, "push_provider")?,
            token: row.text("push_token")?,
            environment: words::get(row, "push_environment")?,
        },
        locale: row.get("locale")?,
        registered_at: time(row, "push_registered_at")?,
    })
}

impl Db {
    /// What became of a message, if it is in a conversation of one of the agent's teams. Delivered and read speak
    /// of the user, so for the user's own messages they mean nothing.
    pub async fn ledger(
        &self,
        agent: AgentId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Ledger>> {
        const SQL: &str = "
            SELECT m.sent_at, c.user_delivered_seq >= m.seq AS delivered, c.user_read_seq >= m.seq AS is_read
            FROM messages m JOIN conversations c ON c.id = m.conversation_id
            WHERE m.id = $1 AND m.conversation_id = $2
                AND EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = c.team_id AND t.agent_id = $3)";
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let found = one!(conn, ledger, SQL, id.uuid(), conversation.uuid(), agent.uuid())?;
            match found {
                Some(found) => Ok(Some(Ledger { pushes: pushes(&mut conn, id.uuid()).await?, ..found })),
                None => Ok(None),
            }
        })
        .await
    }

    /// What a push for a message needs to know, read at one moment; none when it is not there. A device whose
    /// session is over is not woken: nobody could read there.
    pub async fn push_context(
        &self,
        user: UserId,
        conversation: ConversationId,
        seq: Seq,
        now: Timestamp,
    ) -> Result<Option<PushContext>> {
        const SQL: &str = concat!(
            "SELECT a.id AS app_id, a.name AS app_name, a.push_privacy, c.user_read_seq >= m.seq AS is_read, ",
            message_columns!(),
            " FROM conversations c
            JOIN apps a ON a.id = c.app_id
            JOIN messages m ON m.conversation_id = c.id
            WHERE c.id = $1 AND c.user_id = $2 AND m.seq = $3 AND a.disabled_at IS NULL"
        );
        const DEVICES: &str = "
            SELECT d.id, d.push_provider, d.push_token, d.push_environment, d.push_registered_at, d.locale
            FROM devices d JOIN sessions s ON s.device_id = d.id
            WHERE d.user_id = $1 AND d.push_token IS NOT NULL AND s.expires_at > $2
            ORDER BY d.id";
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let found = one!(conn, context, SQL, conversation.uuid(), user.uuid(), seq)?;
            let Some(found) = found else { return Ok(None) };
            let sent = pushes(&mut conn, found.message.id.uuid()).await?;
            Ok(Some(PushContext {
                unread: unread(&mut conn, user).await?,
                devices: all!(conn, push_device, DEVICES, user.uuid(), now.unix_ms())?,
                already_accepted: sent
                    .into_iter()
                    .filter(|push| push.accepted)
                    .map(|push| push.device_id)
                    .collect(),
                ..found
            }))
        })
        .await
    }
}
