//! Webhooks: a company's own systems are told of what happens in conversations.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | which there are |
//! | `spread` | the feeds of teams become deliveries: one for each event and webhook that wants it |
//! | `deliveries` | deliveries are claimed, end in some way, are listed and replayed |

mod deliveries;
mod spread;

use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{WebhookId, WorkspaceId};
use tidings_protocol::limits;
use tidings_protocol::text::WebAddress;
use tidings_protocol::time::Timestamp;
use tidings_protocol::webhooks::{OLD_SECRET_MS, Webhook, WebhookEvents, WebhookOff};

pub use self::deliveries::{
    ClaimDeliveries, Claimed, DueWebhook, ReplayDelivery, SettleDelivery, Settled, TryWebhook, WebhookOffMail,
};
pub(crate) use self::spread::forget_conversation;
pub use self::spread::{Spread, SpreadFeed};
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{time, time_option};
use crate::open::in_time;
use crate::words::{self, word};
use crate::{Command, Db, Tx};

/// Adds a webhook. It is told of what happens from now on.
#[derive(Clone)]
pub struct AddWebhook {
    /// Made by the caller.
    pub id: WebhookId,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// Where.
    pub url: WebAddress,
    /// Of what.
    pub events: WebhookEvents,
    /// Sealed.
    pub secret: String,
    /// Why it is switched off from the beginning; none: it is on.
    pub off: Option<WebhookOff>,
    /// Who does it, and when.
    pub by: By,
}

/// A secret never reaches a log.
impl std::fmt::Debug for AddWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddWebhook").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Command for AddWebhook {
    type Output = Webhook;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Webhook> {
        const COUNT: &str = "SELECT COUNT(*) AS n FROM webhooks WHERE workspace_id = $1";
        const INSERT: &str = "
            INSERT INTO webhooks (id, workspace_id, url, events, secret, created_at, off_because)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let (id, workspace) = (self.id.uuid(), self.workspace_id.uuid());
        let there: Option<i64> = one!(&mut tx.conn, |row| Columns::get(row, "n"), COUNT, workspace)?;
        if there.unwrap_or_default() >= limits::WEBHOOKS {
            return Err(Error::Limit("webhooks"));
        }
        if self.off.is_none() {
            begin_now(&mut tx.conn, self.workspace_id).await?;
        }
        let (events, off) = (encoded(&self.events)?, self.off.map(|off| word(&off)));
        let (url, secret, now) = (self.url.as_str(), self.secret.as_str(), self.by.at.unix_ms());
        execute!(&mut tx.conn, INSERT, id, workspace, url, events, secret, now, off)?;
        tx.audit(Line::new(self.workspace_id, self.by, AuditAct::WebhookAdded).target(self.id));
        found(&mut tx.conn, self.workspace_id, self.id, self.by.at).await
    }
}

/// What was told before the first webhook was on is not told: feeds are read from here on. Where one is on already, they
/// are read.
async fn begin_now(conn: &mut Conn<'_>, id: WorkspaceId) -> Result<()> {
    const SQL: &str = "
        INSERT INTO webhook_progress (team_id, seq)
        SELECT t.id, f.last_seq FROM teams t JOIN feeds f ON f.id = t.id
        WHERE t.workspace_id = $1
            AND NOT EXISTS (SELECT 1 FROM webhooks w WHERE w.workspace_id = $1 AND w.off_because IS NULL)
        ON CONFLICT (team_id) DO UPDATE SET seq = excluded.seq";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

/// Changes a webhook, switches it off, or on: then it is told of what happens from now on.
#[derive(Debug, Clone)]
pub struct ChangeWebhook {
    /// Which.
    pub id: WebhookId,
    /// Of which workspace; another workspace's is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Where.
    pub url: WebAddress,
    /// Of what.
    pub events: WebhookEvents,
    /// Why it is off; none: it is on.
    pub off: Option<WebhookOff>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for ChangeWebhook {
    type Output = Webhook;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Webhook> {
        // Whoever switches it on has mended it: it fails anew, if it does.
        const SQL: &str = "
            UPDATE webhooks SET url = $3, events = $4, off_because = $5,
                failing_since = CASE WHEN off_because IS NULL THEN failing_since END
            WHERE id = $1 AND workspace_id = $2";
        let before = found(&mut tx.conn, self.workspace_id, self.id, self.by.at).await?;
        if self.off.is_none() && before.off.is_some() {
            begin_now(&mut tx.conn, self.workspace_id).await?;
        }
        // Why it went off stays until it is switched on.
        let off = self.off.map(|off| word(&before.off.unwrap_or(off)));
        let (id, workspace) = (self.id.uuid(), self.workspace_id.uuid());
        execute!(&mut tx.conn, SQL, id, workspace, self.url.as_str(), encoded(&self.events)?, off)?;
        let line = Line::new(self.workspace_id, self.by, AuditAct::WebhookChanged).target(self.id);
        let line = if self.off.is_none() == before.off.is_none() {
            line
        } else {
            line.detail("switched", if self.off.is_none() { "on" } else { "off" })
        };
        tx.audit(line);
        found(&mut tx.conn, self.workspace_id, self.id, self.by.at).await
    }
}

/// Removes a webhook: what waits for it is not told any more.
#[derive(Debug, Clone, Copy)]
pub struct RemoveWebhook {
    /// Which.
    pub id: WebhookId,
    /// Of which workspace; another workspace's is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for RemoveWebhook {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM webhooks WHERE id = $1 AND workspace_id = $2";
        if execute!(&mut tx.conn, SQL, self.id.uuid(), self.workspace_id.uuid())? == 0 {
            return Err(Error::NotFound);
        }
        tx.audit(Line::new(self.workspace_id, self.by, AuditAct::WebhookRemoved).target(self.id));
        Ok(())
    }
}

/// Gives a webhook another secret; for a day requests are signed with the one before, too.
#[derive(Clone)]
pub struct ChangeWebhookSecret {
    /// Which.
    pub id: WebhookId,
    /// Of which workspace; another workspace's is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Sealed.
    pub secret: String,
    /// Who does it, and when.
    pub by: By,
}

/// A secret never reaches a log.
impl std::fmt::Debug for ChangeWebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeWebhookSecret").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Command for ChangeWebhookSecret {
    type Output = Webhook;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Webhook> {
        const SQL: &str = "
            UPDATE webhooks SET old_secret = secret, old_secret_until = $4, secret = $3
            WHERE id = $1 AND workspace_id = $2";
        let until = self.by.at.plus_ms(OLD_SECRET_MS).unix_ms();
        let (id, workspace) = (self.id.uuid(), self.workspace_id.uuid());
        if execute!(&mut tx.conn, SQL, id, workspace, self.secret.as_str(), until)? == 0 {
            return Err(Error::NotFound);
        }
        tx.audit(Line::new(self.workspace_id, self.by, AuditAct::WebhookSecretChanged).target(self.id));
        found(&mut tx.conn, self.workspace_id, self.id, self.by.at).await
    }
}

