//! Who may come in: users who are blocked, agents and apps that are disabled, sessions that somebody else ends. All of
//! it can be undone, except that whoever was shut out signs in again.
//!
//! A session is worth something while nothing says otherwise: each look-up of one asks its row, its user, its app and
//! the key that vouched for it. So a session that is begun at the very moment when its user is blocked is worth nothing
//! either, and an app with a million sessions is shut by changing one row.

use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{AgentId, AppId, UserId, WorkspaceId};
use tidings_protocol::time::Timestamp;

use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::single_sign_on::keep_emergency;
use crate::users::token_hash;
use crate::{Command, Db, EndedSession, TokenHash, Tx};

/// Whether somebody may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// They may not.
    Shut,
    /// They may.
    Open,
}

/// Blocks a user of a workspace, or lets them in again. To block ends their sessions and their pushes.
#[derive(Debug, Clone, Copy)]
pub struct SetUserAccess {
    /// Of which workspace; another workspace's user is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Who.
    pub user_id: UserId,
    /// What holds from now on.
    pub access: Access,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetUserAccess {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const BLOCK: &str = "UPDATE users SET blocked_at = $2 WHERE id = $1 AND blocked_at IS NULL";
        const UNBLOCK: &str = "UPDATE users SET blocked_at = NULL WHERE id = $1 AND blocked_at IS NOT NULL";
        check_user(&mut tx.conn, self.workspace_id, self.user_id).await?;
        let id = self.user_id.uuid();
        let (changed, act) = match self.access {
            Access::Shut => {
                let changed = execute!(&mut tx.conn, BLOCK, id, self.by.at.unix_ms())?;
                end_user_sessions(tx, self.user_id).await?;
                (changed, AuditAct::UserBlocked)
            }
            Access::Open => (execute!(&mut tx.conn, UNBLOCK, id)?, AuditAct::UserUnblocked),
        };
        if changed > 0 {
            tx.audit(Line::new(self.workspace_id, self.by, act).target(self.user_id));
        }
        Ok(())
    }
}

