//! The rows that nearly every batch writes, in one call each: messages, their conversations, feeds, changes, jobs.
//!
//! The two databases want opposite texts. PostgreSQL takes arrays, and one statement takes numbers and uses them.
//! SQLite is quickest with plain values, several statements to a call because each call wakes a thread, and its
//! only writer knows the numbers beforehand.

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection};
use tidings_protocol::Seq;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{ConversationId, MessageId, NoteId};
use tidings_protocol::message::Author;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::append::NewMessage;
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::jobs::NewJob;
use crate::live_places::live_until;
use crate::thread::Thread;
use crate::tx::Change;
use crate::words::word;

/// A change and where it goes.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    pub(crate) feed: Uuid,
    /// On SQLite its number; on PostgreSQL its place among the changes that this batch adds to the feed, from 1.
    pub(crate) seq: Seq,
    pub(crate) change: Change,
}

/// A feed that grows.
#[derive(Clone, Copy)]
pub(crate) struct Grown {
    pub(crate) feed: Uuid,
    /// On SQLite its last number from now on; on PostgreSQL by how many it grows.
    pub(crate) seq: Seq,
}

/// What is to be written, in the order of the locks.
#[derive(Default)]
pub(crate) struct Rows<'r> {
    pub(crate) messages: &'r [NewMessage],
    pub(crate) threads: Vec<&'r Thread>,
    pub(crate) feeds: &'r [Grown],
    pub(crate) changes: &'r [Told],
    pub(crate) jobs: &'r [NewJob],
}

/// Whether the transaction ends with the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Something comes after them.
    Open,
    /// The commit follows in the same call.
    Commit,
}

struct MessageRow<'r> {
    new: &'r NewMessage,
    kind: &'static str,
    author: Option<Uuid>,
    name: Option<&'r str>,
    parts: String,
    /// Until when it shares a place.
    live_until: Option<i64>,
}

fn message_row(new: &NewMessage) -> Result<MessageRow<'_>> {
    let (kind, author, name) = match &new.message.author {
        Author::User { id } => ("user", Some(id.uuid()), None),
        Author::Agent { id, name } => ("agent", Some(id.uuid()), Some(name.as_str())),
        Author::System => ("system", None, None),
    };
    let parts = serde_json::to_string(&new.message.parts).map_err(|error| Error::stored("parts", error))?;
    let live_until = live_until(&new.message).map(Timestamp::unix_ms);
    Ok(MessageRow { new, kind, author, name, parts, live_until })
}

fn kind(kind: ChangeKind) -> String {
    word(&kind)
}

/// Rows of one call on SQLite.
const PIECE: usize = 256;

/// Writes rows on SQLite, and commits with the last call.
pub(crate) async fn write_sqlite(c: &mut SqliteConnection, rows: Rows<'_>, ending: Ending) -> Result<()> {
    let mut rows = rows;
    loop {
        let piece = rows.take(PIECE);
        let last = rows.is_empty();
        let ending = if last { ending } else { Ending::Open };
        if !piece.is_empty() || ending == Ending::Commit {
            write_piece(c, &piece, ending).await?;
        }
        if last {
            return Ok(());
        }
    }
}

impl Rows<'_> {
    pub(crate) const fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.threads.is_empty()
            && self.feeds.is_empty()
            && self.changes.is_empty()
            && self.jobs.is_empty()
    }

    /// Cuts off the first rows of each kind: `n`, and of feeds and changes twice as many.
    fn take(&mut self, n: usize) -> Self {
        fn cut<'r, T>(rows: &mut &'r [T], n: usize) -> &'r [T] {
            let (piece, rest) = rows.split_at(n.min(rows.len()));
            *rows = rest;
            piece
        }
        let rest = self.threads.split_off(n.min(self.threads.len()));
        Rows {
            messages: cut(&mut self.messages, n),
            threads: std::mem::replace(&mut self.threads, rest),
            feeds: cut(&mut self.feeds, 2 * n),
            changes: cut(&mut self.changes, 2 * n),
            jobs: cut(&mut self.jobs, n),
        }
    }

    /// For how many messages a text must have room; a power of two, so that few texts are prepared.
    fn room(&self) -> usize {
        let of_feeds = self.feeds.len().max(self.changes.len()).div_ceil(2);
        let rows = self.messages.len().max(self.threads.len()).max(of_feeds).max(self.jobs.len());
        rows.next_power_of_two()
    }
}

