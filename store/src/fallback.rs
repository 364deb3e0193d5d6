//! Telling somebody of a message in another way, because no device of theirs has it after a while.

use tidings_protocol::Seq;
use tidings_protocol::audit::AuditAct;
use tidings_protocol::fallback::{Fallback, FallbackMinutes, FallbackWay, LedgerFallback, LinkAddress};
use tidings_protocol::id::{AppId, ConversationId, JobId, MessageId, UserId, WorkspaceId};
use tidings_protocol::message::Message;
use tidings_protocol::notifications::Notifications;
use tidings_protocol::push::PushPrivacy;
use tidings_protocol::text::{Email, ExternalId, Name};
use tidings_protocol::time::Timestamp;

use crate::apps::app;
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{message, message_columns, time};
use crate::jobs::{JobPayload, encode};
use crate::notifications::wishes;
use crate::open::in_time;
use crate::words::{self, word};
use crate::{Command, Db, Tx};

/// Sets when and how users of an app are told of messages in another way.
#[derive(Debug, Clone)]
pub struct SetFallback {
    /// Of which app.
    pub app_id: AppId,
    /// How; none: not at all.
    pub fallback: Option<Fallback>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetFallback {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE apps SET fallback = $2 WHERE id = $1";
        let stored = self.fallback.as_ref().map(serde_json::to_string).transpose();
        let stored = stored.map_err(|error| Error::stored("fallback", error))?;
        let workspace_id = app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?.workspace_id;
        execute!(&mut tx.conn, SQL, self.app_id.uuid(), stored)?;
        let line = Line::new(workspace_id, self.by, AuditAct::FallbackSet).target(self.app_id);
        let way = self.fallback.as_ref().map_or_else(|| "off".to_owned(), |fallback| word(&fallback.way));
        tx.audit(line.detail("way", way));
        Ok(())
    }
}

/// Has a message looked at later: whether the user must be told of it in another way. The job's id is given by the
/// caller and always the same for a message, so that this may be said again.
#[derive(Debug, Clone, Copy)]
pub struct ScheduleFallback {
    /// The job.
    pub id: JobId,
    /// Of which app.
    pub app_id: AppId,
    /// Whom.
    pub user_id: UserId,
    /// The thread.
    pub conversation_id: ConversationId,
    /// The message.
    pub message_id: MessageId,
    /// Its number.
    pub seq: Seq,
    /// When to look.
    pub run_at: Timestamp,
}

impl Command for ScheduleFallback {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        // What was told already is not looked at again when its push is tried again.
        const SQL: &str = "
            INSERT INTO jobs (id, payload, app_id, run_at, created_at)
            SELECT c.job, c.payload, c.app, c.run_at, c.run_at
            FROM (SELECT $1 AS job, $2 AS payload, $3 AS app, $4 AS run_at) c
            WHERE NOT EXISTS
                (SELECT 1 FROM fallbacks f WHERE f.conversation_id = $5 AND f.accepted AND f.last_seq >= $6)
            ON CONFLICT (id) DO NOTHING";
        let (user_id, conversation_id) = (self.user_id, self.conversation_id);
        let (message_id, seq) = (self.message_id, self.seq);
        let payload = encode(&JobPayload::Fallback { user_id, conversation_id, message_id, seq })?;
        let (id, app_id, at) = (self.id.uuid(), self.app_id.uuid(), self.run_at.unix_ms());
        execute!(&mut tx.conn, SQL, id, payload.as_str(), app_id, at, conversation_id.uuid(), seq)?;
        Ok(())
    }
}

/// For how long whoever tells a user keeps others from telling them, too.
const HOLD_MS: i64 = 2 * 60 * 1000;

/// Takes the right to tell a user now: of several jobs for the same user one sends, and they are not told again before
/// the pause is over.
#[derive(Debug, Clone, Copy)]
pub struct HoldFallback {
    /// Whom.
    pub user_id: UserId,
    /// Now.
    pub now: Timestamp,
}

impl Command for HoldFallback {
    /// None: it is ours. Otherwise until when it is another's.
    type Output = Option<Timestamp>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
        const TAKE: &str = "
            UPDATE users SET fallback_until = $2 WHERE id = $1 AND (fallback_until IS NULL OR fallback_until <= $3)";
        const UNTIL: &str = "SELECT fallback_until FROM users WHERE id = $1 AND fallback_until IS NOT NULL";
        let (id, now) = (self.user_id.uuid(), self.now.unix_ms());
        if execute!(&mut tx.conn, TAKE, id, now + HOLD_MS, now)? > 0 {
            return Ok(None);
        }
        one!(&mut tx.conn, |row| time(row, "fallback_until"), UNTIL, id)
    }
}

