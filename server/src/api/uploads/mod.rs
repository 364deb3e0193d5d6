//! Uploads by [tus 1.0](https://tus.io/protocols/resumable-upload), the same for users and agents: creation, creation
//! with upload, termination, expiration, checksum.
//!
//! A chunk is taken whole or not at all, and is flushed before it is answered for; so memory is bounded by the chunks
//! that are on their way.

mod headers;
#[cfg(test)]
mod tests;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use tidings_protocol::id::AttachmentId;
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::upload::{Upload, UploadState};
use tidings_store::Actor;
use tidings_store::attachments::{FileRow, FileState};
use tidings_store::uploads::{AddPiece, BeginUpload, GiveUpUpload, Piece};
use uuid::Uuid;

use self::headers::{Announced, Checksum};
use crate::app::App;
use crate::files::depot::{DepotError, Key};
use crate::files::settle::settle;
use crate::problem::Problem;

/// The version of tus.
const VERSION: &str = "1.0.0";

/// What the server can do.
pub(crate) fn options() -> Response {
    let headers = [
        ("tus-version", VERSION.to_owned()),
        ("tus-extension", "creation,creation-with-upload,termination,expiration,checksum".to_owned()),
        ("tus-max-size", limits::ATTACHMENT_BYTES.to_string()),
        ("tus-checksum-algorithm", "sha1,sha256".to_owned()),
    ];
    let mut response = StatusCode::NO_CONTENT.into_response();
    for (name, value) in headers {
        put(&mut response, name, &value);
    }
    tus(response)
}

/// Begins an upload, or finds it again; with the first chunk if there is a body.
pub(crate) async fn begin(app: &App, actor: Actor, path: &str, headers: &HeaderMap, body: Body) -> Response {
    answer(Box::pin(async {
        headers::version(headers)?;
        let Announced { id, length, sha256, name } = headers::announced(headers)?;
        let command = BeginUpload { id, actor, name, length, sha256, now: app.clock.now() };
        let begun = app.db.write(command).await?;
        let mut row = begun.value;
        if headers.contains_key(header::CONTENT_TYPE) {
            row = chunk(app, actor, row, 0, headers, body).await?;
        }
        let status = if begun.is_new { StatusCode::CREATED } else { StatusCode::OK };
        let mut response = progress(&row, status);
        put(&mut response, "location", &format!("{path}/{id}"));
        Ok(response)
    }))
    .await
}

/// How far an upload is, in headers.
pub(crate) async fn offset(app: &App, actor: Actor, id: AttachmentId, headers: &HeaderMap) -> Response {
    answer(Box::pin(async {
        headers::version(headers)?;
        let row = own(app, actor, id).await?;
        nudge(app, &row);
        refuse(&row)?;
        Ok(progress(&row, StatusCode::OK))
    }))
    .await
}

/// What an upload has come to.
pub(crate) async fn status(app: &App, actor: Actor, id: AttachmentId) -> Result<Upload, Problem> {
    let row = own(app, actor, id).await?;
    nudge(app, &row);
    Ok(upload(&row))
}

/// Takes the next chunk; with the last one, waits for what becomes of it.
pub(crate) async fn append(
    app: &App,
    actor: Actor,
    id: AttachmentId,
    headers: &HeaderMap,
    body: Body,
) -> Response {
    answer(Box::pin(async {
        headers::version(headers)?;
        let start = headers::offset(headers)?;
        let row = own(app, actor, id).await?;
        let row = chunk(app, actor, row, start, headers, body).await?;
        Ok(progress(&row, StatusCode::NO_CONTENT))
    }))
    .await
}

/// Gives an upload up.
pub(crate) async fn give_up(app: &App, actor: Actor, id: AttachmentId, headers: &HeaderMap) -> Response {
    answer(Box::pin(async {
        headers::version(headers)?;
        app.db.write(GiveUpUpload { id, actor }).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    }))
    .await
}

async fn answer(made: impl Future<Output = Result<Response, Refusal>>) -> Response {
    tus(match made.await {
        Ok(response) => response,
        Err(Refusal { problem, offset }) => {
            let mut response = problem.into_response();
            if let Some(offset) = offset {
                put(&mut response, "upload-offset", &offset.to_string());
            }
            response
        }
    })
}

/// A problem, and where the upload ends if that is the problem.
struct Refusal {
    problem: Problem,
    offset: Option<i64>,
}

impl<P: Into<Problem>> From<P> for Refusal {
    fn from(problem: P) -> Self {
        Self { problem: problem.into(), offset: None }
    }
}

impl From<DepotError> for Problem {
    fn from(error: DepotError) -> Self {
        match error {
            DepotError::Full => tidings_store::Error::Full.into(),
            DepotError::Missing | DepotError::Failed(_) => {
                tracing::error!(%error, "the file store failed");
                Self::unavailable()
            }
        }
    }
}

async fn own(app: &App, actor: Actor, id: AttachmentId) -> Result<FileRow, Problem> {
    app.db.own_file(actor, id).await?.ok_or_else(Problem::not_found)
}

