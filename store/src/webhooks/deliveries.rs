//! Deliveries on their way. To claim one is a lease: who dies gives it back by doing nothing, and it is told again under
//! the same id.

use tidings_protocol::Seq;
use tidings_protocol::alerts::InboxLanguage;
use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{AgentId, ConversationId, DeliveryId, NoteId, WebhookId, WorkspaceId};
use tidings_protocol::limits;
use tidings_protocol::text::{Email, WebAddress};
use tidings_protocol::time::Timestamp;
use tidings_protocol::webhooks::{WebhookData, WebhookDeliveries, WebhookDelivery, WebhookEvent, WebhookOff};
use uuid::Uuid;

use crate::alerts::agent_wishes;
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{inbox_conversation, message, message_columns, team_headers, time, time_option};
use crate::jobs::{JobPayload, NewJob};
use crate::notes::{note, note_columns};
use crate::open::{cut, in_time, page};
use crate::same::same_id;
use crate::words::{self, word};
use crate::{Command, Db, Tx};

const DAY_MS: i64 = 86_400_000;

/// The columns of [`delivery`]; the text goes on after `WHERE`.
macro_rules! listed {
    ($rest:literal) => {
        concat!(
            "SELECT id, event, conversation_id, message_seq, at, state, attempts, tried_at, answer, next_at
            FROM webhook_deliveries WHERE ",
            $rest
        )
    };
}

/// Claims deliveries to a webhook that are due. Nobody else gets them until the lease is over.
#[derive(Debug, Clone, Copy)]
pub struct ClaimDeliveries {
    /// To which.
    pub webhook_id: WebhookId,
    /// At most so many.
    pub limit: i64,
    /// Until when they are ours.
    pub until: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// A claimed delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// Which.
    pub id: DeliveryId,
    /// What happened.
    pub event: WebhookEvent,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub conversation_id: Option<ConversationId>,
    /// The number of the message.
    pub message_seq: Option<Seq>,
    /// The note.
    pub note_id: Option<NoteId>,
    /// How often it was tried, with this time; proof of this claim.
    pub attempt: i64,
}

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "WITH due AS MATERIALIZED (
                SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND next_at <= $2
                ORDER BY next_at, id LIMIT $3 ",
            $lock,
            ")
            UPDATE webhook_deliveries SET next_at = $4, attempts = attempts + 1 WHERE id IN (SELECT id FROM due)
            RETURNING id, event, at, conversation_id, message_seq, note_id, attempts"
        )
    };
}

impl Command for ClaimDeliveries {
    type Output = Vec<Claimed>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<Claimed>> {
        let sql = tx.conn.picks(claim!(""), claim!("FOR UPDATE SKIP LOCKED"));
        let (id, now, until) = (self.webhook_id.uuid(), self.now.unix_ms(), self.until.unix_ms());
        let mut found = all!(&mut tx.conn, claimed, sql, id, now, self.limit, until)?;
        found.sort_by_key(|delivery| (delivery.at, delivery.id));
        Ok(found)
    }
}

fn claimed(row: &impl Columns) -> Result<Claimed> {
    Ok(Claimed {
        id: row.id("id")?,
        event: words::get(row, "event")?,
        at: time(row, "at")?,
        conversation_id: row.id_option("conversation_id")?,
        message_seq: row.get("message_seq")?,
        note_id: row.id_option("note_id")?,
        attempt: row.get("attempts")?,
    })
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was taken.
    Delivered,
    /// It was not, and is tried again.
    Again {
        /// When.
        at: Timestamp,
    },
    /// It was not, and was tried often enough.
    Failed,
    /// The webhook wants nothing any more.
    Gone,
    /// What it tells of is not there any more: nobody was asked.
    Moot,
}

