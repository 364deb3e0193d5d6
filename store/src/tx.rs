//! What a command sees: the transaction, and what it collects for the end of the batch.
//!
//! Changes are collected and numbered once, at the end, so that a feed which many commands of a batch touch is
//! locked for a moment and once. A command that fails loses what it collected together with its savepoint.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::{PgConnection, SqliteConnection};
use tidings_protocol::Seq;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::cursor::Epoch;
use tidings_protocol::id::{ConversationId, FeedId, NoteId, TeamId, UserId};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::append::NewMessage;
use crate::audit::Line;
use crate::columns::{Columns, Ids};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::jobs::NewJob;
use crate::news::Appended;
use crate::rows::{Ending, Grown, Rows, Told, write_postgres, write_sqlite};
use crate::thread::Thread;
use crate::{Committed, EndedSession, Growth};

/// The transaction that a [`Command`](crate::Command) writes in.
pub struct Tx<'t> {
    pub(crate) conn: Conn<'t>,
    pub(crate) collected: &'t mut Collected,
}

/// Whose feed. The order is the lock order: users by id, then teams by id, because a team's feed is the busiest
/// and should be locked for the shortest time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feed {
    User(UserId),
    Team(TeamId),
}

impl Feed {
    pub(crate) const fn uuid(self) -> Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::Team(id) => id.uuid(),
        }
    }
}

/// A change that has no number yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    pub(crate) kind: ChangeKind,
    pub(crate) conversation_id: ConversationId,
    pub(crate) message_seq: Option<Seq>,
    pub(crate) note_id: Option<NoteId>,
    pub(crate) at: Timestamp,
}

impl Change {
    /// A change of the conversation's header alone.
    pub(crate) const fn of(kind: ChangeKind, conversation_id: ConversationId, at: Timestamp) -> Self {
        Self { kind, conversation_id, message_seq: None, note_id: None, at }
    }

    pub(crate) const fn with_message(self, seq: Seq) -> Self {
        Self { message_seq: Some(seq), ..self }
    }

    pub(crate) const fn with_note(self, id: NoteId) -> Self {
        Self { note_id: Some(id), ..self }
    }
}

impl<'t> Tx<'t> {
    pub(crate) fn new(conn: Conn<'t>, collected: &'t mut Collected) -> Self {
        Self { conn, collected }
    }

    /// Records a change in one feed.
    pub(crate) fn record(&mut self, feed: Feed, change: Change) {
        self.collected.others.insert(feed);
        self.collected.changes.push((feed, change));
    }

    /// Records a change that an appended message makes: all that it tells is known.
    pub(crate) fn record_appended(&mut self, user_id: UserId, team_id: TeamId, change: Change) {
        self.collected.changes.push((Feed::User(user_id), change));
        self.collected.changes.push((Feed::Team(team_id), change));
    }

    /// Writes appended messages now, because what comes next may read them.
    pub(crate) async fn flush(&mut self) -> Result<()> {
        self.collected.appended.flush(&mut self.conn).await
    }

    /// Records a change in the feed of a conversation's user and in that of its team.
    pub(crate) fn record_for_both(&mut self, user_id: UserId, team_id: TeamId, change: Change) {
        self.record(Feed::User(user_id), change);
        self.record(Feed::Team(team_id), change);
    }

    /// Writes a job with the commit; it is due at once.
    pub(crate) fn enqueue(&mut self, job: NewJob) {
        self.collected.jobs.push(job);
    }

    /// Writes a line of the audit log with the commit.
    pub(crate) fn audit(&mut self, line: Line) {
        self.collected.audit.push(line);
    }

    /// Tells the sockets of a session, after the commit, that it has ended.
    pub(crate) fn end_session(&mut self, session: EndedSession) {
        self.collected.ended_sessions.push(session);
    }
}

/// What the commands of one batch have collected.
#[derive(Default)]
pub(crate) struct Collected {
    changes: Vec<(Feed, Change)>,
    /// Feeds with changes that no appended message made: what they say must be read.
    others: BTreeSet<Feed>,
    jobs: Vec<NewJob>,
    ended_sessions: Vec<EndedSession>,
    audit: Vec<Line>,
    pub(crate) appended: AppendedRows,
}