/// Writes down an attempt to tell a user in another way, and gives back what [`HoldFallback`] took.
#[derive(Debug, Clone)]
pub struct RecordFallback {
    /// Whom.
    pub user_id: UserId,
    /// The thread.
    pub conversation_id: ConversationId,
    /// The first message that it told of.
    pub first_seq: Seq,
    /// The last one.
    pub last_seq: Seq,
    /// In which way.
    pub way: FallbackWay,
    /// Whether it was taken.
    pub accepted: bool,
    /// What was said, or why nothing was sent.
    pub detail: String,
    /// How long the user is left in peace after one that was taken.
    pub pause: FallbackMinutes,
    /// Now.
    pub now: Timestamp,
}

impl Command for RecordFallback {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const NOTE: &str = "
            INSERT INTO fallbacks (conversation_id, at, first_seq, last_seq, way, accepted, detail)
            SELECT id, $2, $3, $4, $5, $6, $7 FROM conversations WHERE id = $1
            ON CONFLICT (conversation_id, at) DO UPDATE SET first_seq = excluded.first_seq,
                last_seq = excluded.last_seq, way = excluded.way, accepted = excluded.accepted,
                detail = excluded.detail";
        const REST: &str = "UPDATE users SET fallback_until = $2 WHERE id = $1";
        let (id, now, way) = (self.conversation_id.uuid(), self.now.unix_ms(), word(&self.way));
        let (first, last, detail) = (self.first_seq, self.last_seq, self.detail.as_str());
        execute!(&mut tx.conn, NOTE, id, now, first, last, way, self.accepted, detail)?;
        let until = self.accepted.then(|| now + self.pause.as_ms());
        execute!(&mut tx.conn, REST, self.user_id.uuid(), until)?;
        Ok(())
    }
}

/// Whether a user gets e-mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// They may.
    Allowed,
    /// They want none.
    Stopped,
}

/// Stops e-mails to a user, or allows them again.
#[derive(Debug, Clone, Copy)]
pub struct SetMail {
    /// Whom.
    pub user_id: UserId,
    /// Whether they may get some.
    pub mail: Mail,
    /// The backend that says so, and of which workspace the user must be; none: the user, by a link that they got.
    pub by: Option<(WorkspaceId, By)>,
    /// Now.
    pub now: Timestamp,
}

impl Command for SetMail {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const WHOSE: &str =
            "SELECT a.workspace_id FROM users u JOIN apps a ON a.id = u.app_id WHERE u.id = $1";
        const SQL: &str = "UPDATE users SET no_mail_since = $2 WHERE id = $1";
        let id = self.user_id.uuid();
        let whose: Option<WorkspaceId> =
            one!(&mut tx.conn, |row| Columns::id(row, "workspace_id"), WHOSE, id)?;
        let whose = whose.filter(|whose| self.by.is_none_or(|(wanted, _)| wanted == *whose));
        let workspace_id = whose.ok_or(Error::NotFound)?;
        let since = (self.mail == Mail::Stopped).then(|| self.now.unix_ms());
        execute!(&mut tx.conn, SQL, id, since)?;
        if let Some((_, by)) = self.by {
            let word = if self.mail == Mail::Stopped { "stopped" } else { "allowed" };
            let line = Line::new(workspace_id, by, AuditAct::UserMailSet).target(self.user_id);
            tx.audit(line.detail("mail", word));
        }
        Ok(())
    }
}

/// What telling somebody in another way needs to know, as it is now.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, read from a column of its own")]
pub struct FallbackContext {
    /// The app of the user.
    pub app_id: AppId,
    /// What it is called.
    pub app_name: Name,
    /// How much may be said.
    pub push_privacy: PushPrivacy,
    /// When and how.
    pub fallback: Fallback,
    /// Whether one of the user's devices has the message, or it was read or deleted.
    pub is_settled: bool,
    /// Whether the user was told of it already.
    pub is_told: bool,
    /// The newest message that an agent wrote.
    pub newest: Message,
    /// How many messages there are to tell of.
    pub count: i64,
    /// The user's id in the company's own system.
    pub external_id: Option<ExternalId>,
    /// Their address.
    pub email: Option<Email>,
    /// Whether they want no e-mail.
    pub is_mail_stopped: bool,
    /// Whether they are shut out.
    pub is_blocked: bool,
    /// The language tag of the device that they used last.
    pub locale: Option<String>,
    /// What they want to be told of.
    pub wishes: Notifications,
}

/// The column `fallback` of a row.
pub(crate) fn fallback(row: &impl Columns) -> Result<Option<Fallback>> {
    let text = row.get::<Option<String>>("fallback")?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| Error::stored("fallback", error))).transpose()
}

