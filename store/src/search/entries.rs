//! Rows of the index: putting them in, taking them out.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::id::{ConversationId, NoteId, TeamId, UserId};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use super::query::{team_scope, user_scope};
use super::words::words;
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::rows::places;
use crate::tx::{chunks, placeholders};

/// What kind of thing a row is. Its letter begins the scopes of the row, so that a search for one kind never sees another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Message,
    Note,
    User,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Note => "note",
            Self::User => "user",
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Message => 'm',
            Self::Note => 'n',
            Self::User => 'p',
        }
    }

    /// For agents of a team.
    pub(super) fn of_team(self, id: TeamId) -> String {
        format!("{}{}", self.letter(), team_scope(id.uuid()))
    }

    /// For the user themself.
    pub(super) fn of_user(self, id: UserId) -> String {
        format!("{}{}", self.letter(), user_scope(id.uuid()))
    }
}

/// A row to put in.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// When what it stands for was written: the newest are found first.
    pub(super) at: Timestamp,
    /// Of what it stands for.
    pub(super) id: Uuid,
    pub(super) user_id: UserId,
    pub(super) conversation_id: Option<ConversationId>,
    pub(super) message_seq: Option<i64>,
    pub(super) note_id: Option<NoteId>,
    pub(super) text: String,
    pub(super) scopes: Vec<String>,
}

/// Low bits of a row's number that come from the id of what it stands for; the time is above them.
const ID_BITS: u32 = 20;
/// Milliseconds that fit above them: until the year 2109.
const LATEST: i64 = (1 << 42) - 1;

/// What was written then has this number or a higher one.
pub(super) fn number_at(at: Timestamp) -> i64 {
    at.unix_ms().clamp(0, LATEST) << ID_BITS
}

impl Entry {
    /// The number it gets unless something else has it: the same each time, so that indexing again finds it there.
    fn number(&self) -> i64 {
        let low = i64::try_from(self.id.as_u128() & ((1 << ID_BITS) - 1)).unwrap_or_default();
        number_at(self.at) | low
    }

    fn stems(&self) -> Vec<String> {
        words(&self.text).into_iter().map(|word| word.stem).collect()
    }

    /// `'word':1,7 'other':2 '@scope'`; words hold letters and digits alone.
    fn tsvector(&self) -> String {
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (place, stem) in (1..).zip(self.stems()) {
            places.entry(stem).or_default().push(i32::to_string(&place));
        }
        let words = places.into_iter().map(|(word, places)| format!("'{word}':{}", places.join(",")));
        words.chain(self.scopes.iter().map(|scope| format!("'@{scope}'"))).collect::<Vec<_>>().join(" ")
    }
}

/// Puts rows in; one that is there already stays as it is. Numbers that something else has are passed over.
pub(super) async fn insert(conn: &mut Conn<'_>, entries: &[Entry]) -> Result<()> {
    let mut waiting: Vec<(i64, &Entry)> = entries.iter().map(|entry| (entry.number(), entry)).collect();
    while !waiting.is_empty() {
        let mut taken = BTreeSet::new();
        let (now, later): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(number, _)| taken.insert(*number));
        let there = insert_new(conn, &now).await?;
        waiting = later;
        for (number, entry) in now.into_iter().filter(|(number, _)| !there.contains(number)) {
            if !is_there(conn, number, entry).await? {
                waiting.push((number + 1, entry));
            }
        }
    }
    Ok(())
}

/// Inserts rows whose numbers are free, and says which they were.
async fn insert_new(conn: &mut Conn<'_>, rows: &[(i64, &Entry)]) -> Result<BTreeSet<i64>> {
    let mut inserted = BTreeSet::new();
    for piece in chunks(rows) {
        inserted.extend(match conn {
            Conn::Sqlite(_) => insert_sqlite(conn, piece).await?,
            Conn::Postgres(_) => insert_postgres(conn, piece).await?,
        });
    }
    Ok(inserted)
}

fn number(row: &impl Columns) -> Result<i64> {
    row.get("id")
}

/// Binds the columns that both databases have.
macro_rules! bind_entry {
    ($query:expr, $number:expr, $entry:expr) => {
        $query
            .bind($number)
            .bind($entry.kind.word())
            .bind($entry.user_id.uuid())
            .bind($entry.conversation_id.map(ConversationId::uuid))
            .bind($entry.message_seq)
            .bind($entry.note_id.map(NoteId::uuid))
    };
}

async fn insert_sqlite(conn: &mut Conn<'_>, rows: &[(i64, &Entry)]) -> Result<Vec<i64>> {
    let places = places(rows.len(), 6);
    // Only the number of rows is put into the text.
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO search_entries (id, kind, user_id, conversation_id, message_seq, note_id) VALUES {places}
        ON CONFLICT (id) DO NOTHING RETURNING id"
    ));
    let inserted: Vec<i64> = on!(conn, |c| {
        let query = rows.iter().fold(sqlx::query(sql), |query, (at, entry)| bind_entry!(query, at, entry));
        query.fetch_all(c).await?.iter().map(number).collect::<Result<_>>()
    })?;
    let new: Vec<_> = rows.iter().filter(|(at, _)| inserted.contains(at)).copied().collect();
    for piece in chunks(&new) {
        insert_words(conn, piece).await?;
    }
    Ok(inserted)
}