/// The messages that the batch appends, and the conversations they are in.
#[derive(Default)]
pub(crate) struct AppendedRows {
    messages: Vec<NewMessage>,
    /// How many of them are written.
    written: usize,
    threads: BTreeMap<ConversationId, Thread>,
    /// Those whose row is not written.
    touched: BTreeSet<ConversationId>,
}

impl AppendedRows {
    /// Takes over what was appended, and how conversations stand now.
    pub(crate) fn take(&mut self, messages: Vec<NewMessage>, threads: BTreeMap<ConversationId, Thread>) {
        self.touched.extend(messages.iter().map(|new| new.message.conversation_id));
        self.messages.extend(messages);
        self.threads.extend(threads);
    }

    fn rows(&self) -> Rows<'_> {
        Rows {
            messages: &self.messages[self.written..],
            threads: self.touched.iter().filter_map(|id| self.threads.get(id)).collect(),
            ..Rows::default()
        }
    }

    /// Forgets what was appended since so many messages, all of which were written. How their conversations stand is
    /// no longer known then.
    fn rewind(&mut self, messages: usize) {
        if self.messages.len() > messages {
            self.messages.truncate(messages);
            self.written = messages;
            self.touched.clear();
            self.threads.clear();
        }
    }

    async fn flush(&mut self, conn: &mut Conn<'_>) -> Result<()> {
        if self.written == self.messages.len() {
            return Ok(());
        }
        let rows = self.rows();
        match conn.by_ref() {
            Conn::Sqlite(c) => write_sqlite(c, rows, Ending::Open).await?,
            Conn::Postgres(c) => drop(write_postgres(c, &rows).await?),
        }
        self.written = self.messages.len();
        self.touched.clear();
        Ok(())
    }

    /// The ends of the feeds that were read with conversations, where they are certain.
    fn heads(&self) -> BTreeMap<Feed, Seq> {
        let mut heads = BTreeMap::new();
        for thread in self.threads.values() {
            if let Some((user, team)) = thread.heads {
                heads.insert(Feed::User(thread.user.id), user);
                heads.insert(Feed::Team(thread.team_id), team);
            }
        }
        heads
    }
}

/// How much had been collected before a command.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    changes: usize,
    jobs: usize,
    ended_sessions: usize,
    audit: usize,
    messages: usize,
}

