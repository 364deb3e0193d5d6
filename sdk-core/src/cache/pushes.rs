//! Pushes that reached this phone: what of them the server is to be told, and which made a noise already.

use rusqlite::{Connection, OptionalExtension};
use tidings_protocol::id::MessageId;

use super::Write;
use crate::error::Fault;

/// How many are remembered. A provider repeats a push within minutes, not after hundreds of others.
const KEPT: i64 = 200;

/// A push of which the server should be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PendingPush {
    pub(crate) message: MessageId,
    pub(crate) shown: bool,
}

/// The push for a message is here. Answers whether its notification was shown before.
pub(crate) fn push_arrived(write: &Write<'_>, message: MessageId, now_ms: i64) -> Result<bool, Fault> {
    write
        .prepare_cached("INSERT INTO pushes (message, arrived_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute((message.to_string(), now_ms))?;
    write
        .prepare_cached(
            "DELETE FROM pushes WHERE arrived_ms <
                 (SELECT arrived_ms FROM pushes ORDER BY arrived_ms DESC LIMIT 1 OFFSET ?1)",
        )?
        .execute([KEPT - 1])?;
    was_shown(write, message)
}

fn was_shown(connection: &Connection, message: MessageId) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached("SELECT shown FROM pushes WHERE message = ?1")?;
    Ok(statement.query_row([message.to_string()], |row| row.get(0)).optional()?.unwrap_or(false))
}

/// The notification of a message was shown. Answers whether that is news.
pub(crate) fn push_shown(write: &Write<'_>, message: MessageId, now_ms: i64) -> Result<bool, Fault> {
    let moved = write
        .prepare_cached(
            "INSERT INTO pushes (message, arrived_ms, shown) VALUES (?1, ?2, 1)
             ON CONFLICT (message) DO UPDATE SET shown = 1 WHERE shown = 0",
        )?
        .execute((message.to_string(), now_ms))?;
    Ok(moved > 0)
}

/// The oldest that the server does not know all of.
pub(crate) fn pending_push(connection: &Connection) -> Result<Option<PendingPush>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT message, shown FROM pushes WHERE told < 1 + shown ORDER BY arrived_ms LIMIT 1",
    )?;
    let row = statement.query_row([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).optional()?;
    row.map(|(message, shown)| {
        Ok(PendingPush { message: message.parse().map_err(|_| Fault::Stored("message id"))?, shown })
    })
    .transpose()
}

/// The server knows; or refused to, which is no better the second time.
pub(crate) fn push_told(write: &Write<'_>, push: PendingPush) -> Result<(), Fault> {
    write
        .prepare_cached("UPDATE pushes SET told = max(told, ?2) WHERE message = ?1")?
        .execute((push.message.to_string(), 1 + i64::from(push.shown)))?;
    Ok(())
}
