//! The files of messages that wait in the outbox. Which of them is sent when is decided in `crate::outbox`.

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_protocol::id::{AttachmentId, MessageId};
use tidings_protocol::message::{KnownPart, Part};
use tidings_protocol::text::FileName;

use super::Write;
use crate::error::{Fault, Refusal};
use crate::item::FileProgress;
use crate::text_form::{hex, unhex};

/// A file that was taken into the folder of files, to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) id: AttachmentId,
    /// Its name in the folder.
    pub(crate) file: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) name: Option<FileName>,
}

/// What is to become of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The server is to have all of it.
    Sent,
    /// Its message was thrown away: the server is to forget it.
    GivenUp,
}

/// One upload, without what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UploadItem {
    pub(crate) id: AttachmentId,
    pub(crate) bytes: u64,
    pub(crate) aim: Aim,
    pub(crate) attempts: u32,
}

/// Accepts the files of a message that is accepted in the same transaction.
pub(crate) fn enqueue_uploads(
    write: &Write<'_>,
    message: MessageId,
    files: &[Outgoing],
) -> Result<(), Fault> {
    for (position, file) in files.iter().enumerate() {
        write
            .prepare_cached(
                "INSERT INTO uploads (attachment, message, position, file, bytes, sha256, name)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                file.id.to_string(),
                message.to_string(),
                i64::try_from(position).unwrap_or(i64::MAX),
                &file.file,
                i64::try_from(file.bytes).unwrap_or(i64::MAX),
                hex(&file.sha256),
                file.name.as_ref().map(FileName::as_str),
            ))?;
    }
    Ok(())
}

/// Uploads that are to go on, in the order of their messages. Those of a message that stands aside rest.
pub(crate) fn load_uploads(connection: &Connection) -> Result<Vec<UploadItem>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT u.attachment, u.bytes, u.state, u.attempts FROM uploads u LEFT JOIN outbox o ON o.message = u.message
         WHERE u.state = 'given_up' OR (u.state = 'waiting' AND o.state = 'ready')
         ORDER BY o.op IS NULL, o.op, u.position",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get(3)?))
    })?;
    rows.map(|row| {
        let (id, bytes, state, attempts) = row?;
        Ok(UploadItem {
            id: id.parse().map_err(|_| Fault::Stored("attachment id"))?,
            bytes: bytes.unsigned_abs(),
            aim: if state == "given_up" { Aim::GivenUp } else { Aim::Sent },
            attempts,
        })
    })
    .collect()
}

/// What an upload is about; `None` when it is gone or has nothing left to send.
pub(crate) fn upload(connection: &Connection, id: AttachmentId) -> Result<Option<Outgoing>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT attachment, file, bytes, sha256, name FROM uploads WHERE attachment = ?1 AND state = 'waiting'",
    )?;
    let found = statement.query_row([id.to_string()], |row| Ok(outgoing(row))).optional()?;
    found.transpose()
}

fn outgoing(row: &Row<'_>) -> Result<Outgoing, Fault> {
    let name: Option<String> = row.get(4)?;
    Ok(Outgoing {
        id: row.get::<_, String>(0)?.parse().map_err(|_| Fault::Stored("attachment id"))?,
        file: row.get(1)?,
        bytes: row.get::<_, i64>(2)?.unsigned_abs(),
        sha256: unhex(&row.get::<_, String>(3)?).ok_or(Fault::Stored("sha256"))?,
        name: name.map(FileName::try_from).transpose().map_err(|_| Fault::Stored("file name"))?,
    })
}

/// How often an upload was tried, so that a restart does not begin to hurry again.
pub(crate) fn set_upload_attempts(write: &Write<'_>, id: AttachmentId, attempts: u32) -> Result<(), Fault> {
    write
        .prepare_cached("UPDATE uploads SET attempts = ?2 WHERE attachment = ?1")?
        .execute((id.to_string(), attempts))?;
    Ok(())
}

/// The server has so much of it.
pub(crate) fn upload_sent(write: &mut Write<'_>, id: AttachmentId, sent: u64) -> Result<(), Fault> {
    let sent = i64::try_from(sent).unwrap_or(i64::MAX);
    advance(write, id, "sent = min(bytes, ?2), attempts = 0", sent)
}

/// The server has all of it, and takes it.
pub(crate) fn upload_complete(write: &mut Write<'_>, id: AttachmentId) -> Result<(), Fault> {
    advance(write, id, "sent = bytes, attempts = ?2, state = 'complete'", 0)
}

fn advance(write: &mut Write<'_>, id: AttachmentId, set: &str, value: i64) -> Result<(), Fault> {
    let sql = format!("UPDATE uploads SET {set} WHERE attachment = ?1 AND state = 'waiting'");
    write.prepare_cached(&sql)?.execute((id.to_string(), value))?;
    touch(write, id)
}

/// The server will never take this file: its message stands aside, with the reason.
pub(crate) fn refuse_upload(write: &mut Write<'_>, id: AttachmentId, refusal: &Refusal) -> Result<(), Fault> {
    let refused = write
        .prepare_cached(
            "UPDATE uploads SET state = 'refused', sent = 0 WHERE attachment = ?1 AND state = 'waiting'",
        )?
        .execute([id.to_string()])?;
    if refused > 0 {
        write
            .prepare_cached(
                "UPDATE outbox SET state = 'failed', refusal_code = ?2, refusal_message = ?3
                 WHERE message = (SELECT message FROM uploads WHERE attachment = ?1)",
            )?
            .execute((id.to_string(), &refusal.code, &refusal.message))?;
    }
    touch(write, id)
}