impl Collected {
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            changes: self.changes.len(),
            jobs: self.jobs.len(),
            ended_sessions: self.ended_sessions.len(),
            audit: self.audit.len(),
            messages: self.appended.messages.len(),
        }
    }

    /// Drops what was collected since.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.changes.truncate(mark.changes);
        self.jobs.truncate(mark.jobs);
        self.ended_sessions.truncate(mark.ended_sessions);
        self.audit.truncate(mark.audit);
        self.appended.rewind(mark.messages);
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.jobs.is_empty()
            && self.ended_sessions.is_empty()
            && self.audit.is_empty()
            && self.appended.messages.is_empty()
    }

    /// Writes all that is left and commits. On SQLite that is one call.
    pub(crate) async fn commit(mut self, conn: &mut Conn<'_>, epoch: Epoch) -> Result<Committed> {
        crate::audit::insert(conn, std::mem::take(&mut self.audit)).await?;
        let mut by_feed: BTreeMap<Feed, Vec<Change>> = BTreeMap::new();
        for (feed, change) in &self.changes {
            by_feed.entry(*feed).or_default().push(*change);
        }
        let last = match conn.by_ref() {
            Conn::Sqlite(c) => self.commit_sqlite(c, &by_feed).await?,
            Conn::Postgres(c) => self.commit_postgres(c, &by_feed).await?,
        };
        let AppendedRows { messages, threads, .. } = &self.appended;
        let appended = Appended { epoch, messages, threads };
        let index = appended.index();
        let mut feeds = Vec::with_capacity(by_feed.len());
        for (feed, changes) in by_feed {
            let last_seq = *last.get(&feed.uuid()).ok_or_else(|| missing(feed))?;
            feeds.push(if self.others.contains(&feed) {
                Growth { feed: FeedId::from(feed.uuid()), last_seq, news: None }
            } else {
                appended.growth(feed, last_seq, &changes, &index)
            });
        }
        Ok(Committed { feeds, jobs: !self.jobs.is_empty(), ended_sessions: self.ended_sessions })
    }

    async fn commit_sqlite(
        &self,
        c: &mut SqliteConnection,
        by_feed: &BTreeMap<Feed, Vec<Change>>,
    ) -> Result<HashMap<Uuid, Seq>> {
        let mut heads = self.appended.heads();
        let unknown: Vec<_> = by_feed.keys().filter(|feed| !heads.contains_key(feed)).collect();
        if !unknown.is_empty() {
            let ids: Vec<_> = unknown.iter().map(|feed| feed.uuid()).collect();
            let found = feed_heads(&mut Conn::Sqlite(c), Ids(&ids)).await?;
            heads.extend(unknown.into_iter().filter_map(|feed| Some((*feed, *found.get(&feed.uuid())?))));
        }
        let (mut grown, mut told) =
            (Vec::with_capacity(by_feed.len()), Vec::with_capacity(self.changes.len()));
        for (feed, changes) in by_feed {
            let head = *heads.get(feed).ok_or_else(|| missing(*feed))?;
            let feed = feed.uuid();
            told.extend((head + 1..).zip(changes).map(|(seq, change)| Told { feed, seq, change: *change }));
            grown.push(Grown { feed, seq: head + count(changes.len())? });
        }
        let rows = Rows { feeds: &grown, changes: &told, jobs: &self.jobs, ..self.appended.rows() };
        write_sqlite(c, rows, Ending::Commit).await?;
        Ok(grown.iter().map(|grown| (grown.feed, grown.seq)).collect())
    }

    async fn commit_postgres(
        &self,
        c: &mut PgConnection,
        by_feed: &BTreeMap<Feed, Vec<Change>>,
    ) -> Result<HashMap<Uuid, Seq>> {
        let (mut grown, mut told) =
            (Vec::with_capacity(by_feed.len()), Vec::with_capacity(self.changes.len()));
        for (feed, changes) in by_feed {
            let feed = feed.uuid();
            told.extend((1..).zip(changes).map(|(seq, change)| Told { feed, seq, change: *change }));
            grown.push(Grown { feed, seq: count(changes.len())? });
        }
        let rows = Rows { feeds: &grown, changes: &told, jobs: &self.jobs, ..self.appended.rows() };
        let last = if rows.is_empty() { Vec::new() } else { write_postgres(c, &rows).await? };
        Conn::Postgres(c).run("COMMIT").await?;
        Ok(last.into_iter().collect())
    }
}

fn count(n: usize) -> Result<i64> {
    i64::try_from(n).map_err(|error| Error::stored("number of changes", error))
}

fn missing(feed: Feed) -> Error {
    Error::stored("feed", format!("{feed:?} is missing"))
}

/// The last numbers of feeds, which nobody else can move now.
async fn feed_heads(conn: &mut Conn<'_>, ids: Ids<'_>) -> Result<HashMap<Uuid, Seq>> {
    const SQL: &str = "
        SELECT f.id, f.last_seq FROM json_each($1) asked CROSS JOIN feeds f ON f.id = unhex(asked.value)";
    Ok(all!(conn, head, SQL, ids)?.into_iter().collect())
}

fn head(row: &impl Columns) -> Result<(Uuid, Seq)> {
    Ok((row.get("id")?, row.get("last_seq")?))
}

/// Rows of one statement: a power of two, so that few different statements are prepared.
const CHUNK: usize = 64;

/// Cuts rows into pieces whose sizes are powers of two of at most [`CHUNK`].
pub(crate) fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = 1 << rows.len().min(CHUNK).checked_ilog2()?;
        let (piece, rest) = rows.split_at(size);
        rows = rest;
        Some(piece)
    })
}

/// `($1, $2), ($3, $4)` for two rows of two columns.
pub(crate) fn placeholders(rows: usize, columns: usize) -> String {
    let row = |r: usize| {
        let places: Vec<_> = (1..=columns).map(|c| format!("${}", r * columns + c)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_lose_nothing() {
        for n in [0, 1, 2, 3, 63, 64, 65, 200] {
            let rows: Vec<usize> = (0..n).collect();
            let pieces: Vec<_> = chunks(&rows).collect();
            assert_eq!(pieces.concat(), rows);
            assert!(pieces.iter().all(|piece| piece.len().is_power_of_two() && piece.len() <= CHUNK));
        }
    }

    #[test]
    fn places_are_numbered_through() {
        assert_eq!(placeholders(2, 2), "($1, $2), ($3, $4)");
    }
}
