//! Somebody comes whom the provider vouches for, and becomes who they are here; or is not that any more.

use tidings_protocol::audit::{AuditAct, AuditActor};
use tidings_protocol::id::{AgentId, TeamId, WorkspaceId};
use tidings_protocol::inbox::{Agent, AgentRole};
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::single_sign_on::NewAgents;
use tidings_protocol::text::{Email, Name};
use tidings_protocol::time::Timestamp;

use crate::access::check_agent;
use crate::agents::{CreateAgent, agent};
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::error::Result;
use crate::invitations::take_invitation;
use crate::users::token_hash;
use crate::words::word;
use crate::{Command, EndedSession, TokenHash, Tx};

/// For whom a provider vouches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// At which workspace.
    pub workspace_id: WorkspaceId,
    /// Who vouches. If the workspace has another provider by now, nobody does.
    pub issuer: String,
    /// The provider's own id, which never changes hands.
    pub subject: String,
}

/// Somebody whom the provider vouches for.
#[derive(Debug, Clone)]
pub struct Arrive {
    /// Who.
    pub vouched: Vouched,
    /// Their address, if it counts and its domain may come in. It decides once, who they become; never who is an owner, or has
    /// a factor of their own here.
    pub email: Option<Email>,
    /// What they are called, if they become an agent.
    pub name: Name,
    /// What becomes of who is not invited.
    pub new_agents: Option<NewAgents>,
    /// Of an agent that is made; by the caller.
    pub fresh_id: AgentId,
    /// Of a password that nobody knows.
    pub fresh_password_hash: String,
    /// Now.
    pub now: Timestamp,
}

/// Who arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// This agent.
    In(Agent),
    /// Nobody whom we know, and whoever is not invited stays out.
    NotInvited,
    /// The agent with this address is somebody else at the same provider.
    OtherIdentity,
    /// The agent with this address is an owner, or has a second factor or a passkey: an address is not enough to become them,
    /// they connect their account from a session of theirs.
    MustConnect,
    /// They are shut out.
    ShutOut,
    /// The workspace has another provider by now, or none.
    Changed,
}

struct Candidate {
    agent: Agent,
    is_out: bool,
    has_factor: bool,
}

impl Command for Arrive {
    type Output = Arrival;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Arrival> {
        const BOUND: &str = "
            SELECT a.id, a.name, a.email, a.role, a.disabled_at, FALSE AS has_factor FROM agent_identities i
            JOIN agents a ON a.id = i.agent_id
            WHERE i.workspace_id = $1 AND i.issuer = $2 AND i.subject = $3";
        const BY_EMAIL: &str = "
            SELECT a.id, a.name, a.email, a.role, a.disabled_at,
                EXISTS (SELECT 1 FROM passkeys p WHERE p.agent_id = a.id)
                    OR EXISTS (SELECT 1 FROM second_factors f WHERE f.agent_id = a.id AND f.confirmed_at IS NOT NULL)
                    AS has_factor
            FROM agents a WHERE a.email = $1 AND a.workspace_id = $2";
        let workspace = self.vouched.workspace_id.uuid();
        let (issuer, subject) = (self.vouched.issuer.as_str(), self.vouched.subject.as_str());
        if !self.vouched.is_current(tx).await? {
            return Ok(Arrival::Changed);
        }
        if let Some(known) = one!(&mut tx.conn, candidate, BOUND, workspace, issuer, subject)? {
            return Ok(if known.is_out { Arrival::ShutOut } else { Arrival::In(known.agent) });
        }
        let Some(email) = &self.email else { return Ok(Arrival::NotInvited) };
        if let Some(found) = one!(&mut tx.conn, candidate, BY_EMAIL, email.as_str(), workspace)? {
            return self.become_agent(tx, found).await;
        }
        let invited = take_invitation(tx, self.vouched.workspace_id, email, self.now).await?;
        let uninvited = || self.new_agents.as_ref().map(|new| (new.role, new.team_ids.clone()));
        let Some((role, team_ids)) = invited.or_else(uninvited) else { return Ok(Arrival::NotInvited) };
        Ok(Arrival::In(self.create(tx, email.clone(), role, team_ids).await?))
    }
}

impl Arrive {
    /// The agent whose address it is, from now on by the provider's own id.
    async fn become_agent(&self, tx: &mut Tx<'_>, found: Candidate) -> Result<Arrival> {
        const OTHER: &str = "SELECT agent_id FROM agent_identities WHERE agent_id = $1 AND issuer = $2";
        if found.is_out {
            return Ok(Arrival::ShutOut);
        }
        let id = found.agent.id;
        let issuer = self.vouched.issuer.as_str();
        let other: Option<AgentId> =
            one!(&mut tx.conn, |row| Columns::id(row, "agent_id"), OTHER, id.uuid(), issuer)?;
        if other.is_some() {
            return Ok(Arrival::OtherIdentity);
        }
        if found.agent.role == AgentRole::Owner || found.has_factor {
            return Ok(Arrival::MustConnect);
        }
        Ok(match self.vouched.bind(tx, id, self.now).await? {
            Connected::Yes => Arrival::In(found.agent),
            Connected::OtherAgent | Connected::OtherIdentity | Connected::Changed => Arrival::OtherIdentity,
        })
    }

