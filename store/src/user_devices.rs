//! The devices of a user: listed, and taken back.

use tidings_protocol::audit::AuditAct;
use tidings_protocol::devices::{DevicePush, UserDevice};
use tidings_protocol::id::{DeviceId, UserId, WorkspaceId};
use tidings_protocol::push::{PushEnvironment, PushProvider};
use tidings_protocol::time::Timestamp;

use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::words;
use crate::{Command, Db, EndedSession, TokenHash, Tx};

/// Whose devices somebody may take back.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// Their own.
    User(UserId),
    /// Those of a workspace's users.
    Workspace(WorkspaceId, By),
}

/// Signs a device out and forgets how it is woken. What lies on it stays there.
#[derive(Debug, Clone, Copy)]
pub struct RevokeDevice {
    /// Which; one that is not theirs is [`Error::NotFound`].
    pub device_id: DeviceId,
    /// Who does it.
    pub whose: Whose,
}

impl Command for RevokeDevice {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const OWNER: &str = "
            SELECT d.user_id, a.workspace_id FROM devices d
            JOIN users u ON u.id = d.user_id JOIN apps a ON a.id = u.app_id WHERE d.id = $1";
        const SESSIONS: &str = "DELETE FROM sessions WHERE device_id = $1 RETURNING token_hash";
        const PUSH: &str = "
            UPDATE devices SET push_provider = NULL, push_token = NULL, push_token_hash = NULL, push_environment = NULL,
                push_registered_at = NULL, push_keys = NULL, push_proven = NULL, push_strikes = 0, push_struck_at = NULL
            WHERE id = $1";
        let id = self.device_id.uuid();
        let owner: Option<(UserId, WorkspaceId)> = one!(&mut tx.conn, owner, OWNER, id)?;
        let (user, workspace) = owner.ok_or(Error::NotFound)?;
        let is_theirs = match self.whose {
            Whose::User(wanted) => wanted == user,
            Whose::Workspace(wanted, _) => wanted == workspace,
        };
        if !is_theirs {
            return Err(Error::NotFound);
        }
        for hash in all!(&mut tx.conn, token_hash, SESSIONS, id)? {
            tx.end_session(EndedSession::App(hash));
        }
        execute!(&mut tx.conn, PUSH, id)?;
        if let Whose::Workspace(_, by) = self.whose {
            let line = Line::new(workspace, by, AuditAct::DeviceRevoked).target(user);
            tx.audit(line.detail("device_id", self.device_id.to_string()));
        }
        Ok(())
    }
}

/// Notes that a test push is sent to a user's devices.
#[derive(Debug, Clone, Copy)]
pub struct NotePushTest {
    /// Of which workspace the user must be; another's is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Whose devices.
    pub user_id: UserId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for NotePushTest {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const WHOSE: &str = "
            SELECT u.id FROM users u JOIN apps a ON a.id = u.app_id WHERE u.id = $1 AND a.workspace_id = $2";
        let (id, workspace) = (self.user_id.uuid(), self.workspace_id.uuid());
        let whose: Option<UserId> = one!(&mut tx.conn, |row| Columns::id(row, "id"), WHOSE, id, workspace)?;
        whose.ok_or(Error::NotFound)?;
        tx.audit(Line::new(self.workspace_id, self.by, AuditAct::PushTested).target(self.user_id));
        Ok(())
    }
}

fn owner(row: &impl Columns) -> Result<(UserId, WorkspaceId)> {
    Ok((row.id("user_id")?, row.id("workspace_id")?))
}

fn token_hash(row: &impl Columns) -> Result<TokenHash> {
    let hash: Vec<u8> = row.get("token_hash")?;
    hash.try_into().map_err(|_| Error::stored("token_hash", "not 32 bytes"))
}

fn user_device(row: &impl Columns) -> Result<UserDevice> {
    Ok(UserDevice {
        id: row.id("id")?,
        platform: words::get(row, "platform")?,
        locale: row.get("locale")?,
        app_version: row.get("app_version")?,
        signed_in: row.get("is_signed_in")?,
        push: device_push(row)?,
        created_at: time(row, "created_at")?,
        seen_at: time(row, "seen_at")?,
    })
}

fn device_push(row: &impl Columns) -> Result<Option<DevicePush>> {
    let Some(provider) = row.get::<Option<String>>("push_provider")? else { return Ok(None) };
    let provider: PushProvider = words::parse("push_provider", &provider)?;
    let environment: PushEnvironment = words::get(row, "push_environment")?;
    let proven = row.get::<Option<String>>("push_proven")?;
    let proven: Option<PushEnvironment> =
        proven.map(|word| words::parse("push_proven", &word)).transpose()?;
    let taken_by = proven.filter(|proven| *proven != environment);
    let (strikes, registered_at) = (row.get("push_strikes")?, time(row, "push_registered_at")?);
    Ok(Some(DevicePush { provider, environment, taken_by, strikes, registered_at }))
}

impl Db {
    /// The devices of a user, the one that was seen last first.
    pub async fn user_devices(&self, user: UserId, now: Timestamp) -> Result<Vec<UserDevice>> {
        in_time(async { devices_of(&mut self.single().await?.conn(), user, now).await }).await
    }
}

/// The devices of a user, the one that was seen last first.
pub(crate) async fn devices_of(conn: &mut Conn<'_>, user: UserId, now: Timestamp) -> Result<Vec<UserDevice>> {
    const SQL: &str = "
        SELECT d.id, d.platform, d.locale, d.app_version, d.push_provider, d.push_environment, d.push_proven,
            d.push_strikes, d.push_registered_at, d.created_at, d.seen_at,
            EXISTS (SELECT 1 FROM sessions s WHERE s.device_id = d.id AND s.expires_at > $2) AS is_signed_in
        FROM devices d WHERE d.user_id = $1 ORDER BY d.seen_at DESC, d.id";
    all!(conn, user_device, SQL, user.uuid(), now.unix_ms())
}