/// Writes down what came of an attempt. A webhook to which nothing gets through for days is switched off.
#[derive(Debug, Clone)]
pub struct SettleDelivery {
    /// To which webhook.
    pub webhook_id: WebhookId,
    /// Which delivery.
    pub id: DeliveryId,
    /// Proof of the claim.
    pub attempt: i64,
    /// What came of it.
    pub settled: Settled,
    /// What was answered, or why there was no answer.
    pub answer: String,
    /// Now.
    pub now: Timestamp,
}

impl Command for SettleDelivery {
    /// Why the webhook was switched off now; none: it was not.
    type Output = Option<WebhookOff>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Option<WebhookOff>> {
        const SQL: &str = "
            UPDATE webhook_deliveries SET state = $3, next_at = $4, tried_at = $5, answer = $6
            WHERE id = $1 AND attempts = $2";
        const MOOT: &str = "DELETE FROM webhook_deliveries WHERE id = $1 AND attempts = $2";
        let (id, now) = (self.id.uuid(), self.now.unix_ms());
        let (state, next) = match self.settled {
            Settled::Delivered => ("delivered", None),
            Settled::Again { at } => ("waiting", Some(at.unix_ms())),
            Settled::Failed | Settled::Gone => ("failed", None),
            Settled::Moot => {
                execute!(&mut tx.conn, MOOT, id, self.attempt)?;
                return Ok(None);
            }
        };
        let answer = self.answer.as_str();
        if execute!(&mut tx.conn, SQL, id, self.attempt, state, next, now, answer)? == 0 {
            return Ok(None);
        }
        self.webhook(tx).await
    }
}

impl SettleDelivery {
    async fn webhook(&self, tx: &mut Tx<'_>) -> Result<Option<WebhookOff>> {
        const GOOD: &str =
            "UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL";
        const BAD: &str = "
            UPDATE webhooks SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL";
        const OFF: &str = "
            UPDATE webhooks SET off_because = $3 WHERE id = $1 AND off_because IS NULL AND failing_since <= $2
            RETURNING workspace_id";
        let (id, now) = (self.webhook_id.uuid(), self.now.unix_ms());
        if self.settled == Settled::Delivered {
            execute!(&mut tx.conn, GOOD, id)?;
            return Ok(None);
        }
        execute!(&mut tx.conn, BAD, id, now)?;
        let (off, since) = match self.settled {
            Settled::Gone => (WebhookOff::Gone, now),
            _ => (WebhookOff::Failing, now - limits::WEBHOOK_FAILING_DAYS * DAY_MS),
        };
        let why = word(&off);
        let whose: Option<WorkspaceId> =
            one!(&mut tx.conn, |row| Columns::id(row, "workspace_id"), OFF, id, since, why.as_str())?;
        let Some(workspace_id) = whose else { return Ok(None) };
        let line = Line::new(workspace_id, By::server(self.now), AuditAct::WebhookGivenUp);
        tx.audit(line.target(self.webhook_id).detail("because", why));
        self.tell_administrators(tx, workspace_id).await?;
        Ok(Some(off))
    }

    async fn tell_administrators(&self, tx: &mut Tx<'_>, workspace_id: WorkspaceId) -> Result<()> {
        const SQL: &str = "
            SELECT id FROM agents
            WHERE workspace_id = $1 AND role IN ('owner', 'admin') AND disabled_at IS NULL ORDER BY id";
        let (webhook_id, now) = (self.webhook_id, self.now);
        let all: Vec<AgentId> = all!(&mut tx.conn, |row| Columns::id(row, "id"), SQL, workspace_id.uuid())?;
        for agent_id in all {
            let id =
                same_id(now, &[b"webhook off", webhook_id.uuid().as_bytes(), agent_id.uuid().as_bytes()]);
            tx.enqueue(NewJob { id, payload: JobPayload::MailWebhookOff { agent_id, webhook_id }, now });
        }
        Ok(())
    }
}

/// What telling somebody that a webhook was switched off needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookOffMail {
    /// Where events went.
    pub url: WebAddress,
    /// Why they go no more.
    pub off: WebhookOff,
    /// Whom to write to.
    pub email: Email,
    /// In which language.
    pub language: InboxLanguage,
}

