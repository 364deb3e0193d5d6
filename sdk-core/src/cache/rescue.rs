//! What happens to a damaged store: what waits to be sent, what was begun to be written and what is being shared is carried
//! into a new one as far as it can be read, the rest comes from the server again.
//!
//! Only SQLite's own verdict "this is damaged" leads here. The new file is finished under another name and then moved
//! over the old one, so that a crash at any moment leaves either of them whole:
//!
//! 1. `x.building` is written and closed;
//! 2. it is renamed to `x.rebuilt`: from now on it counts;
//! 3. the old file's log is removed, and `x.rebuilt` is renamed to `x`. Opening a store finishes this step.

use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Row};

use super::open;
use super::outbox::Rescued;
use super::salvage::{self, Keyed};
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

/// Tables that are carried as they are, and their columns, the key first: what the server was not told, and what only this
/// phone knows. An edit that was refused is tried again.
const CARRIED: [(&str, Keyed, &str); 6] = [
    ("drafts", Keyed::ByWord, "conversation, text, changed_ms"),
    ("amendments", Keyed::ByNumber, "op, conversation, message, text, created_ms"),
    ("fields", Keyed::ByWord, "owner, fields, number, told"),
    // Without them a message would be posted before its files.
    ("uploads", Keyed::ByWord, "attachment, message, position, file, bytes, sha256, name, sent, state"),
    ("pushes", Keyed::ByWord, "message, arrived_ms, shown, told"),
    // Without them a place would go on moving at the server, and nobody could end it.
    ("shares", Keyed::ByWord, "message, conversation, ends_ms, number, told, told_ms, place, state"),
];

/// What could be read of a damaged store.
#[derive(Default)]
struct Saved {
    outbox: Vec<Rescued>,
    /// Of each of the tables that are carried as they are.
    tables: Vec<Vec<Vec<Value>>>,
    /// What the app said last of pushes.
    push_target: Option<String>,
}

/// Replaces a damaged store by a new one that holds its outbox.
pub(super) fn rebuild(path: &Path) -> Result<(), Fault> {
    let saved = save(path);
    let building = beside(path, ".building");
    #[cfg(test)]
    crate::fuse::step()?;
    remove(&building)?;
    let mut connection = Connection::open(&building)?;
    connection.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;")?;
    open::migrate(&mut connection)?;
    let tx = connection.transaction()?;
    for row in &saved.outbox {
        carry("outbox", row.insert(&tx))?;
    }
    for ((table, _, columns), rows) in CARRIED.iter().zip(&saved.tables) {
        let places: Vec<String> = (1..=columns.split(',').count()).map(|at| format!("?{at}")).collect();
        let sql = format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({})", places.join(", "));
        let mut statement = tx.prepare(&sql)?;
        for row in rows {
            carry(table, statement.execute(rusqlite::params_from_iter(row)).map(drop).map_err(Fault::from))?;
        }
    }
    if let Some(target) = &saved.push_target {
        // Whether the server knows is not known any more; it is told once more.
        let sql = "INSERT INTO meta (key, value) VALUES ('push_target', ?1), ('push_told', 'no')";
        tx.execute(sql, [target])?;
    }
    tx.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    tracing::warn!(carried = saved.outbox.len(), "the store was rebuilt");
    #[cfg(test)]
    crate::fuse::step()?;
    std::fs::rename(&building, beside(path, ".rebuilt"))?;
    finish(path)
}

/// A row that no store can hold must not take the others with it. A disk that is full is something else: then nothing is
/// replaced, and it is tried again.
fn carry(table: &str, carried: Result<(), Fault>) -> Result<(), Fault> {
    match carried {
        Err(Fault::Stored(_)) => {}
        Err(Fault::Sqlite(error))
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {}
        carried => return carried,
    }
    tracing::error!(table, "a row of a damaged store could not be carried over");
    Ok(())
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

/// Reads what can be read.
fn save(path: &Path) -> Saved {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(path, flags) else { return Saved::default() };
    let whole = |row: &Row<'_>| (0..row.as_ref().column_count()).map(|at| row.get(at)).collect();
    let mut outbox = salvage::rows(&connection, "outbox", Rescued::COLUMNS, Keyed::ByNumber, Rescued::read);
    outbox.sort_by_key(|row| row.op);
    let target = "SELECT value FROM meta WHERE key = 'push_target'";
    Saved {
        outbox,
        tables: CARRIED
            .iter()
            .map(|(table, keyed, columns)| salvage::rows(&connection, table, columns, *keyed, whole))
            .collect(),
        push_target: connection.query_row(target, [], |row| row.get(0)).ok(),
    }
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