async fn write_piece(c: &mut SqliteConnection, rows: &Rows<'_>, ending: Ending) -> Result<()> {
    let room = rows.room();
    let sql = sqlx::AssertSqlSafe(text(rows, room, ending));
    let mut query = sqlx::query(sql);
    if !rows.messages.is_empty() {
        for new in rows.messages {
            query = bind_message(query, message_row(new)?);
        }
        query = nulls(query, (room - rows.messages.len()) * 11);
    }
    if !rows.threads.is_empty() {
        query = rows.threads.iter().copied().fold(query, bind_thread);
        query = nulls(query, (room - rows.threads.len()) * 7);
    }
    if !rows.feeds.is_empty() {
        query = rows.feeds.iter().fold(query, |query, grown| query.bind(grown.feed).bind(grown.seq));
        query = nulls(query, (2 * room - rows.feeds.len()) * 2);
    }
    if !rows.changes.is_empty() {
        query = rows.changes.iter().fold(query, bind_change);
        query = nulls(query, (2 * room - rows.changes.len()) * 7);
    }
    if !rows.jobs.is_empty() {
        for job in rows.jobs {
            let about = job.conversation_id().map(ConversationId::uuid);
            query = query.bind(job.id.uuid()).bind(job.encoded()?).bind(about).bind(job.now.unix_ms());
        }
        query = nulls(query, (room - rows.jobs.len()) * 4);
    }
    query.execute(c).await?;
    Ok(())
}

type SqliteQuery<'q> = Query<'q, Sqlite, SqliteArguments>;

fn bind_message<'q>(query: SqliteQuery<'q>, row: MessageRow<'_>) -> SqliteQuery<'q> {
    let message = &row.new.message;
    query
        .bind(message.conversation_id.uuid())
        .bind(message.seq)
        .bind(message.id.uuid())
        .bind(row.kind)
        .bind(row.author)
        .bind(row.name.map(str::to_owned))
        .bind(row.parts)
        .bind(row.new.user_count)
        .bind(message.sent_at.unix_ms())
        .bind(message.quote.map(MessageId::uuid))
        .bind(row.live_until)
}

fn bind_thread<'q>(query: SqliteQuery<'q>, thread: &Thread) -> SqliteQuery<'q> {
    query
        .bind(thread.id.uuid())
        .bind(thread.last_seq)
        .bind(thread.user_count)
        .bind(thread.active_at.unix_ms())
        .bind(thread.waiting_since.map(Timestamp::unix_ms))
        .bind(thread.receipts.team_read_seq)
        .bind(thread.stage.word())
}

fn bind_change<'q>(query: SqliteQuery<'q>, told: &Told) -> SqliteQuery<'q> {
    query
        .bind(told.feed)
        .bind(told.seq)
        .bind(kind(told.change.kind))
        .bind(told.change.conversation_id.uuid())
        .bind(told.change.message_seq)
        .bind(told.change.note_id.map(NoteId::uuid))
        .bind(told.change.at.unix_ms())
}

