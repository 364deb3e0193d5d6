//! Closing conversations, and opening them again.

use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::{ConversationState, InboxConversation};
use tidings_protocol::id::{AgentId, ConversationId, TeamId, UserId};
use tidings_protocol::satisfaction::Satisfaction;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::conversations::{agent, team_conversation, team_of};
use crate::error::{Error, Result};
use crate::milestones::{self, Kind, Milestone};
use crate::satisfaction::{ask_later, satisfaction};
use crate::tx::Change;
use crate::words::word;
use crate::{Actor, Command, Tx};

/// Closes or reopens a conversation. Only agents may; being in that state already is fine, and what is put aside is open.
///
/// [`Error::Merged`] when it is to be opened and is merged into another.
#[derive(Debug, Clone, Copy)]
pub struct SetState {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub conversation_id: ConversationId,
    /// The state to be in.
    pub state: ConversationState,
    /// Now.
    pub now: Timestamp,
}

impl Command for SetState {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        let agent_id = agent(self.actor)?;
        let id = self.conversation_id;
        let team_id = team_of(&mut tx.conn, agent_id, id).await?;
        set_state(tx, team_id, id, agent_id, self.state, self.now).await?;
        let header = team_conversation(&mut tx.conn, agent_id, id).await?.ok_or(Error::NotFound)?;
        if header.state == self.state { Ok(header) } else { Err(Error::Merged) }
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// Closes or reopens a conversation, and tells both sides; nothing when it is in that state, or merged into another.
pub(crate) async fn set_state(
    tx: &mut Tx<'_>,
    team_id: TeamId,
    id: ConversationId,
    by: AgentId,
    state: ConversationState,
    now: Timestamp,
) -> Result<()> {
    // Whoever closes considers the user answered, so nobody waits any more.
    const SQL: &str = "
        UPDATE conversations
        SET state = $2, waiting_since = CASE WHEN $2 = 'closed' THEN NULL ELSE waiting_since END,
            snoozed_until = NULL, woke_at = NULL, closed_at = CASE WHEN $2 = 'closed' THEN $3 END
        WHERE id = $1 AND CASE WHEN state = 'closed' THEN 'closed' ELSE 'open' END <> $2 AND merged_into IS NULL
        RETURNING user_id, assignee_id,
            (SELECT a.satisfaction FROM apps a WHERE a.id = conversations.app_id) AS satisfaction";
    let moved = one!(&mut tx.conn, moved, SQL, id.uuid(), word(&state), now.unix_ms())?;
    if let Some(Moved { user_id, assignee, satisfaction }) = moved {
        let opened = Milestone {
            conversation_id: id,
            kind: Kind::Reopened,
            at: now,
            team_id,
            agent_id: None,
            ms: None,
        };
        let (kind, milestone) = match state {
            ConversationState::Open => (ChangeKind::ConversationReopened, opened),
            ConversationState::Closed => {
                let since = milestones::open_since(&mut tx.conn, id).await?.unwrap_or(now.unix_ms());
                let ms = Some((now.unix_ms() - since).max(0));
                let agent_id = assignee.or(Some(by));
                if let Some(wish) = &satisfaction {
                    ask_later(tx, wish, user_id, id, now);
                }
                let resolved = Milestone { kind: Kind::Resolved, agent_id, ms, ..opened };
                (ChangeKind::ConversationClosed, resolved)
            }
        };
        milestones::write(&mut tx.conn, &[milestone]).await?;
        tx.record_for_both(user_id, team_id, Change::of(kind, id, now));
    }
    Ok(())
}

/// A conversation that was closed or opened again.
struct Moved {
    user_id: UserId,
    assignee: Option<AgentId>,
    /// How the users of its app are asked what they think.
    satisfaction: Option<Satisfaction>,
}

fn moved(row: &impl Columns) -> Result<Moved> {
    Ok(Moved {
        user_id: row.id("user_id")?,
        assignee: row.id_option("assignee_id")?,
        satisfaction: satisfaction(row)?,
    })
}
