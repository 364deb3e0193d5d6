//! Opening a file: how SQLite is to behave, and bringing an older file up to date.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::Fault;

/// Each released step, in order; the file's `user_version` says how many it has had. A step is never changed after a
/// release, and never drops what waits to be sent.
const STEPS: [&str; 10] = [
    include_str!("schema/0001_init.sql"),
    include_str!("schema/0002_drafts_and_search.sql"),
    include_str!("schema/0003_amendments.sql"),
    include_str!("schema/0004_files.sql"),
    include_str!("schema/0005_pushes.sql"),
    include_str!("schema/0006_quotes.sql"),
    include_str!("schema/0007_live_places.sql"),
    include_str!("schema/0008_words_later.sql"),
    include_str!("schema/0009_contexts.sql"),
    include_str!("schema/0010_logo.sql"),
];

/// Opens the file for writing, making or updating it as needed.
pub(super) fn writer(path: &Path) -> Result<Connection, Fault> {
    let mut connection = Connection::open(path)?;
    // `temp_store`: Android has no folder for temporary files. `fullfsync`: Apple's fsync leaves data in the drive's own
    // memory, which an empty battery empties too.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA fullfsync = ON;
         PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000; PRAGMA journal_size_limit = 2000000;
         PRAGMA cache_size = -2000; PRAGMA secure_delete = ON;",
    )?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Opens the file, which a writer has made, for reading.
pub(super) fn reader(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(
        "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -1000;",
    )?;
    Ok(connection)
}

pub(super) fn migrate(connection: &mut Connection) -> Result<(), Fault> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known {
        return Err(Fault::Newer { found, known });
    }
    let done = usize::try_from(found).map_err(|_| Fault::Stored("user_version"))?;
    for (index, step) in STEPS.iter().enumerate().skip(done) {
        let tx = connection.transaction()?;
        tx.execute_batch(step)?;
        tx.execute_batch(&format!("PRAGMA user_version = {}", index + 1))?;
        tx.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_later_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("user.sqlite");
        writer(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
        assert!(matches!(writer(&path), Err(Fault::Newer { found: 99, .. })));
    }

    #[test]
    fn opening_twice_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("user.sqlite");
        writer(&path).unwrap().execute("INSERT INTO meta VALUES ('cursor', 'x')", []).unwrap();
        let count: i64 =
            writer(&path).unwrap().query_row("SELECT count(*) FROM meta", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 1);
    }
}
