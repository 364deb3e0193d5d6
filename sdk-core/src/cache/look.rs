//! How the app looks, as the server last said, and the logo that goes with it.

use rusqlite::{Connection, OptionalExtension};
use tidings_protocol::appearance::Appearance;
use tidings_protocol::upload::Sha256;

use super::{Write, meta};
use crate::error::Fault;

/// How the app looks; nothing is known before a server has said it.
pub(crate) fn appearance(connection: &Connection) -> Result<Option<Appearance>, Fault> {
    // What cannot be read is not known; the next connection brings it again.
    Ok(meta::get(connection, "appearance")?.and_then(|json| serde_json::from_str(&json).ok()))
}

/// Keeps how the app looks. Of its logo another one goes; what the server did not hand out is asked for once more.
pub(crate) fn set_appearance(write: &mut Write<'_>, said: &Appearance) -> Result<(), Fault> {
    let json = serde_json::to_string(said).map_err(|_| Fault::Stored("appearance"))?;
    meta::set(write, "appearance", Some(&json))?;
    write
        .prepare_cached("DELETE FROM logo WHERE sha256 IS NOT ?1 OR content = x''")?
        .execute([said.logo.map(String::from)])?;
    write.touch_appearance();
    Ok(())
}

/// The logo with this sum, if it is here.
pub(crate) fn logo(connection: &Connection, sum: Sha256) -> Result<Option<Vec<u8>>, Fault> {
    Ok(content(connection, sum)?.filter(|content| !content.is_empty()))
}

/// The logo that is to be fetched.
pub(crate) fn wanted_logo(connection: &Connection) -> Result<Option<Sha256>, Fault> {
    match appearance(connection)?.and_then(|look| look.logo) {
        Some(sum) if content(connection, sum)?.is_none() => Ok(Some(sum)),
        _ => Ok(None),
    }
}

/// Whether the logo was asked for and not handed out.
pub(crate) fn lacks_logo(connection: &Connection) -> Result<bool, Fault> {
    let look = appearance(connection)?;
    let Some(sum) = look.and_then(|look| look.logo) else { return Ok(false) };
    Ok(content(connection, sum)?.is_some_and(|content| content.is_empty()))
}

/// Keeps a logo; none: the server does not hand it out.
pub(crate) fn put_logo(write: &mut Write<'_>, sum: Sha256, content: Option<&[u8]>) -> Result<(), Fault> {
    // Another one may have been announced meanwhile.
    if wanted_logo(write)? != Some(sum) {
        return Ok(());
    }
    let sum = String::from(sum);
    write.prepare_cached("DELETE FROM logo WHERE sha256 <> ?1")?.execute([&sum])?;
    write
        .prepare_cached("INSERT INTO logo (sha256, content) VALUES (?1, ?2)")?
        .execute((&sum, content.unwrap_or_default()))?;
    write.touch_appearance();
    Ok(())
}

fn content(connection: &Connection, sum: Sha256) -> Result<Option<Vec<u8>>, Fault> {
    let mut statement = connection.prepare_cached("SELECT content FROM logo WHERE sha256 = ?1")?;
    Ok(statement.query_row([String::from(sum)], |row| row.get(0)).optional()?)
}
