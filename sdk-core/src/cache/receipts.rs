//! How far this phone has stored and its person has read, and what of it the server knows. Numbers only grow, so
//! only the newest matters: however often the person looks, one request tells it.

use rusqlite::Connection;
use tidings_protocol::Seq;
use tidings_protocol::id::ConversationId;

use super::Write;
use super::messages::known;
use crate::error::Fault;

/// Something the server should be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PendingReceipt {
    pub(crate) conversation: ConversationId,
    pub(crate) delivered_seq: Seq,
    pub(crate) read_seq: Seq,
}

/// The person has seen everything that is here.
pub(crate) fn mark_read(write: &mut Write<'_>, id: ConversationId) -> Result<(), Fault> {
    // Not beyond a hole: what stands in it was not seen.
    let newest = known(write, id)?.map_or(0, |known| known.to);
    let moved = write
        .prepare_cached("UPDATE conversations SET read_seq = ?2 WHERE id = ?1 AND read_seq < ?2")?
        .execute((id.to_string(), newest))?;
    if moved > 0 {
        write.touch_messages(id);
    }
    Ok(())
}

/// A message of somebody else is stored here.
pub(super) fn delivered(write: &Write<'_>, id: ConversationId, seq: Seq) -> Result<(), Fault> {
    write
        .prepare_cached("UPDATE conversations SET delivered_seq = ?2 WHERE id = ?1 AND delivered_seq < ?2")?
        .execute((id.to_string(), seq))?;
    Ok(())
}

/// The server said how far it knows this user to be, on any device.
pub(super) fn heard(write: &Write<'_>, id: ConversationId, delivered: Seq, read: Seq) -> Result<(), Fault> {
    write
        .prepare_cached(
            "UPDATE conversations SET delivered_told = max(delivered_told, ?2, ?3), read_told = max(read_told, ?3)
             WHERE id = ?1",
        )?
        .execute((id.to_string(), delivered, read))?;
    Ok(())
}

/// What the server should be told, at most 20 at a time.
pub(crate) fn pending(connection: &Connection) -> Result<Vec<PendingReceipt>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, delivered_seq, read_seq FROM conversations
         WHERE header IS NOT NULL AND (read_seq > read_told OR delivered_seq > delivered_told) LIMIT 20",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (id, delivered_seq, read_seq) = row?;
        let conversation = id.parse().map_err(|_| Fault::Stored("conversation id"))?;
        Ok(PendingReceipt { conversation, delivered_seq, read_seq })
    })
    .collect()
}

/// The server has this receipt; or refused it, which is no better the second time.
pub(crate) fn told(write: &Write<'_>, receipt: PendingReceipt) -> Result<(), Fault> {
    heard(write, receipt.conversation, receipt.delivered_seq, receipt.read_seq)
}
