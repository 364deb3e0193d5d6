//! What agents want to be told of.

use tidings_protocol::alerts::AgentNotifications;
use tidings_protocol::id::AgentId;
use uuid::Uuid;

use crate::browsers::watch;
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::open::in_time;
use crate::{Command, Db, Tx};

/// Replaces what an agent wants to be told of, on all their browsers.
#[derive(Debug, Clone, Copy)]
pub struct SetAgentNotifications {
    /// Who.
    pub agent_id: AgentId,
    /// What.
    pub wishes: AgentNotifications,
}

impl Command for SetAgentNotifications {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE agents SET notifications = $2, mails_assigned = $3, mails_unassigned = $4 WHERE id = $1";
        const BROWSERS: &str =
            "UPDATE agent_browsers SET wants_assigned = $2, wants_unassigned = $3 WHERE agent_id = $1";
        let (id, wishes) = (self.agent_id.uuid(), &self.wishes);
        let text = serde_json::to_string(wishes).map_err(|error| Error::stored("notifications", error))?;
        let (assigned, unassigned) = (wishes.assigned, wishes.unassigned);
        if execute!(&mut tx.conn, SQL, id, text.as_str(), assigned.mail, unassigned.mail)? == 0 {
            return Err(Error::NotFound);
        }
        execute!(&mut tx.conn, BROWSERS, id, assigned.push, unassigned.push)?;
        watch(&mut tx.conn, self.agent_id).await
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.agent_id.uuid())
    }
}

/// The column `notifications` of a row of `agents`.
pub(crate) fn agent_wishes(row: &impl Columns) -> Result<AgentNotifications> {
    match row.get::<Option<String>>("notifications")? {
        Some(text) => serde_json::from_str(&text).map_err(|error| Error::stored("notifications", error)),
        None => Ok(AgentNotifications::default()),
    }
}

pub(crate) const OF_AGENT: &str = "SELECT notifications FROM agents WHERE id = $1";

impl Db {
    /// What an agent wants to be told of.
    pub async fn wishes_of_agent(&self, id: AgentId) -> Result<AgentNotifications> {
        in_time(async {
            one!(self.single().await?.conn(), agent_wishes, OF_AGENT, id.uuid())?.ok_or(Error::NotFound)
        })
        .await
    }
}
