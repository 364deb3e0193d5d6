//! Snapshots, and changes after a cursor. A snapshot and its cursor are read at one moment.

use serde::{Deserialize, Serialize};
use tidings_protocol::Seq;
use tidings_protocol::change::{Catchup, Change, ChangePage};
use tidings_protocol::conversation::{Conversation, InboxConversation};
use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::{AgentId, FeedId, TeamId, UserId, WorkspaceId};
use tidings_protocol::inbox::{Agent, Team, View, ViewCounts};
use uuid::Uuid;

use crate::agents::agents_of;
use crate::conversations::{Position, counts, team_page, user_page};
use crate::db::{Columns, Conn};
use crate::error::{Error, Result};
use crate::headers::{
    conversation, inbox_conversation, message_columns, message_option, team_headers, user_headers,
};
use crate::notes::{note, note_columns};
use crate::open::{cut, in_time, page};
use crate::{Db, words};

/// Everything for a user's first screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserSnapshot {
    /// The conversations that were active last, newest first.
    pub conversations: Vec<Conversation>,
    /// Where older ones begin; none when these are all.
    #[serde(skip)]
    pub next: Option<Position>,
    /// Unread messages in all conversations.
    pub unread: i64,
    /// The place in the user's feed at which this was true.
    pub cursor: Cursor,
}

/// Everything for an agent's first screen.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentSnapshot {
    /// The agent's teams, each with the place in its feed at which this was true.
    pub teams: Vec<Team>,
    /// Everybody of the workspace.
    pub agents: Vec<Agent>,
    /// How many conversations each view has.
    pub counts: ViewCounts,
    /// The first page of the view `all`.
    pub conversations: Vec<InboxConversation>,
    /// Where the next page begins; none when these are all.
    pub next: Option<Position>,
}

/// The ends of a feed.
struct Ends {
    first_seq: Seq,
    last_seq: Seq,
}

fn ends(row: &impl Columns) -> Result<Ends> {
    Ok(Ends { first_seq: row.get("first_seq")?, last_seq: row.get("last_seq")? })
}

async fn feed_ends(conn: &mut Conn<'_>, id: Uuid) -> Result<Ends> {
    const SQL: &str = "SELECT first_seq, last_seq FROM feeds WHERE id = $1";
    one!(conn, ends, SQL, id)?.ok_or(Error::NotFound)
}

/// Unread messages in all conversations of a user.
pub(crate) async fn unread(conn: &mut Conn<'_>, id: UserId) -> Result<i64> {
    const SQL: &str = "
        SELECT CAST(COALESCE(SUM(
            (c.last_seq - c.user_count) - (c.user_read_seq - COALESCE(r.user_count, 0))
        ), 0) AS BIGINT) AS unread
        FROM conversations c
        LEFT JOIN messages r ON r.conversation_id = c.id AND r.seq = c.user_read_seq
        WHERE c.user_id = $1";
    Ok(one!(conn, |row| Columns::get(row, "unread"), SQL, id.uuid())?.unwrap_or_default())
}

