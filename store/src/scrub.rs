//! After rows were deleted: taking their bytes out of the files.
//!
//! SQLite overwrites what it deletes (`secure_delete`), so what is left is its log, which is emptied into the file.
//! PostgreSQL leaves deleted rows in their pages until vacuum frees the place, and their bytes until something else is
//! written there; only rewriting a table leaves them behind for certain. Neither reaches what is elsewhere: older log
//! segments, replicas, backups, snapshots of disks.

use std::time::Duration;

use crate::Db;
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};

/// How thoroughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The same as [`Depth::Free`], of places that were shared for a while and nothing else: it costs next to nothing.
    Places,
    /// Nobody waits: SQLite's log is emptied; PostgreSQL frees the place of what was deleted.
    Free,
    /// Everything is written anew, while nobody can read or write: SQLite's file, or the tables that hold what users say.
    Rewrite,
}

/// Tables with rows about users. Each is a statement of its own: vacuum runs outside of transactions.
const VACUUM: [&str; 1] = [
    "VACUUM messages, notes, conversations, users, devices, sessions, changes, feeds, jobs, dead_jobs, pushes,
        search_entries, audit_log, erasures, attachments, upload_pieces, push_receipts, receipt_moves, fallbacks,
        live_places, contexts, conversation_fields, user_fields",
];
const VACUUM_FULL: [&str; 2] = [
    "VACUUM (FULL) messages, notes, conversations, users, devices, sessions, changes, feeds, jobs, dead_jobs, pushes,
        search_entries, audit_log, erasures, attachments, upload_pieces, push_receipts, receipt_moves, fallbacks,
        live_places, contexts, conversation_fields, user_fields",
    // So that the old files, too, are not waiting for the next one to be taken away.
    "CHECKPOINT",
];
/// How often the log is tried to be emptied while readers hold it, and how long between.
const ATTEMPTS: u32 = 50;
/// How often it is looked whether earlier transactions have ended.
const READERS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);

impl Db {
    /// Takes the bytes of deleted rows out of the files. [`Error::Refused`] when readers held SQLite's log all the time.
    pub async fn scrub(&self, depth: Depth) -> Result<()> {
        let mut connected = self.connect_anew().await?;
        let mut conn = connected.conn();
        match (&conn, depth) {
            (Conn::Sqlite(_), depth) => {
                if depth == Depth::Rewrite {
                    conn.run("VACUUM").await?;
                }
                empty_log(&mut conn).await?;
            }
            (Conn::Postgres(_), Depth::Places) => conn.run("VACUUM live_places").await?,
            (Conn::Postgres(_), Depth::Free) => each(&mut conn, &VACUUM).await?,
            (Conn::Postgres(_), Depth::Rewrite) => {
                outlive_readers(&mut conn).await?;
                each(&mut conn, &VACUUM_FULL).await?;
            }
        }
        connected.close().await
    }
}

/// Waits until every transaction has ended that could still see what was deleted: until then a table that is written anew
/// keeps it. One that writes counts from its beginning on, also while it waits between two statements and sees nothing.
async fn outlive_readers(conn: &mut Conn<'_>) -> Result<()> {
    const NOW: &str = "SELECT CAST(pg_current_xact_id() AS TEXT) AS xid";
    const EARLIER: &str = "
        SELECT COUNT(*) AS earlier FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND (age(backend_xmin) > age(xid(CAST($1 AS xid8))) OR age(backend_xid) > age(xid(CAST($1 AS xid8))))";
    let now: Option<String> = one!(conn, |row| Columns::get(row, "xid"), NOW)?;
    let now = now.unwrap_or_default();
    for _ in 0..READERS {
        let earlier: Option<i64> = one!(conn, |row| Columns::get(row, "earlier"), EARLIER, now.as_str())?;
        if earlier == Some(0) {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Error::Refused("a transaction that began earlier keeps what was deleted: end it and scrub again"))
}

async fn each(conn: &mut Conn<'_>, statements: &[&'static str]) -> Result<()> {
    for statement in statements {
        conn.run(statement).await?;
    }
    Ok(())
}

/// Writes the log into the file and cuts it to nothing.
async fn empty_log(conn: &mut Conn<'_>) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let busy = match conn {
            Conn::Sqlite(c) => {
                let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut **c).await?;
                Columns::get::<i64>(&row, "busy")?
            }
            Conn::Postgres(_) => 0,
        };
        if busy == 0 {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Error::Refused("the log of the database could not be emptied: somebody reads without an end"))
}

/// A file in which PostgreSQL keeps a table, an index, or what is too long for its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawFile {
    /// What it belongs to.
    pub table: String,
    /// Where it is, for [`Db::raw_bytes`].
    pub path: String,
    /// How long it is.
    pub bytes: i64,
}

fn raw_file(row: &impl Columns) -> Result<RawFile> {
    Ok(RawFile { table: row.get("name")?, path: row.get("path")?, bytes: row.get("bytes")? })
}

/// PostgreSQL cuts a larger file into segments of this length.
const SEGMENT: i64 = 1 << 30;

impl Db {
    /// The files of PostgreSQL's tables, with what was only in memory written into them; none on SQLite, whose file and log
    /// lie in the folder that the operator chose. A user of the database who may not see them is [`Error::Refused`].
    pub async fn raw_files(&self) -> Result<Vec<RawFile>> {
        const SQL: &str = "
            SELECT CAST(c.relname AS TEXT) AS name, pg_relation_filepath(c.oid) AS path, pg_relation_size(c.oid) AS bytes
            FROM pg_class c WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'i')
            UNION ALL
            SELECT c.relname || ', long values', pg_relation_filepath(c.reltoastrelid), pg_relation_size(c.reltoastrelid)
            FROM pg_class c WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.reltoastrelid <> 0
            ORDER BY name";
        if self.backend() == "sqlite" {
            return Ok(Vec::new());
        }
        let mut connected = self.connect_anew().await?;
        let mut conn = connected.conn();
        conn.run("CHECKPOINT").await.map_err(may_not)?;
        let files = all!(conn, raw_file, SQL)?;
        connected.close().await?;
        Ok(files)
    }

    /// A piece of such a file. It ends early at the end of the file, or of a gibibyte.
    pub async fn raw_bytes(&self, file: &RawFile, from: i64, length: i64) -> Result<Vec<u8>> {
        const SQL: &str = "SELECT pg_read_binary_file($1, $2, $3) AS bytes";
        let (segment, within) = (from / SEGMENT, from % SEGMENT);
        let path = if segment == 0 { file.path.clone() } else { format!("{}.{segment}", file.path) };
        let length = length.min(SEGMENT - within);
        let mut reading = self.single().await?;
        let bytes =
            one!(reading.conn(), |row| Columns::get(row, "bytes"), SQL, path.as_str(), within, length);
        Ok(bytes.map_err(may_not)?.unwrap_or_default())
    }
}

/// Looking at files needs a superuser, or a member of `pg_read_server_files` and `pg_checkpoint`.
fn may_not(error: Error) -> Error {
    match error {
        Error::Internal(_) => Error::Refused("the user of the database may not read the server's files"),
        other => other,
    }
}