/// The secrets of a webhook, sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecrets {
    /// Of which.
    pub id: WebhookId,
    /// The one of now.
    pub secret: String,
    /// The one before it.
    pub old_secret: Option<String>,
}

/// A secret never reaches a log.
impl std::fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSecrets").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Puts the same secrets in their place, sealed anew. Those that were changed meanwhile stay.
#[derive(Debug, Clone)]
pub struct ResealWebhook {
    /// As they were read.
    pub before: WebhookSecrets,
    /// As they are to be.
    pub after: WebhookSecrets,
}

impl Command for ResealWebhook {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE webhooks SET secret = $3, old_secret = $4 WHERE id = $1 AND secret = $2";
        let (before, after) = (&self.before, &self.after);
        let (old, new) = (before.secret.as_str(), after.secret.as_str());
        execute!(&mut tx.conn, SQL, before.id.uuid(), old, new, after.old_secret.as_deref())?;
        Ok(())
    }
}

fn encoded(events: &WebhookEvents) -> Result<String> {
    serde_json::to_string(events).map_err(|error| Error::stored("events", error))
}

/// The column `events`.
fn events(row: &impl Columns) -> Result<WebhookEvents> {
    serde_json::from_str(row.str("events")?).map_err(|error| Error::stored("events", error))
}

fn webhook(row: &impl Columns) -> Result<Webhook> {
    let off: Option<String> = row.get("off_because")?;
    Ok(Webhook {
        id: row.id("id")?,
        url: row.text("url")?,
        events: events(row)?,
        created_at: time(row, "created_at")?,
        off: off.map(|off| words::parse("off_because", &off)).transpose()?,
        failing_since: time_option(row, "failing_since")?,
        old_secret_until: time_option(row, "old_secret_until")?,
    })
}

fn as_of(mut webhook: Webhook, now: Timestamp) -> Webhook {
    webhook.old_secret_until = webhook.old_secret_until.filter(|until| *until > now);
    webhook
}

async fn found(conn: &mut Conn<'_>, whose: WorkspaceId, id: WebhookId, now: Timestamp) -> Result<Webhook> {
    const SQL: &str = "
        SELECT id, url, events, created_at, off_because, failing_since, old_secret_until FROM webhooks
        WHERE id = $1 AND workspace_id = $2";
    let found = one!(conn, webhook, SQL, id.uuid(), whose.uuid())?.ok_or(Error::NotFound)?;
    Ok(as_of(found, now))
}

fn secrets(row: &impl Columns) -> Result<WebhookSecrets> {
    Ok(WebhookSecrets { id: row.id("id")?, secret: row.get("secret")?, old_secret: row.get("old_secret")? })
}

impl Db {
    /// The webhooks of a workspace, the oldest first.
    pub async fn webhooks(&self, id: WorkspaceId, now: Timestamp) -> Result<Vec<Webhook>> {
        const SQL: &str = "
            SELECT id, url, events, created_at, off_because, failing_since, old_secret_until FROM webhooks
            WHERE workspace_id = $1 ORDER BY created_at, id";
        let found = in_time(async { all!(self.single().await?.conn(), webhook, SQL, id.uuid()) }).await?;
        Ok(found.into_iter().map(|webhook| as_of(webhook, now)).collect())
    }

    /// The secrets of all webhooks of the installation.
    pub async fn webhook_secrets(&self) -> Result<Vec<WebhookSecrets>> {
        const SQL: &str = "SELECT id, secret, old_secret FROM webhooks ORDER BY id";
        in_time(async { all!(self.single().await?.conn(), secrets, SQL) }).await
    }
}
