//! Invitations: somebody who administers gives a link to somebody who is to answer. It opens once, for some days. Whoever is an
//! agent already sets a password with theirs, for a day.

use tidings_protocol::audit::{AuditAct, AuditActor};
use tidings_protocol::id::{AgentId, InvitationId, TeamId, WorkspaceId};
use tidings_protocol::inbox::{Agent, AgentRole};
use tidings_protocol::limits;
use tidings_protocol::staff::{Invitation, InvitationCard};
use tidings_protocol::text::{Email, Name};
use tidings_protocol::time::Timestamp;

use crate::access::{check_agent, end_agent_sessions};
use crate::agents::{CreateAgent, agent, line_of_agent};
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::words::{self, word};
use crate::{Command, Db, TokenHash, Tx};

/// Invites somebody; an earlier invitation of the same address opens nothing any more.
#[derive(Debug, Clone)]
pub struct InviteAgent {
    /// The invitation.
    pub invitation: Invitation,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// Their teams; none: all of the workspace.
    pub team_ids: Option<Vec<TeamId>>,
    /// The SHA-256 of what opens the door.
    pub token_hash: TokenHash,
    /// Who does it, and when.
    pub by: By,
}

impl Command for InviteAgent {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const TAKEN: &str = "SELECT id FROM agents WHERE email = $1";
        const OLD: &str =
            "DELETE FROM invitations WHERE workspace_id = $1 AND (email = $2 OR expires_at <= $3)";
        const COUNT: &str =
            "SELECT COUNT(*) AS n FROM invitations WHERE workspace_id = $1 AND agent_id IS NULL";
        const INSERT: &str = "
            INSERT INTO invitations (id, workspace_id, email, role, team_ids, token_hash, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let (workspace, email, now) =
            (self.workspace_id.uuid(), self.invitation.email.as_str(), self.by.at.unix_ms());
        let taken: Option<AgentId> = one!(&mut tx.conn, |row| Columns::id(row, "id"), TAKEN, email)?;
        if taken.is_some() {
            return Err(Error::AlreadyExists("agent"));
        }
        execute!(&mut tx.conn, OLD, workspace, email, now)?;
        let open: Option<i64> = one!(&mut tx.conn, |row| Columns::get(row, "n"), COUNT, workspace)?;
        if open.unwrap_or_default() >= limits::INVITATIONS {
            return Err(Error::Limit("invitations that nobody has followed"));
        }
        let teams = self.team_ids.as_ref().map(serde_json::to_string).transpose();
        let teams = teams.map_err(|error| Error::stored("team_ids", error))?;
        let (id, role) = (self.invitation.id.uuid(), word(&self.invitation.role));
        let (hash, until) = (self.token_hash.as_slice(), self.invitation.expires_at.unix_ms());
        execute!(
            &mut tx.conn,
            INSERT,
            id,
            workspace,
            email,
            role.as_str(),
            teams.as_deref(),
            hash,
            now,
            until
        )?;
        let line = Line::new(self.workspace_id, self.by, AuditAct::AgentInvited);
        tx.audit(line.target(self.invitation.id).detail("role", role));
        Ok(())
    }
}

/// Takes an invitation back.
#[derive(Debug, Clone, Copy)]
pub struct RevokeInvitation {
    /// Of which workspace; another workspace's is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Which.
    pub id: InvitationId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for RevokeInvitation {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM invitations WHERE id = $1 AND workspace_id = $2";
        if execute!(&mut tx.conn, SQL, self.id.uuid(), self.workspace_id.uuid())? == 0 {
            return Err(Error::NotFound);
        }
        tx.audit(Line::new(self.workspace_id, self.by, AuditAct::InvitationRevoked).target(self.id));
        Ok(())
    }
}

/// Somebody follows an invitation and becomes an agent; it is used up.
#[derive(Clone)]
pub struct AcceptInvitation {
    /// The SHA-256 of what opens the door; one that opens nothing is [`Error::NotFound`]. Where the company's provider is the
    /// only way in, none does: [`Error::OnlyProvider`].
    pub token_hash: TokenHash,
    /// Made by the caller.
    pub agent_id: AgentId,
    /// The name that users will see.
    pub name: Name,
    /// Of their password, in the PHC form.
    pub password_hash: String,
    /// Now.
    pub now: Timestamp,
}