fn context(row: &impl Columns) -> Result<Option<FallbackContext>> {
    let Some(fallback) = fallback(row)? else { return Ok(None) };
    Ok(Some(FallbackContext {
        app_id: row.id("app_id")?,
        app_name: row.text("app_name")?,
        push_privacy: words::get(row, "push_privacy")?,
        fallback,
        is_settled: row.get("is_settled")?,
        is_told: row.get("is_told")?,
        newest: message(row)?,
        count: row.get("waiting")?,
        external_id: row.text_option("external_id")?,
        email: row.text_option("email")?,
        is_mail_stopped: row.get("is_mail_stopped")?,
        is_blocked: row.get("is_blocked")?,
        locale: row.get("locale")?,
        wishes: wishes(row)?,
    }))
}

fn ledger_fallback(row: &impl Columns) -> Result<LedgerFallback> {
    Ok(LedgerFallback {
        way: words::get(row, "way")?,
        accepted: row.get("accepted")?,
        detail: row.get("detail")?,
        at: time(row, "at")?,
    })
}

/// How the user was told of a message in another way.
pub(crate) async fn fallbacks(
    conn: &mut Conn<'_>,
    id: ConversationId,
    seq: Seq,
) -> Result<Vec<LedgerFallback>> {
    const SQL: &str = "
        SELECT way, accepted, detail, at FROM fallbacks
        WHERE conversation_id = $1 AND first_seq <= $2 AND last_seq >= $2 ORDER BY at";
    all!(conn, ledger_fallback, SQL, id.uuid(), seq)
}

impl Db {
    /// When and how users of an app are told of messages in another way.
    pub async fn fallback(&self, id: AppId) -> Result<Option<Fallback>> {
        const SQL: &str = "SELECT fallback FROM apps WHERE id = $1";
        let found = in_time(async { one!(self.single().await?.conn(), fallback, SQL, id.uuid()) }).await?;
        Ok(found.flatten())
    }

    /// Where a link to a conversation of a user leads; none when it leads nowhere any more.
    pub async fn fallback_link(&self, user: UserId, id: ConversationId) -> Result<Option<LinkAddress>> {
        const SQL: &str = "
            SELECT a.fallback FROM conversations c JOIN apps a ON a.id = c.app_id
            WHERE c.id = $1 AND c.user_id = $2 AND a.disabled_at IS NULL";
        let found =
            in_time(async { one!(self.single().await?.conn(), fallback, SQL, id.uuid(), user.uuid()) });
        Ok(found.await?.flatten().and_then(|fallback| fallback.link))
    }

    /// What telling a user of a message in another way needs to know, read at one moment; none when the message, every
    /// answer since, or the app's wish is not there.
    pub async fn fallback_context(
        &self,
        user: UserId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Option<FallbackContext>> {
        const SQL: &str = concat!(
            "SELECT a.id AS app_id, a.name AS app_name, COALESCE(c.push_privacy, a.push_privacy) AS push_privacy,
                a.fallback, u.notifications, u.external_id, u.email, u.no_mail_since IS NOT NULL AS is_mail_stopped,
                u.blocked_at IS NOT NULL AS is_blocked,
                (c.user_delivered_seq >= t.seq OR c.user_read_seq >= t.seq OR t.deleted_at IS NOT NULL OR EXISTS
                    (SELECT 1 FROM push_receipts r WHERE r.message_id = t.id AND r.delivered_at IS NOT NULL))
                    AS is_settled,
                EXISTS (SELECT 1 FROM fallbacks f
                    WHERE f.conversation_id = c.id AND f.accepted AND f.last_seq >= t.seq) AS is_told,
                (SELECT COUNT(*) FROM messages w WHERE w.conversation_id = c.id AND w.seq >= t.seq
                    AND w.author_kind = 'agent' AND w.deleted_at IS NULL) AS waiting,
                (SELECT d.locale FROM devices d WHERE d.user_id = u.id AND d.locale IS NOT NULL
                    ORDER BY d.seen_at DESC LIMIT 1) AS locale, ",
            message_columns!(),
            " FROM conversations c
            JOIN apps a ON a.id = c.app_id
            JOIN users u ON u.id = c.user_id
            JOIN messages t ON t.conversation_id = c.id
            JOIN messages m ON m.conversation_id = c.id AND m.seq >= t.seq
            WHERE c.id = $1 AND c.user_id = $2 AND t.seq = $3 AND a.disabled_at IS NULL
                AND m.author_kind = 'agent' AND m.deleted_at IS NULL
            ORDER BY m.seq DESC LIMIT 1"
        );
        let found: Option<Option<FallbackContext>> = in_time(async {
            one!(self.single().await?.conn(), context, SQL, conversation.uuid(), user.uuid(), seq)
        })
        .await?;
        Ok(found.flatten())
    }
}

/// The job that looks at a message: the same whenever it is asked for.
pub fn fallback_job(message_id: MessageId) -> JobId {
    let mut bytes = *message_id.uuid().as_bytes();
    // A message's own push job has a random id; this one is the message's with other random bits.
    for (byte, mark) in bytes[8..].iter_mut().zip(b"fallback") {
        *byte ^= mark & 0x3f;
    }
    JobId::from(uuid::Uuid::from_bytes(bytes))
}
