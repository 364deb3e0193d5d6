//! Fills a database with the rows of another, in one transaction: all or nothing.

use tidings_protocol::audit::AuditAct;
use tidings_protocol::cursor::Epoch;
use tidings_protocol::time::Timestamp;

use super::rows::{self, Piece, Pieces};
use super::value::Sum;
use super::{ArchiveError, Counting, Header, OnProgress, Stage, Table, backup, restore, tables};
use crate::columns::Columns;
use crate::db::{Conn, Connected};
use crate::migrate;

/// Whether cursors into the source are good in the target.
#[derive(Debug, Clone)]
pub(super) enum History {
    /// They are: nothing happened after the rows were read.
    GoesOn,
    /// They are not: the source went on, and what it gave numbers to is lost.
    Anew { epoch: Epoch, at: Timestamp, erased: Vec<String> },
}

/// Fills the database, reads it back and commits. What it held before goes.
///
/// The schema is first that of the source, so that every row fits; then the steps that are newer run as they do on
/// any database of that age.
pub(super) async fn fill(
    target: &mut Connected,
    header: &Header,
    pieces: Pieces,
    history: History,
    told: &OnProgress,
) -> Result<(), ArchiveError> {
    target.begin_alone().await?;
    let filled = fill_inside(&mut target.conn(), header, pieces, history, told).await;
    target.conn().run(if filled.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    filled
}

async fn fill_inside(
    conn: &mut Conn<'_>,
    header: &Header,
    mut pieces: Pieces,
    history: History,
    told: &OnProgress,
) -> Result<(), ArchiveError> {
    migrate::check(header.schema)?;
    tables::clear(conn).await?;
    migrate::up_to(conn, header.schema).await?;
    let mut filling = Counting::begin(Stage::Filling, header.rows(), told);
    let mut sums = Vec::with_capacity(header.tables.len());
    for table in &header.tables {
        check_shape(conn, table).await?;
        sums.push(fill_table(conn, table, &mut pieces, &mut filling).await?);
    }
    let mut comparing = Counting::begin(Stage::Comparing, header.rows(), told);
    for (table, wanted) in header.tables.iter().zip(sums) {
        if rows::sum(conn, table, |rows| comparing.add(rows)).await? != wanted {
            return Err(ArchiveError::Differs(table.name.clone()));
        }
    }
    check_references(conn).await?;
    migrate::up_to(conn, migrate::KNOWN).await?;
    match history {
        History::GoesOn => migrate::set(conn, "epoch", &header.epoch.to_string()).await?,
        History::Anew { epoch, at, erased } => {
            crate::erase::remember(conn, &erased, at).await?;
            restore::begin_anew(conn, epoch).await?;
            backup::told(conn, migrate::KNOWN, AuditAct::BackupRestored, at, header.rows()).await?;
        }
    }
    Ok(())
}

/// A table that this schema lacks, or a column, would be lost in silence.
async fn check_shape(conn: &mut Conn<'_>, table: &Table) -> Result<(), ArchiveError> {
    let unknown = |what: String| Err(ArchiveError::Unknown(what));
    if !tables::CARRIED.contains(&table.name.as_str()) {
        return unknown(format!("a table {}", table.name));
    }
    let here = tables::columns(conn, &table.name).await?;
    match table.columns.iter().find(|column| !here.contains(column)) {
        Some(column) => unknown(format!("a column {} of {}", column.name, table.name)),
        None => Ok(()),
    }
}

async fn fill_table(
    conn: &mut Conn<'_>,
    table: &Table,
    pieces: &mut Pieces,
    filling: &mut Counting,
) -> Result<Sum, ArchiveError> {
    // Only a name out of a list of ours is put into the text. A step of the schema may have written rows.
    let sql = sqlx::AssertSqlSafe(format!("DELETE FROM {}", table.name));
    on!(conn, |c| sqlx::raw_sql(sql).execute(c).await.map(|_| ())).map_err(crate::Error::from)?;
    loop {
        let ended = || ArchiveError::Differs(table.name.clone());
        match pieces.recv().await.ok_or_else(ended)?? {
            Piece::Rows(rows) => {
                let n = rows.len() as u64;
                rows::insert(conn, table, rows).await?;
                filling.add(n);
            }
            Piece::End(sum) => return Ok(sum),
        }
    }
}

/// PostgreSQL has checked each row. On SQLite this is quicker once for all.
async fn check_references(conn: &mut Conn<'_>) -> Result<(), ArchiveError> {
    const SQL: &str = "SELECT \"table\" AS name FROM pragma_foreign_key_check LIMIT 1";
    if matches!(conn, Conn::Sqlite(_)) {
        let broken: crate::Result<Option<String>> =
            async { one!(conn, |row| Columns::get(row, "name"), SQL) }.await;
        if let Some(table) = broken? {
            return Err(ArchiveError::Differs(table));
        }
    }
    Ok(())
}
