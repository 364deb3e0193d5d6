//! Jobs: work that outlives a crash. A job is written in the transaction of what caused it; claiming one is a
//! lease, so a worker that dies gives it back by doing nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use tidings_protocol::Seq;
use tidings_protocol::id::{
    AgentId, AppId, ConversationId, DeviceId, JobId, MessageId, NoteId, UserId, WebhookId,
};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::{Columns, Ids};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{time, time_option};
use crate::open::in_time;
use crate::{Command, Db, Tx};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobPayload {
    /// Wake the user's devices for a message, unless it was read meanwhile.
    Push {
        /// Whom.
        user_id: UserId,
        /// The thread.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// Its number.
        seq: Seq,
    },
    /// Wake an agent's browsers for a message of a user, unless it was read or answered meanwhile.
    WakeAgent {
        /// Whom.
        agent_id: AgentId,
        /// Who wrote; their erasure takes the job along.
        user_id: UserId,
        /// The thread.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// Its number.
        seq: Seq,
    },
    /// Write to an agent that a message of a user waits, unless it was read or answered meanwhile.
    MailAgent {
        /// Whom.
        agent_id: AgentId,
        /// Who wrote; their erasure takes the job along.
        user_id: UserId,
        /// The thread.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// Its number.
        seq: Seq,
    },
    /// Wake an agent's browsers for a note that mentions them, unless they have seen it meanwhile.
    PushMention {
        /// Whom.
        agent_id: AgentId,
        /// Whose conversation it is; their erasure takes the job along.
        user_id: UserId,
        /// The thread.
        conversation_id: ConversationId,
        /// The note.
        note_id: NoteId,
    },
    /// Write to an agent that a note mentions them, unless they have seen it meanwhile.
    MailMention {
        /// Whom.
        agent_id: AgentId,
        /// Whose conversation it is; their erasure takes the job along.
        user_id: UserId,
        /// The thread.
        conversation_id: ConversationId,
        /// The note.
        note_id: NoteId,
    },
    /// Take notifications away, because their messages were read on another device.
    Clear {
        /// Whose.
        user_id: UserId,
        /// The thread.
        conversation_id: ConversationId,
        /// Read up to here.
        read_seq: Seq,
        /// The device on which it was read.
        device_id: DeviceId,
    },
    /// Bring a conversation back that was put aside, unless that was changed meanwhile.
    WakeConversation {
        /// Whose; their erasure takes the job along.
        user_id: UserId,
        /// Which.
        conversation_id: ConversationId,
        /// Until when it was put aside.
        until: Timestamp,
    },
    /// End a place that is shared, and forget it, unless its author did before.
    EndLivePlace {
        /// Whose; their erasure takes the job along.
        user_id: UserId,
        /// The thread.
        conversation_id: ConversationId,
        /// The number of the message that shares it.
        seq: Seq,
        /// When its time is over.
        until: Timestamp,
    },
    /// Ask the user what they think, unless the conversation was opened again meanwhile.
    AskSatisfaction {
        /// Whom; their erasure takes the job along.
        user_id: UserId,
        /// Of which.
        conversation_id: ConversationId,
        /// When it was closed.
        closed_at: Timestamp,
    },
    /// Assign a conversation by the rules of its company, unless somebody has it.
    Assign {
        /// Whose; their erasure takes the job along.
        user_id: UserId,
        /// Which.
        conversation_id: ConversationId,
    },
    /// Send a reply that was held until now, unless that was changed meanwhile.
    ReleaseReply {
        /// To whom; their erasure takes the job along.
        user_id: UserId,
        /// Where.
        conversation_id: ConversationId,
        /// Which; the id of the message that it will be.
        message_id: MessageId,
        /// Until when it was held.
        send_at: Timestamp,
    },
    /// Write to somebody who administers that a webhook was switched off, unless it is on again.
    MailWebhookOff {
        /// To whom.
        agent_id: AgentId,
        /// Which.
        webhook_id: WebhookId,
    },
    /// Tell the user of a message in another way, unless one of their devices has it by then.
    Fallback {
        /// Whom.
        user_id: UserId,
        /// The thread.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// Its number.
        seq: Seq,
    },
}

/// The version in which payloads are written.
const PAYLOAD_VERSION: u32 = 1;

/// A payload as it is stored: with its version, so that a later program can still read it.
#[derive(Serialize, Deserialize)]
struct Versioned<P> {
    v: u32,
    #[serde(flatten)]
    payload: P,
}

