//! Lists that are narrowed down: to a tag, to an agent.

use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::{AgentId, TeamId};
use tidings_protocol::inbox::View;
use tidings_protocol::limits;
use tidings_protocol::saved_views::Filter;
use uuid::Uuid;

use crate::Db;
use crate::agents::teams_of;
use crate::columns::Columns;
use crate::conversations::{Position, place, team_page};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{inbox_conversation, team_headers};
use crate::open::{cut, in_time, page};
use crate::tags::fold;

/// Of a tag so many conversations are looked at, those that got it last: a list of it costs the same in a team that has
/// closed a million.
const OF_ONE_TAG: i64 = 5_000;

/// Whose conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Anybodys,
    Nobodys,
    Agents(AgentId),
}

/// What a filter means for one agent.
struct Narrowed {
    state: &'static str,
    whose: Whose,
    tag: Option<String>,
}

impl Narrowed {
    /// None: the view as it is.
    fn of(filter: &Filter, me: AgentId) -> Result<Option<Self>> {
        let Filter { view, tag, agent_id } = filter;
        if tag.is_none() && agent_id.is_none() {
            return Ok(None);
        }
        let (state, whose) = match (view, agent_id) {
            (View::Mine, None) => ("open", Whose::Agents(me)),
            (View::Unassigned, None) => ("open", Whose::Nobodys),
            (View::All, agent) => ("open", agent.map_or(Whose::Anybodys, Whose::Agents)),
            (View::Snoozed, agent) => ("snoozed", agent.map_or(Whose::Anybodys, Whose::Agents)),
            (View::Closed, agent) => ("closed", agent.map_or(Whose::Anybodys, Whose::Agents)),
            (View::Mine | View::Unassigned, Some(_)) => {
                return Err(Error::Refused("the view says whose conversations it shows"));
            }
            (View::Approvals | View::Mentions, _) => {
                return Err(Error::Refused("the view is not narrowed down"));
            }
        };
        Ok(Some(Self { state, whose, tag: tag.as_deref().map(fold) }))
    }

    const fn agent(&self) -> Option<Uuid> {
        match self.whose {
            Whose::Agents(id) => Some(id.uuid()),
            Whose::Anybodys | Whose::Nobodys => None,
        }
    }

    /// A page of one team.
    async fn rows(
        &self,
        conn: &mut Conn<'_>,
        team: TeamId,
        before: Option<Position>,
        limit: i64,
    ) -> Result<Vec<InboxConversation>> {
        let (team, (active_at, id), state) = (team.uuid(), place(before), self.state);
        let Some(tag) = self.tag.as_deref() else {
            return all!(conn, inbox_conversation, OF_AGENT, team, active_at, id, limit, self.agent(), state);
        };
        let (agent, is_nobodys) = (self.agent(), self.whose == Whose::Nobodys);
        all!(
            conn,
            inbox_conversation,
            TAGGED,
            team,
            active_at,
            id,
            limit,
            agent,
            state,
            tag,
            is_nobodys,
            OF_ONE_TAG
        )
    }

    async fn count(&self, conn: &mut Conn<'_>, team: TeamId) -> Result<i64> {
        let (team, agent, state) = (team.uuid(), self.agent(), self.state);
        let count = match self.tag.as_deref() {
            None => {
                one!(conn, |row| Columns::get(row, "n"), COUNT_OF_AGENT, team, agent, state, limits::COUNT)?
            }
            Some(tag) => {
                let is_nobodys = self.whose == Whose::Nobodys;
                one!(
                    conn,
                    |row| Columns::get(row, "n"),
                    COUNT_TAGGED,
                    team,
                    agent,
                    state,
                    limits::COUNT,
                    tag,
                    is_nobodys,
                    OF_ONE_TAG
                )?
            }
        };
        Ok(count.unwrap_or_default())
    }
}

const OF_AGENT: &str = team_headers!(
    "c.team_id = $1 AND c.assignee_id = $5 AND c.state = $6 AND (c.listed_at, c.id) < ($2, $3)
    ORDER BY c.listed_at DESC, c.id DESC LIMIT $4"
);
const TAGGED: &str = team_headers!(
    "c.id IN (SELECT g.conversation_id FROM tagged g WHERE g.team_id = $1 AND g.folded = $7
        ORDER BY g.tagged_at DESC LIMIT $9)
    AND c.state = $6 AND ($5 IS NULL OR c.assignee_id = $5) AND ($8 = FALSE OR c.assignee_id IS NULL)
    AND (c.listed_at, c.id) < ($2, $3) ORDER BY c.listed_at DESC, c.id DESC LIMIT $4"
);
const COUNT_OF_AGENT: &str = "
    SELECT COUNT(*) AS n FROM (SELECT 1 FROM conversations c
        WHERE c.team_id = $1 AND c.assignee_id = $2 AND c.state = $3 ORDER BY c.listed_at DESC LIMIT $4) counted";
const COUNT_TAGGED: &str = "
    SELECT COUNT(*) AS n FROM (SELECT 1 FROM
        (SELECT g.conversation_id FROM tagged g WHERE g.team_id = $1 AND g.folded = $5
            ORDER BY g.tagged_at DESC LIMIT $7) recent
        JOIN conversations c ON c.id = recent.conversation_id
        WHERE c.state = $3 AND ($2 IS NULL OR c.assignee_id = $2) AND ($6 = FALSE OR c.assignee_id IS NULL)
        LIMIT $4) counted";

/// Refuses what cannot be listed.
pub(crate) fn check(filter: &Filter, me: AgentId) -> Result<()> {
    Narrowed::of(filter, me).map(|_| ())
}

/// How many conversations a filter shows an agent, at most [`limits::COUNT`].
pub(crate) async fn count(conn: &mut Conn<'_>, me: AgentId, filter: &Filter) -> Result<i64> {
    let Some(narrowed) = Narrowed::of(filter, me)? else {
        let counts = crate::conversations::counts(conn, me).await?;
        return Ok(match filter.view {
            View::Mine => counts.mine,
            View::Unassigned => counts.unassigned,
            View::All => counts.all,
            View::Snoozed => counts.snoozed,
            View::Closed => counts.closed,
            View::Approvals => counts.approvals,
            View::Mentions => counts.mentions,
        });
    };
    let mut total = 0;
    for team in teams_of(conn, me).await? {
        total += narrowed.count(conn, team).await?;
    }
    Ok(total.min(limits::COUNT))
}

impl Db {
    /// Conversations of the agent's teams that a filter lets through, the most recently active first, and where the next page
    /// begins. What cannot be narrowed down is [`Error::Refused`].
    pub async fn filtered_conversations(
        &self,
        agent: AgentId,
        filter: &Filter,
        before: Option<Position>,
        limit: i64,
    ) -> Result<(Vec<InboxConversation>, Option<Position>)> {
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let Some(narrowed) = Narrowed::of(filter, agent)? else {
                return team_page(&mut conn, agent, filter.view, before, limit).await;
            };
            let limit = page(limit);
            let mut rows = Vec::new();
            for team in teams_of(&mut conn, agent).await? {
                rows.extend(narrowed.rows(&mut conn, team, before, limit + 1).await?);
            }
            rows.sort_by_key(|row| std::cmp::Reverse((row.active_at, row.id)));
            let more = cut(&mut rows, limit);
            let next = rows.last().filter(|_| more);
            let next = next.map(|last| Position { active_at: last.active_at, id: last.id });
            Ok((rows, next))
        })
        .await
    }
}
