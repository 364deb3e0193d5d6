//! An anonymous user turns out to be somebody whom the app's backend vouches for: what they have becomes theirs.
//!
//! Both have proved who they are: the one by a session that an identity token began, the other by the secret of their
//! device. Everything is one transaction, and the device is of the other user afterwards, so a repeat finds nothing
//! left to do.

use tidings_protocol::Seq;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{AppId, ConversationId, DeviceId, NoteId, TeamId, UserId};
use tidings_protocol::limits;
use tidings_protocol::notifications::{Mute, Muted, Notifications};
use tidings_protocol::time::Timestamp;

use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::notifications::wishes;
use crate::tx::{Change, Feed};
use crate::{Command, TokenHash, Tx};

/// Gives all that an anonymous user has to another user of the same app.
#[derive(Debug, Clone, Copy)]
pub struct MergeUser {
    /// Of which app both are.
    pub app_id: AppId,
    /// Whose it becomes: somebody whom the app's backend vouches for.
    pub user_id: UserId,
    /// The anonymous user's device.
    pub device_id: DeviceId,
    /// The SHA-256 of its secret.
    pub secret_hash: TokenHash,
    /// Now.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// So many conversations have moved.
    Moved(usize),
    /// It was done before.
    Already,
    /// There is nothing to give: no such device with this secret, or it is of nobody anonymous, or its user is shut out
    /// or being erased.
    Nothing,
}

impl Command for MergeUser {
    type Output = Merged;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Merged> {
        if !is_vouched_for(&mut tx.conn, self.app_id, self.user_id).await? {
            return Err(Error::NotFound);
        }
        let Some(device) = self.device(&mut tx.conn).await? else { return Ok(Merged::Nothing) };
        if device.user_id == self.user_id {
            return Ok(Merged::Already);
        }
        if !device.may_merge {
            return Ok(Merged::Nothing);
        }
        // Whoever opens a conversation waits for the row, and then finds that it is nobody's any more.
        lock(&mut tx.conn, device.user_id, self.user_id).await?;
        let threads = conversations(&mut tx.conn, device.user_id).await?;
        for (id, team_id) in &threads {
            self.conversation(tx, device.user_id, *id, *team_id).await?;
        }
        crate::erase::end_sessions(tx, device.user_id).await?;
        self.rest(&mut tx.conn, device.user_id).await?;
        Ok(Merged::Moved(threads.len()))
    }
}

/// A device whose secret was told.
struct Device {
    user_id: UserId,
    /// Whether its user is anonymous, of this app, and free to go.
    may_merge: bool,
}

