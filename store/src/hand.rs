//! By whose hand a conversation comes to whom: assigning, taking over, handing on with a note.

use tidings_protocol::Seq;
use tidings_protocol::assigning::Routed;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::{AgentId, ConversationId, TeamId};
use tidings_protocol::inbox::{HandOverNote, SeenAssignee};
use tidings_protocol::problem::Holder;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::assigning::{json, routed};
use crate::availability::is_away;
use crate::columns::Columns;
use crate::conversations::{agent, team_conversation};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::notes::AppendNote;
use crate::tx::{Change, Feed};
use crate::{Actor, Command, Tx};

/// Hands a conversation to an agent of its team, or to nobody. Only agents may.
#[derive(Debug, Clone, Copy)]
pub struct Assign {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub conversation_id: ConversationId,
    /// To whom; not of its team is [`Error::Refused`], somebody else who is away is [`Error::Away`].
    pub assignee: Option<AgentId>,
    /// Now.
    pub now: Timestamp,
}

impl Command for Assign {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        let agent_id = agent(self.actor)?;
        let id = self.conversation_id;
        let Held { team_id, assignee, last_seq, .. } = held_by(&mut tx.conn, agent_id, id).await?;
        if let Some(assignee) = self.assignee {
            check_assignee(&mut tx.conn, team_id, assignee).await?;
            // Whoever is away may still take something on themselves.
            if assignee != agent_id && is_away(&mut tx.conn, assignee, self.now).await? {
                return Err(Error::Away);
            }
        }
        if assignee != self.assignee {
            let routed = by_hand(self.now, last_seq, agent_id, assignee);
            give(&mut tx.conn, id, self.assignee, &routed).await?;
            // The user does not see who has taken their thread on.
            tx.record(Feed::Team(team_id), Change::of(ChangeKind::ConversationAssigned, id, self.now));
        }
        team_conversation(&mut tx.conn, agent_id, id).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// [`Assign`], as somebody asks for it who has the conversation before them: only if who has it is whom they saw, and with
/// what the new one should know. All of it is done, or nothing.
#[derive(Debug, Clone)]
pub struct HandTo {
    /// Which conversation, by whom, to whom.
    pub assign: Assign,
    /// Who has it, as the asker saw; somebody else is [`Error::Reassigned`], unless it is with whom it should be. None:
    /// whoever has it.
    pub seen: Option<SeenAssignee>,
    /// A note that mentions whom it goes to.
    pub note: Option<HandOverNote>,
}

impl Command for HandTo {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        let Assign { actor, conversation_id, assignee, now } = self.assign;
        let agent_id = agent(actor)?;
        if let Some(seen) = self.seen {
            let held = held_by(&mut tx.conn, agent_id, conversation_id).await?;
            // A repeated request meets what it did the first time.
            if held.assignee != seen.agent_id && held.assignee != assignee {
                return Err(Error::Reassigned(held.holder()));
            }
        }
        let header = self.assign.apply(tx).await?;
        let Some(HandOverNote { id, text }) = self.note.clone() else { return Ok(header) };
        let mentions = assignee.into_iter().filter(|it| *it != agent_id).collect();
        AppendNote { id, conversation_id, agent_id, text, mentions, now }.apply(tx).await?;
        team_conversation(&mut tx.conn, agent_id, conversation_id).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        self.assign.lane()
    }
}

/// Who has a conversation, while its row is locked.
struct Held {
    team_id: TeamId,
    assignee: Option<AgentId>,
    last_seq: Seq,
    routed: Option<Routed>,
}

impl Held {
    fn holder(self) -> Holder {
        let (since, by_agent_id) = self.routed.map(|it| (it.at, it.by_agent_id)).unzip();
        Holder { agent_id: self.assignee, since, by_agent_id: by_agent_id.flatten() }
    }
}

fn held(row: &impl Columns) -> Result<Held> {
    Ok(Held {
        team_id: row.id("team_id")?,
        assignee: row.id_option("assignee_id")?,
        last_seq: row.get("last_seq")?,
        routed: routed(row)?,
    })
}

/// Who has a conversation of the agent's teams. Two who take it at once come one after the other.
async fn held_by(conn: &mut Conn<'_>, agent_id: AgentId, id: ConversationId) -> Result<Held> {
    const SQLITE: &str = "
        SELECT c.team_id, c.assignee_id, c.last_seq, c.routed FROM conversations c
        JOIN team_members t ON t.team_id = c.team_id AND t.agent_id = $2
        WHERE c.id = $1";
    const POSTGRES: &str = "
        SELECT c.team_id, c.assignee_id, c.last_seq, c.routed FROM conversations c
        JOIN team_members t ON t.team_id = c.team_id AND t.agent_id = $2
        WHERE c.id = $1 FOR NO KEY UPDATE OF c";
    let sql = conn.picks(SQLITE, POSTGRES);
    one!(conn, held, sql, id.uuid(), agent_id.uuid())?.ok_or(Error::NotFound)
}

/// What the header says of an agent who gives a conversation away, or takes it.
pub(crate) fn by_hand(now: Timestamp, last_seq: Seq, by: AgentId, from: Option<AgentId>) -> Routed {
    let (by_agent_id, from_agent_id) = (Some(by), from);
    let (away_agent_id, off_agent_id) = (None, None);
    Routed {
        at: now,
        after_seq: last_seq,
        rule: None,
        away_agent_id,
        off_agent_id,
        by_agent_id,
        from_agent_id,
    }
}

/// Writes down whom a conversation is with, and how it came there.
async fn give(conn: &mut Conn<'_>, id: ConversationId, to: Option<AgentId>, routed: &Routed) -> Result<()> {
    const SQL: &str = "UPDATE conversations SET assignee_id = $2, routed = $3 WHERE id = $1";
    let routed = json(routed)?;
    execute!(conn, SQL, id.uuid(), to.map(AgentId::uuid), routed.as_str())?;
    Ok(())
}

async fn check_assignee(conn: &mut Conn<'_>, team_id: TeamId, assignee: AgentId) -> Result<()> {
    const SQL: &str = "
        SELECT a.id FROM agents a JOIN team_members t ON t.agent_id = a.id
        WHERE t.team_id = $1 AND a.id = $2 AND a.disabled_at IS NULL";
    let found: Option<AgentId> =
        one!(conn, |row| Columns::id(row, "id"), SQL, team_id.uuid(), assignee.uuid())?;
    found.map(|_| ()).ok_or(Error::Refused("the assignee is not of this conversation's team"))
}
