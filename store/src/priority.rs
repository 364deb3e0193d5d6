//! How much a conversation presses.

use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::{InboxConversation, Priority};
use tidings_protocol::id::ConversationId;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::conversations::{agent, team_conversation, team_of};
use crate::error::{Error, Result};
use crate::tx::{Change, Feed};
use crate::{Actor, Command, Tx};

/// The number under which it is stored: the more it presses, the higher.
pub(crate) const fn number(priority: Priority) -> i64 {
    match priority {
        Priority::Normal => 0,
        Priority::High => 1,
        Priority::Urgent => 2,
    }
}

/// The priority of a row.
pub(crate) fn priority(row: &impl Columns) -> Result<Priority> {
    match row.get::<i64>("priority")? {
        0 => Ok(Priority::Normal),
        1 => Ok(Priority::High),
        2 => Ok(Priority::Urgent),
        other => Err(Error::stored("priority", other)),
    }
}

/// Says how much a conversation presses. Only agents may; the same again is fine.
#[derive(Debug, Clone, Copy)]
pub struct SetPriority {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub conversation_id: ConversationId,
    /// How much.
    pub priority: Priority,
    /// Now.
    pub now: Timestamp,
}

impl Command for SetPriority {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        const SQL: &str = "UPDATE conversations SET priority = $2 WHERE id = $1 AND priority <> $2";
        let agent_id = agent(self.actor)?;
        let id = self.conversation_id;
        let team_id = team_of(&mut tx.conn, agent_id, id).await?;
        if execute!(&mut tx.conn, SQL, id.uuid(), number(self.priority))? > 0 {
            let change = Change::of(ChangeKind::ConversationPrioritised, id, self.now);
            tx.record(Feed::Team(team_id), change);
        }
        team_conversation(&mut tx.conn, agent_id, id).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}
