//! The identity provider of a workspace, and who its agents are there.

mod arrive;
mod set;

use tidings_protocol::id::{AgentId, WorkspaceId};
use tidings_protocol::single_sign_on::{IdentityProvider, NewAgents};

pub use self::arrive::{Arrival, Arrive, ConnectIdentity, Connected, RefuseArrival, UnbindIdentity, Vouched};
pub use self::set::{NameEmergency, RemoveProvider, SetProvider};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::words;
use crate::{Command, Db, Tx};

/// An identity provider, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredProvider {
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// What is told of it.
    pub provider: IdentityProvider,
    /// Sealed.
    pub client_secret: String,
}

/// A secret never reaches a log.
impl std::fmt::Debug for StoredProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredProvider").field("issuer", &self.provider.issuer).finish_non_exhaustive()
    }
}

/// Puts the same secret in its place, sealed anew. One that was changed meanwhile stays.
#[derive(Debug, Clone)]
pub struct ResealProvider {
    /// As it was read.
    pub before: StoredProvider,
    /// The secret, sealed anew.
    pub client_secret: String,
}

impl Command for ResealProvider {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE identity_providers SET client_secret = $3 WHERE workspace_id = $1 AND client_secret = $2";
        let (before, after) = (self.before.client_secret.as_str(), self.client_secret.as_str());
        execute!(&mut tx.conn, SQL, self.before.workspace_id.uuid(), before, after)?;
        Ok(())
    }
}

/// Refuses who comes in by another way than the company's provider, where that is the only one. One owner may, for the day when
/// the provider fails, as long as they are one. Asked in the transaction of what it guards.
pub(crate) async fn other_way_in(conn: &mut Conn<'_>, agent: AgentId) -> Result<()> {
    const SQL: &str = "
        SELECT a.id FROM agents a JOIN identity_providers p ON p.workspace_id = a.workspace_id
        WHERE a.id = $1 AND p.is_only
            AND (a.role <> 'owner' OR p.emergency_agent_id IS NULL OR p.emergency_agent_id <> a.id)";
    let kept_out: Option<AgentId> = one!(conn, |row| Columns::id(row, "id"), SQL, agent.uuid())?;
    if kept_out.is_some() { Err(Error::OnlyProvider) } else { Ok(()) }
}

/// Whether an agent is known at the provider that their workspace has now.
pub(crate) async fn is_known(conn: &mut Conn<'_>, agent: AgentId) -> Result<bool> {
    const SQL: &str = "
        SELECT i.agent_id FROM agent_identities i
        JOIN identity_providers p ON p.workspace_id = i.workspace_id AND p.issuer = i.issuer
        WHERE i.agent_id = $1";
    let found: Option<AgentId> = one!(conn, |row| Columns::id(row, "agent_id"), SQL, agent.uuid())?;
    Ok(found.is_some())
}

/// Writes down that the provider has said when it looked who an agent is.
pub(crate) async fn told_time(conn: &mut Conn<'_>, agent: AgentId) -> Result<()> {
    const SQL: &str = "UPDATE agent_identities SET tells_time = TRUE WHERE agent_id = $1 AND NOT tells_time";
    execute!(conn, SQL, agent.uuid())?;
    Ok(())
}

/// Refuses to take the owner away who may come in when the provider, the only way in, fails.
pub(crate) async fn keep_emergency(conn: &mut Conn<'_>, agent: AgentId) -> Result<()> {
    const SQL: &str =
        "SELECT emergency_agent_id AS id FROM identity_providers WHERE is_only AND emergency_agent_id = $1";
    let found: Option<AgentId> = one!(conn, |row| Columns::id(row, "id"), SQL, agent.uuid())?;
    if found.is_some() {
        return Err(Error::Refused(
            "this owner may come in when the company's provider fails: name another one for that before",
        ));
    }
    Ok(())
}

fn stored(row: &impl Columns) -> Result<StoredProvider> {
    let domains: String = row.get("domains")?;
    let domains: Vec<String> =
        serde_json::from_str(&domains).map_err(|error| Error::stored("domains", error))?;
    let role: Option<String> = row.get("new_role")?;
    let teams: Option<String> = row.get("new_team_ids")?;
    let emergency: Option<uuid::Uuid> = row.get("emergency_agent_id")?;
    let team_ids = match teams {
        Some(teams) => {
            Some(serde_json::from_str(&teams).map_err(|error| Error::stored("new_team_ids", error))?)
        }
        None => None,
    };
    let new_agents = match role {
        Some(_) => Some(NewAgents { role: words::get(row, "new_role")?, team_ids }),
        None => None,
    };
    Ok(StoredProvider {
        workspace_id: row.id("workspace_id")?,
        provider: IdentityProvider {
            label: row.text("label")?,
            issuer: row.text("issuer")?,
            client_id: row.text("client_id")?,
            domains: domains.into_iter().filter_map(|domain| domain.try_into().ok()).collect(),
            trusts_addresses: row.get("trusts_addresses")?,
            new_agents,
            only: row.get("is_only")?,
            emergency_agent_id: emergency.map(AgentId::from),
            set_at: time(row, "set_at")?,
        },
        client_secret: row.get("client_secret")?,
    })
}

/// Who an agent is at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentIdentity {
    /// The provider's own id of them.
    pub subject: String,
    /// Whether the provider has ever said when it looked who they are.
    pub tells_time: bool,
}

fn identity(row: &impl Columns) -> Result<AgentIdentity> {
    Ok(AgentIdentity { subject: row.get("subject")?, tells_time: row.get("tells_time")? })
}

impl Db {
    /// The provider of a workspace.
    pub async fn identity_provider(&self, id: WorkspaceId) -> Result<Option<StoredProvider>> {
        const SQL: &str = "SELECT * FROM identity_providers WHERE workspace_id = $1";
        in_time(async { one!(self.single().await?.conn(), stored, SQL, id.uuid()) }).await
    }

    /// All providers of the installation.
    pub async fn identity_providers(&self) -> Result<Vec<StoredProvider>> {
        const SQL: &str = "SELECT * FROM identity_providers ORDER BY workspace_id";
        in_time(async { all!(self.single().await?.conn(), stored, SQL) }).await
    }

    /// Who an agent is at a provider.
    pub async fn identity_of(&self, agent: AgentId, issuer: &str) -> Result<Option<AgentIdentity>> {
        const SQL: &str = "
            SELECT subject, tells_time FROM agent_identities WHERE agent_id = $1 AND issuer = $2";
        in_time(async { one!(self.single().await?.conn(), identity, SQL, agent.uuid(), issuer) }).await
    }

    /// Whether an agent has a password that somebody may know.
    pub async fn has_password(&self, agent: AgentId) -> Result<bool> {
        const SQL: &str = "SELECT has_password FROM agents WHERE id = $1";
        in_time(async {
            let found: Option<bool> = one!(
                self.single().await?.conn(),
                |row| Columns::get(row, "has_password"),
                SQL,
                agent.uuid()
            )?;
            Ok(found.unwrap_or_default())
        })
        .await
    }
}
