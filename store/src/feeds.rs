//! Snapshots, and changes after a cursor. A snapshot and its cursor are read at one moment.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tidings_protocol::Seq;
use tidings_protocol::change::{Catchup, Change, ChangeKind, ChangePage};
use tidings_protocol::conversation::{Conversation, InboxConversation};
use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::{AgentId, ConversationId, FeedId, TeamId, UserId, WorkspaceId};
use tidings_protocol::inbox::{Colleague, Team, View, ViewCounts};
use tidings_protocol::limits;
use uuid::Uuid;

use crate::agents::colleagues_of;
use crate::columns::Columns;
use crate::conversations::{Position, counts, team_page, user_page};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{
    conversation, inbox_conversation, message_columns, message_option, team_headers, user_headers,
};
use crate::notes::{note, note_columns};
use crate::open::in_time;
use crate::tx::Feed;
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
    /// Everybody of the workspace, as this agent sees them.
    pub agents: Vec<Colleague>,
    /// How many conversations each view has.
    pub counts: ViewCounts,
    /// The first page of the view `all`.
    pub conversations: Vec<InboxConversation>,
    /// Where the next page begins; none when these are all.
    pub next: Option<Position>,
}

/// The headers of these conversations, ordered by id, and the feed's last number at the moment at which they were true.
macro_rules! headers_of {
    ($conn:expr, $map:expr, $sql:expr, $feed:expr, $ids:expr) => {{
        let ids = padded($ids);
        // Only the number of ids is put into the text.
        let places: Vec<_> = (2..ids.len() + 2).map(|place| format!("${place}")).collect();
        let sql = sqlx::AssertSqlSafe(format!("{}({})", $sql, places.join(", ")));
        let mut rows = on!($conn, |c| {
            let query = ids.fold(sqlx::query(sql).bind($feed.uuid()), |query, id| query.bind(id));
            let rows = query.fetch_all(c).await?;
            rows.iter().map(|row| Ok((Columns::get(row, "head")?, $map(row)?))).collect::<Result<Vec<_>>>()
        })?;
        rows.sort_unstable_by_key(|(_, header)| header.id);
        let head = rows.first().map(|(head, _)| *head);
        Ok((rows.into_iter().map(|(_, header)| header).collect(), head))
    }};
}

/// A page of a feed, and how new its headers are.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<C> {
    /// What is told.
    pub page: ChangePage<C>,
    /// The feed's last number at the moment at which the headers were true: that of the page's end if there is no more.
    pub as_of: Seq,
}

/// What comes after a cursor.
#[derive(Debug, Clone, PartialEq)]
pub enum After<C> {
    /// The cursor is of another history or too old.
    Reset,
    /// This.
    Page(Page<C>),
}

impl<C> From<After<C>> for Catchup<C> {
    fn from(after: After<C>) -> Self {
        match after {
            After::Reset => Self::Reset,
            After::Page(page) => Self::Changes(page.page),
        }
    }
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
            let agents = colleagues_of(&mut conn, workspace, id).await?;
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

    /// The changes of a user's feed after a cursor: at most `limit` of at most [`limits::CHANGES`], and no more than
    /// the other bounds of a page allow. An unknown user is [`Error::NotFound`].
    pub async fn user_changes(&self, id: UserId, after: Cursor, limit: i64) -> Result<Catchup<Conversation>> {
        Ok(self.user_page(id, after, limit).await?.into())
    }

    /// The same, with how new the headers are.
    pub async fn user_page(&self, id: UserId, after: Cursor, limit: i64) -> Result<After<Conversation>> {
        in_time(async {
            let mut reading = self.single().await?;
            let mut conn = reading.conn();
            let Some(gathered) = self.gather(&mut conn, Feed::User(id), after, limit).await? else {
                return Ok(After::Reset);
            };
            let headers = user_headers_of(&mut conn, id, &gathered.conversations).await?;
            Ok(After::Page(self.page_of(gathered, after, headers)))
        })
        .await
    }

    /// The changes of a team's feed after a cursor, bounded as those of a user. An unknown team is
    /// [`Error::NotFound`].
    pub async fn team_changes(
        &self,
        id: TeamId,
        after: Cursor,
        limit: i64,
    ) -> Result<Catchup<InboxConversation>> {
        Ok(self.team_page(id, after, limit).await?.into())
    }

    /// The same, with how new the headers are.
    pub async fn team_page(&self, id: TeamId, after: Cursor, limit: i64) -> Result<After<InboxConversation>> {
        in_time(async {
            let mut reading = self.single().await?;
            let mut conn = reading.conn();
            let Some(mut gathered) = self.gather(&mut conn, Feed::Team(id), after, limit).await? else {
                return Ok(After::Reset);
            };
            let headers = team_headers_of(&mut conn, id, &gathered.conversations).await?;
            mark_erased(&mut gathered.changes, &headers.0);
            Ok(After::Page(self.page_of(gathered, after, headers)))
        })
        .await
    }

