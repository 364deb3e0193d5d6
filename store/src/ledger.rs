//! The ledger of a message - what became of it - and what a push needs to know.

use std::collections::BTreeMap;

use serde::Serialize;
use tidings_protocol::Seq;
use tidings_protocol::admin::MessageLedger;
use tidings_protocol::fallback::Fallback;
use tidings_protocol::id::{AgentId, AppId, ConversationId, DeviceId, MessageId, UserId, WorkspaceId};
use tidings_protocol::inbox::{Ledger, LedgerDevice, LedgerPush};
use tidings_protocol::message::Message;
use tidings_protocol::notifications::Notifications;
use tidings_protocol::push::{PushEnvironment, PushOptions, PushProvider, PushTarget};
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::fallback::fallbacks;
use crate::feeds::unread;
use crate::headers::{time, time_option};
use crate::open::{in_time, page};
use crate::words;
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
        record(&mut tx.conn, &[self]).await
    }
}

/// How the ledger begins to tell of a push that has to wait before it is tried.
pub const NOT_SENT_YET: &str = "not sent yet";

/// An attempt as a statement reads it out of JSON.
#[derive(Serialize)]
struct Attempt<'p> {
    message_id: String,
    device_id: String,
    at: i64,
    provider: PushProvider,
    accepted: bool,
    detail: &'p str,
}

/// Writes attempts down, many in one statement.
pub(crate) async fn record(conn: &mut Conn<'_>, pushes: &[&RecordPush]) -> Result<()> {
    /// What it is made of, as one text.
    macro_rules! insert {
        ($attempts:literal) => {
            concat!(
                "INSERT INTO pushes (message_id, device_id, at, provider, accepted, detail) ",
                $attempts,
                " ON CONFLICT (message_id, device_id, at) DO UPDATE SET
                    provider = excluded.provider, accepted = excluded.accepted, detail = excluded.detail"
            )
        };
    }
    const SQLITE: &str = insert!(
        "SELECT unhex(value ->> 'message_id'), unhex(value ->> 'device_id'), value ->> 'at', value ->> 'provider',
            value ->> 'accepted', value ->> 'detail'
        FROM json_each($1) WHERE TRUE"
    );
    const POSTGRES: &str = insert!(
        "SELECT * FROM json_to_recordset($1::JSON) AS v (message_id UUID, device_id UUID, at BIGINT, provider TEXT,
            accepted BOOLEAN, detail TEXT)"
    );
    // One statement must not meet a row twice; of two that are the same, the last counts.
    let one_each: BTreeMap<_, _> = pushes.iter().map(|push| (push.key(), push.attempt())).collect();
    let attempts: Vec<_> = one_each.into_values().collect();
    let json = serde_json::to_string(&attempts).map_err(|error| Error::stored("push", error))?;
    let sql = conn.picks(SQLITE, POSTGRES);
    execute!(conn, sql, json.as_str())?;
    Ok(())
}

impl RecordPush {
    fn key(&self) -> (Uuid, Uuid, i64) {
        (self.message_id.uuid(), self.device_id.uuid(), self.now.unix_ms())
    }

    fn attempt(&self) -> Attempt<'_> {
        Attempt {
            message_id: self.message_id.uuid().simple().to_string(),
            device_id: self.device_id.uuid().simple().to_string(),
            at: self.now.unix_ms(),
            provider: self.provider,
            accepted: self.accepted,
            detail: &self.detail,
        }
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
    /// How much a push may say, and how it looks.
    pub options: PushOptions,
    /// Unread messages of the user in all conversations: the badge.
    pub unread: i64,
    /// Unread messages of this conversation.
    pub unread_here: i64,
    /// Whether the user has read the message meanwhile.
    pub is_read: bool,
    /// Whether one of the user's devices has it.
    pub is_delivered: bool,
    /// Whether an agent has written after it.
    pub is_followed: bool,
    /// What the user wants to be told of.
    pub wishes: Notifications,
    /// When the user is told of it in another way; none: never.
    pub fallback: Option<Fallback>,
    /// The devices that are signed in and can be woken.
    pub devices: Vec<PushDevice>,
    /// Devices whose provider has already taken a push for this message.
    pub already_accepted: Vec<DeviceId>,
    /// Devices of which the ledger said last that their push is not sent yet.
    pub told_to_wait: Vec<DeviceId>,
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
    /// Of Apple's services the one that has taken this token before.
    pub proven: Option<PushEnvironment>,
    /// How often in a row the service has said that the token does not fit.
    pub strikes: i64,
}