/// Fills places that have no row.
fn nulls(query: SqliteQuery<'_>, n: usize) -> SqliteQuery<'_> {
    (0..n).fold(query, |query, _| query.bind(None::<i64>))
}

/// The statements for rows of these kinds, each with room for so many. Places without a row hold NULL.
fn text(rows: &Rows<'_>, room: usize, ending: Ending) -> String {
    let mut text = String::with_capacity(1024 + 80 * room);
    if !rows.messages.is_empty() {
        text.push_str(
            "INSERT INTO messages (conversation_id, seq, id, author_kind, author_id, author_name, parts,
            user_count, sent_at, quote, live_until) SELECT * FROM (VALUES ",
        );
        push_places(&mut text, room, 11);
        text.push_str(") WHERE column1 IS NOT NULL; ");
    }
    if !rows.threads.is_empty() {
        text.push_str(
            "WITH v (id, last_seq, user_count, active_at, waiting_since, team_read_seq, state) AS (VALUES ",
        );
        push_places(&mut text, room, 7);
        text.push_str(
            ") UPDATE conversations SET last_seq = v.last_seq, user_count = v.user_count, active_at = v.active_at,
            listed_at = v.active_at, woke_at = NULL,
            waiting_since = v.waiting_since, team_read_seq = v.team_read_seq, state = v.state,
            snoozed_until = CASE WHEN v.state = 'snoozed' THEN conversations.snoozed_until END
            FROM v WHERE conversations.id = v.id; ",
        );
    }
    if !rows.feeds.is_empty() {
        text.push_str("WITH v (id, last_seq) AS (VALUES ");
        push_places(&mut text, 2 * room, 2);
        text.push_str(") UPDATE feeds SET last_seq = v.last_seq FROM v WHERE feeds.id = v.id; ");
    }
    if !rows.changes.is_empty() {
        text.push_str(
            "INSERT INTO changes (feed_id, seq, kind, conversation_id, message_seq, note_id, recorded_at)
            SELECT * FROM (VALUES ",
        );
        push_places(&mut text, 2 * room, 7);
        text.push_str(") WHERE column1 IS NOT NULL; ");
    }
    if !rows.jobs.is_empty() {
        text.push_str(
            "INSERT INTO jobs (id, payload, app_id, run_at, created_at)
            SELECT column1, column2, (SELECT app_id FROM conversations WHERE id = column3), column4, column4
            FROM (VALUES ",
        );
        push_places(&mut text, room, 4);
        text.push_str(") WHERE column1 IS NOT NULL ON CONFLICT (id) DO NOTHING; ");
    }
    if ending == Ending::Commit {
        text.push_str("COMMIT");
    }
    text
}

/// `(?,?),(?,?)` for two rows of two columns. Places with numbers would be looked up by name, one after the other.
fn push_places(text: &mut String, rows: usize, columns: usize) {
    for row in 0..rows {
        text.push_str(if row == 0 { "(?" } else { ",(?" });
        (1..columns).for_each(|_| text.push_str(",?"));
        text.push(')');
    }
}

/// The same as a text of its own, for SQLite.
pub(crate) fn places(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * (2 * columns + 2));
    push_places(&mut text, rows, columns);
    text
}

/// Writes rows on PostgreSQL and takes the numbers; answers the last number of each feed.
///
/// One text whatever there is to write, so that it is prepared once. Feeds are locked in the order given.
pub(crate) async fn write_postgres(c: &mut PgConnection, rows: &Rows<'_>) -> Result<Vec<(Uuid, Seq)>> {
    let messages = rows.messages.iter().map(message_row).collect::<Result<Vec<_>>>()?;
    let mut query = sqlx::query(POSTGRES);
    query = bind_messages(query, &messages);
    query = bind_threads(query, &rows.threads);
    query = query
        .bind(rows.feeds.iter().map(|grown| grown.feed).collect::<Vec<_>>())
        .bind(rows.feeds.iter().map(|grown| grown.seq).collect::<Vec<_>>());
    query = bind_changes(query, rows.changes);
    let payloads = rows.jobs.iter().map(NewJob::encoded).collect::<Result<Vec<_>>>()?;
    query = query
        .bind(rows.jobs.iter().map(|job| job.id.uuid()).collect::<Vec<_>>())
        .bind(payloads)
        .bind(rows.jobs.iter().map(|job| job.conversation_id().map(ConversationId::uuid)).collect::<Vec<_>>())
        .bind(rows.jobs.iter().map(|job| job.now.unix_ms()).collect::<Vec<_>>());
    let grown = query.fetch_all(c).await?;
    grown.iter().map(|row| Ok((Columns::get(row, "id")?, Columns::get(row, "last_seq")?))).collect()
}

type PostgresQuery<'q> = Query<'q, Postgres, PgArguments>;

fn bind_messages<'q>(query: PostgresQuery<'q>, rows: &[MessageRow<'_>]) -> PostgresQuery<'q> {
    let messages = || rows.iter().map(|row| &row.new.message);
    query
        .bind(messages().map(|message| message.conversation_id.uuid()).collect::<Vec<_>>())
        .bind(messages().map(|message| message.seq).collect::<Vec<_>>())
        .bind(messages().map(|message| message.id.uuid()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.kind).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.author).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.name).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.parts.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.new.user_count).collect::<Vec<_>>())
        .bind(messages().map(|message| message.sent_at.unix_ms()).collect::<Vec<_>>())
        .bind(messages().map(|message| message.quote.map(MessageId::uuid)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.live_until).collect::<Vec<_>>())
}

