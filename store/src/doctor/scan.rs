//! Laws 3, 4 and 7 on the real data: conversations and feeds without holes, unread counts as a recount finds them.

use tidings_protocol::id::{ConversationId, FeedId};
use uuid::Uuid;

use crate::archive::{Counting, OnProgress, Stage};
use crate::columns::Columns;
use crate::database_url::DatabaseUrl;
use crate::db::{Address, Conn};
use crate::error::Result;

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The newest conversations and feeds.
    Newest,
    /// Everything.
    All,
}

/// Conversations or feeds of one statement.
const PIECE: i64 = 250;
/// Pieces that are looked at when not everything is.
const NEWEST: u32 = 4;
/// Faults that are named; more are counted.
const NAMED: usize = 20;

/// What a scan found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Conversations that were looked at.
    pub conversations: u64,
    /// Messages in them.
    pub messages: u64,
    /// Feeds that were looked at.
    pub feeds: u64,
    /// Changes in them.
    pub changes: u64,
    /// The first faults.
    pub faults: Vec<Fault>,
    /// How many there are.
    pub fault_count: u64,
}

/// Something that a law forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The messages of a conversation are not numbered from its first to its last (law 3).
    Messages(ConversationId),
    /// The changes of a feed are not numbered from its first to its last (law 4).
    Changes(FeedId),
    /// An unread count is not what a recount finds (law 7).
    Unread(ConversationId),
}

impl Scanned {
    fn found(&mut self, fault: Fault) {
        self.fault_count += 1;
        if self.faults.len() < NAMED {
            self.faults.push(fault);
        }
    }
}

/// Looks at one moment of a database, in pieces, the newest first.
pub async fn scan(url: &DatabaseUrl, depth: Depth, told: &OnProgress) -> Result<Scanned> {
    let mut connected = Address::of_existing(url)?.connect().await?;
    connected.begin_reading().await?;
    let scanned = scan_all(&mut connected.conn(), depth, told).await;
    connected.leave().await?;
    scanned
}

async fn scan_all(conn: &mut Conn<'_>, depth: Depth, told: &OnProgress) -> Result<Scanned> {
    const TOTAL: &str = "SELECT (SELECT COUNT(*) FROM messages) + (SELECT COUNT(*) FROM changes) AS n";
    let total: Option<i64> = match depth {
        Depth::All => one!(conn, |row| Columns::get(row, "n"), TOTAL)?,
        Depth::Newest => None,
    };
    let silent: OnProgress = std::sync::Arc::new(|_| {});
    let told = if total.is_some() { told } else { &silent };
    let mut counting = Counting::begin(Stage::Scanning, total.unwrap_or_default().unsigned_abs(), told);
    let mut scanned = Scanned::default();
    let pieces = if depth == Depth::All { u32::MAX } else { NEWEST };
    let mut before = Uuid::max();
    for _ in 0..pieces {
        let Some(last) = conversations(conn, before, &mut scanned, &mut counting).await? else { break };
        before = last;
    }
    let mut before = Uuid::max();
    for _ in 0..pieces {
        let Some(last) = feeds(conn, before, &mut scanned, &mut counting).await? else { break };
        before = last;
    }
    Ok(scanned)
}

/// A conversation, with what its messages say.
struct Counted {
    id: Uuid,
    rows: i64,
    is_whole: bool,
    is_unread_right: bool,
}

fn counted(row: &impl Columns) -> Result<Counted> {
    Ok(Counted {
        id: row.get("id")?,
        rows: row.get("n")?,
        is_whole: row.get("is_whole")?,
        is_unread_right: row.get("is_unread_right")?,
    })
}