/// A password's hash never reaches a log.
impl std::fmt::Debug for AcceptInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AcceptInvitation").field("agent_id", &self.agent_id).finish_non_exhaustive()
    }
}

impl Command for AcceptInvitation {
    type Output = Agent;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Agent> {
        const SQL: &str = "
            DELETE FROM invitations WHERE token_hash = $1 AND expires_at > $2 AND agent_id IS NULL
            RETURNING workspace_id, email, role, team_ids";
        const ONLY: &str = "SELECT workspace_id FROM identity_providers WHERE workspace_id = $1 AND is_only";
        let hash = self.token_hash.as_slice();
        let found = one!(&mut tx.conn, followed, SQL, hash, self.now.unix_ms())?;
        let (workspace_id, email, role, team_ids) = found.ok_or(Error::NotFound)?;
        // They come in by the provider with the same invitation, once it has said that the address is theirs.
        let only: Option<WorkspaceId> =
            one!(&mut tx.conn, |row| Columns::id(row, "workspace_id"), ONLY, workspace_id.uuid())?;
        if only.is_some() {
            return Err(Error::OnlyProvider);
        }
        let by = By { who: AuditActor::Agent { id: self.agent_id }, at: self.now };
        let create = CreateAgent {
            id: self.agent_id,
            workspace_id,
            name: self.name.clone(),
            email,
            role,
            password_hash: self.password_hash.clone(),
            team_ids,
            by,
        };
        create.apply(tx).await
    }
}

/// Uses up the invitation of an address, if there is one that still opens the door: somebody else has made sure that whoever
/// comes has this address.
pub(crate) async fn take_invitation(
    tx: &mut Tx<'_>,
    workspace: WorkspaceId,
    email: &Email,
    now: Timestamp,
) -> Result<Option<(AgentRole, Option<Vec<TeamId>>)>> {
    const SQL: &str = "
        DELETE FROM invitations WHERE workspace_id = $1 AND email = $2 AND expires_at > $3 AND agent_id IS NULL
        RETURNING workspace_id, email, role, team_ids";
    let found = one!(&mut tx.conn, followed, SQL, workspace.uuid(), email.as_str(), now.unix_ms())?;
    Ok(found.map(|(.., role, team_ids)| (role, team_ids)))
}

/// Makes a link with which an agent sets a password: they have forgotten theirs, or never had one. An earlier one opens nothing
/// any more.
#[derive(Debug, Clone, Copy)]
pub struct LinkPassword {
    /// Of which workspace; another workspace's agent is [`Error::NotFound`], one who is shut out [`Error::Refused`].
    pub workspace_id: WorkspaceId,
    /// Whose.
    pub agent_id: AgentId,
    /// Made by the caller.
    pub id: InvitationId,
    /// The SHA-256 of what opens.
    pub token_hash: TokenHash,
    /// Until when it opens.
    pub expires_at: Timestamp,
    /// Who does it, and when.
    pub by: By,
}

impl Command for LinkPassword {
    type Output = Invitation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Invitation> {
        const WHOM: &str = "
            SELECT id, name, email, role FROM agents
            WHERE id = $1 AND workspace_id = $2 AND disabled_at IS NULL";
        const OLD: &str = "
            DELETE FROM invitations WHERE workspace_id = $1 AND (agent_id = $2 OR email = $3 OR expires_at <= $4)";
        const INSERT: &str = "
            INSERT INTO invitations (id, workspace_id, email, role, token_hash, created_at, expires_at, agent_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        check_agent(&mut tx.conn, self.workspace_id, self.agent_id).await?;
        let (workspace, whom) = (self.workspace_id.uuid(), self.agent_id.uuid());
        let found = one!(&mut tx.conn, agent, WHOM, whom, workspace)?;
        let found = found.ok_or(Error::Refused("the agent is shut out: let them in again before"))?;
        let (email, now) = (found.email.as_str(), self.by.at.unix_ms());
        execute!(&mut tx.conn, OLD, workspace, whom, email, now)?;
        let (id, role, hash) = (self.id.uuid(), word(&found.role), self.token_hash.as_slice());
        let until = self.expires_at.unix_ms();
        execute!(&mut tx.conn, INSERT, id, workspace, email, role.as_str(), hash, now, until, whom)?;
        tx.audit(Line::new(self.workspace_id, self.by, AuditAct::PasswordLinkMade).target(self.agent_id));
        Ok(Invitation {
            id: self.id,
            email: found.email,
            role: found.role,
            agent_id: Some(self.agent_id),
            expires_at: self.expires_at,
        })
    }
}

/// An agent follows the link with which they set a password: it is used up, and all their sessions end. Second factors and
/// passkeys stay as they are.
#[derive(Clone)]
pub struct SetPassword {
    /// The SHA-256 of what opens; one that opens nothing, or is of somebody who is shut out, is [`Error::NotFound`].
    pub token_hash: TokenHash,
    /// Of the password, in the PHC form.
    pub password_hash: String,
    /// Now.
    pub now: Timestamp,
}

/// A password's hash never reaches a log.
impl std::fmt::Debug for SetPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetPassword").finish_non_exhaustive()
    }
}

