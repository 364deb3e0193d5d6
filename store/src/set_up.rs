//! The beginning of an installation: all of it, or nothing.

use tidings_protocol::id::WorkspaceId;
use tidings_protocol::inbox::Agent;

use crate::agents::CreateAgent;
use crate::apps::{CreateApp, CreateTeam, CreateWorkspace};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::keys::{AddIdentityKeys, AddServerKey};
use crate::{Command, Tx};

/// Sets up an empty database: a workspace with a team, an app and its keys, a server key, and the first agent. Where
/// there is a workspace already it is [`Error::AlreadyExists`], and nothing changes.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// The company.
    pub workspace: CreateWorkspace,
    /// The first team.
    pub team: CreateTeam,
    /// The first app.
    pub app: CreateApp,
    /// How that app's backend signs identity tokens.
    pub identity_keys: AddIdentityKeys,
    /// With which a backend calls the admin API.
    pub server_key: AddServerKey,
    /// Who answers first.
    pub agent: CreateAgent,
}

impl Command for SetUp {
    type Output = Agent;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Agent> {
        // Of two that set up at the same time, the second sees what the first did. SQLite has one writer.
        const LOCK: &str = "LOCK TABLE workspaces IN SHARE ROW EXCLUSIVE MODE";
        const ANY: &str = "SELECT id FROM workspaces LIMIT 1";
        let lock = tx.conn.picks("", LOCK);
        tx.conn.run(lock).await?;
        let there: Option<WorkspaceId> = one!(&mut tx.conn, |row| Columns::id(row, "id"), ANY)?;
        if there.is_some() {
            return Err(Error::AlreadyExists("workspace"));
        }
        self.workspace.apply(tx).await?;
        self.team.apply(tx).await?;
        self.app.apply(tx).await?;
        self.identity_keys.apply(tx).await?;
        self.server_key.apply(tx).await?;
        self.agent.apply(tx).await
    }
}
