//! What happens to a damaged store: what waits to be sent and what was begun to be written is carried into a new one, the
//! rest comes from the server again.
//!
//! Only SQLite's own verdict "this is damaged" leads here. The new file is finished under another name and then moved
//! over the old one, so that a crash at any moment leaves either of them whole:
//!
//! 1. `x.building` is written and closed;
//! 2. it is renamed to `x.rebuilt`: from now on it counts;
//! 3. the old file's log is removed, and `x.rebuilt` is renamed to `x`. Opening a store finishes this step.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::outbox::Rescued;
use super::uploads::{self, RescuedUpload};
use super::{amendments, contexts, open};
use crate::error::Fault;

/// Whether SQLite says that the file is damaged, or no database at all.
pub(crate) fn is_corrupt(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

/// Opens a store for writing; a damaged one is rebuilt first.
pub(super) fn open_or_rebuild(path: &Path) -> Result<Connection, Fault> {
    finish(path)?;
    match open::writer(path) {
        Err(Fault::Sqlite(error)) if is_corrupt(&error) => {
            tracing::error!("the store is damaged; rebuilding it around what waits to be sent");
            rebuild(path)?;
            open::writer(path)
        }
        opened => opened,
    }
}

/// Replaces a damaged store by a new one that holds its outbox.
pub(super) fn rebuild(path: &Path) -> Result<(), Fault> {
    let rows = rescue(path);
    let drafts = rescue_drafts(path);
    let amendments = rescue_amendments(path);
    let fields = rescue_fields(path);
    let files = rescue_uploads(path);
    let building = beside(path, ".building");
    #[cfg(test)]
    crate::fuse::step()?;
    remove(&building)?;
    let mut connection = Connection::open(&building)?;
    connection.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;")?;
    open::migrate(&mut connection)?;
    let tx = connection.transaction()?;
    for row in &rows {
        // One row that cannot be read must not take the others with it.
        if row.insert(&tx).is_err() {
            tracing::error!("a row of the outbox could not be carried over");
        }
    }
    for draft in drafts {
        tx.execute("INSERT INTO drafts (conversation, text, changed_ms) VALUES (?1, ?2, ?3)", draft)?;
    }
    for row in &amendments {
        amendments::restore(&tx, row)?;
    }
    for row in &fields {
        contexts::restore(&tx, row)?;
    }
    for file in files {
        uploads::insert_rescued(&tx, file)?;
    }
    tx.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    tracing::warn!(carried = rows.len(), "the store was rebuilt");
    #[cfg(test)]
    crate::fuse::step()?;
    std::fs::rename(&building, beside(path, ".rebuilt"))?;
    finish(path)
}

/// Step 3, if it is due.
fn finish(path: &Path) -> Result<(), Fault> {
    let rebuilt = beside(path, ".rebuilt");
    if !rebuilt.try_exists()? {
        return Ok(());
    }
    #[cfg(test)]
    crate::fuse::step()?;
    remove(&beside(path, "-wal"))?;
    #[cfg(test)]
    crate::fuse::step()?;
    remove(&beside(path, "-shm"))?;
    std::fs::rename(&rebuilt, path)?;
    Ok(())
}

/// Reads as many rows of the outbox as can be read.
fn rescue(path: &Path) -> Vec<Rescued> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(path, flags) else { return Vec::new() };
    // Without the index, which may be where the damage is.
    let sql =
        "SELECT op, conversation, kind, message, v, payload, created_ms FROM outbox NOT INDEXED ORDER BY op";
    let Ok(mut statement) = connection.prepare(sql) else { return Vec::new() };
    let rows = statement.query_map([], |row| {
        Ok(Rescued {
            op: row.get(0)?,
            conversation: row.get(1)?,
            kind: row.get(2)?,
            message: row.get(3)?,
            v: row.get(4)?,
            payload: row.get(5)?,
            created_ms: row.get(6)?,
        })
    });
    rows.map(|rows| rows.map_while(Result::ok).collect()).unwrap_or_default()
}

/// Reads as many drafts as can be read; like the outbox, nobody else knows them.
fn rescue_drafts(path: &Path) -> Vec<(String, String, i64)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(path, flags) else { return Vec::new() };
    let sql = "SELECT conversation, text, changed_ms FROM drafts";
    let Ok(mut statement) = connection.prepare(sql) else { return Vec::new() };
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.map(|rows| rows.map_while(Result::ok).collect()).unwrap_or_default()
}

fn rescue_amendments(path: &Path) -> Vec<amendments::Rescued> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map(|c| amendments::rescue(&c)).unwrap_or_default()
}

fn rescue_fields(path: &Path) -> Vec<contexts::Rescued> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map(|c| contexts::rescue(&c)).unwrap_or_default()
}

fn rescue_uploads(path: &Path) -> Vec<RescuedUpload> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .map(|connection| uploads::rescue(&connection))
        .unwrap_or_default()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn remove(path: &Path) -> Result<(), Fault> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Every file that a store may consist of.
pub(super) fn files(path: &Path) -> Vec<PathBuf> {
    ["", "-wal", "-shm", "-journal", ".building", ".building-journal", ".rebuilt"]
        .iter()
        .map(|suffix| beside(path, suffix))
        .collect()
}