/// What taking notifications away needs to know, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct ClearContext {
    /// The app of the user.
    pub app_id: AppId,
    /// The last message that was read.
    pub message_id: MessageId,
    /// Unread messages of the user in all conversations: the badge.
    pub unread: i64,
    /// Up to where the user has read by now.
    pub read_seq: Seq,
    /// The devices that were woken for messages that have been read since, and not told yet.
    pub devices: Vec<PushDevice>,
}

/// Notes that a device was told that its notifications of a conversation are read, up to a message.
#[derive(Debug, Clone, Copy)]
pub struct MarkCleared {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The device.
    pub device_id: DeviceId,
    /// Up to here.
    pub seq: Seq,
    /// Now.
    pub now: Timestamp,
}

impl Command for MarkCleared {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE pushes SET cleared_at = $5 WHERE device_id = $2 AND cleared_at IS NULL AND message_id IN
            (SELECT id FROM messages WHERE conversation_id = $1 AND seq > $3 AND seq <= $4)";
        let (conversation, device) = (self.conversation_id.uuid(), self.device_id.uuid());
        execute!(&mut tx.conn, SQL, conversation, device, self.seq - CLEARED, self.seq, self.now.unix_ms())?;
        Ok(())
    }
}

/// So many messages before the last one that was read are looked at when notifications are taken away.
const CLEARED: i64 = 200;

/// What a device tells of a push that it got. The first time of each counts.
#[derive(Debug, Clone, Copy)]
pub struct NotePushReceipt {
    /// The user of the device; a message that is not theirs is [`Error::NotFound`](crate::Error::NotFound).
    pub user_id: UserId,
    /// Which device.
    pub device_id: DeviceId,
    /// Of which message.
    pub message_id: MessageId,
    /// Whether its notification was shown, too.
    pub shown: bool,
    /// Now.
    pub now: Timestamp,
}

/// What of a [`NotePushReceipt`] was not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushNews {
    /// That it arrived.
    pub arrived: bool,
    /// That it was shown.
    pub shown: bool,
}

impl Command for NotePushReceipt {
    type Output = PushNews;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<PushNews> {
        const KNOWN: &str = "
            SELECT delivered_at IS NOT NULL AS arrived, shown_at IS NOT NULL AS shown
            FROM push_receipts WHERE message_id = $1 AND device_id = $2";
        const SQL: &str = "
            INSERT INTO push_receipts (message_id, device_id, delivered_at, shown_at)
            SELECT m.id, $2, $4, $5 FROM messages m JOIN conversations c ON c.id = m.conversation_id
            WHERE m.id = $1 AND c.user_id = $3
            ON CONFLICT (message_id, device_id) DO UPDATE SET
                delivered_at = COALESCE(push_receipts.delivered_at, excluded.delivered_at),
                shown_at = COALESCE(push_receipts.shown_at, excluded.shown_at)";
        // Of a test there is no message, but a row that waits for this.
        const TEST: &str = "
            UPDATE push_receipts SET delivered_at = COALESCE(delivered_at, $3), shown_at = COALESCE(shown_at, $4)
            WHERE message_id = $1 AND device_id = $2";
        let (message, device, user) = (self.message_id.uuid(), self.device_id.uuid(), self.user_id.uuid());
        let now = self.now.unix_ms();
        let shown = self.shown.then_some(now);
        let known = one!(&mut tx.conn, known_steps, KNOWN, message, device)?;
        let (arrived, was_shown) = known.unwrap_or_default();
        let mut noted = execute!(&mut tx.conn, SQL, message, device, user, now, shown)?;
        if noted == 0 {
            noted = execute!(&mut tx.conn, TEST, message, device, now, shown)?;
        }
        if noted == 0 {
            return Err(Error::NotFound);
        }
        Ok(PushNews { arrived: !arrived, shown: self.shown && !was_shown })
    }
}

