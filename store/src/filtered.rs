//! Lists that are narrowed down: to a tag, an agent, a priority, to those in which somebody waits.

use std::cmp::Reverse;

use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::{AgentId, AppId, TeamId};
use tidings_protocol::inbox::View;
use tidings_protocol::limits;
use tidings_protocol::saved_views::{Filter, Order};
use uuid::Uuid;

use crate::Db;
use crate::agents::teams_of;
use crate::columns::Columns;
use crate::conversations::{Position, place, team_page};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{inbox_conversation, team_headers};
use crate::open::{cut, in_time, page};
use crate::priority::number;
use crate::tags::fold;

/// Of a tag so many conversations are looked at, those that got it last; of what is closed, those that were active last: a list
/// of either costs the same in a team that has closed a million.
const LOOKED_AT: i64 = 5_000;
/// What is open is counted among so many.
const OPEN_OF_TEAM: i64 = 20_000;

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
    priority: Option<i64>,
    app: Option<Uuid>,
    order: Order,
}

/// Along what conversations are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Along {
    Tag,
    Agent,
    Team,
    Closed,
}

impl Narrowed {
    /// None: the view as it is.
    fn of(filter: &Filter, me: AgentId) -> Result<Option<Self>> {
        let Filter { view, tag, agent_id, app_id, priority, order } = filter;
        if *filter == (Filter { view: *view, ..Filter::default() }) {
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
        if *order == Order::Waiting && state != "open" {
            return Err(Error::Refused("nobody waits in what is put aside or closed"));
        }
        let (tag, priority) = (tag.as_deref().map(fold), priority.map(number));
        let app = app_id.map(AppId::uuid);
        Ok(Some(Self { state, whose, tag, priority, app, order: *order }))
    }

    const fn agent(&self) -> Option<Uuid> {
        match self.whose {
            Whose::Agents(id) => Some(id.uuid()),
            Whose::Anybodys | Whose::Nobodys => None,
        }
    }

    fn along(&self) -> Along {
        match self.whose {
            _ if self.tag.is_some() => Along::Tag,
            Whose::Agents(_) => Along::Agent,
            Whose::Anybodys | Whose::Nobodys if self.state == "closed" => Along::Closed,
            Whose::Anybodys | Whose::Nobodys => Along::Team,
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
        let (waits, first) = (self.order == Order::Waiting, (i64::MIN, Uuid::nil()));
        let (at, id) = if waits && before.is_none() { first } else { place(before) };
        let (team, agent, is_nobodys) = (team.uuid(), self.agent(), self.whose == Whose::Nobodys);
        let (state, priority, app) = (self.state, self.priority, self.app);
        let sql = match (self.along(), self.order) {
            (Along::Tag, Order::Newest) => TAGGED,
            (Along::Tag, Order::Waiting) => TAGGED_WAITING,
            (Along::Agent, Order::Newest) => OF_AGENT,
            (Along::Agent, Order::Waiting) => OF_AGENT_WAITING,
            (Along::Team, Order::Newest) => OF_TEAM,
            (Along::Team | Along::Closed, Order::Waiting) => OF_TEAM_WAITING,
            (Along::Closed, Order::Newest) => OF_CLOSED,
        };
        match (self.along(), self.tag.as_deref()) {
            (Along::Tag, tag) => {
                all!(
                    conn,
                    inbox_conversation,
                    sql,
                    team,
                    at,
                    id,
                    limit,
                    agent,
                    state,
                    is_nobodys,
                    priority,
                    app,
                    LOOKED_AT,
                    tag
                )
            }
            (Along::Closed, _) => {
                all!(
                    conn,
                    inbox_conversation,
                    sql,
                    team,
                    at,
                    id,
                    limit,
                    agent,
                    state,
                    is_nobodys,
                    priority,
                    app,
                    LOOKED_AT
                )
            }
            _ => all!(
                conn,
                inbox_conversation,
                sql,
                team,
                at,
                id,
                limit,
                agent,
                state,
                is_nobodys,
                priority,
                app
            ),
        }
    }

    async fn count(&self, conn: &mut Conn<'_>, team: TeamId) -> Result<i64> {
        let (team, agent, state) = (team.uuid(), self.agent(), self.state);
        let (is_nobodys, priority, app) = (self.whose == Whose::Nobodys, self.priority, self.app);
        let (waits, most) = (self.order == Order::Waiting, limits::COUNT);
        let (sql, among) = match self.along() {
            Along::Tag => (COUNT_TAGGED, LOOKED_AT),
            Along::Agent => (COUNT_OF_AGENT, OPEN_OF_TEAM),
            Along::Team => (COUNT_OF_TEAM, OPEN_OF_TEAM),
            Along::Closed => (COUNT_OF_TEAM, LOOKED_AT),
        };
        let count = match self.tag.as_deref() {
            None => {
                one!(conn, counted, sql, team, agent, state, is_nobodys, priority, waits, most, among, app)?
            }
            Some(tag) => one!(
                conn, counted, sql, team, agent, state, is_nobodys, priority, waits, most, among, app, tag
            )?,
        };
        Ok(count.unwrap_or_default())
    }

    /// Where a conversation stands in the list.
    fn position(&self, row: &InboxConversation) -> Position {
        let at = match self.order {
            Order::Newest => row.active_at,
            Order::Waiting => row.waiting_since.unwrap_or(row.active_at),
        };
        Position { active_at: at, id: row.id }
    }

    /// Puts the pages of several teams into one order.
    fn sort(&self, rows: &mut [InboxConversation]) {
        let key = |row: &InboxConversation| {
            let Position { active_at, id } = self.position(row);
            (active_at, id)
        };
        match self.order {
            Order::Newest => rows.sort_by_key(|row| Reverse(key(row))),
            Order::Waiting => rows.sort_by_key(key),
        }
    }
}

/// `$1` the team, `$2` and `$3` the place, `$4` how many, `$5` the agent, `$6` the state, `$7` whether nobody's, `$8` the priority,
/// `$9` the app, `$10` how many are looked at, `$11` the tag.
macro_rules! narrowed {
    ($along:literal, newest) => {
        narrowed!($along, "(c.listed_at, c.id) < ($2, $3) ORDER BY c.listed_at DESC, c.id DESC LIMIT $4")
    };
    ($along:literal, waiting) => {
        narrowed!(
            $along,
            "c.waiting_since IS NOT NULL AND (c.waiting_since, c.id) > ($2, $3)
            ORDER BY c.waiting_since, c.id LIMIT $4"
        )
    };
    ($along:literal, $order:literal) => {
        team_headers!(
            "",
            concat!(
                $along,
                " AND c.state = $6 AND ($5 IS NULL OR c.assignee_id = $5) AND ($7 = FALSE OR c.assignee_id IS NULL)
                AND ($8 IS NULL OR c.priority = $8) AND ($9 IS NULL OR c.app_id = $9) AND ",
                $order
            )
        )
    };
}

const OF_TEAM: &str = narrowed!("c.team_id = $1", newest);
const OF_TEAM_WAITING: &str = narrowed!("c.team_id = $1", waiting);
const OF_AGENT: &str = narrowed!("c.team_id = $1 AND c.assignee_id = $5", newest);
const OF_AGENT_WAITING: &str = narrowed!("c.team_id = $1 AND c.assignee_id = $5", waiting);
const OF_CLOSED: &str = narrowed!(
    "c.id IN (SELECT s.id FROM conversations s WHERE s.team_id = $1 AND s.state = $6
        ORDER BY s.listed_at DESC, s.id DESC LIMIT $10)",
    newest
);
const TAGGED: &str = narrowed!(
    "c.id IN (SELECT g.conversation_id FROM tagged g WHERE g.team_id = $1 AND g.folded = $11
        ORDER BY g.tagged_at DESC LIMIT $10)",
    newest
);
const TAGGED_WAITING: &str = narrowed!(
    "c.id IN (SELECT g.conversation_id FROM tagged g WHERE g.team_id = $1 AND g.folded = $11
        ORDER BY g.tagged_at DESC LIMIT $10)",
    waiting
);