fn touch(write: &mut Write<'_>, id: AttachmentId) -> Result<(), Fault> {
    let conversation: Option<String> = write
        .prepare_cached(
            "SELECT m.conversation FROM uploads u JOIN messages m ON m.id = u.message WHERE u.attachment = ?1",
        )?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    if let Some(id) = conversation {
        write.touch_messages(id.parse().map_err(|_| Fault::Stored("conversation id"))?);
    }
    Ok(())
}

/// The upload has come to its end: nothing of it is left to tell the server.
pub(crate) fn forget_upload(write: &Write<'_>, id: AttachmentId) -> Result<(), Fault> {
    write
        .prepare_cached("DELETE FROM uploads WHERE attachment = ?1 AND state = 'given_up'")?
        .execute([id.to_string()])?;
    Ok(())
}

/// The server has the message: its files are in the cache from now on.
pub(super) fn message_confirmed(write: &Write<'_>, id: MessageId, now_ms: i64) -> Result<(), Fault> {
    write
        .prepare_cached(
            "INSERT INTO files (attachment, variant, file, bytes, complete, used_ms)
             SELECT attachment, 'original', file, bytes, 1, ?2 FROM uploads WHERE message = ?1
             ON CONFLICT DO NOTHING",
        )?
        .execute((id.to_string(), now_ms))?;
    write.prepare_cached("DELETE FROM uploads WHERE message = ?1")?.execute([id.to_string()])?;
    Ok(())
}

/// The message is thrown away, and with it what the server has of its files.
pub(super) fn message_discarded(write: &Write<'_>, id: MessageId) -> Result<(), Fault> {
    write
        .prepare_cached(
            "UPDATE uploads SET state = 'given_up', message = NULL, attempts = 0 WHERE message = ?1",
        )?
        .execute([id.to_string()])?;
    Ok(())
}

/// The message goes by another id.
pub(super) fn message_renamed(write: &Write<'_>, id: MessageId, now: MessageId) -> Result<(), Fault> {
    write
        .prepare_cached("UPDATE uploads SET message = ?2 WHERE message = ?1")?
        .execute((id.to_string(), now.to_string()))?;
    Ok(())
}

/// Which uploads of a message begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renew {
    /// Those that the server refused; a person asks for it.
    Refused,
    /// Those that were never renewed: the server has them no more, because they rested for too long.
    Expired,
}

/// Begins uploads of a message anew, under fresh ids: the server remembers the old ones, and will not take them again.
/// Answers whether there were any.
pub(crate) fn renew_uploads(
    write: &mut Write<'_>,
    message: MessageId,
    which: Renew,
    mut fresh: impl FnMut() -> AttachmentId,
) -> Result<bool, Fault> {
    let filter = match which {
        Renew::Refused => {
            "(state = 'refused' OR EXISTS (SELECT 1 FROM outbox o
                 WHERE o.message = ?1 AND o.refusal_code = 'attachment_unusable'))"
        }
        Renew::Expired => "renewals = 0",
    };
    let sql = format!("SELECT attachment FROM uploads WHERE message = ?1 AND {filter}");
    let old: Vec<String> = write
        .prepare_cached(&sql)?
        .query_map([message.to_string()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut renamed = Vec::new();
    for old in old {
        let id = fresh();
        write
            .prepare_cached(
                "UPDATE uploads SET attachment = ?2, state = 'waiting', sent = 0, attempts = 0, renewals = renewals + 1
                 WHERE attachment = ?1",
            )?
            .execute((&old, id.to_string()))?;
        renamed.push((old.parse().map_err(|_| Fault::Stored("attachment id"))?, id));
    }
    if !renamed.is_empty() {
        super::outbox::change_parts(write, message, |part| rename(part, &renamed))?;
    }
    Ok(!renamed.is_empty())
}

fn rename(part: &mut Part, renamed: &[(AttachmentId, AttachmentId)]) {
    if let Part::Known(KnownPart::Attachment(file)) = part
        && let Some((_, now)) = renamed.iter().find(|(old, _)| *old == file.attachment_id)
    {
        file.attachment_id = *now;
    }
}

/// How far the files of a waiting message have come.
pub(super) fn progress(connection: &Connection, message: MessageId) -> Result<Vec<FileProgress>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT attachment, sent, bytes FROM uploads WHERE message = ?1 ORDER BY position")?;
    let rows = statement.query_map([message.to_string()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?, row.get::<_, u32>(2)?))
    })?;
    rows.map(|row| {
        let (id, sent, bytes) = row?;
        Ok(FileProgress {
            attachment_id: id.parse().map_err(|_| Fault::Stored("attachment id"))?,
            progress: f64::from(sent) / f64::from(bytes.max(1)),
        })
    })
    .collect()
}

/// Names of files that must stay because something is still to be sent from them.
pub(super) fn needed(connection: &Connection) -> Result<Vec<String>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT file FROM uploads WHERE state <> 'given_up'")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}
