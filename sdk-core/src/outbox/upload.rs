//! Making one request for an upload: from the file to the server, and the answer into the store.

use std::sync::Arc;

use tidings_protocol::id::AttachmentId;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::upload::{Upload, UploadState};

use super::uploads::{Came, Errand};
use crate::cache::{self, Durability, Outgoing, UploadItem};
use crate::error::{Fault, Refusal};
use crate::session::Session;
use crate::transport::{Announcement, CallError, Spent};

/// What a request brought.
pub(crate) enum Brought {
    /// So much is there.
    At(u64),
    /// What the server says of it.
    Told(Upload),
    /// All of it is there, verified and taken.
    Complete,
    /// It was given up.
    GivenUp,
    /// It was thrown away before the request was made.
    Gone,
    Failed(CallError),
}

impl Brought {
    /// The token that the server did not take, if that is what went wrong.
    pub(crate) fn spent_token(&self) -> Option<Spent> {
        match self {
            Self::Failed(CallError::Unauthenticated { token, .. }) => Some(token.clone()),
            _ => None,
        }
    }
}

/// Makes a request.
pub(crate) async fn bring(session: Arc<Session>, item: UploadItem, errand: Errand) -> Brought {
    let made = match session.token() {
        Some(token) => make(&session, item, errand, &token).await,
        None => Err(unclear("there is no session")),
    };
    made.unwrap_or_else(Brought::Failed)
}

async fn make(
    session: &Arc<Session>,
    item: UploadItem,
    errand: Errand,
    token: &str,
) -> Result<Brought, CallError> {
    let api = &session.around.api;
    if errand == Errand::GiveUp {
        return api.give_up_upload(token, item.id).await.map(|()| Brought::GivenUp);
    }
    let read = move |session: &Session| session.cache.read(|c| cache::upload(c, item.id));
    let Some(file) = session.disk(read).await.map_err(|fault| unclear(&fault.to_string()))? else {
        return Ok(Brought::Gone);
    };
    match errand {
        Errand::Announce => {
            let Outgoing { id, bytes, sha256, name, .. } = file;
            let name = name.map(tidings_protocol::text::FileName::into_string);
            api.begin_upload(token, &Announcement { id, bytes, sha256, name }).await.map(Brought::At)
        }
        Errand::Ask => api.upload(token, item.id).await.map(Brought::Told),
        Errand::Send(offset) => {
            let whole = file.bytes;
            let _alone = session.files.line().await;
            let most = session.files.up.bytes();
            let chunk =
                session.disk(move |session| Ok(session.files.folder().chunk(&file.file, offset, most)?));
            let chunk = chunk.await.map_err(|fault| missing(&fault))?;
            let end = send(session, token, item.id, offset, chunk).await?;
            // The last chunk is answered when the file was verified and looked at.
            Ok(if end >= whole { Brought::Complete } else { Brought::At(end) })
        }
        Errand::GiveUp => Ok(Brought::GivenUp),
    }
}

/// Sends a chunk, and learns from how long it took what the line can carry.
async fn send(
    session: &Session,
    token: &str,
    id: AttachmentId,
    offset: u64,
    chunk: Vec<u8>,
) -> Result<u64, CallError> {
    let (clock, pace) = (&session.around.host.clock, &session.files.up);
    let (bytes, began) = (u64::try_from(chunk.len()).unwrap_or(u64::MAX), clock.steady_ms());
    let sent = session.around.api.send_chunk(token, id, offset, chunk).await;
    match &sent {
        Ok(_) => pace.arrived(bytes, clock.steady_ms() - began),
        Err(CallError::Unclear { retry_after: None, .. }) => pace.failed(),
        // A word of the server says nothing of the line.
        Err(_) => {}
    }
    sent
}

