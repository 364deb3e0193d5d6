//! Reading what can be read of a damaged table. SQLite stops at the first page that it cannot read, and what lies behind it
//! may be whole: so a table is read from its end as well, and where rows have numbers, each one in between is asked for.

use std::collections::HashSet;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};

/// Numbers that are asked for one by one, the newest of those in doubt.
const ASKED_FOR: i64 = 20_000;
/// How far behind the last number that was read there may be others, where nobody knows.
const BEYOND: i64 = 1_000;

/// How the rows of a table are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyed {
    /// By a number, which only grows.
    ByNumber,
    /// By a word.
    ByWord,
}

/// As many rows of a table as can be read, in no order. The first of the columns is the key. Without the indexes, which may be
/// where the damage is; a row of which a value makes no sense to `read` is left out.
pub(super) fn rows<T>(
    connection: &Connection,
    table: &str,
    columns: &str,
    keyed: Keyed,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let key = columns.split(',').next().unwrap_or(columns);
    let mut found = Found { read, keys: HashSet::new(), rows: Vec::new() };
    let select = format!("SELECT {columns} FROM {table} NOT INDEXED");
    let forwards = found.take(connection, &format!("{select} ORDER BY {key}"));
    let End::Broken { last: low } = forwards else { return found.rows };
    let backwards = found.take(connection, &format!("{select} ORDER BY {key} DESC"));
    let (Keyed::ByNumber, End::Broken { last: high }) = (keyed, backwards) else { return found.rows };
    let low = low.map_or(1, |low| low + 1);
    let high = high.or_else(|| last_number(connection, table).map(|last| last + 1));
    let high = high.unwrap_or(low + BEYOND);
    if let Ok(mut statement) = connection.prepare(&format!("{select} WHERE {key} = ?1")) {
        for number in low.max(high - ASKED_FOR)..high {
            if let Ok(mut rows) = statement.query([number]) {
                found.rest(&mut rows);
            }
        }
    }
    found.rows
}

/// The last number that was ever given, if that can be read.
fn last_number(connection: &Connection, table: &str) -> Option<i64> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
    connection.query_row(sql, [table], |row| row.get(0)).optional().ok().flatten()
}

/// How far a table could be read.
enum End {
    Whole,
    /// Up to the row with this number, if its rows have numbers and one could be read.
    Broken {
        last: Option<i64>,
    },
}

struct Found<F, T> {
    read: F,
    keys: HashSet<String>,
    rows: Vec<T>,
}

impl<T, F: Fn(&Row<'_>) -> rusqlite::Result<T>> Found<F, T> {
    fn take(&mut self, connection: &Connection, sql: &str) -> End {
        let Ok(mut statement) = connection.prepare(sql) else { return End::Broken { last: None } };
        match statement.query([]) {
            Ok(mut rows) => self.rest(&mut rows),
            Err(_) => End::Broken { last: None },
        }
    }

    fn rest(&mut self, rows: &mut rusqlite::Rows<'_>) -> End {
        let mut last = None;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return End::Whole,
                Err(_) => return End::Broken { last },
            };
            let key = match row.get_ref(0) {
                Ok(ValueRef::Integer(number)) => {
                    last = Some(number);
                    number.to_string()
                }
                Ok(ValueRef::Text(word)) => String::from_utf8_lossy(word).into_owned(),
                _ => continue,
            };
            // Read from both ends, the same row may be met twice.
            if let Ok(value) = (self.read)(row)
                && self.keys.insert(key)
            {
                self.rows.push(value);
            }
        }
    }
}
