//! Finding: one statement that asks the index and the tables who may see what it found.

use std::fmt;
use std::str::FromStr;

use tidings_protocol::conversation::{Conversation, InboxConversation, UserSummary};
use tidings_protocol::id::{AgentId, ConversationId, TeamId, UserId};
use tidings_protocol::markup::plain;
use tidings_protocol::message::{Author, Message};
use tidings_protocol::search::{
    AppSearch, InboxHit, InboxSearch, MessageHit, NoteHit, SearchIn, SnippetPiece, UserHit,
};
use tidings_protocol::time::Timestamp;

use super::among::{Among, LOOKED_AT};
use super::entries::{Kind, number_at};
use super::index::{distinct, since, text};
use super::query::SearchQuery;
use super::snippet::snippet;
use crate::Db;
use crate::agents::teams_of;
use crate::columns::Columns;
use crate::conversations::{team_conversation, user_conversation};
use crate::db::Conn;
use crate::error::Result;
use crate::headers::{message, message_columns};
use crate::notes::{note, note_columns};
use crate::open::{cut, in_time, page};

/// A place in the results, opaque to clients: the protocol's `next` and `before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchPosition(i64);

impl fmt::Display for SearchPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for SearchPosition {
    type Err = crate::conversations::InvalidPosition;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let number = text.parse::<i64>().ok().filter(|number| *number >= 0);
        number.map(Self).ok_or(crate::conversations::InvalidPosition)
    }
}

/// The rows that match, and in which order they come: `$1` is the expression, `$2` the place before which the page ends. The
/// newest come first, without sorting: numbers grow with time.
struct Matching {
    from: &'static str,
    matches: &'static str,
    order: &'static str,
}

impl Matching {
    const fn on(conn: &Conn<'_>) -> Self {
        match conn {
            Conn::Sqlite(_) => Self {
                from: "search_words JOIN search_entries e ON e.id = search_words.rowid",
                matches: "search_words MATCH $1 AND search_words.rowid < $2",
                order: "search_words.rowid",
            },
            Conn::Postgres(_) => Self {
                from: "search_entries e",
                matches: "e.words @@ CAST($1 AS tsquery) AND e.id < $2",
                order: "e.id",
            },
        }
    }

    /// The newest of them, as many as are looked at for a page that is narrowed down. They have another name inside than outside, so
    /// that a plan says which of the two is read.
    fn newest(conn: &Conn<'_>) -> String {
        let (from, matches, order) = match conn {
            Conn::Sqlite(_) => (
                "search_words JOIN search_entries x ON x.id = search_words.rowid",
                "search_words MATCH $1 AND search_words.rowid < $2",
                "search_words.rowid",
            ),
            Conn::Postgres(_) => ("search_entries x", "x.words @@ CAST($1 AS tsquery) AND x.id < $2", "x.id"),
        };
        format!(
            "(SELECT x.id, x.user_id, x.conversation_id, x.message_seq, x.note_id FROM {from} WHERE {matches}
                ORDER BY {order} DESC LIMIT {LOOKED_AT}) e"
        )
    }
}

/// An agent may see what is in the conversations of their teams.
const OF_THEIR_TEAMS: &str =
    "EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = c.team_id AND t.agent_id = $3)";

/// A page of hits, with the numbers of their rows.
struct Found<T> {
    hits: Vec<T>,
    next: Option<SearchPosition>,
}

impl<T> Found<T> {
    fn of(mut rows: Vec<(i64, T)>, limit: i64) -> Self {
        let more = cut(&mut rows, limit);
        let next = rows.last().filter(|_| more).map(|(number, _)| SearchPosition(*number));
        Self { hits: rows.into_iter().map(|(_, hit)| hit).collect(), next }
    }
}

/// How far the index is behind, for some teams.
struct Freshness {
    indexed_until: Timestamp,
    complete: bool,
}

async fn freshness(conn: &mut Conn<'_>, teams: &[TeamId], now: Timestamp) -> Result<Freshness> {
    const SINCE: &str = "
        SELECT MIN(ch.recorded_at) AS since FROM feeds f LEFT JOIN search_progress p ON p.team_id = f.id
        JOIN changes ch ON ch.feed_id = f.id AND ch.seq = COALESCE(p.seq, 0) + 1
        WHERE f.id = $1";
    const SCANS: &str = "SELECT COUNT(*) AS scans FROM search_scans";
    let mut indexed_until = now;
    for team in teams {
        let behind = one!(conn, since, SINCE, team.uuid())?.flatten();
        indexed_until = behind.map_or(indexed_until, |since| since.min(indexed_until));
    }
    let scans: Option<i64> = one!(conn, |row| Columns::get(row, "scans"), SCANS)?;
    Ok(Freshness { indexed_until, complete: scans == Some(0) })
}

