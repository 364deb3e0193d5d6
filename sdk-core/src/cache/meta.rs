//! The few single values of a store.

use rusqlite::{Connection, OptionalExtension};
use tidings_protocol::cursor::{Cursor, Epoch};
use tidings_protocol::hours::Answering;
use tidings_protocol::push::PushTarget;

use super::Write;
use crate::error::Fault;

pub(super) fn get(connection: &Connection, key: &str) -> Result<Option<String>, Fault> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

pub(super) fn set(write: &Write<'_>, key: &str, value: Option<&str>) -> Result<(), Fault> {
    match value {
        Some(value) => write
            .prepare_cached(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
            )?
            .execute([key, value])?,
        None => write.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([key])?,
    };
    Ok(())
}

/// How far the feed was applied; `None` before the first bootstrap.
pub(crate) fn cursor(connection: &Connection) -> Result<Option<Cursor>, Fault> {
    // A cursor that cannot be read is as good as none: bootstrapping mends it.
    Ok(get(connection, "cursor")?.and_then(|text| text.parse().ok()))
}

/// The history of the server that the numbers on the phone are of; none before the first bootstrap.
pub(crate) fn history(connection: &Connection) -> Result<Option<Epoch>, Fault> {
    Ok(cursor(connection)?.map(|cursor| cursor.epoch))
}

/// Stores an answer, unless the phone has begun with another history since it was asked for: what has a number then has
/// another one now, or none. Whether it was stored.
pub(crate) fn within<R>(
    write: &mut Write<'_>,
    asked_in: Option<Epoch>,
    store: impl FnOnce(&mut Write<'_>) -> Result<R, Fault>,
) -> Result<Option<R>, Fault> {
    // Who asked before anything was known asked in the history that then began.
    let is_another = asked_in.is_some() && history(write)? != asked_in;
    if is_another { Ok(None) } else { store(write).map(Some) }
}

/// The history of what came from an anonymous user's store, as long as the server has not said which one goes on.
pub(super) fn merged_history(connection: &Connection) -> Result<Option<Epoch>, Fault> {
    Ok(get(connection, "merged_history")?.and_then(|text| text.parse().ok()))
}

pub(super) fn set_merged_history(connection: &Connection, epoch: Epoch) -> Result<(), Fault> {
    connection.execute(
        "INSERT INTO meta (key, value) VALUES ('merged_history', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1",
        [epoch.to_string()],
    )?;
    Ok(())
}

pub(super) fn set_cursor(write: &Write<'_>, cursor: Cursor) -> Result<(), Fault> {
    set(write, "cursor", Some(&cursor.to_string()))
}

/// What the server said last of who answers and how soon; nothing is known before.
pub(crate) fn answering(connection: &Connection) -> Result<Answering, Fault> {
    // What cannot be read is not known; the next connection brings it again.
    Ok(get(connection, "answering")?.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

pub(crate) fn set_answering(write: &mut Write<'_>, said: &Answering) -> Result<(), Fault> {
    let json = serde_json::to_string(said).map_err(|_| Fault::Stored("answering"))?;
    set(write, "answering", Some(&json))?;
    write.answering = true;
    Ok(())
}

/// Where to go on with fetching older conversations; `None` when all are here.
pub(crate) fn older_conversations(connection: &Connection) -> Result<Option<String>, Fault> {
    get(connection, "older_conversations")
}

pub(crate) fn set_older_conversations(write: &Write<'_>, next: Option<&str>) -> Result<(), Fault> {
    set(write, "older_conversations", next)
}

/// Whether the server knows what the app last said about pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushTold {
    No,
    Yes,
}

/// What the app last said about pushes, and whether the server knows.
pub(crate) fn push_target(connection: &Connection) -> Result<(Option<PushTarget>, PushTold), Fault> {
    let target =
        get(connection, "push_target")?.and_then(|json| serde_json::from_slice(json.as_bytes()).ok());
    let told = match get(connection, "push_told")?.as_deref() {
        Some("no") => PushTold::No,
        // Never asked for anything, so there is nothing to tell.
        _ => PushTold::Yes,
    };
    Ok((target, told))
}

/// Keeps what the app says about pushes; a repetition is not news. Answers whether the server must be told.
pub(crate) fn set_push_target(write: &Write<'_>, target: Option<&PushTarget>) -> Result<PushTold, Fault> {
    let (known, told) = push_target(write)?;
    if known.as_ref() == target {
        return Ok(told);
    }
    let json = target.map(|target| serde_json::to_string(target).map_err(|_| Fault::Stored("push target")));
    set(write, "push_target", json.transpose()?.as_deref())?;
    set_push_told(write, PushTold::No)?;
    Ok(PushTold::No)
}

/// This is how the app describes itself now: an update of the app, or another language, is to be told.
pub(crate) fn note_device(write: &Write<'_>, described: &str) -> Result<(), Fault> {
    let known = get(write, "device")?;
    if known.as_deref() == Some(described) {
        return Ok(());
    }
    set(write, "device", Some(described))?;
    // The first time, signing in tells it.
    if known.is_some() { set_push_told(write, PushTold::No) } else { Ok(()) }
}

/// A new session began, and with it the server knows of no push address.
pub(crate) fn forget_push_told(write: &Write<'_>) -> Result<(), Fault> {
    if push_target(write)?.0.is_some() { set_push_told(write, PushTold::No) } else { Ok(()) }
}

pub(crate) fn set_push_told(write: &Write<'_>, told: PushTold) -> Result<(), Fault> {
    set(write, "push_told", Some(if told == PushTold::Yes { "yes" } else { "no" }))
}