impl MergeUser {
    async fn device(&self, conn: &mut Conn<'_>) -> Result<Option<Device>> {
        const SQL: &str = "
            SELECT d.user_id, (u.app_id = $3 AND u.external_id IS NULL AND u.blocked_at IS NULL
                AND u.merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = u.id)) AS may_merge
            FROM devices d JOIN users u ON u.id = d.user_id
            WHERE d.id = $1 AND d.secret_hash = $2";
        one!(conn, device, SQL, self.device_id.uuid(), self.secret_hash.as_slice(), self.app_id.uuid())
    }

    /// Moves one conversation. Each message is told of in the feed of its new user, who has none of them, and again in
    /// the team's: their author is another now, and who may find them.
    async fn conversation(
        &self,
        tx: &mut Tx<'_>,
        from: UserId,
        id: ConversationId,
        team_id: TeamId,
    ) -> Result<()> {
        const MOVE: &str = "
            UPDATE conversations SET user_id = $2, identified_at = $3, identified_after = last_seq
            WHERE id = $1";
        const AUTHOR: &str = "
            UPDATE messages SET author_id = $3
            WHERE conversation_id = $1 AND author_kind = 'user' AND author_id = $2";
        const MESSAGES: &str = "SELECT seq FROM messages WHERE conversation_id = $1 ORDER BY seq";
        const NOTES: &str = "SELECT id FROM notes WHERE conversation_id = $1 ORDER BY id";
        execute!(&mut tx.conn, MOVE, id.uuid(), self.user_id.uuid(), self.now.unix_ms())?;
        execute!(&mut tx.conn, AUTHOR, id.uuid(), from.uuid(), self.user_id.uuid())?;
        // Who may find what was said is a word of the index; its follower puts the rows in again.
        crate::search::forget_conversation(&mut tx.conn, from, id).await?;
        let (user, team) = (Feed::User(self.user_id), Feed::Team(team_id));
        tx.record(user, Change::of(ChangeKind::ConversationOpened, id, self.now));
        tx.record(team, Change::of(ChangeKind::UserChanged, id, self.now));
        let messages: Vec<Seq> = all!(&mut tx.conn, |row| Columns::get(row, "seq"), MESSAGES, id.uuid())?;
        for seq in messages {
            tx.record(user, Change::of(ChangeKind::MessageAdded, id, self.now).with_message(seq));
            tx.record(team, Change::of(ChangeKind::MessageEdited, id, self.now).with_message(seq));
        }
        let notes: Vec<NoteId> = all!(&mut tx.conn, |row| Columns::id(row, "id"), NOTES, id.uuid())?;
        for note in notes {
            tx.record(team, Change::of(ChangeKind::NoteAdded, id, self.now).with_note(note));
        }
        Ok(())
    }

    /// What belongs to the person and not to a conversation.
    async fn rest(&self, conn: &mut Conn<'_>, from: UserId) -> Result<()> {
        const OWNER: &str = "UPDATE attachments SET owner_id = $2 WHERE owner_kind = 'user' AND owner_id = $1 AND user_id = $1";
        const FILES: &str = "UPDATE attachments SET user_id = $2 WHERE user_id = $1";
        const DEVICES: &str = "UPDATE devices SET user_id = $2 WHERE user_id = $1";
        const JOBS: &str = "UPDATE jobs SET payload = REPLACE(payload, $1, $2) WHERE payload LIKE $3";
        const COUNT: &str = "
            UPDATE users SET conversation_count = conversation_count
                + (SELECT f.conversation_count FROM users f WHERE f.id = $1) WHERE id = $2";
        const GONE: &str = "
            UPDATE users SET merged_into = $2, conversation_count = 0, notifications = NULL WHERE id = $1";
        let (old, new) = (from.uuid(), self.user_id.uuid());
        execute!(conn, OWNER, old, new)?;
        execute!(conn, FILES, old, new)?;
        execute!(conn, DEVICES, old, new)?;
        // A payload is JSON and names the user by the text of their id.
        let (quoted, now) = (format!("\"{from}\""), format!("\"{}\"", self.user_id));
        let with_id = format!("%{quoted}%");
        execute!(conn, JOBS, quoted.as_str(), now.as_str(), with_id.as_str())?;
        self.wishes(conn, from).await?;
        crate::contexts::merge_users(conn, from, self.user_id).await?;
        execute!(conn, COUNT, old, new)?;
        execute!(conn, GONE, old, new)?;
        Ok(())
    }

    /// What was muted stays muted; otherwise what the known user wants counts, if they ever said.
    async fn wishes(&self, conn: &mut Conn<'_>, from: UserId) -> Result<()> {
        const READ: &str = "SELECT notifications FROM users WHERE id = $1";
        const SET: &str = "UPDATE users SET notifications = $2 WHERE id = $1";
        let read = async |conn: &mut Conn<'_>, id: UserId| {
            Ok::<_, Error>(one!(conn, wishes, READ, id.uuid())?.unwrap_or_default())
        };
        let (theirs, own) = (read(conn, from).await?, read(conn, self.user_id).await?);
        let both = joined(own.clone(), theirs);
        if both == own {
            return Ok(());
        }
        let text = serde_json::to_string(&both).map_err(|error| Error::stored("notifications", error))?;
        execute!(conn, SET, self.user_id.uuid(), text.as_str())?;
        Ok(())
    }
}

fn device(row: &impl Columns) -> Result<Device> {
    Ok(Device { user_id: row.id("user_id")?, may_merge: row.get("may_merge")? })
}

fn joined(own: Notifications, theirs: Notifications) -> Notifications {
    let mut muted: Vec<Mute> = own.muted.into();
    muted.extend(Vec::from(theirs.muted));
    // More than may be muted: the oldest wishes of the known user stay.
    muted.truncate(limits::MUTED);
    Notifications {
        quiet_hours: own.quiet_hours.or(theirs.quiet_hours),
        muted: Muted::try_from(muted).unwrap_or_default(),
    }
}

async fn is_vouched_for(conn: &mut Conn<'_>, app_id: AppId, id: UserId) -> Result<bool> {
    const SQL: &str = "SELECT id FROM users WHERE id = $1 AND app_id = $2 AND external_id IS NOT NULL";
    let found: Option<UserId> = one!(conn, |row| Columns::id(row, "id"), SQL, id.uuid(), app_id.uuid())?;
    Ok(found.is_some())
}

/// Locks both users' rows, in one order.
async fn lock(conn: &mut Conn<'_>, from: UserId, to: UserId) -> Result<()> {
    const SQL: &str = "UPDATE users SET conversation_count = conversation_count WHERE id = $1";
    for id in [from.min(to), from.max(to)] {
        execute!(conn, SQL, id.uuid())?;
    }
    Ok(())
}

async fn conversations(conn: &mut Conn<'_>, id: UserId) -> Result<Vec<(ConversationId, TeamId)>> {
    const SQL: &str = "SELECT id, team_id FROM conversations WHERE user_id = $1 ORDER BY id";
    all!(conn, |row| Ok((Columns::id(row, "id")?, Columns::id(row, "team_id")?)), SQL, id.uuid())
}