/// How many were looked at, and which of them is the oldest.
fn looked_at(row: &impl Columns) -> Result<(i64, Option<i64>)> {
    Ok((row.get("looked")?, row.get("number")?))
}

/// A page of what matches.
macro_rules! found {
    ($asked:expr, $conn:expr, $columns:expr, $joins:expr, $may:expr, $time:expr, |$row:ident| $hit:expr) => {{
        let (sql, words) = ($asked.statement($conn, $columns, $joins, $may, $time), $asked.expression($conn));
        let (among, from) = ($asked.among, $asked.from($conn));
        let tag = among.folded();
        let rows = on!($conn, |c| {
            let query = sqlx::query(sql).bind(words.as_str()).bind($asked.before($time)).bind($asked.me);
            let query = query.bind($asked.limit + 1);
            let query = if among.is_everything() {
                query
            } else {
                let query = query.bind(tag.as_deref()).bind(from.as_deref());
                let query = query.bind(among.assignee.map(AgentId::uuid));
                query.bind(among.since.map(Timestamp::unix_ms)).bind(among.until.map(Timestamp::unix_ms))
            };
            let rows = query.fetch_all(c).await?;
            rows.iter().map(|$row| $hit).collect::<Result<Vec<_>>>()
        })?;
        let mut found = Found::of(rows, $asked.limit);
        if found.next.is_none() {
            found.next = $asked.behind($conn, $time).await?;
        }
        Ok(found)
    }};
}

fn found_message(row: &impl Columns) -> Result<(i64, Message)> {
    Ok((row.get("number")?, message(row)?))
}

fn message_hit(message: Message, query: &SearchQuery) -> MessageHit {
    MessageHit {
        conversation_id: message.conversation_id,
        message_id: message.id,
        seq: message.seq,
        snippet: excerpt(&text(&message.parts), !matches!(message.author, Author::User { .. }), query),
        author: message.author,
        sent_at: message.sent_at,
    }
}

/// The excerpt of a text, without its marks where it has some; as it was typed when what was found is in what marks hide, such as
/// the address of a link.
fn excerpt(text: &str, is_marked: bool, query: &SearchQuery) -> Vec<SnippetPiece> {
    let shown = is_marked.then(|| snippet(&plain(text), query));
    shown.filter(|pieces| pieces.iter().any(|piece| piece.hit)).unwrap_or_else(|| snippet(text, query))
}

/// Where an agent looks for something, and how much of it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPlace {
    /// In what.
    pub within: SearchIn,
    /// In which conversations.
    pub among: Among,
    /// Behind which hit; none: from the newest on.
    pub before: Option<SearchPosition>,
    /// How many hits.
    pub limit: i64,
}

/// Somebody who looks for something: who, and how it is put to the database.
struct Asked<'q> {
    query: &'q SearchQuery,
    scopes: Vec<String>,
    /// Where users are looked for.
    of_users: Vec<String>,
    /// What it is narrowed down to.
    among: &'q Among,
    me: uuid::Uuid,
    before: i64,
    limit: i64,
}

