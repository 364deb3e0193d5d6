//! The audit log: each administrative act writes its line in its own transaction, so there is no act without a line
//! and no line without its act.
//!
//! A command that administers carries a [`By`] and calls `tx.audit(Line::new(…))`. Lines are numbered at the end of
//! the batch, like changes, under the lock of the workspace's row.

use std::collections::BTreeMap;

use serde::Deserialize;
use tidings_protocol::Seq;
use tidings_protocol::audit::{AuditAct, AuditActor, AuditEntry, AuditLog};
use tidings_protocol::id::WorkspaceId;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::{cut, in_time, page};
use crate::words::{self, word};
use crate::{Command, Db, Tx};

/// Who does an administrative act, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub who: AuditActor,
    /// Now.
    pub at: Timestamp,
}

impl By {
    /// Somebody with a shell.
    pub const fn command_line(at: Timestamp) -> Self {
        Self { who: AuditActor::CommandLine, at }
    }

    /// The server by itself.
    pub const fn server(at: Timestamp) -> Self {
        Self { who: AuditActor::Server, at }
    }
}

/// A line that has no number yet. It holds no secret, and of users nothing but an id as its target.
#[derive(Debug, Clone)]
pub struct Line {
    workspace_id: WorkspaceId,
    by: By,
    act: AuditAct,
    target: Option<String>,
    details: BTreeMap<String, String>,
}

impl Line {
    /// What was done in a workspace.
    pub const fn new(workspace_id: WorkspaceId, by: By, act: AuditAct) -> Self {
        Self { workspace_id, by, act, target: None, details: BTreeMap::new() }
    }

    /// To what: an id in its text form.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "ids and words are small, and a line reads better without borrows"
    )]
    pub fn target(self, id: impl ToString) -> Self {
        Self { target: Some(id.to_string()), ..self }
    }

    /// One thing more.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "ids and words are small, and a line reads better without borrows"
    )]
    pub fn detail(mut self, name: &str, value: impl ToString) -> Self {
        self.details.insert(name.to_owned(), value.to_string());
        self
    }
}

/// Writes lines, numbered per workspace in the order of their ids: one order of locks for all writers.
pub(crate) async fn insert(conn: &mut Conn<'_>, mut lines: Vec<Line>) -> Result<()> {
    const NUMBER: &str = "UPDATE workspaces SET audit_seq = audit_seq + 1 WHERE id = $1 RETURNING audit_seq";
    const INSERT: &str = "
        INSERT INTO audit_log (workspace_id, seq, at, actor_kind, actor_id, act, target, details)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    // Stable: the lines of one workspace keep their order.
    lines.sort_by_key(|line| line.workspace_id);
    for line in &lines {
        let workspace = line.workspace_id.uuid();
        let seq: Option<Seq> = one!(conn, |row| Columns::get(row, "audit_seq"), NUMBER, workspace)?;
        let seq = seq.ok_or_else(|| Error::stored("audit_log", "there is no such workspace"))?;
        let (kind, id) = columns(line.by.who);
        let details =
            serde_json::to_string(&line.details).map_err(|error| Error::stored("details", error))?;
        let (at, act, target) = (line.by.at.unix_ms(), word(&line.act), line.target.as_deref());
        execute!(conn, INSERT, workspace, seq, at, kind, id, act, target, details.as_str())?;
    }
    Ok(())
}

const fn columns(who: AuditActor) -> (&'static str, Option<Uuid>) {
    match who {
        AuditActor::ServerKey { id } => ("server_key", Some(id.uuid())),
        AuditActor::Agent { id } => ("agent", Some(id.uuid())),
        AuditActor::CommandLine => ("command_line", None),
        AuditActor::Server => ("server", None),
    }
}

/// The word of an actor in the database.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ActorKind {
    ServerKey,
    Agent,
    CommandLine,
    Server,
}

fn entry(row: &impl Columns) -> Result<AuditEntry> {
    let actor = match words::get(row, "actor_kind")? {
        ActorKind::ServerKey => AuditActor::ServerKey { id: row.id("actor_id")? },
        ActorKind::Agent => AuditActor::Agent { id: row.id("actor_id")? },
        ActorKind::CommandLine => AuditActor::CommandLine,
        ActorKind::Server => AuditActor::Server,
    };
    let details: String = row.get("details")?;
    Ok(AuditEntry {
        seq: row.get("seq")?,
        at: time(row, "at")?,
        actor,
        act: words::get(row, "act")?,
        target: row.get("target")?,
        details: serde_json::from_str(&details).map_err(|error| Error::stored("details", error))?,
    })
}

/// Which lines to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Lines before this number; none: the newest.
    pub before: Option<Seq>,
    /// Only of this act.
    pub act: Option<AuditAct>,
    /// Only those with this target.
    pub target: Option<String>,
}

impl Db {
    /// A page of a workspace's log, the newest first.
    pub async fn audit_log(&self, id: WorkspaceId, filter: &AuditFilter, limit: i64) -> Result<AuditLog> {
        const SQL: &str = "
            SELECT seq, at, actor_kind, actor_id, act, target, details FROM audit_log
            WHERE workspace_id = $1 AND seq < $2 AND ($3 IS NULL OR act = $3) AND ($4 IS NULL OR target = $4)
            ORDER BY seq DESC LIMIT $5";
        let limit = page(limit);
        let (before, act) = (filter.before.unwrap_or(i64::MAX), filter.act.map(|act| word(&act)));
        let target = filter.target.as_deref();
        in_time(async {
            let mut reading = self.single().await?;
            let mut entries =
                all!(reading.conn(), entry, SQL, id.uuid(), before, act.as_deref(), target, limit + 1)?;
            let more = cut(&mut entries, limit);
            let next = entries.last().filter(|_| more).map(|last| last.seq);
            Ok(AuditLog { entries, next })
        })
        .await
    }
}

/// Writes a line for an act that leaves no other trace in the database, such as a sign-in that failed or a backup.
#[derive(Debug, Clone)]
pub struct Record(pub Line);

impl Command for Record {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.audit(self.0.clone());
        Ok(())
    }
}