    async fn create(
        &self,
        tx: &mut Tx<'_>,
        email: Email,
        role: AgentRole,
        team_ids: Option<Vec<TeamId>>,
    ) -> Result<Agent> {
        const NOBODYS: &str = "UPDATE agents SET has_password = FALSE WHERE id = $1";
        let create = CreateAgent {
            id: self.fresh_id,
            workspace_id: self.vouched.workspace_id,
            name: self.name.clone(),
            email,
            role,
            password_hash: self.fresh_password_hash.clone(),
            team_ids,
            by: By { who: AuditActor::Agent { id: self.fresh_id }, at: self.now },
        };
        let made = create.apply(tx).await?;
        execute!(&mut tx.conn, NOBODYS, made.id.uuid())?;
        self.vouched.bind(tx, made.id, self.now).await?;
        Ok(made)
    }
}

impl Vouched {
    /// Whether the workspace still has this provider.
    async fn is_current(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "SELECT issuer FROM identity_providers WHERE workspace_id = $1 AND issuer = $2";
        let (workspace, issuer) = (self.workspace_id.uuid(), self.issuer.as_str());
        let found: Option<String> =
            one!(&mut tx.conn, |row| Columns::get(row, "issuer"), SQL, workspace, issuer)?;
        Ok(found.is_some())
    }

    async fn bind(&self, tx: &mut Tx<'_>, agent_id: AgentId, now: Timestamp) -> Result<Connected> {
        const SQL: &str = "
            INSERT INTO agent_identities (workspace_id, issuer, subject, agent_id, bound_at, tells_time)
            VALUES ($1, $2, $3, $4, $5, FALSE)
            ON CONFLICT DO NOTHING";
        const WHOSE: &str = "
            SELECT agent_id FROM agent_identities WHERE workspace_id = $1 AND issuer = $2 AND subject = $3";
        let (workspace, agent) = (self.workspace_id.uuid(), agent_id.uuid());
        let (issuer, subject) = (self.issuer.as_str(), self.subject.as_str());
        if execute!(&mut tx.conn, SQL, workspace, issuer, subject, agent, now.unix_ms())? == 0 {
            let whose: Option<AgentId> =
                one!(&mut tx.conn, |row| Columns::id(row, "agent_id"), WHOSE, workspace, issuer, subject)?;
            return Ok(match whose {
                Some(id) if id == agent_id => Connected::Yes,
                Some(_) => Connected::OtherAgent,
                None => Connected::OtherIdentity,
            });
        }
        let by = By { who: AuditActor::Agent { id: agent_id }, at: now };
        let line = Line::new(self.workspace_id, by, AuditAct::AgentIdentityBound).target(agent_id);
        tx.audit(line.detail("issuer", issuer));
        Ok(Connected::Yes)
    }
}

/// What became of connecting an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connected {
    /// It is connected; perhaps it was before.
    Yes,
    /// This account of the provider is another agent's.
    OtherAgent,
    /// The agent is connected with another account of the provider.
    OtherIdentity,
    /// The workspace has another provider by now, or none.
    Changed,
}

/// Connects an agent, who has just proved who they are, with their account at the provider.
#[derive(Debug, Clone)]
pub struct ConnectIdentity {
    /// Of which workspace, and their account.
    pub vouched: Vouched,
    /// Who.
    pub agent_id: AgentId,
    /// Now.
    pub now: Timestamp,
}

impl Command for ConnectIdentity {
    type Output = Connected;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Connected> {
        check_agent(&mut tx.conn, self.vouched.workspace_id, self.agent_id).await?;
        if !self.vouched.is_current(tx).await? {
            return Ok(Connected::Changed);
        }
        self.vouched.bind(tx, self.agent_id, self.now).await
    }
}

/// Forgets who an agent is at any provider, and ends the sessions that were begun there: they got another account, or it was
/// connected by mistake.
#[derive(Debug, Clone, Copy)]
pub struct UnbindIdentity {
    /// Of which workspace; another workspace's agent is [`Error::NotFound`](crate::Error::NotFound).
    pub workspace_id: WorkspaceId,
    /// Who.
    pub agent_id: AgentId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for UnbindIdentity {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM agent_identities WHERE agent_id = $1";
        const END: &str =
            "DELETE FROM agent_sessions WHERE agent_id = $1 AND by_provider RETURNING token_hash";
        check_agent(&mut tx.conn, self.workspace_id, self.agent_id).await?;
        let id = self.agent_id.uuid();
        if execute!(&mut tx.conn, SQL, id)? == 0 {
            return Ok(());
        }
        let ended: Vec<TokenHash> = all!(&mut tx.conn, token_hash, END, id)?;
        for hash in ended {
            tx.end_session(EndedSession::Agent(hash));
        }
        let line = Line::new(self.workspace_id, self.by, AuditAct::AgentIdentityUnbound);
        tx.audit(line.target(self.agent_id));
        Ok(())
    }
}

/// Writes down that somebody came from the provider and was refused: with what, and of them nothing.
#[derive(Debug, Clone, Copy)]
pub struct RefuseArrival {
    /// At which workspace.
    pub workspace_id: WorkspaceId,
    /// With what they were refused.
    pub code: ProblemCode,
    /// Now.
    pub now: Timestamp,
}

impl Command for RefuseArrival {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let line = Line::new(self.workspace_id, By::server(self.now), AuditAct::ProviderSignInRefused);
        tx.audit(line.detail("code", word(&self.code)));
        Ok(())
    }
}

fn candidate(row: &impl Columns) -> Result<Candidate> {
    let disabled: Option<i64> = row.get("disabled_at")?;
    Ok(Candidate { agent: agent(row)?, is_out: disabled.is_some(), has_factor: row.get("has_factor")? })
}
