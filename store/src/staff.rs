//! Those who work here, as who administers sees them: what they may do, and what becomes of their conversations when they
//! leave.

use tidings_protocol::audit::AuditAct;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{AgentId, ConversationId, TeamId, WorkspaceId};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::staff::{ServerKeyInfo, StaffMember};
use tidings_protocol::time::Timestamp;

use crate::access::check_agent;
use crate::assigning::talents;
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::headers::{time, time_option};
use crate::invitations::forget_password_link;
use crate::open::in_time;
use crate::single_sign_on::keep_emergency;
use crate::tx::{Change, Feed};
use crate::words::{self, word};
use crate::{Command, Db, Tx};

/// Conversations that one step hands back: a batch stays short for all who wait behind it.
const STEP: i64 = 100;

/// Says what an agent may do. Somebody is always left who administers.
#[derive(Debug, Clone, Copy)]
pub struct SetAgentRole {
    /// Of which workspace; another workspace's agent is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Who.
    pub agent_id: AgentId,
    /// The role.
    pub role: AgentRole,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetAgentRole {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE agents SET role = $2 WHERE id = $1 AND role <> $2";
        check_agent(&mut tx.conn, self.workspace_id, self.agent_id).await?;
        let administered = administers(tx, self.agent_id).await?;
        if self.role != AgentRole::Owner {
            keep_emergency(&mut tx.conn, self.agent_id).await?;
        }
        let role = word(&self.role);
        if execute!(&mut tx.conn, SQL, self.agent_id.uuid(), role.as_str())? > 0 {
            // A link for an agent must not open an owner's account.
            forget_password_link(&mut tx.conn, self.agent_id).await?;
            if administered {
                keep_somebody(tx, self.workspace_id).await?;
            }
            let line = Line::new(self.workspace_id, self.by, AuditAct::AgentRoleSet).target(self.agent_id);
            tx.audit(line.detail("role", role));
        }
        Ok(())
    }
}

/// Whether an agent administers.
pub(crate) async fn administers(tx: &mut Tx<'_>, id: AgentId) -> Result<bool> {
    const SQL: &str = "SELECT id FROM agents WHERE id = $1 AND role IN ('owner', 'admin')";
    let found: Option<AgentId> = one!(&mut tx.conn, |row| Columns::id(row, "id"), SQL, id.uuid())?;
    Ok(found.is_some())
}

/// Refuses what has just been done to somebody who administered, if nobody is left who does.
pub(crate) async fn keep_somebody(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<()> {
    const LOCK: &str = "UPDATE workspaces SET name = name WHERE id = $1";
    const SQL: &str = "
        SELECT COUNT(*) AS owners FROM agents
        WHERE workspace_id = $1 AND role IN ('owner', 'admin') AND disabled_at IS NULL";
    // Of two who demote each other at once, the second sees what the first did.
    execute!(&mut tx.conn, LOCK, workspace.uuid())?;
    let owners: Option<i64> = one!(&mut tx.conn, |row| Columns::get(row, "owners"), SQL, workspace.uuid())?;
    if owners.unwrap_or_default() == 0 {
        return Err(Error::Refused("somebody must be left who administers"));
    }
    Ok(())
}

/// Hands some of the conversations of an agent who has left, all or a team, back to their teams: those that are open or put aside.
/// What is closed keeps who answered it, until its user writes again.
#[derive(Debug, Clone, Copy)]
pub struct HandBack {
    /// Of which workspace; another workspace's agent is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Who has left.
    pub agent_id: AgentId,
    /// Which team they have left; none: all.
    pub of: Option<TeamId>,
    /// Now.
    pub now: Timestamp,
}

impl Command for HandBack {
    /// Whether there may be more.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "
            SELECT id, team_id FROM conversations
            WHERE assignee_id = $1 AND state IN ('open', 'snoozed') AND (team_id = $3 OR $3 IS NULL)
            ORDER BY active_at, id LIMIT $2";
        const FREE: &str =
            "UPDATE conversations SET assignee_id = NULL, routed = NULL WHERE id = $1 AND assignee_id = $2";
        check_agent(&mut tx.conn, self.workspace_id, self.agent_id).await?;
        let agent = self.agent_id.uuid();
        let found: Vec<(ConversationId, TeamId)> =
            all!(&mut tx.conn, of_team, SQL, agent, STEP, self.of.map(TeamId::uuid))?;
        for (id, team_id) in &found {
            if execute!(&mut tx.conn, FREE, id.uuid(), agent)? > 0 {
                let change = Change::of(ChangeKind::ConversationAssigned, *id, self.now);
                tx.record(Feed::Team(*team_id), change);
            }
        }
        Ok(i64::try_from(found.len()).is_ok_and(|found| found == STEP))
    }
}