/// `$1` the team, `$2` the agent, `$3` the state, `$4` whether nobody's, `$5` the priority, `$6` whether somebody must wait, `$7` how
/// far is counted, `$8` among how many, `$9` the app, `$10` the tag.
macro_rules! count {
    ($among:literal) => {
        concat!(
            "SELECT COUNT(*) AS n FROM (SELECT 1 FROM (",
            $among,
            ") found JOIN conversations c ON c.id = found.id
            WHERE c.state = $3 AND ($2 IS NULL OR c.assignee_id = $2) AND ($4 = FALSE OR c.assignee_id IS NULL)
                AND ($5 IS NULL OR c.priority = $5) AND ($9 IS NULL OR c.app_id = $9) AND ($6 = FALSE OR c.waiting_since IS NOT NULL)
            LIMIT $7) counted"
        )
    };
}

const COUNT_OF_TEAM: &str = count!(
    "SELECT s.id FROM conversations s WHERE s.team_id = $1 AND s.state = $3
        ORDER BY s.listed_at DESC, s.id DESC LIMIT $8"
);
const COUNT_OF_AGENT: &str = count!(
    "SELECT s.id FROM conversations s WHERE s.team_id = $1 AND s.assignee_id = $2 AND s.state = $3
        ORDER BY s.listed_at DESC, s.id DESC LIMIT $8"
);
const COUNT_TAGGED: &str = count!(
    "SELECT g.conversation_id AS id FROM tagged g WHERE g.team_id = $1 AND g.folded = $10
        ORDER BY g.tagged_at DESC LIMIT $8"
);

fn counted(row: &impl Columns) -> Result<i64> {
    row.get("n")
}

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
    /// Conversations of the agent's teams that a filter lets through, in the order that it says, and where the next page begins. What cannot be narrowed down is [`Error::Refused`].
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
            narrowed.sort(&mut rows);
            let more = cut(&mut rows, limit);
            let next = rows.last().filter(|_| more).map(|last| narrowed.position(last));
            Ok((rows, next))
        })
        .await
    }
}