impl Asked<'_> {
    fn expression(&self, conn: &Conn<'_>) -> String {
        match conn {
            Conn::Sqlite(_) => self.query.fts5(&self.scopes),
            Conn::Postgres(_) => self.query.tsquery(&self.scopes),
        }
    }

    /// Behind which number the page begins: nothing later than what is asked for is looked at, where rows have a `time`.
    fn before(&self, time: Option<&str>) -> i64 {
        let until = time.and(self.among.until);
        // A number that was taken already was passed over, so the last ones of a moment may be the next one's.
        until.map_or(self.before, |until| self.before.min(number_at(until.plus_ms(1))))
    }

    /// The words that find the users to whom it is narrowed down.
    fn from(&self, conn: &Conn<'_>) -> Option<String> {
        let from = self.among.from.as_ref()?;
        Some(match conn {
            Conn::Sqlite(_) => from.fts5(&self.of_users),
            Conn::Postgres(_) => from.tsquery(&self.of_users),
        })
    }

    /// A statement over the rows that match: `$3` is who asks, `$4` how many, the rest what it is narrowed down to; `time` is
    /// the column that says when it was written.
    fn statement(
        &self,
        conn: &Conn<'_>,
        columns: &str,
        joins: &str,
        may: &str,
        time: Option<&str>,
    ) -> sqlx::AssertSqlSafe<String> {
        let Matching { from, matches, order } = Matching::on(conn);
        // The pieces are all in this file and the next one; what somebody typed is bound.
        sqlx::AssertSqlSafe(if self.among.is_everything() {
            format!(
                "SELECT e.id AS number, {columns} FROM {from} {joins} WHERE {matches} AND {may}
                ORDER BY {order} DESC LIMIT $4"
            )
        } else {
            let (newest, narrowed) = (Matching::newest(conn), self.among.condition(conn, time));
            format!(
                "SELECT e.id AS number, {columns} FROM {newest} {joins} WHERE {may}{narrowed}
                ORDER BY e.id DESC LIMIT $4"
            )
        })
    }

    /// Where a page that is narrowed down ends although it is not full: behind all that was looked at, if there is more.
    async fn behind(&self, conn: &mut Conn<'_>, time: Option<&str>) -> Result<Option<SearchPosition>> {
        if self.among.is_everything() {
            return Ok(None);
        }
        let newest = Matching::newest(conn);
        let sql =
            sqlx::AssertSqlSafe(format!("SELECT COUNT(*) AS looked, MIN(e.id) AS number FROM {newest}"));
        let words = self.expression(conn);
        let found: Option<(i64, Option<i64>)> =
            one!(conn, looked_at, sql, words.as_str(), self.before(time))?;
        // Nothing that is older matches.
        let oldest = time.and(self.among.since).map_or(0, number_at);
        Ok(found
            .filter(|(looked, _)| *looked == LOOKED_AT)
            .and_then(|(_, number)| number)
            .filter(|number| *number >= oldest)
            .map(SearchPosition))
    }

    async fn messages(&self, conn: &mut Conn<'_>, may: &str) -> Result<Found<MessageHit>> {
        const JOINS: &str = "
            JOIN conversations c ON c.id = e.conversation_id
            JOIN messages m ON m.conversation_id = e.conversation_id AND m.seq = e.message_seq";
        found!(self, conn, message_columns!(), JOINS, may, Some("m.sent_at"), |row| found_message(row)
            .map(|(number, message)| (number, message_hit(message, self.query))))
    }

    async fn notes(&self, conn: &mut Conn<'_>) -> Result<Found<NoteHit>> {
        const JOINS: &str = "
            JOIN conversations c ON c.id = e.conversation_id
            JOIN notes n ON n.id = e.note_id";
        found!(self, conn, note_columns!(), JOINS, OF_THEIR_TEAMS, Some("n.created_at"), |row| self
            .note_hit(row))
    }

    fn note_hit(&self, row: &impl Columns) -> Result<(i64, NoteHit)> {
        let note = note(row)?;
        let hit = NoteHit {
            conversation_id: note.conversation_id,
            note_id: note.id,
            after_seq: note.after_seq,
            agent_id: note.agent_id,
            agent_name: note.agent_name,
            created_at: note.created_at,
            snippet: excerpt(note.text.as_str(), true, self.query),
        };
        Ok((row.get("number")?, hit))
    }

    async fn people(&self, conn: &mut Conn<'_>) -> Result<Found<UserHit>> {
        const COLUMNS: &str = "u.id AS user_id, u.name AS user_name, u.email AS user_email,
            u.external_id AS user_external_id, c.id AS conversation_id";
        // The conversation that was active last, of those that the agent may see; without one there is no hit.
        const JOINS: &str = "
            JOIN users u ON u.id = e.user_id
            JOIN conversations c ON c.id = (
                SELECT o.id FROM conversations o JOIN team_members t ON t.team_id = o.team_id AND t.agent_id = $3
                WHERE o.user_id = u.id ORDER BY o.active_at DESC, o.id DESC LIMIT 1)";
        found!(self, conn, COLUMNS, JOINS, OF_THEIR_TEAMS, None, |row| self.user_hit(row))
    }

    fn user_hit(&self, row: &impl Columns) -> Result<(i64, UserHit)> {
        let user: UserSummary = crate::headers::user_summary(row)?;
        let known = [
            user.name.as_deref().map(str::to_owned),
            user.email.as_ref().map(|email| email.as_str().to_owned()),
            user.external_id.as_deref().map(str::to_owned),
        ];
        let known: Vec<_> = known.into_iter().flatten().collect();
        let snippet = snippet(&known.join("\n"), self.query);
        Ok((row.get("number")?, UserHit { user, conversation_id: row.id("conversation_id")?, snippet }))
    }
}

async fn user_headers_of(
    conn: &mut Conn<'_>,
    user: UserId,
    ids: Vec<ConversationId>,
) -> Result<Vec<Conversation>> {
    let mut headers = Vec::with_capacity(ids.len());
    for id in ids {
        headers.extend(user_conversation(conn, user, id).await?);
    }
    Ok(headers)
}

