//! Agents: who answers, and their sessions.

use std::collections::HashMap;

use tidings_protocol::audit::{AuditAct, AuditActor};
use tidings_protocol::id::{AgentId, TeamId, WorkspaceId};
use tidings_protocol::inbox::{Agent, AgentRole, Colleague};
use tidings_protocol::text::{Email, Name};
use tidings_protocol::time::Timestamp;

use crate::audit::{By, Line};
use crate::browsers::watch;
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::users::token_hash;
use crate::words::{self, word};
use crate::{Command, Db, EndedSession, TokenHash, Tx};

/// Makes an agent.
#[derive(Clone)]
pub struct CreateAgent {
    /// Made by the caller.
    pub id: AgentId,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// The name that users see.
    pub name: Name,
    /// With which they sign in; taken is [`Error::AlreadyExists`].
    pub email: Email,
    /// What they may do.
    pub role: AgentRole,
    /// Of their password, in the PHC form.
    pub password_hash: String,
    /// Their teams; none: all of the workspace.
    pub team_ids: Option<Vec<TeamId>>,
    /// Who does it, and when.
    pub by: By,
}

/// A password's hash never reaches a log.
impl std::fmt::Debug for CreateAgent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateAgent").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Command for CreateAgent {
    type Output = Agent;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Agent> {
        const INSERT: &str = "
            INSERT INTO agents (id, workspace_id, name, email, role, password_hash, created_at)
            SELECT $1, id, $3, $4, $5, $6, $7 FROM workspaces WHERE id = $2
            ON CONFLICT DO NOTHING";
        let (id, workspace_id) = (self.id.uuid(), self.workspace_id.uuid());
        let (name, email, hash) = (self.name.as_str(), self.email.as_str(), self.password_hash.as_str());
        let (role, now) = (word(&self.role), self.by.at.unix_ms());
        if execute!(&mut tx.conn, INSERT, id, workspace_id, name, email, role, hash, now)? == 0 {
            return self.first_result(&mut tx.conn).await;
        }
        self.join_teams(&mut tx.conn).await?;
        let line = Line::new(self.workspace_id, self.by, AuditAct::AgentCreated).target(self.id);
        tx.audit(line.detail("role", word(&self.role)));
        Ok(self.agent())
    }
}

impl CreateAgent {
    fn agent(&self) -> Agent {
        Agent { id: self.id, name: self.name.clone(), email: self.email.clone(), role: self.role }
    }

    /// The password is not compared: its hash is salted, so a repeat has another.
    async fn first_result(&self, conn: &mut Conn<'_>) -> Result<Agent> {
        const WORKSPACE: &str = "SELECT id FROM workspaces WHERE id = $1";
        const BY_ID: &str = "SELECT id, name, email, role FROM agents WHERE id = $1";
        let workspace: Option<WorkspaceId> =
            one!(conn, |row| Columns::id(row, "id"), WORKSPACE, self.workspace_id.uuid())?;
        workspace.ok_or(Error::NotFound)?;
        match one!(conn, agent, BY_ID, self.id.uuid())? {
            Some(first) if first == self.agent() => Ok(first),
            Some(_) => Err(Error::IdConflict),
            None => Err(Error::AlreadyExists("agent")),
        }
    }

    async fn join_teams(&self, conn: &mut Conn<'_>) -> Result<()> {
        const ALL: &str = "
            INSERT INTO team_members (team_id, agent_id) SELECT id, $1 FROM teams WHERE workspace_id = $2";
        const ONE: &str = "
            INSERT INTO team_members (team_id, agent_id) SELECT id, $1 FROM teams
            WHERE workspace_id = $2 AND id = $3
            ON CONFLICT DO NOTHING";
        let (id, workspace_id) = (self.id.uuid(), self.workspace_id.uuid());
        let Some(teams) = &self.team_ids else {
            execute!(conn, ALL, id, workspace_id)?;
            return Ok(());
        };
        let teams: std::collections::BTreeSet<_> = teams.iter().collect();
        for team in teams {
            if execute!(conn, ONE, id, workspace_id, team.uuid())? == 0 {
                return Err(Error::NotFound);
            }
        }
        Ok(())
    }
}

/// Starts a session of an agent who has proved who they are, and forgets those of theirs whose time is over.
#[derive(Debug, Clone, Copy)]
pub struct StartAgentSession {
    /// Who.
    pub agent_id: AgentId,
    /// The SHA-256 of its token.
    pub token_hash: TokenHash,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Now.
    pub now: Timestamp,
}

impl Command for StartAgentSession {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        self.start(tx, None).await
    }
}

