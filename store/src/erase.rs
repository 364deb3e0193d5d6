//! Erasing a user: the person, and everything that they and those who answered them wrote in their conversations.
//!
//! It begins with one command after which nobody can act as the user any more and nothing names them, and goes on in
//! steps small enough that nobody waits for them. Whoever finds one that was interrupted goes on with it.
//!
//! What stays: a hash of the user's id, so that a restored backup forgets them again; the line of the audit log with that
//! hash; and in the feeds of teams, until retention takes them, entries that name a conversation by its id and say that
//! it was erased, because that is how inboxes come to drop it.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use tidings_protocol::audit::AuditAct;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{AppId, ConversationId, TeamId, UserId, WorkspaceId};
use tidings_protocol::retention::ErasureState;
use tidings_protocol::text::ExternalId;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{time, time_option};
use crate::open::in_time;
use crate::tx::{Change, Feed};
use crate::users::token_hash;
use crate::words::word;
use crate::{Command, Db, EndedSession, Tx};

/// Rows of one kind that one step takes away.
const STEP: i64 = 500;

/// What is remembered of an erased user. It cannot be turned back: the id has 74 random bits.
pub fn fingerprint(id: UserId) -> String {
    let mut hash = Sha256::new();
    hash.update(b"tidings: erased user ");
    hash.update(id.uuid().as_bytes());
    hash.finalize().iter().fold(String::from("erased_"), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Begins to erase a user: their sessions end, their name, address, devices and tokens go. Of one whose erasure is
/// under way or done it is the same answer; one that never was is [`Error::NotFound`].
#[derive(Debug, Clone, Copy)]
pub struct BeginErasure {
    /// Whom.
    pub user_id: UserId,
    /// Of whose workspace they must be; none: of any.
    pub workspace_id: Option<WorkspaceId>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for BeginErasure {
    /// Their fingerprint.
    type Output = String;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<String> {
        const NOTE: &str = "
            INSERT INTO erasures (fingerprint, user_id, begun_at) VALUES ($1, $2, $3)
            ON CONFLICT (fingerprint) DO UPDATE SET user_id = excluded.user_id, done_at = NULL";
        const UNNAME: &str = "UPDATE users SET external_id = NULL, name = NULL, email = NULL, notifications = NULL WHERE id = $1";
        const MERGED: &str = "SELECT id FROM users WHERE merged_into = $1";
        const KNOWN: &str = "SELECT user_id FROM erasures WHERE fingerprint = $1";
        let print = fingerprint(self.user_id);
        let workspace = workspace_of(&mut tx.conn, self.user_id).await?;
        let workspace = workspace.filter(|found| self.workspace_id.is_none_or(|wanted| wanted == *found));
        let id = self.user_id.uuid();
        let Some(workspace_id) = workspace else {
            // Only for whoever may reach every workspace: a hash says nothing of where it belongs.
            let known: Option<Option<Uuid>> =
                one!(&mut tx.conn, |row| Columns::get(row, "user_id"), KNOWN, print.as_str())?;
            let known = known.filter(|_| self.workspace_id.is_none());
            return known.map(|_| print).ok_or(Error::NotFound);
        };
        execute!(&mut tx.conn, NOTE, print.as_str(), id, self.by.at.unix_ms())?;
        execute!(&mut tx.conn, UNNAME, id)?;
        end_sessions(tx, self.user_id).await?;
        forget_devices(&mut tx.conn, self.user_id).await?;
        crate::contexts::forget_user(&mut tx.conn, self.user_id).await?;
        forget_jobs(&mut tx.conn, self.user_id).await?;
        forget_in_audit(&mut tx.conn, self.user_id, &print).await?;
        // An older backup knows them as somebody else yet, with conversations of their own.
        let before = all!(&mut tx.conn, user, MERGED, id)?;
        let prints: Vec<_> = before.iter().map(|shell| fingerprint(*shell)).collect();
        remember(&mut tx.conn, &prints, self.by.at).await?;
        for shell in before {
            forget_jobs(&mut tx.conn, shell).await?;
            forget_in_audit(&mut tx.conn, shell, &print).await?;
        }
        tx.audit(Line::new(workspace_id, self.by, AuditAct::UserErased).target(&print));
        Ok(print)
    }
}

async fn workspace_of(conn: &mut Conn<'_>, id: UserId) -> Result<Option<WorkspaceId>> {
    const SQL: &str = "SELECT a.workspace_id FROM users u JOIN apps a ON a.id = u.app_id WHERE u.id = $1";
    one!(conn, |row| Columns::id(row, "workspace_id"), SQL, id.uuid())
}

pub(crate) async fn end_sessions(tx: &mut Tx<'_>, id: UserId) -> Result<()> {
    const SQL: &str = "
        DELETE FROM sessions WHERE device_id IN (SELECT id FROM devices WHERE user_id = $1)
        RETURNING token_hash";
    for hash in all!(&mut tx.conn, token_hash, SQL, id.uuid())? {
        tx.end_session(EndedSession::App(hash));
    }
    Ok(())
}

async fn forget_devices(conn: &mut Conn<'_>, id: UserId) -> Result<()> {
    const SQL: &str = "DELETE FROM devices WHERE user_id = $1";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

/// A payload is JSON and names the user by the text of their id.
async fn forget_jobs(conn: &mut Conn<'_>, id: UserId) -> Result<()> {
    const JOBS: &str = "DELETE FROM jobs WHERE payload LIKE $1";
    const DEAD: &str = "DELETE FROM dead_jobs WHERE payload LIKE $1";
    // The id holds no character that LIKE reads in its own way but the underscore, which stands for itself too.
    let with_id = format!("%\"{id}\"%");
    execute!(conn, JOBS, with_id.as_str())?;
    execute!(conn, DEAD, with_id.as_str())?;
    Ok(())
}

async fn forget_in_audit(conn: &mut Conn<'_>, id: UserId, print: &str) -> Result<()> {
    const SQL: &str = "UPDATE audit_log SET target = $2 WHERE target = $1";
    let id = id.to_string();
    execute!(conn, SQL, id.as_str(), print)?;
    Ok(())
}

/// Goes one step on. A user who is not there any more, or whose erasure never began, is done.
#[derive(Debug, Clone, Copy)]
pub struct EraseStep {
    /// Whom.
    pub user_id: UserId,
    /// Now.
    pub now: Timestamp,
}

/// How far an erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasing {
    /// So many rows went in this step, and there are more.
    GoesOn(u64),
    /// Files are left: take the bytes of the doomed files of this user away and
    /// [forget](crate::uploads::ForgetFile) them, then go on.
    FilesLeft,
    /// Nothing is left.
    Done,
}

impl Command for EraseStep {
    type Output = Erasing;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Erasing> {
        // The lock of the user's row: whoever opens a conversation waits, and then finds the user gone.
        const LOCK: &str = "
            UPDATE users SET conversation_count = conversation_count
            WHERE id = $1 AND EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = $1)";
        const NEXT: &str = "SELECT id, team_id FROM conversations WHERE user_id = $1 ORDER BY id LIMIT 1";
        let id = self.user_id.uuid();
        if execute!(&mut tx.conn, LOCK, id)? == 0 {
            return Ok(Erasing::Done);
        }
        if let Some((conversation, team)) = one!(&mut tx.conn, thread, NEXT, id)? {
            return self.conversation(tx, conversation, team).await.map(Erasing::GoesOn);
        }
        match self.rest(&mut tx.conn).await? {
            // Their bytes are elsewhere, and an erasure is done when they are gone.
            0 if crate::attachments::has_files(&mut tx.conn, self.user_id).await? => Ok(Erasing::FilesLeft),
            0 => self.finish(&mut tx.conn).await,
            rows => Ok(Erasing::GoesOn(rows)),
        }
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.user_id.uuid())
    }
}

fn thread(row: &impl Columns) -> Result<(ConversationId, TeamId)> {
    Ok((row.id("id")?, row.id("team_id")?))
}

impl EraseStep {
    /// Takes away a piece of a conversation; with the last piece the conversation itself, and tells the team.
    async fn conversation(&self, tx: &mut Tx<'_>, id: ConversationId, team: TeamId) -> Result<u64> {
        // Its lock: a message that is on its way in waits, and then finds the conversation gone.
        const LOCK: &str = "UPDATE conversations SET title = NULL WHERE id = $1";
        const LAST: &str = "
            SELECT MAX(seq) AS seq FROM
            (SELECT seq FROM messages WHERE conversation_id = $1 ORDER BY seq LIMIT $2) AS piece";
        const NOTES: &str = "
            DELETE FROM notes WHERE id IN (SELECT id FROM notes WHERE conversation_id = $1 LIMIT $2)";
        const FALLBACKS: &str = "DELETE FROM fallbacks WHERE conversation_id = $1";
        const CONVERSATION: &str = "DELETE FROM conversations WHERE id = $1";
        let uuid = id.uuid();
        execute!(&mut tx.conn, LOCK, uuid)?;
        let last: Option<Option<i64>> = one!(&mut tx.conn, |row| Columns::get(row, "seq"), LAST, uuid, STEP)?;
        if let Some(last) = last.flatten() {
            return forget_messages(&mut tx.conn, id, last).await;
        }
        let notes = execute!(&mut tx.conn, NOTES, uuid, STEP)?;
        if notes == STEP.unsigned_abs() {
            return Ok(notes);
        }
        crate::search::forget_conversation(&mut tx.conn, self.user_id, id).await?;
        execute!(&mut tx.conn, FALLBACKS, uuid)?;
        crate::tags::forget_conversation(&mut tx.conn, id).await?;
        crate::mentions::forget_conversation(&mut tx.conn, id).await?;
        crate::contexts::forget_conversation(&mut tx.conn, id).await?;
        crate::drafts::forget_conversation(&mut tx.conn, id).await?;
        crate::held::forget_conversation(&mut tx.conn, self.user_id, id).await?;
        crate::webhooks::forget_conversation(&mut tx.conn, id).await?;
        crate::milestones::forget_conversation(&mut tx.conn, id).await?;
        crate::satisfaction::forget_conversation(&mut tx.conn, id).await?;
        execute!(&mut tx.conn, CONVERSATION, uuid)?;
        tx.record(Feed::Team(team), Change::of(ChangeKind::ConversationErased, id, self.now));
        Ok(notes + 1)
    }

    /// Takes away a piece of the user's feed, and what the search index still has.
    async fn rest(&self, conn: &mut Conn<'_>) -> Result<u64> {
        const CHANGES: &str = "
            DELETE FROM changes WHERE feed_id = $1 AND seq IN
            (SELECT seq FROM changes WHERE feed_id = $1 ORDER BY seq LIMIT $2)";
        let changes = execute!(conn, CHANGES, self.user_id.uuid(), STEP)?;
        let files = crate::attachments::doom_user(conn, self.user_id).await?;
        Ok(changes + files + crate::search::forget_user(conn, self.user_id, STEP).await?)
    }

    async fn finish(&self, conn: &mut Conn<'_>) -> Result<Erasing> {
        const FEED: &str = "DELETE FROM feeds WHERE id = $1";
        const USER: &str = "DELETE FROM users WHERE id = $1";
        const DONE: &str = "UPDATE erasures SET user_id = NULL, done_at = $2 WHERE user_id = $1";
        // Anonymous users who became this one: their feeds name conversations, and nothing else is left of them.
        const SHELLS: [&str; 3] = [
            "DELETE FROM changes WHERE feed_id IN (SELECT id FROM users WHERE merged_into = $1)",
            "DELETE FROM feeds WHERE id IN (SELECT id FROM users WHERE merged_into = $1)",
            "DELETE FROM users WHERE merged_into = $1",
        ];
        let id = self.user_id.uuid();
        for sql in SHELLS {
            execute!(conn, sql, id)?;
        }
        // A session that was trusted for a moment longer may have come back to them.
        forget_devices(conn, self.user_id).await?;
        crate::contexts::forget_user(conn, self.user_id).await?;
        execute!(conn, FEED, id)?;
        execute!(conn, USER, id)?;
        execute!(conn, DONE, id, self.now.unix_ms())?;
        Ok(Erasing::Done)
    }
}

/// Deletes the messages of a conversation up to a number, their pushes, and what search knows of them.
pub(crate) async fn forget_messages(conn: &mut Conn<'_>, id: ConversationId, last: i64) -> Result<u64> {
    const PUSHES: &str = "
        DELETE FROM pushes WHERE message_id IN
        (SELECT id FROM messages WHERE conversation_id = $1 AND seq <= $2)";
    const RECEIPTS: &str = "
        DELETE FROM push_receipts WHERE message_id IN
        (SELECT id FROM messages WHERE conversation_id = $1 AND seq <= $2)";
    const PLACES: &str = "DELETE FROM live_places WHERE conversation_id = $1 AND seq <= $2";
    const MOVES: &str = "DELETE FROM receipt_moves WHERE conversation_id = $1 AND seq <= $2";
    const FALLBACKS: &str = "DELETE FROM fallbacks WHERE conversation_id = $1 AND last_seq <= $2";
    const MESSAGES: &str = "DELETE FROM messages WHERE conversation_id = $1 AND seq <= $2";
    crate::search::forget_messages(conn, id, last).await?;
    crate::attachments::doom_messages(conn, id, last).await?;
    crate::contexts::forget_messages(conn, id, last).await?;
    execute!(conn, PUSHES, id.uuid(), last)?;
    execute!(conn, RECEIPTS, id.uuid(), last)?;
    execute!(conn, PLACES, id.uuid(), last)?;
    execute!(conn, MOVES, id.uuid(), last)?;
    execute!(conn, FALLBACKS, id.uuid(), last)?;
    Ok(execute!(conn, MESSAGES, id.uuid(), last)?)
}

/// Remembers erasures that another database knew, so that they are made here too.
#[derive(Debug, Clone)]
pub struct RememberErasures {
    /// Of whom: see [`fingerprint`].
    pub fingerprints: Vec<String>,
    /// Now.
    pub now: Timestamp,
}

impl Command for RememberErasures {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        remember(&mut tx.conn, &self.fingerprints, self.now).await
    }
}