/// Signs a user out of all their devices.
#[derive(Debug, Clone, Copy)]
pub struct EndUserSessions {
    /// Of which workspace; another workspace's user is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Who.
    pub user_id: UserId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for EndUserSessions {
    /// How many sessions ended.
    type Output = usize;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<usize> {
        check_user(&mut tx.conn, self.workspace_id, self.user_id).await?;
        let ended = end_user_sessions(tx, self.user_id).await?;
        let line = Line::new(self.workspace_id, self.by, AuditAct::UserSessionsEnded).target(self.user_id);
        tx.audit(line.detail("sessions", ended));
        Ok(ended)
    }
}

async fn check_user(conn: &mut Conn<'_>, workspace: WorkspaceId, user: UserId) -> Result<()> {
    const SQL: &str = "
        SELECT u.id FROM users u JOIN apps a ON a.id = u.app_id WHERE u.id = $1 AND a.workspace_id = $2";
    let found: Option<UserId> = one!(conn, |row| Columns::id(row, "id"), SQL, user.uuid(), workspace.uuid())?;
    found.map(|_| ()).ok_or(Error::NotFound)
}

async fn end_user_sessions(tx: &mut Tx<'_>, id: UserId) -> Result<usize> {
    const END: &str = "
        DELETE FROM sessions WHERE device_id IN (SELECT id FROM devices WHERE user_id = $1)
        RETURNING token_hash";
    const FORGET_PUSH: &str = "
        UPDATE devices SET push_provider = NULL, push_token = NULL, push_token_hash = NULL,
            push_environment = NULL, push_registered_at = NULL
        WHERE user_id = $1 AND push_token IS NOT NULL";
    let ended: Vec<TokenHash> = all!(&mut tx.conn, token_hash, END, id.uuid())?;
    execute!(&mut tx.conn, FORGET_PUSH, id.uuid())?;
    for hash in &ended {
        tx.end_session(EndedSession::App(*hash));
    }
    Ok(ended.len())
}

/// Disables an agent of a workspace, or lets them in again. To disable ends their sessions.
#[derive(Debug, Clone, Copy)]
pub struct SetAgentAccess {
    /// Of which workspace; another workspace's agent is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Who.
    pub agent_id: AgentId,
    /// What holds from now on.
    pub access: Access,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetAgentAccess {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const DISABLE: &str = "UPDATE agents SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL";
        const ENABLE: &str = "UPDATE agents SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL";
        check_agent(&mut tx.conn, self.workspace_id, self.agent_id).await?;
        let id = self.agent_id.uuid();
        let (changed, act) = match self.access {
            Access::Shut => {
                keep_emergency(&mut tx.conn, self.agent_id).await?;
                let changed = execute!(&mut tx.conn, DISABLE, id, self.by.at.unix_ms())?;
                if changed > 0 && crate::staff::administers(tx, self.agent_id).await? {
                    crate::staff::keep_somebody(tx, self.workspace_id).await?;
                }
                end_agent_sessions(tx, self.agent_id).await?;
                (changed, AuditAct::AgentDisabled)
            }
            Access::Open => (execute!(&mut tx.conn, ENABLE, id)?, AuditAct::AgentEnabled),
        };
        if changed > 0 {
            tx.audit(Line::new(self.workspace_id, self.by, act).target(self.agent_id));
        }
        Ok(())
    }
}

/// Signs an agent out everywhere.
#[derive(Debug, Clone, Copy)]
pub struct EndAgentSessions {
    /// Of which workspace; another workspace's agent is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Who.
    pub agent_id: AgentId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for EndAgentSessions {
    /// How many sessions ended.
    type Output = usize;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<usize> {
        check_agent(&mut tx.conn, self.workspace_id, self.agent_id).await?;
        let ended = end_agent_sessions(tx, self.agent_id).await?;
        let line = Line::new(self.workspace_id, self.by, AuditAct::AgentSessionEnded).target(self.agent_id);
        tx.audit(line.detail("sessions", ended));
        Ok(ended)
    }
}

pub(crate) async fn check_agent(conn: &mut Conn<'_>, workspace: WorkspaceId, agent: AgentId) -> Result<()> {
    const SQL: &str = "SELECT id FROM agents WHERE id = $1 AND workspace_id = $2";
    let found: Option<AgentId> =
        one!(conn, |row| Columns::id(row, "id"), SQL, agent.uuid(), workspace.uuid())?;
    found.map(|_| ()).ok_or(Error::NotFound)
}

pub(crate) async fn end_agent_sessions(tx: &mut Tx<'_>, id: AgentId) -> Result<usize> {
    const END: &str = "DELETE FROM agent_sessions WHERE agent_id = $1 RETURNING token_hash";
    let ended: Vec<TokenHash> = all!(&mut tx.conn, token_hash, END, id.uuid())?;
    for hash in &ended {
        tx.end_session(EndedSession::Agent(*hash));
    }
    Ok(ended.len())
}

/// Disables an app of a workspace, or opens it again. Its users' sessions are worth nothing meanwhile, and go on
/// afterwards.
#[derive(Debug, Clone, Copy)]
pub struct SetAppAccess {
    /// Of which workspace; another workspace's app is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Which.
    pub app_id: AppId,
    /// What holds from now on.
    pub access: Access,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetAppAccess {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const DISABLE: &str = "UPDATE apps SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL";
        const ENABLE: &str = "UPDATE apps SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL";
        let app = crate::apps::app(&mut tx.conn, self.app_id).await?;
        app.filter(|app| app.workspace_id == self.workspace_id).ok_or(Error::NotFound)?;
        let id = self.app_id.uuid();
        let (changed, act) = match self.access {
            Access::Shut => {
                tx.end_session(EndedSession::Many);
                (execute!(&mut tx.conn, DISABLE, id, self.by.at.unix_ms())?, AuditAct::AppDisabled)
            }
            Access::Open => (execute!(&mut tx.conn, ENABLE, id)?, AuditAct::AppEnabled),
        };
        if changed > 0 {
            tx.audit(Line::new(self.workspace_id, self.by, act).target(self.app_id));
        }
        Ok(())
    }
}

/// Removes sessions of users that are over: their time has come, or that of the key that vouched for them.
#[derive(Debug, Clone, Copy)]
pub struct SweepSessions {
    /// At most so many.
    pub limit: i64,
    /// Now.
    pub now: Timestamp,
}

impl Command for SweepSessions {
    /// How many were removed; fewer than the limit when no more are left.
    type Output = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        const EXPIRED: &str = "
            DELETE FROM sessions WHERE token_hash IN (
                SELECT token_hash FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
        const OF_KEYS: &str = "
            DELETE FROM sessions WHERE token_hash IN (
                SELECT s.token_hash FROM identity_keys k JOIN sessions s ON s.identity_key_id = k.id
                WHERE k.sessions_ended_at IS NOT NULL LIMIT $1)";
        let limit = self.limit.max(0);
        let expired = execute!(&mut tx.conn, EXPIRED, self.now.unix_ms(), limit)?;
        let left = limit.saturating_sub_unsigned(expired);
        Ok(expired + execute!(&mut tx.conn, OF_KEYS, left)?)
    }
}

impl Db {
    /// Finds a user of a workspace by the id that their company gave them.
    pub async fn users_of_external_id(
        &self,
        workspace: WorkspaceId,
        external_id: &str,
    ) -> Result<Vec<UserId>> {
        const SQL: &str = "
            SELECT u.id FROM apps a JOIN users u ON u.app_id = a.id AND u.external_id = $2
            WHERE a.workspace_id = $1 ORDER BY a.created_at, a.id";
        crate::open::in_time(async {
            all!(
                self.single().await?.conn(),
                |row| Columns::id(row, "id"),
                SQL,
                workspace.uuid(),
                external_id
            )
        })
        .await
    }
}