impl StartAgentSession {
    /// The same, and the log says by which way they came in, unless it is the password.
    pub(crate) async fn start(&self, tx: &mut Tx<'_>, way: Option<&str>) -> Result<()> {
        const SQL: &str = "
            INSERT INTO agent_sessions (token_hash, agent_id, created_at, expires_at, proved_at, seen_at)
            SELECT $1, id, $3, $4, $3, $3 FROM agents WHERE id = $2 AND disabled_at IS NULL";
        const FORGET: &str = "DELETE FROM agent_sessions WHERE agent_id = $1 AND expires_at <= $2";
        let (hash, agent) = (self.token_hash.as_slice(), self.agent_id.uuid());
        execute!(&mut tx.conn, FORGET, agent, self.now.unix_ms())?;
        let started =
            execute!(&mut tx.conn, SQL, hash, agent, self.now.unix_ms(), self.expires_at.unix_ms())?;
        if started == 0 {
            return Err(Error::NotFound);
        }
        let line = line_of_agent(tx, self.agent_id, self.now, AuditAct::AgentSignedIn).await?;
        tx.audit(match way {
            Some(way) => line.detail("by", way),
            None => line,
        });
        Ok(())
    }
}

/// Writes down that somebody gave a wrong password for an agent.
#[derive(Debug, Clone, Copy)]
pub struct RefuseAgent {
    /// Whose password it was not.
    pub agent_id: AgentId,
    /// Now.
    pub now: Timestamp,
}

impl Command for RefuseAgent {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        audit_agent(tx, self.agent_id, self.now, AuditAct::AgentSignInFailed).await
    }
}

/// Writes down what an agent did with their own account.
pub(crate) async fn audit_agent(tx: &mut Tx<'_>, id: AgentId, now: Timestamp, act: AuditAct) -> Result<()> {
    let line = line_of_agent(tx, id, now, act).await?;
    tx.audit(line);
    Ok(())
}

/// The line that says so.
pub(crate) async fn line_of_agent(
    tx: &mut Tx<'_>,
    id: AgentId,
    now: Timestamp,
    act: AuditAct,
) -> Result<Line> {
    const SQL: &str = "SELECT workspace_id FROM agents WHERE id = $1";
    let workspace: Option<WorkspaceId> =
        one!(&mut tx.conn, |row| Columns::id(row, "workspace_id"), SQL, id.uuid())?;
    let by = By { who: AuditActor::Agent { id }, at: now };
    Ok(Line::new(workspace.ok_or(Error::NotFound)?, by, act).target(id))
}

/// Ends a session of an agent, by themself. One that has ended already is fine.
#[derive(Debug, Clone, Copy)]
pub struct EndAgentSession {
    /// The SHA-256 of its token.
    pub token_hash: TokenHash,
    /// Now.
    pub now: Timestamp,
}

impl Command for EndAgentSession {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM agent_sessions WHERE token_hash = $1 RETURNING agent_id";
        let hash = self.token_hash.as_slice();
        let ended: Option<AgentId> = one!(&mut tx.conn, |row| Columns::id(row, "agent_id"), SQL, hash)?;
        if let Some(agent_id) = ended {
            tx.end_session(EndedSession::Agent(self.token_hash));
            watch(&mut tx.conn, agent_id).await?;
            audit_agent(tx, agent_id, self.now, AuditAct::AgentSignedOut).await?;
        }
        Ok(())
    }
}

/// What is needed to check an agent's password.
#[derive(Clone, PartialEq, Eq)]
pub struct AgentCredential {
    /// Who.
    pub agent: Agent,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// Of their password, in the PHC form.
    pub password_hash: String,
}

/// A password's hash never reaches a log.
impl std::fmt::Debug for AgentCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentCredential").field("agent", &self.agent.id).finish_non_exhaustive()
    }
}

/// A live session of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSession {
    /// The SHA-256 of its token.
    pub token_hash: TokenHash,
    /// Who.
    pub agent: Agent,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// Their teams.
    pub team_ids: Vec<TeamId>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was begun.
    pub started_at: Timestamp,
    /// Whether it was begun at the company's provider.
    pub by_provider: bool,
    /// When they last proved who they are; 1970: not in this session.
    pub proved_at: Timestamp,
    /// When it was last written down that it is in use.
    pub seen_at: Timestamp,
    /// Whether they may do nothing yet but set up the second factor that their workspace requires.
    pub lacks_second_factor: bool,
}

pub(crate) fn agent(row: &impl Columns) -> Result<Agent> {
    Ok(Agent {
        id: row.id("id")?,
        name: row.text("name")?,
        email: row.text("email")?,
        role: words::get(row, "role")?,
    })
}

fn credential(row: &impl Columns) -> Result<AgentCredential> {
    Ok(AgentCredential {
        agent: agent(row)?,
        workspace_id: row.id("workspace_id")?,
        password_hash: row.get("password_hash")?,
    })
}

