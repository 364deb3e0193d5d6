//! `GET /files/v1/{id}/{variant}`.

use std::ops::Range;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tidings_protocol::id::AttachmentId;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::upload::{AttachmentAddresses, Variant};
use tidings_store::Actor;
use tidings_store::attachments::{FileRow, VariantFacts};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::files::depot::Key;
use crate::problem::Problem;
use crate::request::{Path, Query};

/// What an address carries.
#[derive(Debug, Deserialize)]
pub(crate) struct Signed {
    expires: i64,
    signature: String,
}

/// Addresses of a file for somebody who may see it.
pub(crate) async fn addresses(
    app: &App,
    actor: Actor,
    id: AttachmentId,
) -> Result<AttachmentAddresses, Problem> {
    let file = app.db.visible_file(actor, id).await?.ok_or_else(Problem::not_found)?;
    let facts = file.facts.as_ref().ok_or_else(Problem::not_found)?;
    Ok(app.files.key(&app.db, &app.clock).await?.addresses(&file, facts, app.clock.now()))
}

/// A form of a file, by an address that was handed out. One that is changed or over is as good as none. `Range`, `If-Range`
/// and `If-None-Match` are understood.
#[utoipa::path(
    get, path = "/files/v1/{id}/{variant}", tag = "files",
    params(
        ("id" = AttachmentId, Path), ("variant" = Variant, Path),
        ("expires" = i64, Query), ("signature" = String, Query),
    ),
    responses(
        (status = 200, description = "All of it"), (status = 206, description = "The range that was asked for"),
        (status = 304, description = "It has not changed: files never do"),
        Problems,
    )
)]
pub(crate) async fn fetch_file(
    State(app): State<App>,
    Path((id, variant)): Path<(AttachmentId, Variant)>,
    Query(signed): Query<Signed>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let key = app.files.key(&app.db, &app.clock).await?;
    if !key.holds(id, variant, signed.expires, &signed.signature, app.clock.now()) {
        return Err(Problem::not_found());
    }
    // Asked each time: what was erased is gone at once, whoever has an address.
    let file = app.db.complete_file(id).await?.ok_or_else(Problem::not_found)?;
    let facts = file.facts.as_ref().ok_or_else(Problem::not_found)?;
    let form = facts.variants.iter().find(|form| form.variant == variant).ok_or_else(Problem::not_found)?;
    let etag = format!("\"{id}-{}\"", variant.as_str());
    if is_known(&headers, &etag) {
        return Ok(dressed(StatusCode::NOT_MODIFIED.into_response(), &file, form, &etag));
    }
    let bytes = form.bytes.unsigned_abs();
    let range = wanted(&headers, &etag, bytes)?;
    let key = Key::file(file.workspace_id, id, variant);
    let content = app.files.depot().read(&key, range.clone()).await?;
    let mut response = Body::from_stream(content).into_response();
    let length = range.as_ref().map_or(bytes, |range| range.end - range.start);
    put(&mut response, header::CONTENT_LENGTH, &length.to_string());
    if let Some(Range { start, end }) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        put(&mut response, header::CONTENT_RANGE, &format!("bytes {start}-{}/{bytes}", end - 1));
    }
    Ok(dressed(response, &file, form, &etag))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = text(headers, header::IF_NONE_MATCH);
    known.is_some_and(|known| known.trim() == "*" || known.split(',').any(|one| one.trim() == etag))
}

/// The range that was asked for (RFC 9110, section 14): one of them; whoever asks for several gets everything.
fn wanted(headers: &HeaderMap, etag: &str, bytes: u64) -> Result<Option<Range<u64>>, Problem> {
    if text(headers, header::IF_RANGE).is_some_and(|had| had != etag) {
        return Ok(None);
    }
    let Some(range) = text(headers, header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
        return Ok(None);
    };
    let Some((first, last)) = range.split_once('-').filter(|_| !range.contains(',')) else { return Ok(None) };
    let (first, last) = (first.trim(), last.trim());
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(bytes),
        (Ok(first), Err(_)) if last.is_empty() => first..bytes,
        (Err(_), Ok(last)) if first.is_empty() => bytes.saturating_sub(last)..bytes,
        _ => return Ok(None),
    };
    if range.start >= range.end {
        return Err(
            Problem::new(ProblemCode::RangeNotSatisfiable).detail(format!("the file has {bytes} bytes"))
        );
    }
    Ok(Some(range))
}

/// What keeps a stranger's file from doing anything: its type is ours to say, nothing in it runs, and only pictures
/// that we made ourselves are shown in place.
fn dressed(mut response: Response, file: &FileRow, form: &VariantFacts, etag: &str) -> Response {
    let way = if form.size.is_some() { "inline" } else { "attachment" };
    let name = file.name.as_ref().map_or("file", |name| name.as_str());
    put(&mut response, header::CONTENT_TYPE, form.media_type.as_str());
    put(&mut response, header::CONTENT_DISPOSITION, &format!("{way}; filename*=UTF-8''{}", encoded(name)));
    put(&mut response, header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'");
    put(&mut response, header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    put(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(&mut response, header::ACCEPT_RANGES, "bytes");
    put(&mut response, header::ETAG, etag);
    put(&mut response, header::CACHE_CONTROL, "private, max-age=900, immutable");
    put(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

/// As RFC 8187 has it.
fn encoded(name: &str) -> String {
    use std::fmt::Write as _;
    name.bytes().fold(String::with_capacity(name.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn put(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