impl Db {
    /// Everything for a user's first screen, read at one moment; an unknown user is [`Error::NotFound`].
    pub async fn user_bootstrap(&self, id: UserId, limit: i64) -> Result<UserSnapshot> {
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let ends = feed_ends(&mut conn, id.uuid()).await?;
            let (conversations, next) = user_page(&mut conn, id, None, limit).await?;
            let unread = unread(&mut conn, id).await?;
            Ok(UserSnapshot { conversations, next, unread, cursor: self.cursor(ends.last_seq) })
        })
        .await
    }

    /// Everything for an agent's first screen, read at one moment; an unknown agent is [`Error::NotFound`].
    pub async fn agent_bootstrap(&self, id: AgentId, limit: i64) -> Result<AgentSnapshot> {
        const WORKSPACE: &str = "SELECT workspace_id FROM agents WHERE id = $1";
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let workspace: Option<WorkspaceId> =
                one!(conn, |row| Columns::id(row, "workspace_id"), WORKSPACE, id.uuid())?;
            let workspace = workspace.ok_or(Error::NotFound)?;
            let teams = self.teams_at(&mut conn, id).await?;
            let agents = agents_of(&mut conn, workspace).await?;
            let counts = counts(&mut conn, id).await?;
            let (conversations, next) = team_page(&mut conn, id, View::All, None, limit).await?;
            Ok(AgentSnapshot { teams, agents, counts, conversations, next })
        })
        .await
    }

    async fn teams_at(&self, conn: &mut Conn<'_>, id: AgentId) -> Result<Vec<Team>> {
        const SQL: &str = "
            SELECT t.id, t.name, f.last_seq
            FROM team_members m JOIN teams t ON t.id = m.team_id JOIN feeds f ON f.id = t.id
            WHERE m.agent_id = $1 ORDER BY t.created_at, t.id";
        let team = |(id, name, last_seq)| Team { id, name, cursor: self.cursor(last_seq) };
        Ok(all!(conn, team_place, SQL, id.uuid())?.into_iter().map(team).collect())
    }

    /// The changes of a user's feed after a cursor. An unknown user is [`Error::NotFound`].
    pub async fn user_changes(&self, id: UserId, after: Cursor, limit: i64) -> Result<Catchup<Conversation>> {
        const HEADERS: &str = user_headers!(
            "c.id IN (SELECT conversation_id FROM changes WHERE feed_id = $1 AND seq > $2 AND seq <= $3)
            ORDER BY c.id"
        );
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let feed = id.uuid();
            if !self.follows(&mut conn, feed, after).await? {
                return Ok(Catchup::Reset);
            }
            let limit = page(limit);
            let mut changes = all!(conn, user_change, USER_CHANGES, feed, after.seq, limit + 1)?;
            let more = cut(&mut changes, limit);
            let last = changes.last().map_or(after.seq, |change| change.seq);
            let conversations = all!(conn, conversation, HEADERS, feed, after.seq, last)?;
            Ok(Catchup::Changes(ChangePage { changes, conversations, cursor: self.cursor(last), more }))
        })
        .await
    }

    /// The changes of a team's feed after a cursor. An unknown team is [`Error::NotFound`].
    pub async fn team_changes(
        &self,
        id: TeamId,
        after: Cursor,
        limit: i64,
    ) -> Result<Catchup<InboxConversation>> {
        const HEADERS: &str = team_headers!(
            "c.id IN (SELECT conversation_id FROM changes WHERE feed_id = $1 AND seq > $2 AND seq <= $3)
            ORDER BY c.id"
        );
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let feed = id.uuid();
            if !self.follows(&mut conn, feed, after).await? {
                return Ok(Catchup::Reset);
            }
            let limit = page(limit);
            let mut changes = all!(conn, team_change, TEAM_CHANGES, feed, after.seq, limit + 1)?;
            let more = cut(&mut changes, limit);
            let last = changes.last().map_or(after.seq, |change| change.seq);
            let conversations = all!(conn, inbox_conversation, HEADERS, feed, after.seq, last)?;
            Ok(Catchup::Changes(ChangePage { changes, conversations, cursor: self.cursor(last), more }))
        })
        .await
    }

    /// Whether what comes after the cursor is known. It is not for another history, for what is no longer kept,
    /// and for a place that this history has not reached.
    async fn follows(&self, conn: &mut Conn<'_>, feed: Uuid, after: Cursor) -> Result<bool> {
        let ends = feed_ends(conn, feed).await?;
        Ok(after.epoch == self.epoch() && after.seq >= ends.first_seq - 1 && after.seq <= ends.last_seq)
    }

    /// The last number of each of these feeds; unknown ones are left out.
    pub async fn feed_heads(&self, ids: &[FeedId]) -> Result<Vec<(FeedId, Seq)>> {
        in_time(async {
            let mut reading = self.single().await?;
            let mut heads = Vec::with_capacity(ids.len());
            for piece in crate::tx::chunks(ids) {
                heads.extend(heads_of(&mut reading.conn(), piece).await?);
            }
            Ok(heads)
        })
        .await
    }
}

async fn heads_of(conn: &mut Conn<'_>, ids: &[FeedId]) -> Result<Vec<(FeedId, Seq)>> {
    let places = crate::tx::placeholders(1, ids.len());
    // Only the number of ids is put into the text.
    let sql = sqlx::AssertSqlSafe(format!("SELECT id, last_seq FROM feeds WHERE id IN {places}"));
    on!(conn, |c| {
        let query = ids.iter().fold(sqlx::query(sql), |query, id| query.bind(id.uuid()));
        query.fetch_all(c).await?.iter().map(head).collect()
    })
}

fn head(row: &impl Columns) -> Result<(FeedId, Seq)> {
    Ok((row.id("id")?, row.get("last_seq")?))
}

fn team_place(row: &impl Columns) -> Result<(TeamId, tidings_protocol::text::Name, Seq)> {
    Ok((row.id("id")?, row.text("name")?, row.get("last_seq")?))
}

const USER_CHANGES: &str = concat!(
    "SELECT ch.seq, ch.kind, ch.conversation_id, ",
    message_columns!(),
    " FROM changes ch
    LEFT JOIN messages m ON m.conversation_id = ch.conversation_id AND m.seq = ch.message_seq
    WHERE ch.feed_id = $1 AND ch.seq > $2 ORDER BY ch.seq LIMIT $3"
);

const TEAM_CHANGES: &str = concat!(
    "SELECT ch.seq, ch.kind, ch.conversation_id, ch.note_id, ",
    message_columns!(),
    ", ",
    note_columns!(),
    " FROM changes ch
    LEFT JOIN messages m ON m.conversation_id = ch.conversation_id AND m.seq = ch.message_seq
    LEFT JOIN notes n ON n.id = ch.note_id
    WHERE ch.feed_id = $1 AND ch.seq > $2 ORDER BY ch.seq LIMIT $3"
);

fn user_change(row: &impl Columns) -> Result<Change> {
    Ok(Change {
        seq: row.get("seq")?,
        kind: words::get(row, "kind")?,
        conversation_id: row.id("conversation_id")?,
        message: message_option(row)?,
        note: None,
    })
}

fn team_change(row: &impl Columns) -> Result<Change> {
    let note = match row.get::<Option<Uuid>>("note_id")? {
        Some(_) => Some(note(row)?),
        None => None,
    };
    Ok(Change { note, ..user_change(row)? })
}
