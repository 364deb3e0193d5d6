//! Conversations: opening them; lists of them.

use std::fmt;
use std::str::FromStr;

use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::{Conversation, ConversationState, InboxConversation};
use tidings_protocol::id::{AgentId, ConversationId, TeamId, UserId};
use tidings_protocol::inbox::{View, ViewCounts};
use tidings_protocol::limits;
use tidings_protocol::text::Title;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::agents::teams_of;
use crate::assigning;
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{conversation, inbox_conversation, team_headers, user_headers};
use crate::jobs::{JobPayload, NewJob};
use crate::milestones::{self, Kind, Milestone};
use crate::open::{cut, in_time, page};
use crate::tx::Change;
use crate::words::word;
use crate::{Actor, Command, Created, Db, Tx};

pub use crate::hand::{Assign, HandTo};
pub use crate::set_state::SetState;

/// Opens a thread. The same id with the same title by the same user gives the first result.
#[derive(Debug, Clone)]
pub struct OpenConversation {
    /// Made by the device.
    pub id: ConversationId,
    /// Whose it is.
    pub user_id: UserId,
    /// What to call it.
    pub title: Option<Title>,
    /// Now.
    pub now: Timestamp,
}

impl Command for OpenConversation {
    type Output = Created<Conversation>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Created<Conversation>> {
        if let Some(value) = self.first_result(&mut tx.conn).await? {
            return Ok(Created { value, is_new: false });
        }
        self.count(&mut tx.conn).await?;
        let (team_id, has_rules) = self.insert(&mut tx.conn).await?;
        let (conversation_id, at) = (self.id, self.now);
        let opened = Milestone { conversation_id, kind: Kind::Opened, at, team_id, agent_id: None, ms: None };
        milestones::write(&mut tx.conn, &[opened]).await?;
        if has_rules {
            let payload = JobPayload::Assign { user_id: self.user_id, conversation_id: self.id };
            tx.enqueue(NewJob { id: assigning::job_id(self.id, self.now), payload, now: self.now });
        }
        let change = Change::of(ChangeKind::ConversationOpened, self.id, self.now);
        tx.record_for_both(self.user_id, team_id, change);
        let value = user_conversation(&mut tx.conn, self.user_id, self.id).await?.ok_or(Error::NotFound)?;
        Ok(Created { value, is_new: true })
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.id.uuid())
    }
}

impl OpenConversation {
    async fn first_result(&self, conn: &mut Conn<'_>) -> Result<Option<Conversation>> {
        const OWNER: &str = "SELECT user_id FROM conversations WHERE id = $1";
        let owner: Option<UserId> = one!(conn, |row| Columns::id(row, "user_id"), OWNER, self.id.uuid())?;
        match owner {
            None => Ok(None),
            Some(owner) if owner != self.user_id => Err(Error::IdConflict),
            Some(_) => {
                let first = user_conversation(conn, self.user_id, self.id).await?;
                first.filter(|first| first.title == self.title).map(Some).ok_or(Error::IdConflict)
            }
        }
    }

    /// Counts it under the lock of the user's row.
    async fn count(&self, conn: &mut Conn<'_>) -> Result<()> {
        const COUNT: &str = "
            UPDATE users SET conversation_count = conversation_count + 1
            WHERE id = $1 AND conversation_count < $2";
        const USER: &str = "SELECT id FROM users WHERE id = $1";
        let id = self.user_id.uuid();
        if execute!(conn, COUNT, id, limits::CONVERSATIONS_PER_USER)? > 0 {
            return Ok(());
        }
        let user: Option<UserId> = one!(conn, |row| Columns::id(row, "id"), USER, id)?;
        Err(user.map_or(Error::NotFound, |_| Error::Limit("conversations of one user")))
    }

    /// Answers its team, and whether rules may assign it.
    async fn insert(&self, conn: &mut Conn<'_>) -> Result<(TeamId, bool)> {
        const INSERT: &str = "
            INSERT INTO conversations (id, app_id, team_id, user_id, title, state, created_at, active_at, listed_at)
            SELECT $1, a.id, a.team_id, u.id, $3, $4, $5, $5, $5
            FROM users u JOIN apps a ON a.id = u.app_id
            WHERE u.id = $2
            RETURNING team_id, EXISTS (SELECT 1 FROM teams t JOIN workspaces w ON w.id = t.workspace_id
                WHERE t.id = conversations.team_id AND w.assignment IS NOT NULL) AS has_rules";
        let (id, user_id, title) = (self.id.uuid(), self.user_id.uuid(), self.title.as_deref());
        let (state, now) = (word(&ConversationState::Open), self.now.unix_ms());
        one!(conn, placed, INSERT, id, user_id, title, state, now)?.ok_or(Error::NotFound)
    }
}

