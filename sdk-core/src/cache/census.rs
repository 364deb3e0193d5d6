//! How much of everything there is, for a diagnosis.

use rusqlite::Connection;

use crate::diagnosis::Queue;
use crate::error::Fault;

/// Everything that the server is to be told: messages, and what became of them since.
const ITEMS: &str = "
    (SELECT state, created_ms, attempts, refusal_code FROM outbox
     UNION ALL SELECT state, created_ms, 0, refusal_code FROM amendments)";

/// What waits to be sent, at this time of the phone's clock.
pub(crate) fn queue(connection: &Connection, now_ms: i64) -> Result<Queue, Fault> {
    let (waiting, since, most_attempts, refused): (u32, Option<i64>, u32, u32) = connection.query_row(
        &format!(
            "SELECT count(*) FILTER (WHERE state = 'ready'), min(created_ms) FILTER (WHERE state = 'ready'),
                 coalesce(max(attempts), 0), count(*) FILTER (WHERE state = 'failed') FROM {ITEMS}"
        ),
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    let mut codes = connection.prepare(&format!(
        "SELECT DISTINCT refusal_code FROM {ITEMS} WHERE refusal_code IS NOT NULL ORDER BY refusal_code LIMIT 20"
    ))?;
    let refusals = codes.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let oldest_ms = since.map_or(0, |since| (now_ms - since).max(0));
    Ok(Queue { waiting, oldest_ms, most_attempts, refused, refusals })
}

/// How many conversations and messages lie on the phone.
pub(crate) fn size(connection: &Connection) -> Result<(i64, i64), Fault> {
    let sql = "SELECT (SELECT count(*) FROM conversations), (SELECT count(*) FROM messages)";
    Ok(connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
}
