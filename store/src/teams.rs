//! Teams: what they are called, and who is of them.

use std::collections::BTreeSet;

use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{AgentId, TeamId, WorkspaceId};
use tidings_protocol::text::Name;

use crate::access::{check_agent, end_agent_sessions};
use crate::audit::{By, Line};
use crate::browsers::watch;
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::{Command, Tx};

/// Gives a team another name. Its own is fine; that of another team of the workspace is [`Error::AlreadyExists`].
#[derive(Debug, Clone)]
pub struct RenameTeam {
    /// Of which workspace; another workspace's team is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Which.
    pub team_id: TeamId,
    /// The name.
    pub name: Name,
    /// Who does it, and when.
    pub by: By,
}

impl Command for RenameTeam {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const TAKEN: &str = "SELECT id FROM teams WHERE workspace_id = $1 AND name = $2 AND id <> $3";
        const SQL: &str = "UPDATE teams SET name = $2 WHERE id = $1 AND name <> $2";
        lock(tx, self.workspace_id, self.team_id).await?;
        let (workspace, team, name) = (self.workspace_id.uuid(), self.team_id.uuid(), self.name.as_str());
        let taken: Option<TeamId> =
            one!(&mut tx.conn, |row| Columns::id(row, "id"), TAKEN, workspace, name, team)?;
        if taken.is_some() {
            return Err(Error::AlreadyExists("team"));
        }
        if execute!(&mut tx.conn, SQL, team, name)? > 0 {
            tx.audit(Line::new(self.workspace_id, self.by, AuditAct::TeamRenamed).target(self.team_id));
        }
        Ok(())
    }
}

/// Says who is of a team. The sessions of those who are not any more end, so that nothing of the team reaches them.
#[derive(Debug, Clone)]
pub struct SetTeamMembers {
    /// Of which workspace; another workspace's team or agent is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Which.
    pub team_id: TeamId,
    /// Who, in any order.
    pub agent_ids: Vec<AgentId>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetTeamMembers {
    /// Those who are not of it any more.
    type Output = Vec<AgentId>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<AgentId>> {
        const NOW: &str = "SELECT agent_id FROM team_members WHERE team_id = $1 ORDER BY agent_id";
        const JOIN: &str = "INSERT INTO team_members (team_id, agent_id) VALUES ($1, $2)";
        const LEAVE: &str = "DELETE FROM team_members WHERE team_id = $1 AND agent_id = $2";
        lock(tx, self.workspace_id, self.team_id).await?;
        let team = self.team_id.uuid();
        let before: Vec<AgentId> = all!(&mut tx.conn, |row| Columns::id(row, "agent_id"), NOW, team)?;
        let (before, after) = (BTreeSet::from_iter(before), BTreeSet::from_iter(self.agent_ids.clone()));
        for agent in after.difference(&before) {
            check_agent(&mut tx.conn, self.workspace_id, *agent).await?;
            execute!(&mut tx.conn, JOIN, team, agent.uuid())?;
            watch(&mut tx.conn, *agent).await?;
        }
        let left: Vec<AgentId> = before.difference(&after).copied().collect();
        for agent in &left {
            execute!(&mut tx.conn, LEAVE, team, agent.uuid())?;
            end_agent_sessions(tx, *agent).await?;
            watch(&mut tx.conn, *agent).await?;
        }
        if before != after {
            let line = Line::new(self.workspace_id, self.by, AuditAct::TeamMembersSet).target(self.team_id);
            tx.audit(line.detail("joined", after.difference(&before).count()).detail("left", left.len()));
        }
        Ok(left)
    }
}

/// Locks the row of a team of a workspace, so that of two who change it at once the second sees what the first did.
async fn lock(tx: &mut Tx<'_>, workspace: WorkspaceId, team: TeamId) -> Result<()> {
    const SQL: &str = "UPDATE teams SET name = name WHERE id = $1 AND workspace_id = $2";
    if execute!(&mut tx.conn, SQL, team.uuid(), workspace.uuid())? == 0 {
        Err(Error::NotFound)
    } else {
        Ok(())
    }
}