/// Everybody who was erased.
async fn fingerprints(conn: &mut Conn<'_>) -> Result<Vec<String>> {
    const SQL: &str = "SELECT fingerprint FROM erasures ORDER BY fingerprint";
    all!(conn, print, SQL)
}

/// The same, of a database that may be empty or of an earlier version, which knew of no erasure.
pub(crate) async fn fingerprints_if_any(conn: &mut Conn<'_>) -> Result<Vec<String>> {
    const SQLITE: &str = "SELECT name FROM sqlite_master WHERE name = 'erasures'";
    const POSTGRES: &str = "SELECT 'erasures' AS name WHERE to_regclass('erasures') IS NOT NULL";
    let sql = conn.picks(SQLITE, POSTGRES);
    let there: Option<String> = one!(conn, |row| Columns::get(row, "name"), sql)?;
    if there.is_some() { fingerprints(conn).await } else { Ok(Vec::new()) }
}

/// Remembers them.
pub(crate) async fn remember(conn: &mut Conn<'_>, prints: &[String], now: Timestamp) -> Result<()> {
    const SQL: &str = "
        INSERT INTO erasures (fingerprint, begun_at, done_at) VALUES ($1, $2, $2)
        ON CONFLICT (fingerprint) DO NOTHING";
    for print in prints {
        execute!(conn, SQL, print.as_str(), now.unix_ms())?;
    }
    Ok(())
}