impl Command for SetPassword {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const TAKE: &str = "
            DELETE FROM invitations WHERE token_hash = $1 AND expires_at > $2 AND agent_id IS NOT NULL
            RETURNING agent_id";
        const SET: &str = "
            UPDATE agents SET password_hash = $2, has_password = TRUE WHERE id = $1 AND disabled_at IS NULL";
        let hash = self.token_hash.as_slice();
        let whose: Option<AgentId> =
            one!(&mut tx.conn, |row| Columns::id(row, "agent_id"), TAKE, hash, self.now.unix_ms())?;
        let whose = whose.ok_or(Error::NotFound)?;
        if execute!(&mut tx.conn, SET, whose.uuid(), self.password_hash.as_str())? == 0 {
            return Err(Error::NotFound);
        }
        end_agent_sessions(tx, whose).await?;
        let line = line_of_agent(tx, whose, self.now, AuditAct::AgentPasswordChanged).await?;
        tx.audit(line.detail("by", "link"));
        Ok(())
    }
}

/// Takes the link back with which an agent would set a password, if there is one.
pub(crate) async fn forget_password_link(conn: &mut Conn<'_>, agent: AgentId) -> Result<()> {
    const SQL: &str = "DELETE FROM invitations WHERE agent_id = $1";
    execute!(conn, SQL, agent.uuid())?;
    Ok(())
}

type Followed = (WorkspaceId, Email, AgentRole, Option<Vec<TeamId>>);

fn followed(row: &impl Columns) -> Result<Followed> {
    let teams: Option<String> = row.get("team_ids")?;
    let teams = teams.map(|teams| serde_json::from_str(&teams)).transpose();
    let teams = teams.map_err(|error| Error::stored("team_ids", error))?;
    Ok((row.id("workspace_id")?, row.text("email")?, words::get(row, "role")?, teams))
}

fn invitation(row: &impl Columns) -> Result<Invitation> {
    Ok(Invitation {
        id: row.id("id")?,
        email: row.text("email")?,
        role: words::get(row, "role")?,
        agent_id: row.get::<Option<uuid::Uuid>>("agent_id")?.map(AgentId::from),
        expires_at: time(row, "expires_at")?,
    })
}

fn card(row: &impl Columns) -> Result<InvitationCard> {
    let agent: Option<uuid::Uuid> = row.get("agent_id")?;
    Ok(InvitationCard {
        company: row.text("name")?,
        email: row.text("email")?,
        sets_password: agent.is_some(),
    })
}

impl Db {
    /// The invitations of a workspace that still open the door, the newest first.
    pub async fn invitations(&self, id: WorkspaceId, now: Timestamp) -> Result<Vec<Invitation>> {
        const SQL: &str = "
            SELECT id, email, role, agent_id, expires_at FROM invitations
            WHERE workspace_id = $1 AND expires_at > $2 ORDER BY created_at DESC, id";
        in_time(async { all!(self.single().await?.conn(), invitation, SQL, id.uuid(), now.unix_ms()) }).await
    }

    /// What an invitation is to, if it still opens the door.
    pub async fn invitation(&self, token: TokenHash, now: Timestamp) -> Result<Option<InvitationCard>> {
        const SQL: &str = "
            SELECT w.name, i.email, i.agent_id FROM invitations i JOIN workspaces w ON w.id = i.workspace_id
            WHERE i.token_hash = $1 AND i.expires_at > $2";
        let hash = token.as_slice();
        in_time(async { one!(self.single().await?.conn(), card, SQL, hash, now.unix_ms()) }).await
    }
}