pub(crate) fn encode(payload: &JobPayload) -> Result<String> {
    let versioned = Versioned { v: PAYLOAD_VERSION, payload };
    serde_json::to_string(&versioned).map_err(|error| Error::stored("job", error))
}

pub(crate) fn decode(text: &str) -> Result<JobPayload> {
    let stored: Versioned<JobPayload> =
        serde_json::from_str(text).map_err(|error| Error::stored("job", error))?;
    if stored.v == PAYLOAD_VERSION {
        Ok(stored.payload)
    } else {
        Err(Error::stored("job", format!("version {} is not known", stored.v)))
    }
}

/// A job to write with the commit.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) id: JobId,
    pub(crate) payload: JobPayload,
    /// When it is due; its age is counted from then.
    pub(crate) now: Timestamp,
}

impl NewJob {
    /// The payload as it is stored.
    pub(crate) fn encoded(&self) -> Result<String> {
        encode(&self.payload)
    }

    /// The conversation that it is about: its app is the job's, so that no caller has to know it. What is about none belongs
    /// to no app.
    pub(crate) const fn conversation_id(&self) -> Option<ConversationId> {
        match self.payload {
            JobPayload::Push { conversation_id, .. }
            | JobPayload::WakeAgent { conversation_id, .. }
            | JobPayload::MailAgent { conversation_id, .. }
            | JobPayload::PushMention { conversation_id, .. }
            | JobPayload::MailMention { conversation_id, .. }
            | JobPayload::WakeConversation { conversation_id, .. }
            | JobPayload::AskSatisfaction { conversation_id, .. }
            | JobPayload::Assign { conversation_id, .. }
            | JobPayload::ReleaseReply { conversation_id, .. }
            | JobPayload::Clear { conversation_id, .. }
            | JobPayload::EndLivePlace { conversation_id, .. }
            | JobPayload::Fallback { conversation_id, .. } => Some(conversation_id),
            JobPayload::MailWebhookOff { .. } => None,
        }
    }
}

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// What to do.
    pub payload: JobPayload,
    /// For whose users; none for what is for no user, and for what a program of an earlier version wrote.
    pub app_id: Option<AppId>,
    /// How often it was claimed, without the times it was put off on purpose; 1 on the first.
    pub attempts: i64,
    /// Proof of this claim: whoever comes back after another has claimed it changes nothing.
    pub lease: i64,
    /// When it was written.
    pub created_at: Timestamp,
}

/// A claimed row whose payload is not read yet.
struct Claimed {
    id: JobId,
    payload: String,
    app_id: Option<AppId>,
    claims: i64,
    deferrals: i64,
    created_at: Timestamp,
}

fn claimed(row: &impl Columns) -> Result<Claimed> {
    Ok(Claimed {
        id: row.id("id")?,
        payload: row.get("payload")?,
        app_id: row.id_option("app_id")?,
        claims: row.get("attempts")?,
        deferrals: row.get("deferrals")?,
        created_at: time(row, "created_at")?,
    })
}

/// Claims jobs that are due. Nobody else gets them until the lease is over.
///
/// Each app with work that is due gets its turn, and of an app the longest due comes first: neither an app with very
/// many jobs nor one whose jobs take for ever stands in the way of the others.
#[derive(Debug, Clone)]
pub struct ClaimJobs {
    /// At most so many.
    pub limit: i64,
    /// At most so many of one app, those that the caller still works on included.
    pub of_one_app: i64,
    /// How many of each app the caller still works on.
    pub under_way: HashMap<Option<AppId>, i64>,
    /// For so many milliseconds.
    pub lease_ms: i64,
    /// Now.
    pub now: Timestamp,
}

/// `MATERIALIZED`, because PostgreSQL would otherwise run the selection again and lock more than the limit.
macro_rules! claim {
    ($of:literal, $lock:literal) => {
        concat!(
            "WITH due AS MATERIALIZED (
                SELECT id FROM jobs WHERE app_id ",
            $of,
            " AND run_at <= $1 ORDER BY run_at, id LIMIT $2 ",
            $lock,
            ")
            UPDATE jobs SET run_at = $3, attempts = attempts + 1
            WHERE id IN (SELECT id FROM due)
            RETURNING id, payload, app_id, attempts, deferrals, created_at"
        )
    };
}