fn session(row: &impl Columns) -> Result<AgentSession> {
    Ok(AgentSession {
        token_hash: token_hash(row)?,
        agent: agent(row)?,
        workspace_id: row.id("workspace_id")?,
        team_ids: Vec::new(),
        expires_at: time(row, "expires_at")?,
        started_at: time(row, "created_at")?,
        by_provider: row.get("by_provider")?,
        proved_at: time(row, "proved_at")?,
        seen_at: time(row, "seen_at")?,
        lacks_second_factor: row.get("lacks_second_factor")?,
    })
}

/// The teams of an agent, by id.
pub(crate) async fn teams_of(conn: &mut Conn<'_>, id: AgentId) -> Result<Vec<TeamId>> {
    const SQL: &str = "SELECT team_id FROM team_members WHERE agent_id = $1 ORDER BY team_id";
    all!(conn, |row| Columns::id(row, "team_id"), SQL, id.uuid())
}

fn colleague(row: &impl Columns) -> Result<Colleague> {
    Ok(Colleague {
        id: row.id("id")?,
        name: row.text("name")?,
        email: row.text("email")?,
        role: words::get(row, "role")?,
        team_ids: Vec::new(),
        disabled: row.get("disabled")?,
    })
}

fn membership(row: &impl Columns) -> Result<(AgentId, TeamId)> {
    Ok((row.id("agent_id")?, row.id("team_id")?))
}

/// Everybody of a workspace as one of them sees them, the oldest first; authors of what was written stay, disabled or not.
pub(crate) async fn colleagues_of(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: AgentId,
) -> Result<Vec<Colleague>> {
    const SQL: &str = "
        SELECT id, name, email, role, (disabled_at IS NOT NULL) AS disabled FROM agents
        WHERE workspace_id = $1 ORDER BY created_at, id";
    const SHARED: &str = "
        SELECT m.agent_id, m.team_id FROM team_members own JOIN team_members m ON m.team_id = own.team_id
        WHERE own.agent_id = $1 ORDER BY m.team_id";
    let mut colleagues = all!(conn, colleague, SQL, workspace.uuid())?;
    let mut teams: HashMap<AgentId, Vec<TeamId>> = HashMap::new();
    for (agent, team) in all!(conn, membership, SHARED, id.uuid())? {
        teams.entry(agent).or_default().push(team);
    }
    for colleague in &mut colleagues {
        colleague.team_ids = teams.remove(&colleague.id).unwrap_or_default();
    }
    Ok(colleagues)
}

impl Db {
    /// What is needed to check a password; none when nobody has this address or their account is disabled.
    pub async fn agent_by_email(&self, email: &Email) -> Result<Option<AgentCredential>> {
        const SQL: &str = "
            SELECT id, workspace_id, name, email, role, password_hash FROM agents
            WHERE email = $1 AND disabled_at IS NULL";
        in_time(async { one!(self.single().await?.conn(), credential, SQL, email.as_str()) }).await
    }

    /// The session of a token, unless it has ended or its agent is disabled.
    pub async fn agent_session(&self, token_hash: TokenHash, now: Timestamp) -> Result<Option<AgentSession>> {
        const SQL: &str = "
            SELECT s.token_hash, s.created_at, s.by_provider, s.expires_at, s.proved_at, s.seen_at,
                w.second_factor_required AND NOT s.by_provider AND f.confirmed_at IS NULL
                    AND NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.agent_id = a.id) AS lacks_second_factor,
                a.id, a.workspace_id, a.name, a.email, a.role
            FROM agent_sessions s JOIN agents a ON a.id = s.agent_id JOIN workspaces w ON w.id = a.workspace_id
            LEFT JOIN second_factors f ON f.agent_id = a.id
            WHERE s.token_hash = $1 AND s.expires_at > $2 AND a.disabled_at IS NULL";
        in_time(async {
            let mut reading = self.single().await?;
            let hash = token_hash.as_slice();
            let Some(found) = one!(reading.conn(), session, SQL, hash, now.unix_ms())? else {
                return Ok(None);
            };
            let team_ids = teams_of(&mut reading.conn(), found.agent.id).await?;
            Ok(Some(AgentSession { team_ids, ..found }))
        })
        .await
    }

    /// Everybody of a workspace, the oldest first.
    pub async fn agents(&self, id: WorkspaceId) -> Result<Vec<Agent>> {
        const SQL: &str = "
            SELECT id, name, email, role FROM agents WHERE workspace_id = $1 ORDER BY created_at, id";
        in_time(async { all!(self.single().await?.conn(), agent, SQL, id.uuid()) }).await
    }
}
