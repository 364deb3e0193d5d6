//! A backup: one moment of a database in a file, checked after it was written.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tidings_protocol::audit::AuditAct;
use tidings_protocol::time::Timestamp;

use super::file::{Reading, Writing};
use super::rows::{self, Piece, Pieces};
use super::{ArchiveError, Counting, Header, OnProgress, Stage, exclusive, tables};
use crate::audit::{self, By, Line};
use crate::columns::Columns;
use crate::database_url::DatabaseUrl;
use crate::db::{Address, Conn, Connected};
use crate::error::{Error, Result};
use crate::migrate;

/// What to back up.
pub struct Backup {
    /// The database; others may write to it meanwhile.
    pub from: DatabaseUrl,
    /// The file, which must not be there yet.
    pub to: PathBuf,
    /// Now.
    pub now: Timestamp,
    /// Who is told how far it is.
    pub told: OnProgress,
}

/// A backup that was made and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What is in it.
    pub header: Header,
    /// Its size.
    pub bytes: u64,
}

/// When the last backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// The moment that it shows.
    pub at: Timestamp,
    /// Rows in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

const LAST_BACKUP: &str = "last_backup";

/// Makes a backup, reads it once more and compares, and writes down that it was made.
pub async fn backup(order: Backup) -> Result<Made, ArchiveError> {
    let connected = exclusive::reading(&order.from).await?;
    let (header, bytes, connected) = save(connected, &order.to, order.now, &order.told).await?;
    connected.leave().await?;
    let read = verify(&order.to, &order.told).await?;
    if read != header {
        return Err(ArchiveError::Damaged { path: order.to, what: "its header".to_owned() });
    }
    let last = LastBackup { at: order.now, rows: header.rows(), bytes };
    let mut connected = Address::of(&order.from)?.connect().await?;
    connected.begin().await?;
    let remembered = remember(&mut connected.conn(), &last, header.schema).await;
    connected.conn().run(if remembered.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    connected.leave().await?;
    remembered?;
    Ok(Made { header, bytes })
}

async fn remember(conn: &mut Conn<'_>, last: &LastBackup, schema: i64) -> Result<()> {
    let text = serde_json::to_string(last).map_err(|error| Error::stored(LAST_BACKUP, error))?;
    migrate::set(conn, LAST_BACKUP, &text).await?;
    told(conn, schema, AuditAct::BackupMade, last.at, last.rows).await
}

/// Writes into the audit log of each workspace what was done with the whole. A schema of before the log has none.
pub(super) async fn told(
    conn: &mut Conn<'_>,
    schema: i64,
    act: AuditAct,
    at: Timestamp,
    rows: u64,
) -> Result<()> {
    const WORKSPACES: &str = "SELECT id FROM workspaces ORDER BY id";
    if schema < migrate::KNOWN {
        return Ok(());
    }
    let ids = all!(conn, |row| Columns::id(row, "id"), WORKSPACES)?;
    let line = |id| Line::new(id, By::command_line(at), act).detail("rows", rows);
    audit::insert(conn, ids.into_iter().map(line).collect()).await
}

/// Saves what the transaction under way sees. The connection comes back without a transaction.
pub(super) async fn save(
    mut from: Connected,
    to: &Path,
    now: Timestamp,
    told: &OnProgress,
) -> Result<(Header, u64, Connected), ArchiveError> {
    let header = header(&mut from, now).await?;
    let (pieces, reading) = rows::spawn_reading(from, header.tables.clone());
    let saving = Counting::begin(Stage::Saving, header.rows(), told);
    let (path, head) = (to.to_owned(), header.clone());
    let written = tokio::task::spawn_blocking(move || write(&path, &head, pieces, saving)).await;
    let bytes = written.map_err(|_| Error::Unavailable)??;
    let mut from = reading.await.map_err(|_| Error::Unavailable)?;
    from.conn().run("ROLLBACK").await?;
    Ok((header, bytes, from))
}

/// What is about to be read in the transaction that is open.
pub(super) async fn header(from: &mut Connected, now: Timestamp) -> Result<Header, ArchiveError> {
    let database = from.backend().to_owned();
    let mut conn = from.conn();
    let schema = migrate::version(&mut conn).await?;
    migrate::check(schema)?;
    let epoch = migrate::epoch(&mut conn).await?;
    let epoch =
        epoch.ok_or_else(|| ArchiveError::NoDatabase("this address that Tidings has set up".to_owned()))?;
    let tables = tables::present(&mut conn).await?;
    Ok(Header { tidings_archive: Header::FORMAT, schema, epoch, created_at: now, database, tables })
}

/// Writes the file; blocks.
fn write(path: &Path, header: &Header, pieces: Pieces, saving: Counting) -> Result<u64, ArchiveError> {
    let mut writing = Writing::begin(path, header)?;
    match write_all(&mut writing, header, pieces, saving) {
        Ok(()) => writing.finish(),
        Err(error) => {
            writing.abandon();
            Err(error)
        }
    }
}

fn write_all(
    writing: &mut Writing,
    header: &Header,
    mut pieces: Pieces,
    mut saving: Counting,
) -> Result<(), ArchiveError> {
    for table in &header.tables {
        writing.begin_table(table)?;
        loop {
            // Whoever reads sends why it stops before it does.
            match pieces.blocking_recv().ok_or(Error::Unavailable)?? {
                Piece::Rows(rows) => {
                    writing.put(&rows)?;
                    saving.add(rows.len() as u64);
                }
                Piece::End(sum) => {
                    writing.end_table(table, &sum);
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Reads an archive from its beginning to its end and compares its checksums.
pub async fn verify(path: &Path, told: &OnProgress) -> Result<Header, ArchiveError> {
    let (header, mut pieces) = open(path).await?;
    let mut verifying = Counting::begin(Stage::Verifying, header.rows(), told);
    let mut ended = 0;
    while let Some(piece) = pieces.recv().await {
        match piece? {
            Piece::Rows(rows) => verifying.add(rows.len() as u64),
            Piece::End(_) => ended += 1,
        }
    }
    if ended == header.tables.len() {
        Ok(header)
    } else {
        Err(ArchiveError::Damaged { path: path.to_owned(), what: "it ends too early".to_owned() })
    }
}

/// Reads the header of an archive, and begins with its rows.
pub(super) async fn open(path: &Path) -> Result<(Header, Pieces), ArchiveError> {
    let path = path.to_owned();
    let begun = tokio::task::spawn_blocking(move || Reading::begin(&path)).await;
    let reading = begun.map_err(|_| Error::Unavailable)??;
    let header = reading.header.clone();
    let (sender, pieces) = rows::channel();
    tokio::task::spawn_blocking(move || reading.send(&sender));
    Ok((header, pieces))
}

/// When the last backup of a database was made by this program, if it was.
pub(crate) async fn last_backup_in(conn: &mut crate::db::Conn<'_>) -> Result<Option<LastBackup>> {
    let text = migrate::get(conn, LAST_BACKUP).await?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| Error::stored(LAST_BACKUP, error)))
        .transpose()
}

/// When the last backup of a database was made by this program, if it was.
pub async fn last_backup(url: &DatabaseUrl) -> Result<Option<LastBackup>, ArchiveError> {
    let mut connected = exclusive::reading(url).await?;
    let last = last_backup_in(&mut connected.conn()).await?;
    connected.leave().await?;
    Ok(last)
}