/// One whose node died before it was settled is settled now, beside the request.
fn nudge(app: &App, row: &FileRow) {
    if row.state == FileState::Processing {
        let (app, id) = (app.clone(), row.id);
        let lifecycle = app.lifecycle.clone();
        lifecycle.spawn(async move { settle(&app, id).await });
    }
}

/// A file that was refused answers so whatever is asked of it.
fn refuse(row: &FileRow) -> Result<(), Problem> {
    match &row.refused {
        Some(why) => Err(Problem::new(ProblemCode::FileRefused).detail(why)),
        None => Ok(()),
    }
}

async fn chunk(
    app: &App,
    actor: Actor,
    row: FileRow,
    start: i64,
    headers: &HeaderMap,
    body: Body,
) -> Result<FileRow, Refusal> {
    headers::is_chunk(headers)?;
    refuse(&row)?;
    if start != row.received {
        return Err(conflict(&row));
    }
    let checksum = Checksum::read(headers)?;
    // At most so many chunks are in memory; who waits for leave has sent nothing of the body yet.
    let _leave = app.files.chunks().acquire().await.map_err(|_| Problem::unavailable())?;
    let bytes = read(&row, body).await?;
    if checksum.is_some_and(|checksum| !checksum.is_of(&bytes)) {
        return Err(Problem::new(ProblemCode::ChecksumMismatch).into());
    }
    let row = if bytes.is_empty() { row } else { keep(app, actor, row, bytes).await? };
    if row.state == FileState::Processing {
        settle(app, row.id).await;
        let row = own(app, actor, row.id).await?;
        refuse(&row)?;
        return Ok(row);
    }
    Ok(row)
}

/// The body, within its bounds.
async fn read(row: &FileRow, body: Body) -> Result<Bytes, Problem> {
    let missing = usize::try_from(row.length - row.received).unwrap_or_default();
    let most = missing.min(limits::CHUNK_BYTES);
    let bytes = axum::body::to_bytes(body, most).await.map_err(|error| {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            if error.is::<http_body_util::LengthLimitError>() {
                let detail = format!("this chunk may have at most {most} bytes");
                return Problem::new(ProblemCode::TooLarge).detail(detail);
            }
            cause = error.source();
        }
        Problem::new(ProblemCode::InvalidBody).detail("the body ended before it was complete")
    })?;
    if !bytes.is_empty() && bytes.len() < missing && bytes.len() < limits::CHUNK_BYTES_MIN {
        let detail = format!("a chunk has at least {} bytes unless it is the last", limits::CHUNK_BYTES_MIN);
        return Err(Problem::new(ProblemCode::InvalidBody).detail(detail));
    }
    Ok(bytes)
}

/// Flushes a chunk, then says that it is here.
async fn keep(app: &App, actor: Actor, row: FileRow, bytes: Bytes) -> Result<FileRow, Refusal> {
    let token = Uuid::from_bytes(app.clock.random());
    let key = Key::piece(row.workspace_id, row.id, token);
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    app.files.depot().put(&key, bytes).await.map_err(Problem::from)?;
    let piece = Piece { start: row.received, bytes: length, token };
    let added = app.db.write(AddPiece { id: row.id, actor, piece, now: app.clock.now() }).await?;
    if let Some(row) = added {
        return Ok(row);
    }
    // Somebody else was faster, with the same chunk most likely. This one belongs to nobody.
    if let Err(error) = app.files.depot().remove(&key).await {
        tracing::debug!(%error, "a chunk that came twice is left to the upkeep");
    }
    Err(conflict(&own(app, actor, row.id).await?))
}

fn conflict(row: &FileRow) -> Refusal {
    let detail = format!("the upload ends at {}", row.received);
    Refusal { problem: Problem::new(ProblemCode::OffsetConflict).detail(detail), offset: Some(row.received) }
}

fn upload(row: &FileRow) -> Upload {
    Upload {
        id: row.id,
        state: match row.state {
            FileState::Receiving => UploadState::Receiving,
            FileState::Processing => UploadState::Processing,
            FileState::Complete => UploadState::Complete,
            FileState::Refused | FileState::Doomed => UploadState::Refused,
        },
        offset: row.received,
        length: row.length,
        attachment: row.attachment(),
        refused: row.refused.clone(),
        expires_at: row.expires_at,
    }
}

/// An answer that says how far the upload is.
fn progress(row: &FileRow, status: StatusCode) -> Response {
    let mut response = status.into_response();
    put(&mut response, "upload-offset", &row.received.to_string());
    put(&mut response, "upload-length", &row.length.to_string());
    if let Some(expires) = row.expires_at {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(expires.unix_ms().unsigned_abs());
        put(&mut response, "upload-expires", &httpdate::fmt_http_date(time));
    }
    response
}

fn put(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Every answer says which version it speaks.
fn tus(mut response: Response) -> Response {
    response.headers_mut().insert("tus-resumable", HeaderValue::from_static(VERSION));
    response
}
