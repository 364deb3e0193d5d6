//! Retention: what is too old goes, in batches so small that nobody waits for them.
//!
//! Changes go from the beginning of their feed, which moves `first_seq` on: a reader with an older cursor is told to begin
//! again. Messages go from the beginning of closed conversations in which nothing was said for the whole time: history
//! begins later then, without a hole. The last message stays, and so does everything from the first place on that one of
//! the sides has read up to, because what is unread is counted from there.

use tidings_protocol::Seq;
use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{AppId, ConversationId, WorkspaceId};
use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::open::in_time;
use crate::{Command, Db, Tx};

/// Days for which changes are kept unless something else is said.
pub const CHANGE_DAYS: i64 = 30;
/// Days for which dead jobs and the ledger of pushes are kept.
const LEDGER_DAYS: i64 = 90;
const DAY_MS: i64 = 86_400_000;

/// What is kept for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The changes of all feeds of the installation.
    Changes,
    /// The messages of closed conversations of a workspace, unless the app says otherwise.
    Messages(WorkspaceId),
    /// The messages of closed conversations of an app.
    MessagesOf(WorkspaceId, AppId),
}

impl Kept {
    const fn owner(self) -> Uuid {
        match self {
            Self::Changes => Uuid::nil(),
            Self::Messages(id) => id.uuid(),
            Self::MessagesOf(_, id) => id.uuid(),
        }
    }
}

/// Says how long something is kept.
#[derive(Debug, Clone, Copy)]
pub struct SetRetention {
    /// What.
    pub kept: Kept,
    /// For how many days; none: changes for [`CHANGE_DAYS`], messages for ever, or of an app as its workspace says.
    pub days: Option<i64>,
    /// In whose audit log it is written.
    pub workspace_id: WorkspaceId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetRetention {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const CHANGES: &str = "
            INSERT INTO retention (owner_id, change_days) VALUES ($1, $2)
            ON CONFLICT (owner_id) DO UPDATE SET change_days = excluded.change_days";
        const MESSAGES: &str = "
            INSERT INTO retention (owner_id, message_days) VALUES ($1, $2)
            ON CONFLICT (owner_id) DO UPDATE SET message_days = excluded.message_days";
        if self.days.is_some_and(|days| days < 1) {
            return Err(Error::Refused("a time of retention is a day or more"));
        }
        let (sql, what) = match self.kept {
            Kept::Changes => (CHANGES, "changes"),
            Kept::Messages(_) | Kept::MessagesOf(..) => (MESSAGES, "messages"),
        };
        execute!(&mut tx.conn, sql, self.kept.owner(), self.days)?;
        let line = Line::new(self.workspace_id, self.by, AuditAct::RetentionChanged);
        let line = line
            .detail("what", what)
            .detail("days", self.days.map_or_else(String::new, |days| days.to_string()));
        tx.audit(match self.kept {
            Kept::MessagesOf(_, app) => line.target(app),
            Kept::Changes | Kept::Messages(_) => line,
        });
        Ok(())
    }
}

/// How long things are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Days for which changes are kept.
    pub change_days: i64,
    /// Days for which messages are kept; none: for ever.
    pub message_days: Option<i64>,
    /// The same for apps that have a word of their own.
    pub apps: Vec<(AppId, i64)>,
}

/// What one sweep took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Changes.
    pub changes: u64,
    /// Messages.
    pub messages: u64,
    /// Dead jobs, lines of the ledger, sessions whose time was over.
    pub others: u64,
}

/// A feed whose first change is too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldFeed {
    id: Uuid,
    first_seq: Seq,
    /// Of a team's feed, how far search has read it: what it has not read stays.
    indexed: Option<Seq>,
}

impl OldFeed {
    /// Which: to go on after it.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// The same feed, when so many of its changes have gone.
    #[must_use]
    pub fn after(self, gone: u64) -> Self {
        Self { first_seq: self.first_seq.saturating_add_unsigned(gone), ..self }
    }
}

fn old_feed(row: &impl Columns) -> Result<OldFeed> {
    Ok(OldFeed { id: row.get("id")?, first_seq: row.get("first_seq")?, indexed: row.get("indexed")? })
}

/// Takes the oldest changes of a feed.
#[derive(Debug, Clone, Copy)]
pub struct TrimFeed {
    /// Of which.
    pub feed: OldFeed,
    /// Those that were made before.
    pub before: Timestamp,
    /// At most so many.
    pub limit: i64,
}