fn of_team(row: &impl Columns) -> Result<(ConversationId, TeamId)> {
    Ok((row.id("id")?, row.id("team_id")?))
}

fn member(row: &impl Columns) -> Result<StaffMember> {
    Ok(StaffMember {
        id: row.id("id")?,
        name: row.text("name")?,
        email: row.text("email")?,
        role: words::get(row, "role")?,
        team_ids: Vec::new(),
        has_second_factor: row.get("has_second_factor")?,
        has_identity: row.get("has_identity")?,
        talents: talents(row)?,
        disabled_at: time_option(row, "disabled_at")?,
    })
}

fn membership(row: &impl Columns) -> Result<(AgentId, TeamId)> {
    Ok((row.id("agent_id")?, row.id("team_id")?))
}

fn server_key(row: &impl Columns) -> Result<ServerKeyInfo> {
    Ok(ServerKeyInfo { id: row.id("id")?, label: row.get("label")?, created_at: time(row, "created_at")? })
}

impl Db {
    /// Everybody of a workspace, the oldest first.
    pub async fn staff(&self, id: WorkspaceId) -> Result<Vec<StaffMember>> {
        const SQL: &str = "
            SELECT a.id, a.name, a.email, a.role, a.talents, a.disabled_at,
                CASE WHEN f.confirmed_at IS NULL AND NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.agent_id = a.id)
                    THEN FALSE ELSE TRUE END AS has_second_factor,
                CASE WHEN EXISTS (SELECT 1 FROM agent_identities i
                        JOIN identity_providers o ON o.workspace_id = i.workspace_id AND o.issuer = i.issuer
                        WHERE i.agent_id = a.id)
                    THEN TRUE ELSE FALSE END AS has_identity
            FROM agents a LEFT JOIN second_factors f ON f.agent_id = a.id
            WHERE a.workspace_id = $1 ORDER BY a.created_at, a.id";
        const TEAMS: &str = "
            SELECT m.agent_id, m.team_id FROM team_members m JOIN teams t ON t.id = m.team_id
            WHERE t.workspace_id = $1 ORDER BY t.created_at, t.id";
        in_time(async {
            let mut reading = self.single().await?;
            let mut members = all!(reading.conn(), member, SQL, id.uuid())?;
            let teams = all!(reading.conn(), membership, TEAMS, id.uuid())?;
            for member in &mut members {
                let own = teams.iter().filter(|(agent, _)| *agent == member.id);
                member.team_ids = own.map(|(_, team)| *team).collect();
            }
            Ok(members)
        })
        .await
    }

    /// The role of an agent of a workspace.
    pub async fn role_of(&self, workspace: WorkspaceId, id: AgentId) -> Result<Option<AgentRole>> {
        const SQL: &str = "SELECT role FROM agents WHERE id = $1 AND workspace_id = $2";
        in_time(async {
            one!(self.single().await?.conn(), |row| words::get(row, "role"), SQL, id.uuid(), workspace.uuid())
        })
        .await
    }

    /// The server keys of a workspace that were not revoked, the newest first.
    pub async fn server_keys(&self, id: WorkspaceId) -> Result<Vec<ServerKeyInfo>> {
        const SQL: &str = "
            SELECT id, label, created_at FROM server_keys
            WHERE workspace_id = $1 AND revoked_at IS NULL ORDER BY created_at DESC, id";
        in_time(async { all!(self.single().await?.conn(), server_key, SQL, id.uuid()) }).await
    }
}