async fn insert_words(conn: &mut Conn<'_>, rows: &[(i64, &Entry)]) -> Result<()> {
    // Only the number of rows is put into the text.
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO search_words (rowid, words, scope) VALUES {}",
        places(rows.len(), 3)
    ));
    on!(conn, |c| {
        let query = rows.iter().fold(sqlx::query(sql), |query, (at, entry)| {
            query.bind(*at).bind(entry.stems().join(" ")).bind(entry.scopes.join(" "))
        });
        query.execute(c).await?;
    });
    Ok(())
}

async fn insert_postgres(conn: &mut Conn<'_>, rows: &[(i64, &Entry)]) -> Result<Vec<i64>> {
    let row = |r: usize| {
        let place = |c: usize| r * 7 + c;
        let plain: Vec<_> = (1..=6).map(|c| format!("${}", place(c))).collect();
        format!("({}, CAST(${} AS tsvector))", plain.join(", "), place(7))
    };
    let places = (0..rows.len()).map(row).collect::<Vec<_>>().join(", ");
    // Only the number of rows is put into the text.
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO search_entries (id, kind, user_id, conversation_id, message_seq, note_id, words)
        VALUES {places} ON CONFLICT (id) DO NOTHING RETURNING id"
    ));
    on!(conn, |c| {
        let query = rows.iter().fold(sqlx::query(sql), |query, (at, entry)| {
            bind_entry!(query, at, entry).bind(entry.tsvector())
        });
        query.fetch_all(c).await?.iter().map(number).collect()
    })
}

/// Whether the row with this number stands for the same thing.
async fn is_there(conn: &mut Conn<'_>, at: i64, entry: &Entry) -> Result<bool> {
    const SQL: &str = "
        SELECT id FROM search_entries
        WHERE id = $1 AND kind = $2 AND user_id = $3 AND conversation_id IS NOT DISTINCT FROM $4
            AND message_seq IS NOT DISTINCT FROM $5 AND note_id IS NOT DISTINCT FROM $6";
    let found = one!(
        conn,
        number,
        SQL,
        at,
        entry.kind.word(),
        entry.user_id.uuid(),
        entry.conversation_id.map(ConversationId::uuid),
        entry.message_seq,
        entry.note_id.map(NoteId::uuid)
    )?;
    Ok(found.is_some())
}

/// Takes rows out. SQLite's words are a table of their own.
async fn forget(conn: &mut Conn<'_>, numbers: &[i64]) -> Result<()> {
    for piece in chunks(numbers) {
        let places = placeholders(1, piece.len());
        let tables = conn.picks("search_words WHERE rowid", "search_entries WHERE id");
        let mut statements = vec![format!("DELETE FROM {tables} IN {places}")];
        if matches!(conn, Conn::Sqlite(_)) {
            statements.push(format!("DELETE FROM search_entries WHERE id IN {places}"));
        }
        for sql in statements {
            // Only the number of rows is put into the text.
            on!(conn, |c| {
                let query = sqlx::query(sqlx::AssertSqlSafe(sql));
                piece.iter().fold(query, |query, at| query.bind(*at)).execute(c).await.map(|_| ())
            })?;
        }
    }
    Ok(())
}

/// Forgets the messages of a conversation up to a number.
pub(crate) async fn forget_messages(conn: &mut Conn<'_>, id: ConversationId, last: i64) -> Result<()> {
    const SQL: &str = "
        SELECT e.id FROM conversations c
        JOIN search_entries e ON e.user_id = c.user_id AND e.conversation_id = c.id
        WHERE c.id = $1 AND e.message_seq <= $2";
    let numbers = all!(conn, number, SQL, id.uuid(), last)?;
    forget(conn, &numbers).await
}

/// Forgets one message.
pub(crate) async fn forget_message(
    conn: &mut Conn<'_>,
    user: UserId,
    id: ConversationId,
    seq: i64,
) -> Result<()> {
    const SQL: &str = "
        SELECT id FROM search_entries WHERE user_id = $1 AND conversation_id = $2 AND message_seq = $3";
    let numbers = all!(conn, number, SQL, user.uuid(), id.uuid(), seq)?;
    forget(conn, &numbers).await
}

/// Forgets all that is in a conversation.
pub(crate) async fn forget_conversation(conn: &mut Conn<'_>, user: UserId, id: ConversationId) -> Result<()> {
    const SQL: &str = "SELECT id FROM search_entries WHERE user_id = $1 AND conversation_id = $2";
    let numbers = all!(conn, number, SQL, user.uuid(), id.uuid())?;
    forget(conn, &numbers).await
}

/// Forgets so many rows of a user, and says how many there were.
pub(crate) async fn forget_user(conn: &mut Conn<'_>, user: UserId, limit: i64) -> Result<u64> {
    const SQL: &str = "SELECT id FROM search_entries WHERE user_id = $1 LIMIT $2";
    let numbers = all!(conn, number, SQL, user.uuid(), limit)?;
    forget(conn, &numbers).await?;
    u64::try_from(numbers.len()).map_err(|error| Error::stored("search_entries", error))
}

/// Forgets what is known of the person, but not what they wrote.
pub(super) async fn forget_person(conn: &mut Conn<'_>, user: UserId) -> Result<()> {
    const SQL: &str = "SELECT id FROM search_entries WHERE user_id = $1 AND conversation_id IS NULL";
    let numbers = all!(conn, number, SQL, user.uuid())?;
    forget(conn, &numbers).await
}