async fn team_headers_of(
    conn: &mut Conn<'_>,
    agent: AgentId,
    ids: Vec<ConversationId>,
) -> Result<Vec<InboxConversation>> {
    let mut headers = Vec::with_capacity(ids.len());
    for id in ids {
        headers.extend(team_conversation(conn, agent, id).await?);
    }
    Ok(headers)
}

fn team(row: &impl Columns) -> Result<TeamId> {
    row.id("team_id")
}

impl Db {
    /// Looks through the messages of a user's own conversations.
    pub async fn search_as_user(
        &self,
        user: UserId,
        query: &SearchQuery,
        before: Option<SearchPosition>,
        limit: i64,
        now: Timestamp,
    ) -> Result<AppSearch> {
        const TEAMS: &str = "SELECT DISTINCT team_id FROM conversations WHERE user_id = $1";
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let asked = Asked {
                query,
                scopes: vec![Kind::Message.of_user(user)],
                of_users: Vec::new(),
                among: &Among::default(),
                me: user.uuid(),
                before: before.map_or(i64::MAX, |before| before.0),
                limit: page(limit),
            };
            let found = asked.messages(&mut conn, "c.user_id = $3").await?;
            let ids = distinct(found.hits.iter().map(|hit| hit.conversation_id));
            let conversations = user_headers_of(&mut conn, user, ids).await?;
            let teams = all!(conn, team, TEAMS, user.uuid())?;
            let Freshness { indexed_until, complete } = freshness(&mut conn, &teams, now).await?;
            let next = found.next.map(|next| next.to_string());
            Ok(AppSearch { hits: found.hits, conversations, next, indexed_until, complete })
        })
        .await
    }

    /// Looks through the conversations of an agent's teams.
    pub async fn search_as_agent(
        &self,
        agent: AgentId,
        query: &SearchQuery,
        within: SearchIn,
        before: Option<SearchPosition>,
        limit: i64,
        now: Timestamp,
    ) -> Result<InboxSearch> {
        let place = SearchPlace { within, among: Among::default(), before, limit };
        self.search_among(agent, query, &place, now).await
    }

    /// Looks through those of them that it is narrowed down to. A page may then be shorter than asked for, or empty, and have
    /// a next one.
    pub async fn search_among(
        &self,
        agent: AgentId,
        query: &SearchQuery,
        place: &SearchPlace,
        now: Timestamp,
    ) -> Result<InboxSearch> {
        let SearchPlace { within, ref among, before, limit } = *place;
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let teams = teams_of(&mut conn, agent).await?;
            let kind = match within {
                SearchIn::Messages => Kind::Message,
                SearchIn::Notes => Kind::Note,
                SearchIn::People => Kind::User,
            };
            let asked = Asked {
                query,
                scopes: teams.iter().map(|team| kind.of_team(*team)).collect(),
                of_users: teams.iter().map(|team| Kind::User.of_team(*team)).collect(),
                among,
                me: agent.uuid(),
                before: before.map_or(i64::MAX, |before| before.0),
                limit: page(limit),
            };
            let Freshness { indexed_until, complete } = freshness(&mut conn, &teams, now).await?;
            let found = asked.hits(&mut conn, within).await?;
            let ids = distinct(found.hits.iter().map(conversation_of));
            let conversations = team_headers_of(&mut conn, agent, ids).await?;
            let next = found.next.map(|next| next.to_string());
            Ok(InboxSearch { hits: found.hits, conversations, next, indexed_until, complete })
        })
        .await
    }
}

const fn conversation_of(hit: &InboxHit) -> ConversationId {
    match hit {
        InboxHit::Message(hit) => hit.conversation_id,
        InboxHit::Note(hit) => hit.conversation_id,
        InboxHit::User(hit) => hit.conversation_id,
    }
}

impl<T> Found<T> {
    fn map<U>(self, hit: impl FnMut(T) -> U) -> Found<U> {
        Found { hits: self.hits.into_iter().map(hit).collect(), next: self.next }
    }
}

impl Asked<'_> {
    async fn hits(&self, conn: &mut Conn<'_>, within: SearchIn) -> Result<Found<InboxHit>> {
        // Nobody's teams have nothing, and an expression without a scope would be none.
        if self.scopes.is_empty() {
            return Ok(Found { hits: Vec::new(), next: None });
        }
        Ok(match within {
            SearchIn::Messages => self.messages(conn, OF_THEIR_TEAMS).await?.map(InboxHit::Message),
            SearchIn::Notes => self.notes(conn).await?.map(InboxHit::Note),
            SearchIn::People => self.people(conn).await?.map(InboxHit::User),
        })
    }
}
