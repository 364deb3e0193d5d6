//! Rows out of a database and into one, in batches.

use futures_util::TryStreamExt as _;
use tokio::sync::mpsc;

use super::tables::Table;
use super::value::{self, Row, Sum, Value};
use super::{ArchiveError, Kind};
use crate::db::{Conn, Connected};
use crate::error::Result;

/// Rows of one batch, and of one INSERT.
pub(crate) const BATCH: usize = 256;
/// Batches that may wait between who reads and who writes.
const WAITING: usize = 8;

/// What comes out of a database or a file, in the order of the tables.
pub(crate) enum Piece {
    /// Rows of the table under way.
    Rows(Vec<Row>),
    /// The table is at its end; this is what it held.
    End(Sum),
}

pub(crate) type Pieces = mpsc::Receiver<Result<Piece, ArchiveError>>;
pub(crate) type Sender = mpsc::Sender<Result<Piece, ArchiveError>>;

pub(crate) fn channel() -> (Sender, Pieces) {
    mpsc::channel(WAITING)
}

/// Reads all tables in the transaction that is open, while somebody else takes the pieces. The connection comes
/// back at the end.
pub(crate) fn spawn_reading(
    mut from: Connected,
    tables: Vec<Table>,
) -> (Pieces, tokio::task::JoinHandle<Connected>) {
    let (sender, pieces) = channel();
    let task = tokio::spawn(async move {
        for table in &tables {
            match read(&mut from.conn(), table, &sender).await {
                Ok(sum) => {
                    if sender.send(Ok(Piece::End(sum))).await.is_err() {
                        break;
                    }
                }
                Err(error) => {
                    // Whoever took the pieces may have gone away.
                    let _ = sender.send(Err(error.into())).await;
                    break;
                }
            }
        }
        from
    });
    (pieces, task)
}

/// Sends the rows of a table, and answers what they add up to.
async fn read(conn: &mut Conn<'_>, table: &Table, sender: &Sender) -> Result<Sum> {
    // Only names out of the catalogue are put into the text.
    let sql = sqlx::AssertSqlSafe(format!("SELECT {} FROM {}", table.names(), table.name));
    let (mut sum, mut line) = (Sum::default(), String::new());
    on!(conn, |c| {
        let mut rows = sqlx::query(sql).fetch(c);
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(row) = rows.try_next().await? {
            let row = value::read(&row, &table.columns)?;
            value::encode(&row, &mut line);
            sum.add(&line);
            batch.push(row);
            if batch.len() == BATCH {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                if sender.send(Ok(Piece::Rows(full))).await.is_err() {
                    return Ok(sum);
                }
            }
        }
        let _ = sender.send(Ok(Piece::Rows(batch))).await;
        Ok(sum)
    })
}

/// What the rows of a table add up to, as they are in the database.
pub(crate) async fn sum(conn: &mut Conn<'_>, table: &Table, mut each: impl FnMut(u64)) -> Result<Sum> {
    // Only names out of the catalogue are put into the text.
    let sql = sqlx::AssertSqlSafe(format!("SELECT {} FROM {}", table.names(), table.name));
    let (mut sum, mut line) = (Sum::default(), String::new());
    on!(conn, |c| {
        let mut rows = sqlx::query(sql).fetch(c);
        while let Some(row) = rows.try_next().await? {
            value::encode(&value::read(&row, &table.columns)?, &mut line);
            sum.add(&line);
            if sum.rows.is_multiple_of(BATCH as u64) {
                each(BATCH as u64);
            }
        }
        each(sum.rows % BATCH as u64);
        Ok(sum)
    })
}

/// Writes rows into a table.
pub(crate) async fn insert(conn: &mut Conn<'_>, table: &Table, rows: Vec<Row>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let places = crate::tx::placeholders(rows.len(), table.columns.len());
    // Only names out of the catalogue and the number of rows are put into the text.
    let sql = sqlx::AssertSqlSafe(format!("INSERT INTO {} ({}) VALUES {places}", table.name, table.names()));
    // Only a full batch comes again.
    let again = rows.len() == BATCH;
    on!(conn, |c| {
        let mut query = sqlx::query(sql).persistent(again);
        for value in rows.into_iter().flatten() {
            query = match value {
                Value::Null(Kind::Text) => query.bind(None::<String>),
                Value::Null(Kind::Bigint) => query.bind(None::<i64>),
                Value::Null(Kind::Boolean) => query.bind(None::<bool>),
                Value::Null(Kind::Uuid) => query.bind(None::<uuid::Uuid>),
                Value::Null(Kind::Bytes) => query.bind(None::<Vec<u8>>),
                Value::Text(text) => query.bind(text),
                Value::Bigint(number) => query.bind(number),
                Value::Boolean(yes) => query.bind(yes),
                Value::Uuid(id) => query.bind(id),
                Value::Bytes(bytes) => query.bind(bytes),
            };
        }
        query.execute(c).await.map(|_| ())
    })?;
    Ok(())
}