fn placed(row: &impl Columns) -> Result<(TeamId, bool)> {
    Ok((row.id("team_id")?, row.get("has_rules")?))
}

pub(crate) fn agent(actor: Actor) -> Result<AgentId> {
    match actor {
        Actor::Agent { agent_id } => Ok(agent_id),
        Actor::User { .. } => Err(Error::NotFound),
    }
}

/// The team of a conversation in which the agent may act.
pub(crate) async fn team_of(conn: &mut Conn<'_>, agent_id: AgentId, id: ConversationId) -> Result<TeamId> {
    const SQL: &str = "
        SELECT c.team_id FROM conversations c
        JOIN team_members t ON t.team_id = c.team_id AND t.agent_id = $2
        WHERE c.id = $1";
    one!(conn, |row| Columns::id(row, "team_id"), SQL, id.uuid(), agent_id.uuid())?.ok_or(Error::NotFound)
}

/// A place in a list of conversations, opaque to clients: the protocol's `next` and `before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// When the conversation at this place was last active.
    pub active_at: Timestamp,
    /// Which it is.
    pub id: ConversationId,
}

/// Why a text is not a place in a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected what `next` of an earlier page said")]
pub struct InvalidPosition;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.active_at.unix_ms(), self.id.uuid().simple())
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidPosition> {
        let (ms, id) = text.split_once('.').ok_or(InvalidPosition)?;
        let plain = !ms.is_empty()
            && ms.bytes().all(|byte| byte.is_ascii_digit())
            && id.len() == 32
            && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !plain {
            return Err(InvalidPosition);
        }
        let ms = ms.parse().map_err(|_| InvalidPosition)?;
        let id = Uuid::try_parse(id).map_err(|_| InvalidPosition)?;
        Ok(Self { active_at: Timestamp::from_unix_ms(ms), id: id.into() })
    }
}

/// Before which place a page ends; the first page ends before everything that can be.
pub(crate) fn place(before: Option<Position>) -> (i64, Uuid) {
    before.map_or((i64::MAX, Uuid::max()), |before| (before.active_at.unix_ms(), before.id.uuid()))
}

/// A conversation as its user sees it, if it is theirs.
pub(crate) async fn user_conversation(
    conn: &mut Conn<'_>,
    user_id: UserId,
    id: ConversationId,
) -> Result<Option<Conversation>> {
    const SQL: &str = user_headers!("c.id = $1 AND c.user_id = $2");
    one!(conn, conversation, SQL, id.uuid(), user_id.uuid())
}

/// A conversation as agents see it, if it is of one of this agent's teams.
pub(crate) async fn team_conversation(
    conn: &mut Conn<'_>,
    agent_id: AgentId,
    id: ConversationId,
) -> Result<Option<InboxConversation>> {
    const SQL: &str = team_headers!(
        "c.id = $1 AND EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = c.team_id AND t.agent_id = $2)"
    );
    one!(conn, inbox_conversation, SQL, id.uuid(), agent_id.uuid())
}

/// A page of a user's conversations, the most recently active first.
pub(crate) async fn user_page(
    conn: &mut Conn<'_>,
    user_id: UserId,
    before: Option<Position>,
    limit: i64,
) -> Result<(Vec<Conversation>, Option<Position>)> {
    const SQL: &str = user_headers!(
        "c.user_id = $1 AND (c.active_at, c.id) < ($2, $3) ORDER BY c.active_at DESC, c.id DESC LIMIT $4"
    );
    let (limit, (active_at, id)) = (page(limit), place(before));
    let mut rows = all!(conn, conversation, SQL, user_id.uuid(), active_at, id, limit + 1)?;
    let more = cut(&mut rows, limit);
    let next = rows.last().filter(|_| more).map(|last| Position { active_at: last.active_at, id: last.id });
    Ok((rows, next))
}