impl Db {
    /// What telling an agent that a webhook was switched off needs to know; none when there is nothing to tell any more:
    /// it is on again or gone, or they do not administer.
    pub async fn webhook_off_mail(
        &self,
        webhook: WebhookId,
        agent: AgentId,
    ) -> Result<Option<WebhookOffMail>> {
        const SQL: &str = "
            SELECT w.url, w.off_because, g.email, g.notifications
            FROM webhooks w JOIN agents g ON g.workspace_id = w.workspace_id
            WHERE w.id = $1 AND w.off_because IS NOT NULL
                AND g.id = $2 AND g.role IN ('owner', 'admin') AND g.disabled_at IS NULL";
        let (webhook, agent) = (webhook.uuid(), agent.uuid());
        in_time(async { one!(self.single().await?.conn(), webhook_off_mail, SQL, webhook, agent) }).await
    }
}

fn webhook_off_mail(row: &impl Columns) -> Result<WebhookOffMail> {
    Ok(WebhookOffMail {
        url: row.text("url")?,
        off: words::get(row, "off_because")?,
        email: row.text("email")?,
        language: agent_wishes(row)?.language,
    })
}

/// Has a delivery told once more, now.
#[derive(Debug, Clone, Copy)]
pub struct ReplayDelivery {
    /// Of which workspace; another workspace's is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// To which webhook.
    pub webhook_id: WebhookId,
    /// Which.
    pub id: DeliveryId,
    /// Now.
    pub now: Timestamp,
}

impl Command for ReplayDelivery {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE webhook_deliveries SET state = 'waiting', next_at = $3 WHERE id = $1 AND webhook_id = $2";
        on(&mut tx.conn, self.workspace_id, self.webhook_id).await?;
        let (id, webhook) = (self.id.uuid(), self.webhook_id.uuid());
        match execute!(&mut tx.conn, SQL, id, webhook, self.now.unix_ms())? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }
}

/// Tells a webhook something that means nothing, to see whether it gets through.
#[derive(Debug, Clone, Copy)]
pub struct TryWebhook {
    /// Of which workspace; another workspace's is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Which.
    pub webhook_id: WebhookId,
    /// Of the delivery; made by the caller.
    pub id: DeliveryId,
    /// Now.
    pub now: Timestamp,
}

impl Command for TryWebhook {
    type Output = WebhookDelivery;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<WebhookDelivery> {
        const INSERT: &str = "
            INSERT INTO webhook_deliveries (id, webhook_id, event, at, state, next_at)
            VALUES ($1, $2, 'test', $3, 'waiting', $3)";
        const SQL: &str = listed!("id = $1");
        on(&mut tx.conn, self.workspace_id, self.webhook_id).await?;
        let id = self.id.uuid();
        execute!(&mut tx.conn, INSERT, id, self.webhook_id.uuid(), self.now.unix_ms())?;
        one!(&mut tx.conn, delivery, SQL, id)?.ok_or(Error::NotFound)
    }
}

/// Whether a webhook is there and on.
async fn on(conn: &mut Conn<'_>, whose: WorkspaceId, id: WebhookId) -> Result<()> {
    const SQL: &str = "SELECT off_because FROM webhooks WHERE id = $1 AND workspace_id = $2";
    let off: Option<Option<String>> =
        one!(conn, |row| Columns::get(row, "off_because"), SQL, id.uuid(), whose.uuid())?;
    match off {
        None => Err(Error::NotFound),
        Some(None) => Ok(()),
        Some(Some(_)) => Err(Error::Refused("the webhook is switched off")),
    }
}

fn delivery(row: &impl Columns) -> Result<WebhookDelivery> {
    Ok(WebhookDelivery {
        id: row.id("id")?,
        event: words::get(row, "event")?,
        conversation_id: row.id_option("conversation_id")?,
        message_seq: row.get("message_seq")?,
        at: time(row, "at")?,
        state: words::get(row, "state")?,
        attempts: row.get("attempts")?,
        tried_at: time_option(row, "tried_at")?,
        answer: row.get("answer")?,
        next_at: time_option(row, "next_at")?,
    })
}

