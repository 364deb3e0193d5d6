//! A snapshot of a SQLite file before it is migrated: a whole database beside it, named after version and time. The
//! last few are kept. Whoever runs PostgreSQL has backups of their own.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::columns::Columns;
use crate::database_url::DatabaseUrl;
use crate::db::Address;
use crate::error::{Fault, Result};
use crate::place;

/// How many are kept.
const KEPT: usize = 3;

/// Takes a snapshot, if the database is a file. Others may read and write meanwhile; it shows one moment.
pub(crate) async fn take(address: &Address, version: i64) -> Result<()> {
    const NOW: &str = "SELECT strftime('%Y%m%dT%H%M%SZ', 'now') AS now";
    let Some(file) = address.file().map(Path::to_owned) else { return Ok(()) };
    let mut connected = address.connect().await?;
    let mut conn = connected.conn();
    let now: Option<String> = one!(conn, |row| Columns::get(row, "now"), NOW)?;
    let path = beside(&file, &format!("before-{}-from-version-{version}", now.unwrap_or_default()));
    tracing::info!(snapshot = %path.display(), "the database is copied before it is migrated");
    // SQLite takes an empty file that is there, and leaves it the mode that it has.
    place::make(&path)?;
    let text = path.display().to_string();
    let copied = execute!(conn, "VACUUM INTO $1", text.as_str());
    let copied = copied.map_err(crate::error::Error::from).and_then(|_| flush(&path));
    connected.leave().await?;
    if let Err(error) = copied {
        // A half snapshot would look like a whole one.
        let _ = std::fs::remove_file(&path);
        return Err(error);
    }
    forget_old(&file);
    Ok(())
}

fn flush(path: &Path) -> Result<()> {
    let flushed = File::open(path).and_then(|file| file.sync_all());
    flushed.map_err(|error| Fault::Open(format!("{}: {error}", path.display())).into())
}

fn beside(file: &Path, word: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(word);
    PathBuf::from(name)
}

/// The snapshots beside a database, the oldest first; none for PostgreSQL. They hold what the database held, people
/// included who were erased since.
pub fn snapshots(url: &DatabaseUrl) -> Vec<PathBuf> {
    match url {
        DatabaseUrl::Sqlite(file) => of(file),
        DatabaseUrl::Postgres(_) => Vec::new(),
    }
}

fn of(file: &Path) -> Vec<PathBuf> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let prefix = format!("{name}.before-");
    let is_one = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&prefix))
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries.map(|entry| entry.path()).filter(is_one).collect();
    found.sort();
    found
}

fn forget_old(file: &Path) {
    let found = of(file);
    for old in &found[..found.len().saturating_sub(KEPT)] {
        if let Err(error) = std::fs::remove_file(old) {
            tracing::warn!(snapshot = %old.display(), %error, "an old snapshot cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_three_are_kept_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tidings.db");
        for day in 1..=5 {
            std::fs::write(beside(&file, &format!("before-2026010{day}T000000Z-from-version-1")), "")
                .unwrap();
        }
        for other in ["tidings.db", "tidings.db-wal", "other.db.before-2025"] {
            std::fs::write(folder.path().join(other), "").unwrap();
        }
        forget_old(&file);
        let left: Vec<_> = of(&file).iter().map(|path| path.display().to_string()).collect();
        assert_eq!(left.len(), 3);
        assert!(left[0].ends_with("before-20260103T000000Z-from-version-1"), "{left:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6);
    }
}