    /// What comes after a cursor; none when that is not known.
    ///
    /// No snapshot is needed: a feed has no holes, so a first change with the next number shows that the cursor goes
    /// on. Headers are read after the changes, and with them how far the feed was then: see [`Db::page_of`].
    async fn gather(
        &self,
        conn: &mut Conn<'_>,
        feed: Feed,
        after: Cursor,
        limit: i64,
    ) -> Result<Option<Gathered>> {
        if after.epoch != self.epoch() {
            feed_ends(conn, feed.uuid()).await?;
            return Ok(None);
        }
        let mut gathered = Gathered::default();
        let (mut limit, mut last) = (limit.clamp(1, limits::CHANGES), after.seq);
        loop {
            let rows = limit.min(ROWS);
            let changes = changes_after(conn, feed, last, rows + 1).await?;
            if changes.first().is_some_and(|(change, _)| change.seq != last + 1) {
                return Ok(None);
            }
            let room = gathered.take(changes, rows);
            last = gathered.changes.last().map_or(last, |change| change.seq);
            limit -= rows;
            if room == Room::Full || !gathered.more || limit == 0 {
                break;
            }
        }
        if gathered.changes.is_empty() {
            let ends = feed_ends(conn, feed.uuid()).await?;
            if after.seq < ends.first_seq - 1 || after.seq > ends.last_seq {
                return Ok(None);
            }
        }
        Ok(Some(gathered))
    }

    /// Changes that came between the two reads are not in the page, but its headers know of them: then there is more.
    /// So the headers of a page that is the last are those of its end, and whatever comes after it is newer.
    fn page_of<C>(&self, gathered: Gathered, after: Cursor, (conversations, head): Headers<C>) -> Page<C> {
        let Gathered { changes, more, .. } = gathered;
        let last = changes.last().map_or(after.seq, |change| change.seq);
        let as_of = head.unwrap_or(last).max(last);
        let more = more || as_of > last;
        Page { page: ChangePage { changes, conversations, cursor: self.cursor(last), more }, as_of }
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

/// Rows of one statement: so many of the longest messages are held at once, whatever is asked for.
const ROWS: i64 = 256;

/// The changes of one page, as they are gathered.
#[derive(Default)]
struct Gathered {
    changes: Vec<Change>,
    conversations: BTreeSet<ConversationId>,
    bytes: usize,
    more: bool,
}

/// Whether a page can take on more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Left,
    Full,
}

impl Gathered {
    /// Takes changes until a bound is reached. There is one row more than `rows` if the feed goes on.
    fn take(&mut self, changes: Vec<(Change, usize)>, rows: i64) -> Room {
        let rows = usize::try_from(rows).unwrap_or_default();
        self.more = changes.len() > rows;
        for (change, bytes) in changes.into_iter().take(rows) {
            let is_new = !self.conversations.contains(&change.conversation_id);
            let full = self.bytes >= limits::CHANGES_BYTES
                || (is_new && self.conversations.len() >= limits::CHANGES_CONVERSATIONS);
            if full {
                self.more = true;
                return Room::Full;
            }
            self.bytes += bytes;
            self.conversations.insert(change.conversation_id);
            self.changes.push(change);
        }
        Room::Left
    }
}

async fn changes_after(
    conn: &mut Conn<'_>,
    feed: Feed,
    after: Seq,
    rows: i64,
) -> Result<Vec<(Change, usize)>> {
    match feed {
        Feed::User(id) => all!(conn, user_change, USER_CHANGES, id.uuid(), after, rows),
        Feed::Team(id) => all!(conn, team_change, TEAM_CHANGES, id.uuid(), after, rows),
    }
}

const USER_HEADERS: &str =
    user_headers!("(SELECT f.last_seq FROM feeds f WHERE f.id = $1) AS head, ", "c.id IN ");
const TEAM_HEADERS: &str =
    team_headers!("(SELECT f.last_seq FROM feeds f WHERE f.id = $1) AS head, ", "c.id IN ");

type Headers<C> = (Vec<C>, Option<Seq>);

async fn user_headers_of(
    conn: &mut Conn<'_>,
    feed: UserId,
    ids: &BTreeSet<ConversationId>,
) -> Result<Headers<Conversation>> {
    headers_of!(conn, conversation, USER_HEADERS, feed, ids)
}

async fn team_headers_of(
    conn: &mut Conn<'_>,
    feed: TeamId,
    ids: &BTreeSet<ConversationId>,
) -> Result<Headers<InboxConversation>> {
    headers_of!(conn, inbox_conversation, TEAM_HEADERS, feed, ids)
}

/// The ids, the last one repeated until their number is a power of four: so that few different statements are prepared.
fn padded(ids: &BTreeSet<ConversationId>) -> impl ExactSizeIterator<Item = Uuid> {
    let last = ids.last().copied();
    let mut size = 1;
    while size < ids.len() {
        size *= 4;
    }
    let mut ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    ids.resize(size, last.map(ConversationId::uuid).unwrap_or_default());
    ids.into_iter()
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

/// A change of a conversation that is not there any more says so, whatever it once said: a reader who was away learns no
/// less from it than one who was there.
fn mark_erased(changes: &mut [Change], headers: &[InboxConversation]) {
    for change in
        changes.iter_mut().filter(|change| !headers.iter().any(|one| one.id == change.conversation_id))
    {
        change.kind = ChangeKind::ConversationErased;
        change.message = None;
        change.note = None;
    }
}

/// A change, and the stored bytes of what it carries.
fn user_change(row: &impl Columns) -> Result<(Change, usize)> {
    let message = message_option(row)?;
    let bytes = if message.is_some() { row.str("m_parts")?.len() } else { 0 };
    let change = Change {
        seq: row.get("seq")?,
        kind: words::get(row, "kind")?,
        conversation_id: row.id("conversation_id")?,
        message,
        note: None,
    };
    Ok((change, bytes))
}

fn team_change(row: &impl Columns) -> Result<(Change, usize)> {
    let (mut change, mut bytes) = user_change(row)?;
    if row.get::<Option<Uuid>>("n_id")?.is_some() {
        let note = note(row)?;
        bytes += note.text.as_str().len();
        change.note = Some(note);
    }
    Ok((change, bytes))
}