impl Command for ClaimJobs {
    type Output = Vec<Job>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<Job>> {
        let mut apps = self.apps(&mut tx.conn).await?;
        let mut under_way = self.under_way.clone();
        let mut rows = Vec::new();
        // What one app leaves over, those that have more share in another round.
        while !apps.is_empty() {
            let mut hungry = Vec::new();
            for (turn, app) in apps.iter().enumerate() {
                let left = self.limit.max(0).saturating_sub_unsigned(rows.len() as u64);
                let share = left.unsigned_abs().div_ceil((apps.len() - turn) as u64);
                let busy = under_way.entry(*app).or_default();
                let take = i64::try_from(share).unwrap_or(i64::MAX).min(self.of_one_app - *busy);
                if take > 0 {
                    let claimed = self.claim(&mut tx.conn, *app, take).await?;
                    let got = i64::try_from(claimed.len()).unwrap_or(i64::MAX);
                    *busy += got;
                    hungry.extend((got == take).then_some(*app));
                    rows.extend(claimed);
                }
            }
            apps = hungry;
        }
        self.read(tx, rows).await
    }
}

impl ClaimJobs {
    /// Those with work that is due; the one that has least under way first.
    async fn apps(&self, conn: &mut Conn<'_>) -> Result<Vec<Option<AppId>>> {
        // One look into the index for each app, however many jobs wait.
        const SQL: &str = "
            SELECT a.id FROM apps a
            WHERE EXISTS (SELECT 1 FROM jobs j WHERE j.app_id = a.id AND j.run_at <= $1)";
        let mut apps = all!(conn, |row| Columns::id_option(row, "id"), SQL, self.now.unix_ms())?;
        apps.push(None);
        apps.sort_by_key(|app| self.under_way.get(app).copied().unwrap_or_default());
        Ok(apps)
    }

    async fn claim(&self, conn: &mut Conn<'_>, app: Option<AppId>, take: i64) -> Result<Vec<Claimed>> {
        let until = self.now.plus_ms(self.lease_ms.max(0)).unix_ms();
        let now = self.now.unix_ms();
        // Two nodes neither wait for each other nor take the same job. SQLite has one writer.
        if let Some(app) = app {
            let sql = conn.picks(claim!("= $4", ""), claim!("= $4", "FOR UPDATE SKIP LOCKED"));
            return all!(conn, claimed, sql, now, take, until, app.uuid());
        }
        let sql = conn.picks(claim!("IS NULL", ""), claim!("IS NULL", "FOR UPDATE SKIP LOCKED"));
        all!(conn, claimed, sql, now, take, until)
    }

    async fn read(&self, tx: &mut Tx<'_>, rows: Vec<Claimed>) -> Result<Vec<Job>> {
        let mut jobs = Vec::with_capacity(rows.len());
        for row in rows {
            match decode(&row.payload) {
                Ok(payload) => jobs.push(Job {
                    id: row.id,
                    payload,
                    app_id: row.app_id,
                    attempts: row.claims - row.deferrals,
                    lease: row.claims,
                    created_at: row.created_at,
                }),
                // One job of another version must not stop all others.
                Err(error) => {
                    bury(&mut tx.conn, row.id, row.claims, &error.to_string(), self.now).await?;
                }
            }
        }
        jobs.sort_by_key(|job| (job.created_at, job.id));
        Ok(jobs)
    }
}

/// Ends a job that is done.
#[derive(Debug, Clone, Copy)]
pub struct FinishJob {
    /// Which.
    pub id: JobId,
    /// Proof of the claim.
    pub lease: i64,
}

impl Command for FinishJob {
    /// False when somebody else has claimed it meanwhile.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        Ok(finish(&mut tx.conn, &[self]).await?.contains(&self.id))
    }
}

/// Ends jobs, many in one statement; answers those that nobody else has claimed meanwhile.
pub(crate) async fn finish(conn: &mut Conn<'_>, jobs: &[&FinishJob]) -> Result<HashSet<JobId>> {
    const SQLITE: &str = "
        DELETE FROM jobs WHERE id IN (SELECT unhex(value) FROM json_each($1)) AND attempts = $2 RETURNING id";
    const POSTGRES: &str = "DELETE FROM jobs WHERE id = ANY($1) AND attempts = $2 RETURNING id";
    // Nearly all were claimed once.
    let mut by_lease: BTreeMap<i64, Vec<Uuid>> = BTreeMap::new();
    for job in jobs {
        by_lease.entry(job.lease).or_default().push(job.id.uuid());
    }
    let mut finished = HashSet::with_capacity(jobs.len());
    for (lease, ids) in by_lease {
        let sql = conn.picks(SQLITE, POSTGRES);
        let ended: Vec<JobId> = all!(conn, |row| Columns::id(row, "id"), sql, Ids(&ids), lease)?;
        finished.extend(ended);
    }
    Ok(finished)
}