fn bind_threads<'q>(query: PostgresQuery<'q>, threads: &[&Thread]) -> PostgresQuery<'q> {
    query
        .bind(threads.iter().map(|thread| thread.id.uuid()).collect::<Vec<_>>())
        .bind(threads.iter().map(|thread| thread.last_seq).collect::<Vec<_>>())
        .bind(threads.iter().map(|thread| thread.user_count).collect::<Vec<_>>())
        .bind(threads.iter().map(|thread| thread.active_at.unix_ms()).collect::<Vec<_>>())
        .bind(threads.iter().map(|thread| thread.waiting_since.map(Timestamp::unix_ms)).collect::<Vec<_>>())
        .bind(threads.iter().map(|thread| thread.receipts.team_read_seq).collect::<Vec<_>>())
        .bind(threads.iter().map(|thread| thread.stage.word()).collect::<Vec<_>>())
}

fn bind_changes<'q>(query: PostgresQuery<'q>, rows: &[Told]) -> PostgresQuery<'q> {
    query
        .bind(rows.iter().map(|told| told.feed).collect::<Vec<_>>())
        .bind(rows.iter().map(|told| told.seq).collect::<Vec<_>>())
        .bind(rows.iter().map(|told| kind(told.change.kind)).collect::<Vec<_>>())
        .bind(rows.iter().map(|told| told.change.conversation_id.uuid()).collect::<Vec<_>>())
        .bind(rows.iter().map(|told| told.change.message_seq).collect::<Vec<_>>())
        .bind(rows.iter().map(|told| told.change.note_id.map(NoteId::uuid)).collect::<Vec<_>>())
        .bind(rows.iter().map(|told| told.change.at.unix_ms()).collect::<Vec<_>>())
}

const POSTGRES: &str = "
    WITH said AS (
        INSERT INTO messages
            (conversation_id, seq, id, author_kind, author_id, author_name, parts, user_count, sent_at, quote,
                live_until)
        SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ), moved AS (
        UPDATE conversations c
        SET last_seq = v.last_seq, user_count = v.user_count, active_at = v.active_at,
            listed_at = v.active_at, woke_at = NULL,
            waiting_since = v.waiting_since, team_read_seq = v.team_read_seq, state = v.state,
            snoozed_until = CASE WHEN v.state = 'snoozed' THEN c.snoozed_until END
        FROM UNNEST($12, $13, $14, $15, $16, $17, $18)
            AS v (id, last_seq, user_count, active_at, waiting_since, team_read_seq, state)
        WHERE c.id = v.id
    ), locked AS MATERIALIZED (
        SELECT f.id, v.grows
        FROM UNNEST($19, $20) WITH ORDINALITY AS v (id, grows, place) JOIN feeds f ON f.id = v.id
        ORDER BY v.place FOR NO KEY UPDATE OF f
    ), grown AS (
        UPDATE feeds f SET last_seq = f.last_seq + locked.grows FROM locked WHERE f.id = locked.id
        RETURNING f.id, f.last_seq, f.last_seq - locked.grows AS before
    ), told AS (
        INSERT INTO changes (feed_id, seq, kind, conversation_id, message_seq, note_id, recorded_at)
        SELECT v.feed_id, grown.before + v.place, v.kind, v.conversation_id, v.message_seq, v.note_id, v.recorded_at
        FROM UNNEST($21, $22, $23, $24, $25, $26, $27)
            AS v (feed_id, place, kind, conversation_id, message_seq, note_id, recorded_at)
        JOIN grown ON grown.id = v.feed_id
    ), due AS (
        INSERT INTO jobs (id, payload, app_id, run_at, created_at)
        SELECT v.id, v.payload, (SELECT c.app_id FROM conversations c WHERE c.id = v.conversation_id), v.now, v.now
        FROM UNNEST($28, $29, $30, $31) AS v (id, payload, conversation_id, now)
        ON CONFLICT (id) DO NOTHING
    )
    SELECT id, last_seq FROM grown";