/// A page of a view, the most recently active first. Each team is read along its index and the pages are merged,
/// so the cost is that of the page and not that of the team's history.
pub(crate) async fn team_page(
    conn: &mut Conn<'_>,
    agent_id: AgentId,
    view: View,
    before: Option<Position>,
    limit: i64,
) -> Result<(Vec<InboxConversation>, Option<Position>)> {
    let (limit, (active_at, id), me) = (page(limit), place(before), agent_id.uuid());
    let mut rows = Vec::new();
    if view == View::Mentions {
        // Along what mentions the agent, of all their teams at once.
        rows = all!(conn, inbox_conversation, MENTIONS, me, active_at, id, limit + 1)?;
    }
    for team in teams_of(conn, agent_id).await? {
        let team = team.uuid();
        rows.extend(match view {
            View::Mine => all!(conn, inbox_conversation, MINE, team, active_at, id, limit + 1, me)?,
            View::Unassigned => all!(conn, inbox_conversation, UNASSIGNED, team, active_at, id, limit + 1)?,
            View::All => all!(conn, inbox_conversation, OPEN, team, active_at, id, limit + 1)?,
            View::Snoozed => all!(conn, inbox_conversation, SNOOZED, team, active_at, id, limit + 1)?,
            View::Closed => all!(conn, inbox_conversation, CLOSED, team, active_at, id, limit + 1)?,
            View::Approvals => all!(conn, inbox_conversation, APPROVALS, team, active_at, id, limit + 1)?,
            View::Mentions => break,
        });
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.active_at, row.id)));
    let more = cut(&mut rows, limit);
    let next = rows.last().filter(|_| more).map(|last| Position { active_at: last.active_at, id: last.id });
    Ok((rows, next))
}

const MINE: &str = team_headers!(
    "c.team_id = $1 AND c.assignee_id = $5 AND c.state = 'open' AND (c.listed_at, c.id) < ($2, $3)
    ORDER BY c.listed_at DESC, c.id DESC LIMIT $4"
);
const UNASSIGNED: &str = team_headers!(
    "c.team_id = $1 AND c.assignee_id IS NULL AND c.state = 'open' AND (c.listed_at, c.id) < ($2, $3)
    ORDER BY c.listed_at DESC, c.id DESC LIMIT $4"
);
const OPEN: &str = team_headers!(
    "c.team_id = $1 AND c.state = 'open' AND (c.listed_at, c.id) < ($2, $3)
    ORDER BY c.listed_at DESC, c.id DESC LIMIT $4"
);
const SNOOZED: &str = team_headers!(
    "c.team_id = $1 AND c.state = 'snoozed' AND (c.listed_at, c.id) < ($2, $3)
    ORDER BY c.listed_at DESC, c.id DESC LIMIT $4"
);
const CLOSED: &str = team_headers!(
    "c.team_id = $1 AND c.state = 'closed' AND (c.listed_at, c.id) < ($2, $3)
    ORDER BY c.listed_at DESC, c.id DESC LIMIT $4"
);
const APPROVALS: &str = team_headers!(
    "c.team_id = $1 AND c.to_approve > 0 AND (c.listed_at, c.id) < ($2, $3)
    ORDER BY c.listed_at DESC, c.id DESC LIMIT $4"
);

const MENTIONS: &str = team_headers!(
    "c.id IN (SELECT x.conversation_id FROM mentions x WHERE x.agent_id = $1)
    AND EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = c.team_id AND t.agent_id = $1)
    AND (c.listed_at, c.id) < ($2, $3) ORDER BY c.listed_at DESC, c.id DESC LIMIT $4"
);

/// Counts conversations of each of an agent's teams, up to a bound: a team that has closed a million is counted as quickly as one
/// that has closed a thousand. The order is that of the index, which nothing else then comes before.
macro_rules! count {
    ($where:literal) => {
        concat!(
            "COALESCE(CAST(SUM((SELECT COUNT(*) FROM (
                SELECT 1 FROM conversations c WHERE c.team_id = t.team_id AND ",
            $where,
            " ORDER BY c.listed_at DESC LIMIT $2) counted)) AS BIGINT), 0)"
        )
    };
}