/// Puts a job back, to be done later.
#[derive(Debug, Clone)]
pub struct RetryJob {
    /// Which.
    pub id: JobId,
    /// Proof of the claim.
    pub lease: i64,
    /// When.
    pub run_at: Timestamp,
    /// Why.
    pub error: String,
}

impl Command for RetryJob {
    /// False when somebody else has claimed it meanwhile.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "UPDATE jobs SET run_at = $3, last_error = $4 WHERE id = $1 AND attempts = $2";
        let (id, error) = (self.id.uuid(), self.error.as_str());
        Ok(execute!(&mut tx.conn, SQL, id, self.lease, self.run_at.unix_ms(), error)? > 0)
    }
}

/// Puts a job off on purpose: nothing was tried, so this claim is no attempt.
#[derive(Debug, Clone, Copy)]
pub struct DeferJob {
    /// Which.
    pub id: JobId,
    /// Proof of the claim.
    pub lease: i64,
    /// Until when.
    pub run_at: Timestamp,
}

impl Command for DeferJob {
    /// False when somebody else has claimed it meanwhile.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str =
            "UPDATE jobs SET run_at = $3, deferrals = deferrals + 1 WHERE id = $1 AND attempts = $2";
        Ok(execute!(&mut tx.conn, SQL, self.id.uuid(), self.lease, self.run_at.unix_ms())? > 0)
    }
}

/// Gives a job up: it moves to `dead_jobs`, where it is counted and can be looked at.
#[derive(Debug, Clone)]
pub struct BuryJob {
    /// Which.
    pub id: JobId,
    /// Proof of the claim.
    pub lease: i64,
    /// Why.
    pub error: String,
    /// Now.
    pub now: Timestamp,
}

impl Command for BuryJob {
    /// False when somebody else has claimed it meanwhile.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        bury(&mut tx.conn, self.id, self.lease, &self.error, self.now).await
    }
}

async fn bury(conn: &mut Conn<'_>, id: JobId, lease: i64, error: &str, now: Timestamp) -> Result<bool> {
    const COPY: &str = "
        INSERT INTO dead_jobs (id, payload, app_id, attempts, error, created_at, died_at)
        SELECT id, payload, app_id, attempts - deferrals, $3, created_at, $4
        FROM jobs WHERE id = $1 AND attempts = $2";
    const DELETE: &str = "DELETE FROM jobs WHERE id = $1 AND attempts = $2";
    let buried = execute!(conn, COPY, id.uuid(), lease, error, now.unix_ms())?;
    execute!(conn, DELETE, id.uuid(), lease)?;
    Ok(buried > 0)
}

/// How many jobs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobCounts {
    /// Not done yet, claimed or not.
    pub waiting: i64,
    /// When the longest due of them was or is due.
    pub oldest_run_at: Option<Timestamp>,
    /// Given up.
    pub dead: i64,
}

fn job_counts(row: &impl Columns) -> Result<JobCounts> {
    Ok(JobCounts {
        waiting: row.get("waiting")?,
        oldest_run_at: time_option(row, "oldest_run_at")?,
        dead: row.get("dead")?,
    })
}

/// How many jobs there are, read on any connection.
pub(crate) async fn job_counts_in(conn: &mut Conn<'_>) -> Result<JobCounts> {
    const SQL: &str = "
        SELECT COUNT(*) AS waiting, MIN(run_at) AS oldest_run_at,
            (SELECT COUNT(*) FROM dead_jobs) AS dead
        FROM jobs";
    Ok(one!(conn, job_counts, SQL)?.unwrap_or_default())
}

impl Db {
    /// How many jobs there are, for metrics.
    pub async fn job_counts(&self) -> Result<JobCounts> {
        in_time(async { job_counts_in(&mut self.single().await?.conn()).await }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_carries_its_version() {
        let payload = JobPayload::Push {
            user_id: uuid::Uuid::nil().into(),
            conversation_id: uuid::Uuid::nil().into(),
            message_id: uuid::Uuid::nil().into(),
            seq: 7,
        };
        let text = encode(&payload).unwrap();
        assert!(text.starts_with(r#"{"v":1,"kind":"push","#), "{text}");
        assert_eq!(decode(&text).unwrap(), payload);
        assert!(decode(&text.replace(r#""v":1"#, r#""v":2"#)).is_err());
    }
}
