//! Jobs: work that outlives a crash. A job is written in the transaction of what caused it; claiming one is a
//! lease, so a worker that dies gives it back by doing nothing.

use serde::{Deserialize, Serialize};
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, JobId, MessageId, UserId};
use tidings_protocol::time::Timestamp;

use crate::db::{Columns, Conn};
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

fn encode(payload: &JobPayload) -> Result<String> {
    let versioned = Versioned { v: PAYLOAD_VERSION, payload };
    serde_json::to_string(&versioned).map_err(|error| Error::stored("job", error))
}

fn decode(text: &str) -> Result<JobPayload> {
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
    pub(crate) now: Timestamp,
}

/// Writes jobs that are due at once.
pub(crate) async fn insert(conn: &mut Conn<'_>, jobs: &[NewJob]) -> Result<()> {
    for piece in crate::tx::chunks(jobs) {
        let places = crate::tx::placeholders(piece.len(), 4);
        // Only the number of rows is put into the text.
        let sql = format!(
            "INSERT INTO jobs (id, payload, run_at, created_at) VALUES {places} ON CONFLICT (id) DO NOTHING"
        );
        let payloads = piece.iter().map(|job| encode(&job.payload)).collect::<Result<Vec<_>>>()?;
        on!(conn, |c| {
            let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
            for (job, payload) in piece.iter().zip(payloads) {
                let now = job.now.unix_ms();
                query = query.bind(job.id.uuid()).bind(payload).bind(now).bind(now);
            }
            query.execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// What to do.
    pub payload: JobPayload,
    /// How often it was claimed; 1 on the first.
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
    attempts: i64,
    created_at: Timestamp,
}

fn claimed(row: &impl Columns) -> Result<Claimed> {
    Ok(Claimed {
        id: row.id("id")?,
        payload: row.get("payload")?,
        attempts: row.get("attempts")?,
        created_at: time(row, "created_at")?,
    })
}

/// Claims jobs that are due, the longest due first. Nobody else gets them until the lease is over.
#[derive(Debug, Clone, Copy)]
pub struct ClaimJobs {
    /// At most so many.
    pub limit: i64,
    /// For so many milliseconds.
    pub lease_ms: i64,
    /// Now.
    pub now: Timestamp,
}

/// `MATERIALIZED`, because PostgreSQL would otherwise run the selection again and lock more than the limit.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "WITH due AS MATERIALIZED (
                SELECT id FROM jobs WHERE run_at <= $1 ORDER BY run_at, id LIMIT $2 ",
            $lock,
            ")
            UPDATE jobs SET run_at = $3, attempts = attempts + 1
            WHERE id IN (SELECT id FROM due)
            RETURNING id, payload, attempts, created_at"
        )
    };
}

impl Command for ClaimJobs {
    type Output = Vec<Job>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<Job>> {
        // Two nodes neither wait for each other nor take the same job. SQLite has one writer.
        let sql = tx.conn.picks(claim!(""), claim!("FOR UPDATE SKIP LOCKED"));
        let until = self.now.plus_ms(self.lease_ms.max(0)).unix_ms();
        let rows = all!(&mut tx.conn, claimed, sql, self.now.unix_ms(), self.limit.max(0), until)?;
        let mut jobs = Vec::with_capacity(rows.len());
        for row in rows {
            match decode(&row.payload) {
                Ok(payload) => jobs.push(Job {
                    id: row.id,
                    payload,
                    attempts: row.attempts,
                    lease: row.attempts,
                    created_at: row.created_at,
                }),
                // One job of another version must not stop all others.
                Err(error) => {
                    bury(&mut tx.conn, row.id, row.attempts, &error.to_string(), self.now).await?;
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
        const SQL: &str = "DELETE FROM jobs WHERE id = $1 AND attempts = $2";
        Ok(execute!(&mut tx.conn, SQL, self.id.uuid(), self.lease)? > 0)
    }
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
        INSERT INTO dead_jobs (id, payload, attempts, error, created_at, died_at)
        SELECT id, payload, attempts, $3, created_at, $4 FROM jobs WHERE id = $1 AND attempts = $2";
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

impl Db {
    /// How many jobs there are, for metrics.
    pub async fn job_counts(&self) -> Result<JobCounts> {
        const SQL: &str = "
            SELECT COUNT(*) AS waiting, MIN(run_at) AS oldest_run_at,
                (SELECT COUNT(*) FROM dead_jobs) AS dead
            FROM jobs";
        let counts = in_time(async { one!(self.single().await?.conn(), job_counts, SQL) }).await?;
        Ok(counts.unwrap_or_default())
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