impl Command for TrimFeed {
    /// How many went.
    type Output = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        // Changes are numbered in the order in which they were made, but clocks are not: the first that is young enough
        // ends the piece.
        const PIECE: &str = "
            SELECT seq, recorded_at FROM changes WHERE feed_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3";
        const MOVE: &str = "UPDATE feeds SET first_seq = $2 WHERE id = $1 AND first_seq < $2";
        const DELETE: &str = "DELETE FROM changes WHERE feed_id = $1 AND seq < $2";
        let OldFeed { id, first_seq, indexed } = self.feed;
        let piece = all!(&mut tx.conn, recorded, PIECE, id, first_seq, self.limit)?;
        let may_go = |seq: Seq| indexed.is_none_or(|indexed| seq <= indexed);
        let old = piece.iter().take_while(|(seq, at)| *at < self.before.unix_ms() && may_go(*seq));
        let Some((last, _)) = old.last() else { return Ok(0) };
        let gone = execute!(&mut tx.conn, DELETE, id, last + 1)?;
        execute!(&mut tx.conn, MOVE, id, last + 1)?;
        Ok(gone)
    }
}

fn recorded(row: &impl Columns) -> Result<(Seq, i64)> {
    Ok((row.get("seq")?, row.get("recorded_at")?))
}

/// Takes the oldest messages of a conversation, with their pushes and what search knows of them.
#[derive(Debug, Clone, Copy)]
pub struct TrimConversation {
    /// Which.
    pub id: ConversationId,
    /// Only when nothing was said in it since.
    pub before: Timestamp,
    /// At most so many.
    pub limit: i64,
}

impl Command for TrimConversation {
    /// How many went.
    type Output = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        // The row is locked by the update, so nobody opens it again or reads on meanwhile.
        const LOCK: &str = "
            UPDATE conversations SET first_seq = first_seq
            WHERE id = $1 AND state = 'closed' AND active_at < $2
            RETURNING first_seq, last_seq, user_read_seq, team_read_seq";
        const MOVE: &str = "UPDATE conversations SET first_seq = $2 WHERE id = $1";
        let ends = one!(&mut tx.conn, ends, LOCK, self.id.uuid(), self.before.unix_ms())?;
        let Some(Ends { first_seq, keeps_from }) = ends else { return Ok(0) };
        let first = keeps_from.min(first_seq + self.limit);
        if first <= first_seq {
            return Ok(0);
        }
        let gone = crate::erase::forget_messages(&mut tx.conn, self.id, first - 1).await?;
        execute!(&mut tx.conn, MOVE, self.id.uuid(), first)?;
        Ok(gone)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.id.uuid())
    }
}

struct Ends {
    first_seq: Seq,
    keeps_from: Seq,
}

fn ends(row: &impl Columns) -> Result<Ends> {
    let read: [Seq; 2] = [row.get("user_read_seq")?, row.get("team_read_seq")?];
    let last: Seq = row.get("last_seq")?;
    // A side that has read nothing counts from the beginning, and needs no message for that.
    let keeps_from = read.into_iter().filter(|seq| *seq > 0).fold(last, Seq::min);
    Ok(Ends { first_seq: row.get("first_seq")?, keeps_from })
}

/// Takes dead jobs, lines of the ledger and sessions that are too old.
#[derive(Debug, Clone, Copy)]
pub struct TrimOthers {
    /// Now.
    pub now: Timestamp,
    /// At most so many of each.
    pub limit: i64,
}