fn print(row: &impl Columns) -> Result<String> {
    row.get("fingerprint")
}

fn erasure(row: &impl Columns) -> Result<ErasureState> {
    Ok(ErasureState {
        fingerprint: row.get("fingerprint")?,
        begun_at: time(row, "begun_at")?,
        done_at: time_option(row, "done_at")?,
    })
}

fn user(row: &impl Columns) -> Result<UserId> {
    row.id("id")
}

impl Db {
    /// Everybody who was erased, as [`fingerprint`] names them.
    pub async fn erased(&self) -> Result<Vec<String>> {
        in_time(async { fingerprints(&mut self.single().await?.conn()).await }).await
    }

    /// How far the erasure of a user of a workspace is; none when there was none.
    pub async fn erasure(&self, whose: WorkspaceId, fingerprint: &str) -> Result<Option<ErasureState>> {
        const SQL: &str = "
            SELECT e.fingerprint, e.begun_at, e.done_at FROM erasures e
            WHERE e.fingerprint = $2 AND EXISTS
                (SELECT 1 FROM audit_log l WHERE l.workspace_id = $1 AND l.target = $2 AND l.act = $3)";
        let act = word(&AuditAct::UserErased);
        in_time(async { one!(self.single().await?.conn(), erasure, SQL, whose.uuid(), fingerprint, act) })
            .await
    }

