//! Jobs that were given up: kept for a while, looked at by operators, and tried again when they say so.

use tidings_protocol::admin::DeadPush;
use tidings_protocol::id::{JobId, WorkspaceId};
use tidings_protocol::time::Timestamp;

use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::jobs::{JobPayload, decode};
use crate::open::{in_time, page};
use crate::{Command, Db, Tx};

/// Puts a dead job back, as if it were new.
#[derive(Debug, Clone, Copy)]
pub struct ReviveJob {
    /// Which; one that is not there is [`Error::NotFound`].
    pub id: JobId,
    /// Of whose app it must be; none: of any.
    pub workspace_id: Option<WorkspaceId>,
    /// Now.
    pub now: Timestamp,
}

impl Command for ReviveJob {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const COPY: &str = "
            INSERT INTO jobs (id, payload, app_id, run_at, created_at)
            SELECT d.id, d.payload, d.app_id, $2, $2 FROM dead_jobs d
            WHERE d.id = $1
            ON CONFLICT (id) DO NOTHING";
        const DELETE: &str = "DELETE FROM dead_jobs WHERE id = $1";
        const WHOSE: &str = "
            SELECT a.workspace_id FROM dead_jobs d LEFT JOIN apps a ON a.id = d.app_id WHERE d.id = $1";
        let whose: Option<Option<WorkspaceId>> =
            one!(&mut tx.conn, |row| Columns::id_option(row, "workspace_id"), WHOSE, self.id.uuid())?;
        let whose = whose.ok_or(Error::NotFound)?;
        if self.workspace_id.is_some_and(|wanted| whose != Some(wanted)) {
            return Err(Error::NotFound);
        }
        execute!(&mut tx.conn, COPY, self.id.uuid(), self.now.unix_ms())?;
        execute!(&mut tx.conn, DELETE, self.id.uuid())?;
        Ok(())
    }
}

fn dead(row: &impl Columns) -> Result<Option<DeadPush>> {
    let payload: String = row.get("payload")?;
    // What a program of another version wrote is kept, and cannot be told of.
    let Ok(
        JobPayload::Push { user_id, conversation_id, message_id, .. }
        | JobPayload::Fallback { user_id, conversation_id, message_id, .. },
    ) = decode(&payload)
    else {
        return Ok(None);
    };
    Ok(Some(DeadPush {
        id: row.id("id")?,
        app_id: row.id_option("app_id")?,
        user_id,
        conversation_id,
        message_id,
        attempts: row.get("attempts")?,
        error: row.get("error")?,
        created_at: time(row, "created_at")?,
        died_at: time(row, "died_at")?,
    }))
}

impl Db {
    /// Pushes that were given up, the newest first: those of one workspace, or all.
    pub async fn dead_pushes(&self, workspace: Option<WorkspaceId>, limit: i64) -> Result<Vec<DeadPush>> {
        const OF_ONE: &str = "
            SELECT d.id, d.payload, d.app_id, d.attempts, d.error, d.created_at, d.died_at
            FROM dead_jobs d JOIN apps a ON a.id = d.app_id
            WHERE a.workspace_id = $1 ORDER BY d.died_at DESC, d.id DESC LIMIT $2";
        const ALL: &str = "
            SELECT d.id, d.payload, d.app_id, d.attempts, d.error, d.created_at, d.died_at
            FROM dead_jobs d ORDER BY d.died_at DESC, d.id DESC LIMIT $1";
        let found = in_time(async {
            let mut reading = self.single().await?;
            let mut conn = reading.conn();
            match workspace {
                Some(id) => all!(conn, dead, OF_ONE, id.uuid(), page(limit)),
                None => all!(conn, dead, ALL, page(limit)),
            }
        });
        Ok(found.await?.into_iter().flatten().collect())
    }
}