/// The lowest id of the piece; none when there is nothing left.
async fn conversations(
    conn: &mut Conn<'_>,
    before: Uuid,
    scanned: &mut Scanned,
    counting: &mut Counting,
) -> Result<Option<Uuid>> {
    // The recount goes by the authors alone, what it is compared with by the counts that are kept beside. A side that
    // has read nothing of a history whose beginning retention took cannot be counted again.
    const SQL: &str = "
        WITH piece AS (SELECT * FROM conversations WHERE id < $1 ORDER BY id DESC LIMIT $2), counted AS (
            SELECT c.id, c.first_seq, c.last_seq, c.user_count, c.user_read_seq, c.team_read_seq,
                COUNT(m.seq) AS n, COALESCE(MIN(m.seq), c.first_seq) AS low, COALESCE(MAX(m.seq), 0) AS high,
                COUNT(CASE WHEN m.seq > c.user_read_seq AND m.author_kind <> 'user' THEN 1 END) AS user_unread,
                COUNT(CASE WHEN m.seq > c.team_read_seq AND m.author_kind = 'user' THEN 1 END) AS team_unread
            FROM piece c LEFT JOIN messages m ON m.conversation_id = c.id
            GROUP BY c.id, c.first_seq, c.last_seq, c.user_count, c.user_read_seq, c.team_read_seq
        )
        SELECT c.id, c.n,
            (c.high = c.last_seq AND c.low = c.first_seq AND c.n = c.last_seq - c.first_seq + 1) AS is_whole,
            ((c.user_read_seq < c.first_seq - 1
                    OR c.user_unread = (c.last_seq - c.user_count) - (c.user_read_seq - COALESCE(u.user_count, 0)))
                AND (c.team_read_seq < c.first_seq - 1
                    OR c.team_unread = c.user_count - COALESCE(t.user_count, 0))) AS is_unread_right
        FROM counted c
        LEFT JOIN messages u ON u.conversation_id = c.id AND u.seq = c.user_read_seq
        LEFT JOIN messages t ON t.conversation_id = c.id AND t.seq = c.team_read_seq
        ORDER BY c.id DESC";
    let rows = all!(conn, counted, SQL, before, PIECE)?;
    for row in &rows {
        scanned.conversations += 1;
        scanned.messages += row.rows.unsigned_abs();
        if !row.is_whole {
            scanned.found(Fault::Messages(row.id.into()));
        } else if !row.is_unread_right {
            scanned.found(Fault::Unread(row.id.into()));
        }
    }
    counting.add(rows.iter().map(|row| row.rows.unsigned_abs()).sum());
    Ok(rows.last().map(|row| row.id))
}

fn feed(row: &impl Columns) -> Result<Counted> {
    Ok(Counted {
        id: row.get("id")?,
        rows: row.get("n")?,
        is_whole: row.get("is_whole")?,
        is_unread_right: true,
    })
}

async fn feeds(
    conn: &mut Conn<'_>,
    before: Uuid,
    scanned: &mut Scanned,
    counting: &mut Counting,
) -> Result<Option<Uuid>> {
    const SQL: &str = "
        WITH piece AS (SELECT * FROM feeds WHERE id < $1 ORDER BY id DESC LIMIT $2), counted AS (
            SELECT f.id, f.first_seq, f.last_seq, COUNT(c.seq) AS n,
                COALESCE(MIN(c.seq), f.first_seq) AS low, COALESCE(MAX(c.seq), f.first_seq - 1) AS high
            FROM piece f LEFT JOIN changes c ON c.feed_id = f.id
            GROUP BY f.id, f.first_seq, f.last_seq
        )
        SELECT id, n, (low = first_seq AND high = last_seq AND n = last_seq - first_seq + 1) AS is_whole
        FROM counted ORDER BY id DESC";
    let rows = all!(conn, feed, SQL, before, PIECE)?;
    for row in &rows {
        scanned.feeds += 1;
        scanned.changes += row.rows.unsigned_abs();
        if !row.is_whole {
            scanned.found(Fault::Changes(row.id.into()));
        }
    }
    counting.add(rows.iter().map(|row| row.rows.unsigned_abs()).sum());
    Ok(rows.last().map(|row| row.id))
}