/// How many conversations each view of an agent has, each at most [`limits::COUNT`].
pub(crate) async fn counts(conn: &mut Conn<'_>, agent_id: AgentId) -> Result<ViewCounts> {
    const SQL: &str = concat!(
        "SELECT ",
        count!("c.state = 'open' AND c.assignee_id = $1"),
        " AS mine, ",
        count!("c.state = 'open' AND c.assignee_id = $1 AND c.waiting_since IS NOT NULL"),
        " AS waiting, ",
        count!("c.state = 'open' AND c.assignee_id IS NULL"),
        " AS unassigned, ",
        count!("c.state = 'open'"),
        " AS open, ",
        count!("c.state = 'snoozed'"),
        " AS snoozed, ",
        count!("c.state = 'closed'"),
        " AS closed, ",
        count!("c.to_approve > 0"),
        " AS approvals, ",
        "COALESCE((SELECT COUNT(*) FROM (
            SELECT 1 FROM mentions x JOIN conversations c ON c.id = x.conversation_id
            JOIN team_members own ON own.team_id = c.team_id AND own.agent_id = $1
            WHERE x.agent_id = $1 AND x.is_unread = TRUE LIMIT $2) counted), 0)",
        " AS mentions FROM team_members t WHERE t.agent_id = $1"
    );
    let counts = one!(conn, view_counts, SQL, agent_id.uuid(), limits::COUNT)?;
    Ok(counts.unwrap_or_default())
}

fn view_counts(row: &impl Columns) -> Result<ViewCounts> {
    let count = |view| Ok::<_, Error>(row.get::<i64>(view)?.min(limits::COUNT));
    Ok(ViewCounts {
        mine: count("mine")?,
        unassigned: count("unassigned")?,
        all: count("open")?,
        snoozed: count("snoozed")?,
        closed: count("closed")?,
        approvals: count("approvals")?,
        mentions: count("mentions")?,
        waiting: count("waiting")?,
    })
}

impl Db {
    /// A conversation as its user sees it, if it is theirs.
    pub async fn user_conversation(&self, user: UserId, id: ConversationId) -> Result<Option<Conversation>> {
        in_time(async { user_conversation(&mut self.single().await?.conn(), user, id).await }).await
    }

    /// A conversation as agents see it, if it is of one of this agent's teams.
    pub async fn team_conversation(
        &self,
        agent: AgentId,
        id: ConversationId,
    ) -> Result<Option<InboxConversation>> {
        in_time(async { team_conversation(&mut self.single().await?.conn(), agent, id).await }).await
    }

    /// Whose a conversation is, and which team answers in it.
    pub async fn conversation_owners(&self, id: ConversationId) -> Result<Option<(UserId, TeamId)>> {
        const SQL: &str = "SELECT user_id, team_id FROM conversations WHERE id = $1";
        in_time(async {
            one!(
                &mut self.single().await?.conn(),
                |row| Ok::<_, Error>((Columns::id(row, "user_id")?, Columns::id(row, "team_id")?)),
                SQL,
                id.uuid()
            )
        })
        .await
    }

    /// A user's conversations, the most recently active first, and where the next page begins.
    pub async fn user_conversations(
        &self,
        user: UserId,
        before: Option<Position>,
        limit: i64,
    ) -> Result<(Vec<Conversation>, Option<Position>)> {
        in_time(async { user_page(&mut self.single().await?.conn(), user, before, limit).await }).await
    }

    /// A view of the agent's teams, the most recently active first, and where the next page begins.
    pub async fn team_conversations(
        &self,
        agent: AgentId,
        view: View,
        before: Option<Position>,
        limit: i64,
    ) -> Result<(Vec<InboxConversation>, Option<Position>)> {
        in_time(async { team_page(&mut self.snapshot().await?.conn(), agent, view, before, limit).await })
            .await
    }

    /// How many conversations each view of an agent has, each at most [`limits::COUNT`].
    pub async fn view_counts(&self, agent: AgentId) -> Result<ViewCounts> {
        in_time(async { counts(&mut self.single().await?.conn(), agent).await }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_its_text() {
        let position =
            Position { active_at: Timestamp::from_unix_ms(1_795_253_400_250), id: Uuid::max().into() };
        assert_eq!(position.to_string().parse(), Ok(position));
        for text in ["", ".", "1.", ".ff", "-1.00000000000000000000000000000000", "1.0", "x.y"] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }
}
