//! Files that were sent or fetched: which forms of them lie in the folder of files, and which go when it grows too large.

use rusqlite::{Connection, OptionalExtension};
use tidings_protocol::id::AttachmentId;
use tidings_protocol::upload::Variant;

use super::{Write, uploads};
use crate::error::Fault;

/// A form of a file on the phone, whole or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) variant: Variant,
    /// Its name in the folder.
    pub(crate) file: String,
    /// All of it, also while some is missing.
    pub(crate) bytes: u64,
    pub(crate) complete: bool,
}

/// The forms of a file that are here. One that is still to be sent is here as the original.
pub(crate) fn stored(connection: &Connection, id: AttachmentId) -> Result<Vec<Stored>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT variant, file, bytes, complete FROM files WHERE attachment = ?1
         UNION ALL SELECT 'original', file, bytes, 1 FROM uploads WHERE attachment = ?1 AND state <> 'given_up'",
    )?;
    let rows = statement.query_map([id.to_string()], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, i64>(2)?, row.get(3)?))
    })?;
    rows.map(|row| stored_of(row?)).collect()
}

/// Every form of every file that can be fetched again.
pub(crate) fn all_files(connection: &Connection) -> Result<Vec<(AttachmentId, Stored)>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT attachment, variant, file, bytes, complete FROM files")?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            (row.get::<_, String>(1)?, row.get(2)?, row.get::<_, i64>(3)?, row.get(4)?),
        ))
    })?;
    rows.map(|row| {
        let (id, form) = row?;
        Ok((id.parse().map_err(|_| Fault::Stored("attachment id"))?, stored_of(form)?))
    })
    .collect()
}

fn stored_of((variant, file, bytes, complete): (String, String, i64, bool)) -> Result<Stored, Fault> {
    let variant = Variant::ALL.into_iter().find(|known| known.as_str() == variant);
    let variant = variant.ok_or(Fault::Stored("variant"))?;
    Ok(Stored { variant, file, bytes: bytes.unsigned_abs(), complete })
}

/// Names of the files that are still to be sent.
pub(crate) fn names_to_send(connection: &Connection) -> Result<Vec<String>, Fault> {
    uploads::needed(connection)
}

/// Somebody looked at it: it is the last one to go.
pub(crate) fn file_used(
    write: &Write<'_>,
    id: AttachmentId,
    variant: Variant,
    now_ms: i64,
) -> Result<(), Fault> {
    write
        .prepare_cached("UPDATE files SET used_ms = max(used_ms, ?3) WHERE attachment = ?1 AND variant = ?2")?
        .execute((id.to_string(), variant.as_str(), now_ms))?;
    Ok(())
}

/// A form of a file is being fetched, or is here now.
pub(crate) fn put_file(
    write: &Write<'_>,
    id: AttachmentId,
    stored: &Stored,
    now_ms: i64,
) -> Result<(), Fault> {
    let bytes = i64::try_from(stored.bytes).unwrap_or(i64::MAX);
    write
        .prepare_cached(
            "INSERT INTO files (attachment, variant, file, bytes, complete, used_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (attachment, variant) DO UPDATE SET file = ?3, bytes = ?4, complete = ?5, used_ms = ?6",
        )?
        .execute((id.to_string(), stored.variant.as_str(), &stored.file, bytes, stored.complete, now_ms))?;
    Ok(())
}

/// A form of a file is not here any more.
pub(crate) fn remove_file(write: &Write<'_>, id: AttachmentId, variant: Variant) -> Result<(), Fault> {
    write
        .prepare_cached("DELETE FROM files WHERE attachment = ?1 AND variant = ?2")?
        .execute((id.to_string(), variant.as_str()))?;
    Ok(())
}

/// Forgets the longest unused files until the others have at most `limit` bytes; `keep` is not forgotten. Answers the names of
/// files that are needed no more: one that is still to be sent is, and one with the same content as another.
pub(crate) fn evict_files(write: &Write<'_>, limit: u64, keep: AttachmentId) -> Result<Vec<String>, Fault> {
    let mut over = bytes(write)? - i64::try_from(limit).unwrap_or(i64::MAX);
    let oldest =
        "SELECT attachment, variant, file, bytes FROM files WHERE attachment <> ?1 ORDER BY used_ms LIMIT 1";
    let mut evicted = Vec::new();
    while over > 0 {
        let next: Option<(String, String, String, i64)> =
            write.prepare_cached(oldest)?.query_row([keep.to_string()], |row| row.try_into()).optional()?;
        let Some((id, variant, file, bytes)) = next else { break };
        write
            .prepare_cached("DELETE FROM files WHERE attachment = ?1 AND variant = ?2")?
            .execute((id, variant))?;
        over -= bytes;
        evicted.push(file);
    }
    if !evicted.is_empty() {
        let needed = file_names(write)?;
        evicted.retain(|name| !needed.contains(name));
    }
    Ok(evicted)
}

/// Bytes of the cache of files.
pub(crate) fn bytes(connection: &Connection) -> Result<i64, Fault> {
    let mut statement = connection.prepare_cached("SELECT coalesce(sum(bytes), 0) FROM files")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Names of every file that is needed; others are left over from a crash.
pub(crate) fn file_names(connection: &Connection) -> Result<Vec<String>, Fault> {
    let mut names = uploads::needed(connection)?;
    let part = "SELECT file || iif(complete, '', '.part') FROM files";
    let mut statement = connection.prepare_cached(part)?;
    for name in statement.query_map([], |row| row.get(0))? {
        names.push(name?);
    }
    Ok(names)
}
