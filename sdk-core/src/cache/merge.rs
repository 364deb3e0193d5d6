//! An anonymous user becomes one who signed in: all of their store goes into that one's, in one transaction.
//!
//! It may be begun again after a death at any moment: files are moved one by one, and the store notes whose it has.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use tidings_protocol::cursor::Cursor;

use super::rescue;
use crate::error::Fault;
use crate::files;

/// What waits to be told the server, and what only this phone knows. The order of what waits stays; it comes after what
/// waits here.
const OWN: &str = "
    INSERT INTO outbox (conversation, kind, message, v, payload, state, refusal_code, refusal_message, created_ms)
        SELECT conversation, kind, message, v, payload, state, refusal_code, refusal_message, created_ms
        FROM other.outbox ORDER BY op;
    INSERT OR IGNORE INTO amendments (conversation, message, text, state, refusal_code, refusal_message, created_ms)
        SELECT conversation, message, text, state, refusal_code, refusal_message, created_ms
        FROM other.amendments ORDER BY op;
    INSERT OR IGNORE INTO drafts SELECT * FROM other.drafts;
    INSERT OR IGNORE INTO contexts SELECT * FROM other.contexts;
    INSERT OR IGNORE INTO fields SELECT * FROM other.fields;
    INSERT OR IGNORE INTO uploads SELECT * FROM other.uploads;
    INSERT OR IGNORE INTO files SELECT * FROM other.files;
    INSERT OR IGNORE INTO pushes SELECT * FROM other.pushes;
    INSERT OR IGNORE INTO moving SELECT * FROM other.moving;
    INSERT OR IGNORE INTO shares SELECT * FROM other.shares;";

/// Everything, with what the server said.
const SAME_HISTORY: &str = "
    INSERT OR IGNORE INTO conversations SELECT * FROM other.conversations;
    INSERT OR IGNORE INTO messages SELECT * FROM other.messages;
    INSERT OR IGNORE INTO ranges SELECT * FROM other.ranges;";

/// Numbers of another history mean nothing here: what the server said comes again.
const OTHER_HISTORY: &str = "
    INSERT OR IGNORE INTO conversations (id, title, created_ms, active_ms)
        SELECT id, coalesce(header ->> 'title', title), created_ms, active_ms FROM other.conversations;
    INSERT OR IGNORE INTO messages SELECT * FROM other.messages WHERE seq IS NULL;";

/// Puts everything of the store `from`, of the anonymous user with this device, into another. Nobody may have either open.
pub(crate) fn take_over(into: &Path, from: &Path, device: &str) -> Result<(), Fault> {
    if from.try_exists()? {
        // Opening makes it whole and of this version.
        drop(rescue::open_or_rebuild(from)?);
    }
    files::move_in(into, from)?;
    let mut connection = rescue::open_or_rebuild(into)?;
    let key = format!("merged:{device}");
    if value(&connection, "main", &key)?.is_some() || !from.try_exists()? {
        return Ok(());
    }
    let path = from.to_str().ok_or(Fault::Stored("path of a store"))?;
    connection.execute("ATTACH DATABASE ?1 AS other", [path])?;
    connection.execute_batch("PRAGMA main.synchronous = FULL")?;
    let (own, theirs) = (cursor(&connection, "main")?, cursor(&connection, "other")?);
    let tx = connection.transaction()?;
    let is_same = own.is_none() || theirs.is_none() || own.map(|own| own.epoch) == theirs.map(|it| it.epoch);
    tx.execute_batch(if is_same { SAME_HISTORY } else { OTHER_HISTORY })?;
    tx.execute_batch(OWN)?;
    tx.execute("INSERT INTO meta (key, value) VALUES (?1, '')", [key])?;
    if let (None, Some(theirs)) = (own, theirs) {
        super::meta::set_merged_history(&tx, theirs.epoch)?;
    }
    #[cfg(test)]
    crate::fuse::step()?;
    tx.commit()?;
    #[cfg(test)]
    crate::fuse::step()?;
    Ok(())
}

fn value(connection: &Connection, schema: &str, key: &str) -> Result<Option<String>, Fault> {
    let sql = format!("SELECT value FROM {schema}.meta WHERE key = ?1");
    Ok(connection.query_row(&sql, [key], |row| row.get(0)).optional()?)
}

fn cursor(connection: &Connection, schema: &str) -> Result<Option<Cursor>, Fault> {
    Ok(value(connection, schema, "cursor")?.and_then(|text| text.parse().ok()))
}