impl Command for TrimOthers {
    /// How many went.
    type Output = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        const DEAD: &str = "
            DELETE FROM dead_jobs WHERE id IN (SELECT id FROM dead_jobs WHERE died_at < $1 LIMIT $2)";
        const AGENTS: &str = "
            DELETE FROM agent_sessions WHERE token_hash IN
            (SELECT token_hash FROM agent_sessions WHERE expires_at < $1 LIMIT $2)";
        // Who signed out everywhere, or whose sessions went above, is looked for no more.
        const WATCHERS: &str = "
            DELETE FROM team_watchers WHERE NOT EXISTS
            (SELECT 1 FROM agent_browsers b WHERE b.agent_id = team_watchers.agent_id AND b.wants_unassigned)
            AND NOT EXISTS (SELECT 1 FROM agents a WHERE a.id = team_watchers.agent_id AND a.mails_unassigned)";
        const ASSIGNEES: &str = "
            DELETE FROM assignee_watchers WHERE NOT EXISTS
            (SELECT 1 FROM agent_browsers b WHERE b.agent_id = assignee_watchers.agent_id AND b.wants_assigned)
            AND NOT EXISTS (SELECT 1 FROM agents a WHERE a.id = assignee_watchers.agent_id AND a.mails_assigned)";
        // Ids of messages begin with the time at which they were made, so the index is read from its old end.
        const PUSHES: &str = "
            DELETE FROM pushes WHERE message_id IN
            (SELECT message_id FROM pushes WHERE message_id < $2 AND at < $1 ORDER BY message_id LIMIT $3)
            AND at < $1";
        const RECEIPTS: &str = "
            DELETE FROM push_receipts WHERE message_id IN
            (SELECT message_id FROM push_receipts WHERE message_id < $1 ORDER BY message_id LIMIT $2)";
        const FALLBACKS: &str = "
            DELETE FROM fallbacks WHERE at IN (SELECT at FROM fallbacks WHERE at < $1 ORDER BY at LIMIT $2)";
        // Ids of deliveries begin with the time of their event, too.
        const DELIVERIES: &str = "
            DELETE FROM webhook_deliveries WHERE id IN
            (SELECT id FROM webhook_deliveries WHERE id < $1 ORDER BY id LIMIT $2)";
        let old = self.now.plus_ms(-LEDGER_DAYS * DAY_MS);
        let conn = &mut tx.conn;
        let fallbacks = execute!(conn, FALLBACKS, old.unix_ms(), self.limit)?;
        let jobs = execute!(conn, DEAD, old.unix_ms(), self.limit)?;
        let sessions = execute!(conn, AGENTS, self.now.unix_ms(), self.limit)?;
        execute!(conn, WATCHERS)?;
        execute!(conn, ASSIGNEES)?;
        let first_id = |at: Timestamp| {
            uuid::Builder::from_unix_timestamp_millis(at.unix_ms().unsigned_abs(), &[0; 10]).into_uuid()
        };
        let bound = first_id(old);
        let pushes = execute!(conn, PUSHES, old.unix_ms(), bound, self.limit)?;
        let receipts = execute!(conn, RECEIPTS, bound, self.limit)?;
        let told = first_id(self.now.plus_ms(-limits::WEBHOOK_DELIVERY_DAYS * DAY_MS));
        let deliveries = execute!(conn, DELIVERIES, told, self.limit)?;
        Ok(jobs + sessions + pushes + receipts + fallbacks + deliveries)
    }
}

fn days(row: &impl Columns) -> Result<(Uuid, Option<i64>, Option<i64>)> {
    Ok((row.get("owner_id")?, row.get("change_days")?, row.get("message_days")?))
}

fn conversation(row: &impl Columns) -> Result<ConversationId> {
    row.id("id")
}

async fn all_days(conn: &mut Conn<'_>) -> Result<Vec<(Uuid, Option<i64>, Option<i64>)>> {
    const SQL: &str = "SELECT owner_id, change_days, message_days FROM retention ORDER BY owner_id";
    all!(conn, days, SQL)
}

/// Before which time something is too old.
pub fn too_old(now: Timestamp, days: i64) -> Timestamp {
    now.plus_ms(-days.saturating_mul(DAY_MS))
}

impl Db {
    /// How long things are kept.
    pub async fn retention(&self, workspace: WorkspaceId) -> Result<Retention> {
        let apps = self.apps(workspace).await?;
        let rows = in_time(async { all_days(&mut self.single().await?.conn()).await }).await?;
        let of = |owner: Uuid| rows.iter().find(|(id, ..)| *id == owner);
        Ok(Retention {
            change_days: of(Uuid::nil()).and_then(|(_, days, _)| *days).unwrap_or(CHANGE_DAYS),
            message_days: of(workspace.uuid()).and_then(|(.., days)| *days),
            apps: apps
                .iter()
                .filter_map(|app| Some((app.id, of(app.id.uuid()).and_then(|(.., days)| *days)?)))
                .collect(),
        })
    }

    /// Feeds after one of them whose first change was made before a time.
    pub async fn old_feeds(&self, after: Uuid, before: Timestamp, limit: i64) -> Result<Vec<OldFeed>> {
        const SQL: &str = "
            SELECT f.id, f.first_seq, CASE WHEN t.id IS NULL THEN NULL ELSE COALESCE(p.seq, 0) END AS indexed
            FROM feeds f JOIN changes ch ON ch.feed_id = f.id AND ch.seq = f.first_seq
            LEFT JOIN teams t ON t.id = f.id LEFT JOIN search_progress p ON p.team_id = f.id
            WHERE f.id > $1 AND ch.recorded_at < $2 ORDER BY f.id LIMIT $3";
        in_time(async { all!(self.single().await?.conn(), old_feed, SQL, after, before.unix_ms(), limit) })
            .await
    }

    /// Closed conversations of an app, after one of them, in which nothing was said since, and that could be shorter.
    pub async fn old_conversations(
        &self,
        app: AppId,
        after: Uuid,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<ConversationId>> {
        const SQL: &str = "
            SELECT id FROM conversations
            WHERE id > $2 AND app_id = $1 AND state = 'closed' AND active_at < $3 AND first_seq < last_seq
            ORDER BY id LIMIT $4";
        let before = before.unix_ms();
        in_time(async {
            all!(self.single().await?.conn(), conversation, SQL, app.uuid(), after, before, limit)
        })
        .await
    }
}