    /// Users whose erasure has begun and is not done.
    pub async fn erasures_under_way(&self) -> Result<Vec<UserId>> {
        const SQL: &str = "SELECT user_id AS id FROM erasures WHERE user_id IS NOT NULL ORDER BY begun_at";
        in_time(async { all!(self.single().await?.conn(), user, SQL) }).await
    }

    /// Users who are here although they were erased: a backup from before has brought them back.
    pub async fn erased_and_back(&self) -> Result<Vec<UserId>> {
        const SQL: &str = "SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2";
        let erased: std::collections::HashSet<_> = self.erased().await?.into_iter().collect();
        let (mut back, mut after) = (Vec::new(), Uuid::nil());
        while !erased.is_empty() {
            let page = in_time(async { all!(self.single().await?.conn(), user, SQL, after, STEP) }).await?;
            let Some(last) = page.last() else { break };
            after = last.uuid();
            back.extend(page.into_iter().filter(|id| erased.contains(&fingerprint(*id))));
        }
        Ok(back)
    }

    /// A user of an app, by their id in the company's own system.
    pub async fn user_by_external_id(&self, app: AppId, external_id: &ExternalId) -> Result<Option<UserId>> {
        const SQL: &str = "SELECT id FROM users WHERE app_id = $1 AND external_id = $2";
        in_time(async { one!(self.single().await?.conn(), user, SQL, app.uuid(), external_id.as_str()) })
            .await
    }
}
