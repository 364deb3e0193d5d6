//! What a command sees: the transaction, and what it collects for the end of the batch.
//!
//! Changes are collected and numbered once, at the end, so that a feed which many commands of a batch touch is
//! locked for a moment and once. A command that fails loses what it collected together with its savepoint.

use std::collections::BTreeMap;

use tidings_protocol::Seq;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{ConversationId, FeedId, NoteId, TeamId, UserId};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::audit::Line;
use crate::db::{Columns, Conn};
use crate::error::{Error, Result};
use crate::jobs::NewJob;
use crate::words::word;
use crate::{Committed, EndedSession, Growth};

/// The transaction that a [`Command`](crate::Command) writes in.
pub struct Tx<'t> {
    pub(crate) conn: Conn<'t>,
    collected: &'t mut Collected,
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
        self.collected.changes.push((feed, change));
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
    jobs: Vec<NewJob>,
    ended_sessions: Vec<EndedSession>,
    audit: Vec<Line>,
}

/// How much had been collected before a command.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    changes: usize,
    jobs: usize,
    ended_sessions: usize,
    audit: usize,
}

impl Collected {
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            changes: self.changes.len(),
            jobs: self.jobs.len(),
            ended_sessions: self.ended_sessions.len(),
            audit: self.audit.len(),
        }
    }

    /// Drops what was collected since.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.changes.truncate(mark.changes);
        self.jobs.truncate(mark.jobs);
        self.ended_sessions.truncate(mark.ended_sessions);
        self.audit.truncate(mark.audit);
    }

    /// Writes jobs and changes; what it answers is true once the transaction is committed.
    pub(crate) async fn write(self, conn: &mut Conn<'_>) -> Result<Committed> {
        let jobs = !self.jobs.is_empty();
        crate::jobs::insert(conn, &self.jobs).await?;
        crate::audit::insert(conn, self.audit).await?;
        let mut by_feed: BTreeMap<Feed, Vec<Change>> = BTreeMap::new();
        for (feed, change) in self.changes {
            by_feed.entry(feed).or_default().push(change);
        }
        let mut feeds = Vec::with_capacity(by_feed.len());
        let mut rows = Vec::new();
        for (feed, changes) in by_feed {
            let last = take_numbers(conn, feed, changes.len()).await?;
            let first = last + 1 - count(changes.len())?;
            rows.extend((first..).zip(changes).map(|(seq, change)| (feed.uuid(), seq, change)));
            feeds.push(Growth { feed: FeedId::from(feed.uuid()), last_seq: last, news: None });
        }
        insert_changes(conn, &rows).await?;
        Ok(Committed { feeds, jobs, ended_sessions: self.ended_sessions })
    }
}

fn count(n: usize) -> Result<i64> {
    i64::try_from(n).map_err(|error| Error::stored("number of changes", error))
}

/// Takes the next `n` numbers of a feed and answers the last of them. The row stays locked until the commit, so
/// numbers become visible in order and without holes.
async fn take_numbers(conn: &mut Conn<'_>, feed: Feed, n: usize) -> Result<Seq> {
    const SQL: &str = "UPDATE feeds SET last_seq = last_seq + $2 WHERE id = $1 RETURNING last_seq";
    let last = one!(conn, |row| Columns::get(row, "last_seq"), SQL, feed.uuid(), count(n)?)?;
    last.ok_or_else(|| Error::stored("feed", format!("{feed:?} is missing")))
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

async fn insert_changes(conn: &mut Conn<'_>, rows: &[(Uuid, Seq, Change)]) -> Result<()> {
    const INSERT: &str = "INSERT INTO changes (feed_id, seq, kind, conversation_id, message_seq, note_id, recorded_at) VALUES ";
    for piece in chunks(rows) {
        // Only the number of rows is put into the text.
        let sql = sqlx::AssertSqlSafe(format!("{INSERT}{}", placeholders(piece.len(), 7)));
        on!(conn, |c| {
            let mut query = sqlx::query(sql);
            for (feed, seq, change) in piece {
                query = query
                    .bind(feed)
                    .bind(seq)
                    .bind(word(&change.kind))
                    .bind(change.conversation_id.uuid())
                    .bind(change.message_seq)
                    .bind(change.note_id.map(NoteId::uuid))
                    .bind(change.at.unix_ms());
            }
            query.execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
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