fn known_steps(row: &impl Columns) -> Result<(bool, bool)> {
    Ok((row.get("arrived")?, row.get("shown")?))
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

/// A message, and its ledger without what other tables say.
struct Found {
    message_id: MessageId,
    conversation_id: ConversationId,
    seq: Seq,
    ledger: Ledger,
}

/// The columns that [`ledger`] reads, of `messages m` and `conversations c`.
macro_rules! ledger_columns {
    () => {
        "SELECT m.id, m.conversation_id, m.seq, m.sent_at, c.user_delivered_seq >= m.seq AS delivered,
            c.user_read_seq >= m.seq AS is_read,
            (SELECT r.at FROM receipt_moves r WHERE r.conversation_id = c.id AND r.kind = 'delivered'
                AND r.seq >= m.seq ORDER BY r.seq LIMIT 1) AS delivered_at,
            (SELECT r.at FROM receipt_moves r WHERE r.conversation_id = c.id AND r.kind = 'read'
                AND r.seq >= m.seq ORDER BY r.seq LIMIT 1) AS read_at"
    };
}

fn ledger(row: &impl Columns) -> Result<Found> {
    let ledger = Ledger {
        stored_at: time(row, "sent_at")?,
        pushes: Vec::new(),
        delivered: row.get("delivered")?,
        read: row.get("is_read")?,
        delivered_at: time_option(row, "delivered_at")?,
        read_at: time_option(row, "read_at")?,
        devices: Vec::new(),
        fallbacks: Vec::new(),
    };
    let (message_id, conversation_id) = (row.id("id")?, row.id("conversation_id")?);
    Ok(Found { message_id, conversation_id, seq: row.get("seq")?, ledger })
}

/// With what the other tables say of the message.
async fn whole(conn: &mut Conn<'_>, found: Found) -> Result<Ledger> {
    let id = found.message_id.uuid();
    let (pushes, devices) = (pushes(conn, id).await?, ledger_devices(conn, id).await?);
    let fallbacks = fallbacks(conn, found.conversation_id, found.seq).await?;
    Ok(Ledger { pushes, devices, fallbacks, ..found.ledger })
}

async fn whole_message(conn: &mut Conn<'_>, found: Found) -> Result<MessageLedger> {
    let Found { message_id, conversation_id, seq, .. } = found;
    Ok(MessageLedger { message_id, conversation_id, seq, ledger: whole(conn, found).await? })
}

pub(crate) fn push_device(row: &impl Columns) -> Result<PushDevice> {
    Ok(PushDevice {
        id: row.id("id")?,
        target: PushTarget {
            provider: words::get(row, "push_provider")?,
            token: row.text("push_token")?,
            environment: words::get(row, "push_environment")?,
            keys: match row.get::<Option<String>>("push_keys")? {
                Some(keys) => {
                    Some(serde_json::from_str(&keys).map_err(|error| Error::stored("push_keys", error))?)
                }
                None => None,
            },
        },
        locale: row.get("locale")?,
        registered_at: time(row, "push_registered_at")?,
        proven: match row.get::<Option<String>>("push_proven")? {
            Some(word) => Some(words::parse("push_proven", &word)?),
            None => None,
        },
        strikes: row.get("push_strikes")?,
    })
}

/// The columns that [`push_device`] reads, of `devices d`.
macro_rules! device_columns {
    () => {
        "d.id, d.push_provider, d.push_token, d.push_environment, d.push_registered_at, d.locale, d.push_keys, d.push_proven,
            d.push_strikes"
    };
}

pub(crate) use device_columns;

fn ledger_device(row: &impl Columns) -> Result<LedgerDevice> {
    Ok(LedgerDevice {
        device_id: row.id("device_id")?,
        delivered_at: time_option(row, "delivered_at")?,
        shown_at: time_option(row, "shown_at")?,
    })
}

async fn ledger_devices(conn: &mut Conn<'_>, id: Uuid) -> Result<Vec<LedgerDevice>> {
    const SQL: &str = "
        SELECT device_id, delivered_at, shown_at FROM push_receipts WHERE message_id = $1 ORDER BY device_id";
    all!(conn, ledger_device, SQL, id)
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
        const SQL: &str = concat!(
            ledger_columns!(),
            " FROM messages m JOIN conversations c ON c.id = m.conversation_id
            WHERE m.id = $1 AND m.conversation_id = $2
                AND EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = c.team_id AND t.agent_id = $3)"
        );
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let found = one!(conn, ledger, SQL, id.uuid(), conversation.uuid(), agent.uuid())?;
            match found {
                Some(found) => whole(&mut conn, found).await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// What became of a message of a workspace, for its backend.
    pub async fn message_ledger(
        &self,
        workspace: WorkspaceId,
        id: MessageId,
    ) -> Result<Option<MessageLedger>> {
        const SQL: &str = concat!(
            ledger_columns!(),
            " FROM messages m JOIN conversations c ON c.id = m.conversation_id JOIN apps a ON a.id = c.app_id
            WHERE m.id = $1 AND a.workspace_id = $2"
        );
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let found = one!(conn, ledger, SQL, id.uuid(), workspace.uuid())?;
            match found {
                Some(found) => whole_message(&mut conn, found).await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// What became of the newest messages that agents wrote to a user of a workspace, the newest first; none when there
    /// is no such user.
    pub async fn user_ledger(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        limit: i64,
    ) -> Result<Option<Vec<MessageLedger>>> {
        const WHOSE: &str = "
            SELECT u.id FROM users u JOIN apps a ON a.id = u.app_id WHERE u.id = $1 AND a.workspace_id = $2";
        const SQL: &str = concat!(
            ledger_columns!(),
            " FROM conversations c JOIN messages m ON m.conversation_id = c.id
            WHERE c.user_id = $1 AND m.author_kind = 'agent'
            ORDER BY m.sent_at DESC, m.id DESC LIMIT $2"
        );
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let whose: Option<UserId> =
                one!(conn, |row| Columns::id(row, "id"), WHOSE, user.uuid(), workspace.uuid())?;
            if whose.is_none() {
                return Ok(None);
            }
            let mut messages = Vec::new();
            for found in all!(conn, ledger, SQL, user.uuid(), page(limit))? {
                messages.push(whole_message(&mut conn, found).await?);
            }
            Ok(Some(messages))
        })
        .await
    }

    /// What taking notifications away needs to know, read at one moment; none when the conversation or what was read is
    /// not there. The device on which it was read needs no telling.
    pub async fn clear_context(
        &self,
        user: UserId,
        conversation: ConversationId,
        reader: DeviceId,
        now: Timestamp,
    ) -> Result<Option<ClearContext>> {
        const SQL: &str = "
            SELECT c.app_id, c.user_read_seq, m.id AS message_id FROM conversations c
            JOIN messages m ON m.conversation_id = c.id AND m.seq = c.user_read_seq
            JOIN apps a ON a.id = c.app_id
            WHERE c.id = $1 AND c.user_id = $2 AND a.disabled_at IS NULL";
        const DEVICES: &str = concat!(
            "SELECT ",
            device_columns!(),
            " FROM devices d JOIN sessions s ON s.device_id = d.id
            WHERE d.user_id = $1 AND d.push_token IS NOT NULL AND s.expires_at > $2 AND d.id <> $3 AND EXISTS
                (SELECT 1 FROM messages m JOIN pushes p ON p.message_id = m.id AND p.device_id = d.id
                WHERE m.conversation_id = $4 AND m.seq > $5 AND m.seq <= $6 AND p.accepted
                    AND p.cleared_at IS NULL)
            ORDER BY d.id"
        );
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let found = one!(conn, clear_context, SQL, conversation.uuid(), user.uuid())?;
            let Some(found) = found else { return Ok(None) };
            let (first, last) = (found.read_seq - CLEARED, found.read_seq);
            let (user_id, reader, thread) = (user.uuid(), reader.uuid(), conversation.uuid());
            let devices =
                all!(conn, push_device, DEVICES, user_id, now.unix_ms(), reader, thread, first, last)?;
            Ok(Some(ClearContext { unread: unread(&mut conn, user).await?, devices, ..found }))
        })
        .await
    }
}

fn clear_context(row: &impl Columns) -> Result<ClearContext> {
    Ok(ClearContext {
        app_id: row.id("app_id")?,
        message_id: row.id("message_id")?,
        unread: 0,
        read_seq: row.get("user_read_seq")?,
        devices: Vec::new(),
    })
}