/// A file of ours that is not there any more will not come back; anything else may pass.
fn missing(fault: &Fault) -> CallError {
    match fault {
        Fault::Io(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::UnexpectedEof) =>
        {
            tracing::error!("a file that was to be sent is gone from the folder of files");
            let message = "the file is gone from the phone, or shorter than it was".to_owned();
            CallError::Refused(Refusal { code: "file_missing_on_phone".to_owned(), message })
        }
        fault => unclear(&fault.to_string()),
    }
}

fn unclear(why: &str) -> CallError {
    CallError::Unclear { retry_after: None, why: why.to_owned() }
}

/// Writes what a request brought into the store, and says what that means.
pub(crate) async fn note(session: &Arc<Session>, item: UploadItem, errand: Errand, brought: Brought) -> Came {
    let retry_after_ms = match &brought {
        Brought::Failed(error) => error.retry_after_ms(),
        _ => None,
    };
    if let Brought::Failed(CallError::Unclear { why, .. }) = &brought {
        tracing::info!(id = %item.id, why, "a file is not sent yet");
    }
    let noted = session
        .disk(move |session| {
            session.cache.write(Durability::Crash, |write| store(write, item.id, errand, brought))
        })
        .await;
    let came = noted.unwrap_or_else(|fault| {
        tracing::warn!(%fault, "the answer to a file could not be stored");
        None
    });
    came.unwrap_or(Came::Unclear { retry_after_ms })
}

fn store(
    write: &mut cache::Write<'_>,
    id: AttachmentId,
    errand: Errand,
    brought: Brought,
) -> Result<Option<Came>, Fault> {
    Ok(Some(match brought {
        Brought::At(offset) => at(write, id, offset)?,
        Brought::Told(upload) if upload.id != id => return Ok(None),
        Brought::Told(upload) => match upload.state {
            UploadState::Receiving => at(write, id, upload.offset.unsigned_abs())?,
            UploadState::Processing => Came::Processing,
            UploadState::Complete => complete(write, id)?,
            UploadState::Refused => {
                let code = ProblemCode::FileRefused.as_str();
                refuse(write, id, &Refusal { code, message: upload.refused.unwrap_or_default() })?
            }
        },
        Brought::Complete => complete(write, id)?,
        Brought::Gone => Came::Over,
        Brought::GivenUp => {
            cache::forget_upload(write, id)?;
            Came::Over
        }
        // What the server does not have, or has in a message, is nothing to give up.
        Brought::Failed(CallError::Refused(_)) if errand == Errand::GiveUp => {
            cache::forget_upload(write, id)?;
            Came::Over
        }
        Brought::Failed(CallError::Refused(refusal)) => refused(write, id, &refusal)?,
        Brought::Failed(CallError::Unauthenticated { .. }) => Came::Unauthenticated,
        Brought::Failed(CallError::Unclear { .. }) => return Ok(None),
    }))
}

fn at(write: &mut cache::Write<'_>, id: AttachmentId, offset: u64) -> Result<Came, Fault> {
    cache::upload_sent(write, id, offset)?;
    Ok(Came::At(offset))
}

fn complete(write: &mut cache::Write<'_>, id: AttachmentId) -> Result<Came, Fault> {
    cache::upload_complete(write, id)?;
    Ok(Came::Over)
}

fn refuse(write: &mut cache::Write<'_>, id: AttachmentId, refusal: &Refusal) -> Result<Came, Fault> {
    tracing::warn!(%id, code = refusal.code, "a file is refused");
    cache::refuse_upload(write, id, refusal)?;
    Ok(Came::Over)
}

fn refused(write: &mut cache::Write<'_>, id: AttachmentId, refusal: &Refusal) -> Result<Came, Fault> {
    let is = |code: ProblemCode| refusal.code == code.as_str();
    if is(ProblemCode::NotFound) {
        Ok(Came::Unknown)
    } else if is(ProblemCode::OffsetConflict) {
        Ok(Came::Astray)
    } else if is(ProblemCode::ChecksumMismatch) {
        Ok(Came::Unclear { retry_after_ms: None })
    } else {
        refuse(write, id, refusal)
    }
}