/// A webhook for which something is due.
#[derive(Clone, PartialEq, Eq)]
pub struct DueWebhook {
    /// Which.
    pub id: WebhookId,
    /// Where.
    pub url: String,
    /// Sealed.
    pub secret: String,
    /// The one before it, while it still counts; sealed.
    pub old_secret: Option<String>,
}

/// A secret never reaches a log.
impl std::fmt::Debug for DueWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DueWebhook").field("id", &self.id).finish_non_exhaustive()
    }
}

fn due(row: &impl Columns) -> Result<DueWebhook> {
    Ok(DueWebhook {
        id: row.id("id")?,
        url: row.get("url")?,
        secret: row.get("secret")?,
        old_secret: row.get("old_secret")?,
    })
}

impl Db {
    /// Webhooks that are on and for which something is due.
    pub async fn due_webhooks(&self, now: Timestamp) -> Result<Vec<DueWebhook>> {
        const SQL: &str = "
            SELECT w.id, w.url, w.secret, CASE WHEN w.old_secret_until > $1 THEN w.old_secret END AS old_secret
            FROM webhooks w
            WHERE w.off_because IS NULL
                AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.next_at <= $1)
            ORDER BY w.id";
        in_time(async { all!(self.single().await?.conn(), due, SQL, now.unix_ms()) }).await
    }

    /// What an event is about, as it is now; none when it is not there any more.
    pub async fn webhook_data(&self, claimed: &Claimed) -> Result<Option<WebhookData>> {
        const HEADER: &str = team_headers!("c.id = $1");
        const MESSAGE: &str = concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m WHERE m.conversation_id = $1 AND m.seq = $2"
        );
        const NOTE: &str = concat!("SELECT ", note_columns!(), " FROM notes n WHERE n.id = $1");
        let Some(id) = claimed.conversation_id else { return Ok(Some(WebhookData::default())) };
        let mut data = WebhookData { conversation_id: Some(id), ..WebhookData::default() };
        if claimed.event == WebhookEvent::ConversationErased {
            return Ok(Some(data));
        }
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            data.conversation = one!(conn, inbox_conversation, HEADER, id.uuid())?;
            if let Some(seq) = claimed.message_seq {
                data.message = one!(conn, message, MESSAGE, id.uuid(), seq)?;
            }
            if let Some(note_id) = claimed.note_id {
                data.note = one!(conn, note, NOTE, note_id.uuid())?;
            }
            let is_there = data.conversation.is_some()
                && data.message.is_some() == claimed.message_seq.is_some()
                && data.note.is_some() == claimed.note_id.is_some();
            Ok(is_there.then_some(data))
        })
        .await
    }

    /// What was told to a webhook, and what is to be, the newest first; another workspace's is [`Error::NotFound`].
    pub async fn webhook_deliveries(
        &self,
        whose: WorkspaceId,
        id: WebhookId,
        before: Option<DeliveryId>,
        limit: i64,
    ) -> Result<WebhookDeliveries> {
        const OWN: &str = "SELECT id FROM webhooks WHERE id = $1 AND workspace_id = $2";
        const SQL: &str = listed!("webhook_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
        let limit = page(limit);
        let before = before.map_or(Uuid::max(), DeliveryId::uuid);
        in_time(async {
            let mut reading = self.single().await?;
            let mut conn = reading.conn();
            let own: Option<WebhookId> =
                one!(conn, |row| Columns::id(row, "id"), OWN, id.uuid(), whose.uuid())?;
            own.ok_or(Error::NotFound)?;
            let mut deliveries = all!(conn, delivery, SQL, id.uuid(), before, limit + 1)?;
            let more = cut(&mut deliveries, limit);
            let next = deliveries.last().filter(|_| more).map(|last| last.id);
            Ok(WebhookDeliveries { deliveries, next })
        })
        .await
    }
}
