//! A logo, as it goes out.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tidings_store::appearance::Logo;

/// The picture. It is ours, made anew; like every file it is shown and does nothing.
///
/// `caching` says how long it may be kept without asking again; whoever asks again with what they have is told in 304 that it has
/// not changed.
pub(super) fn response(logo: Logo, headers: &HeaderMap, caching: &'static str) -> Response {
    let etag = format!("\"{}\"", String::from(logo.sha256));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let mut response = if known.is_some_and(|known| known.split(',').any(|one| one.trim() == etag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(logo.content).into_response()
    };
    let dress = [
        (header::CONTENT_TYPE, logo.media_type.as_str()),
        (header::CONTENT_DISPOSITION, "inline; filename=logo"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ETAG, &etag),
        (header::CACHE_CONTROL, caching),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in dress {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
