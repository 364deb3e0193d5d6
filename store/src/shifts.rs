//! What becomes of what waits when the hours of a team end. When they do is told by a clock, elsewhere.

use tidings_protocol::assigning::Routed;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::hours::TeamHours;
use tidings_protocol::id::{AgentId, ConversationId, TeamId, UserId};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::assigning::{WRITING_MS, is_not_writing, json, routed};
use crate::columns::Columns;
use crate::error::Result;
use crate::hours::team_hours;
use crate::jobs::{JobPayload, NewJob};
use crate::open::in_time;
use crate::same::same_id;
use crate::tx::{Change, Feed};
use crate::{Command, Db, Tx};

/// So many of the last messages are looked at for one that the agent has just written.
const JUST_WRITTEN: i64 = 20;

/// Whether a conversation `c` goes back from its agent `a`: a user has waited in it since before the hours ended, and the agent
/// is not in the middle of it. What they put aside until after the hours is theirs.
macro_rules! is_left {
    ($ended:literal, $writing:literal) => {
        concat!(
            "c.state = 'open' AND c.waiting_since < ",
            $ended,
            " AND (c.woke_at IS NULL OR c.woke_at < ",
            $ended,
            ") AND ",
            is_not_writing!($writing),
            " AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.seq > c.last_seq - ",
            "$5",
            " AND m.author_kind = 'agent' AND m.author_id = a.id AND m.sent_at > ",
            $writing,
            ")"
        )
    };
}

/// Takes a conversation in which a user waits from an agent of a team whose hours have ended, and gives it back to the team.
#[derive(Debug, Clone, Copy)]
pub struct ReturnAtClose {
    /// Which.
    pub conversation_id: ConversationId,
    /// From whom.
    pub agent_id: AgentId,
    /// When the hours ended: what came to the agent after that stays with them.
    pub ended_at: Timestamp,
    /// When they begin again: the rules are asked then, if there are any.
    pub begin_at: Timestamp,
    /// Now.
    pub now: Timestamp,
}

impl Command for ReturnAtClose {
    /// False when it is not so any more, or the agent is in the middle of it.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = concat!(
            "SELECT c.team_id, c.user_id, c.last_seq, c.routed,
                CASE WHEN w.assignment IS NULL THEN FALSE ELSE TRUE END AS has_rules
            FROM conversations c JOIN agents a ON a.id = c.assignee_id JOIN workspaces w ON w.id = a.workspace_id
            WHERE c.id = $1 AND c.assignee_id = $2 AND ",
            is_left!("$3", "$4")
        );
        const FREE: &str =
            "UPDATE conversations SET assignee_id = NULL, routed = $3 WHERE id = $1 AND assignee_id = $2";
        let (id, agent) = (self.conversation_id.uuid(), self.agent_id.uuid());
        let (ended, writing) = (self.ended_at.unix_ms(), self.now.plus_ms(-WRITING_MS).unix_ms());
        let found = one!(&mut tx.conn, left, SQL, id, agent, ended, writing, JUST_WRITTEN)?;
        let Some(left) = found.filter(|left| !left.is_after(self.ended_at)) else { return Ok(false) };
        let routed = Routed {
            at: self.now,
            after_seq: left.last_seq,
            rule: None,
            away_agent_id: None,
            off_agent_id: Some(self.agent_id),
            by_agent_id: None,
            from_agent_id: None,
        };
        execute!(&mut tx.conn, FREE, id, agent, json(&routed)?.as_str())?;
        let change = Change::of(ChangeKind::ConversationAssigned, self.conversation_id, self.now);
        tx.record(Feed::Team(left.team_id), change);
        if left.has_rules {
            let payload = JobPayload::Assign { user_id: left.user_id, conversation_id: self.conversation_id };
            let returned_at = self.now.unix_ms().to_be_bytes();
            let id = same_id(self.begin_at, &[b"assign when hours begin", id.as_bytes(), &returned_at]);
            tx.enqueue(NewJob { id, payload, now: self.begin_at });
        }
        Ok(true)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// A conversation with an agent whose hours have ended.
struct Left {
    team_id: TeamId,
    user_id: UserId,
    last_seq: i64,
    routed: Option<Routed>,
    has_rules: bool,
}

impl Left {
    /// Whether it came to its agent after the hours had ended.
    fn is_after(&self, ended_at: Timestamp) -> bool {
        self.routed.as_ref().is_some_and(|routed| routed.at >= ended_at)
    }
}

fn left(row: &impl Columns) -> Result<Left> {
    Ok(Left {
        team_id: row.id("team_id")?,
        user_id: row.id("user_id")?,
        last_seq: row.get("last_seq")?,
        routed: routed(row)?,
        has_rules: row.get("has_rules")?,
    })
}

fn owned(row: &impl Columns) -> Result<(ConversationId, AgentId, Option<Routed>)> {
    Ok((row.id("id")?, row.id("agent_id")?, routed(row)?))
}

fn taking_back(row: &impl Columns) -> Result<(TeamId, Option<TeamHours>)> {
    Ok((row.id("id")?, team_hours(row)?))
}

impl Db {
    /// Teams that take back what waits when their hours end, with these hours.
    pub async fn teams_that_take_back(&self) -> Result<Vec<(TeamId, TeamHours)>> {
        const SQL: &str = "SELECT id, hours FROM teams WHERE hours IS NOT NULL ORDER BY id";
        let teams = in_time(async { all!(self.single().await?.conn(), taking_back, SQL) }).await?;
        let with_hours = teams.into_iter().filter_map(|(id, hours)| Some((id, hours?)));
        Ok(with_hours.filter(|(_, hours)| hours.hands_back).collect())
    }

    /// Conversations of a team in which a user has waited since before its hours ended, and whose agent has had them since
    /// before that, in the order of their ids behind one: of `limit` that were looked at, and where to go on if there may be more.
    pub async fn left_at_close(
        &self,
        team: TeamId,
        ended_at: Timestamp,
        after: Option<ConversationId>,
        limit: i64,
        now: Timestamp,
    ) -> Result<(Vec<(ConversationId, AgentId)>, Option<ConversationId>)> {
        // CROSS: SQLite begins with the few who are of the team, and not with all that is open.
        const SQL: &str = concat!(
            "SELECT c.id, a.id AS agent_id, c.routed FROM team_members t JOIN agents a ON a.id = t.agent_id
            CROSS JOIN conversations c
            WHERE t.team_id = $1 AND c.assignee_id = a.id AND c.team_id = $1 AND c.id > $2 AND ",
            is_left!("$3", "$4"),
            " ORDER BY c.id LIMIT $6"
        );
        let after = after.map_or(Uuid::nil(), ConversationId::uuid);
        let (ended, writing) = (ended_at.unix_ms(), now.plus_ms(-WRITING_MS).unix_ms());
        let found = in_time(async {
            all!(
                self.single().await?.conn(),
                owned,
                SQL,
                team.uuid(),
                after,
                ended,
                writing,
                JUST_WRITTEN,
                limit
            )
        })
        .await?;
        let is_full = i64::try_from(found.len()).is_ok_and(|found| found >= limit);
        let next = found.last().map(|(id, ..)| *id).filter(|_| is_full);
        let before = |routed: Option<Routed>| routed.is_none_or(|routed| routed.at < ended_at);
        let left = found.into_iter().filter_map(|(id, agent, routed)| before(routed).then_some((id, agent)));
        Ok((left.collect(), next))
    }
}
