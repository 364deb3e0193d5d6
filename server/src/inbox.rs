//! The inbox's files, embedded into the program, and the headers that browsers hold them to.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::problem::Problem;

/// What `npm run build` made in `web/`. A debug build reads the files when they are asked for.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Files;

/// Shown in the place of an inbox that was not built.
const NOT_BUILT: &str = include_str!("inbox/not_built.html");
/// Shown in the place of an inbox in which nobody could sign in yet.
const NOT_SET_UP: &str = include_str!("inbox/not_set_up.html");

const INDEX: &str = "index.html";
/// The service worker, which keeps the page with the headers that it came with.
const WORKER: &str = "sw.js";
/// Names under it carry a hash of their content.
const HASHED: &str = "assets/";
/// Paths that are never a page of the inbox: what has no route there is not there.
const NOT_PAGES: [&str; 6] = ["app/", "inbox/v1", "admin/", "assets/", ".well-known/", "metrics"];

/// Scripts, styles and connections of our own only; no page that frames us, no form that leaves, and no string
/// that becomes markup or the address of a script without passing the one policy of ours.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; \
    base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types tidings";

/// What [`POLICY`] says of pictures; the tiles that the operator chose come from one more origin.
const PICTURES: &str = "img-src 'self'";

/// Two years, as the preload lists ask.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// Answers whatever has no route: a file, a page of the inbox, or nothing.
pub async fn serve(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Problem::not_found().into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let mut response = match asked_for(path) {
        Asked::File if path == WORKER => worker(&app, &headers),
        Asked::File => file(path, &headers).unwrap_or_else(|| Problem::not_found().into_response()),
        Asked::Page => page(&app, &headers).await,
        Asked::Nothing => Problem::not_found().into_response(),
    };
    secure(response.headers_mut(), &app);
    response
}

/// What a path without a route means.
enum Asked {
    File,
    /// A page of the inbox, which finds its way by itself.
    Page,
    Nothing,
}

fn asked_for(path: &str) -> Asked {
    if path.is_empty() || path == INDEX {
        return Asked::Page;
    }
    // Files compressed at build time are other forms of their file, and no files of their own.
    if path.rsplit('.').next() != Some("br") && Files::get(path).is_some() {
        return Asked::File;
    }
    let is_other =
        NOT_PAGES.iter().any(|other| path.starts_with(other) || path == other.trim_end_matches('/'));
    // A path with a dot in its last part was meant to be a file.
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if is_other || is_file { Asked::Nothing } else { Asked::Page }
}

async fn page(app: &App, headers: &HeaderMap) -> Response {
    if !app.is_set_up().await {
        return html(NOT_SET_UP);
    }
    file(INDEX, headers).unwrap_or_else(|| html(NOT_BUILT))
}

fn html(page: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, page).into_response()
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let plain = Files::get(path)?;
    let compressed = accepts_brotli(headers).then(|| Files::get(&format!("{path}.br"))).flatten();
    let encoding = compressed.is_some().then_some("br");
    let etag = etag(&plain.metadata.sha256_hash(), encoding);
    Some(entity(path, headers, etag, encoding, compressed.unwrap_or(plain).data))
}

/// Browsers take a new worker, and the page anew, when the worker's text is another: so it begins with the policy, which is not of
/// the build alone.
fn worker(app: &App, headers: &HeaderMap) -> Response {
    let Some(plain) = Files::get(WORKER) else { return Problem::not_found().into_response() };
    let policy = policy(app.config.map_tiles.origin());
    let text = [b"// ", policy.as_bytes(), b"\n", &plain.data].concat();
    let etag = etag(&Sha256::digest(&text), None);
    entity(WORKER, headers, etag, None, text.into())
}

fn entity(
    path: &str,
    headers: &HeaderMap,
    etag: HeaderValue,
    encoding: Option<&'static str>,
    data: Cow<'static, [u8]>,
) -> Response {
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(data).into_response()
    };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    set.insert(header::ETAG, etag);
    set.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let cache = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(encoding) = encoding {
        set.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Two forms of a file are two entities.
fn etag(hash: &[u8], encoding: Option<&str>) -> HeaderValue {
    let number = hash.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let text = format!("\"{number:016x}{}\"", encoding.unwrap_or_default());
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        name.trim().eq_ignore_ascii_case("br")
            && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn secure(headers: &mut HeaderMap, app: &App) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, policy(app.config.map_tiles.origin()));
    if app.config.public_url.as_ref().is_some_and(crate::config::PublicUrl::is_https) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
}

/// The policy, opened for pictures of the host that has the tiles of the map, and for nothing else of it.
fn policy(tiles: Option<&str>) -> HeaderValue {
    let opened = tiles.and_then(|origin| {
        HeaderValue::from_str(&POLICY.replacen(PICTURES, &format!("{PICTURES} {origin}"), 1)).ok()
    });
    opened.unwrap_or_else(|| HeaderValue::from_static(POLICY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PublicUrl;
    use crate::testing::Harness;

    #[tokio::test]
    async fn pages_fall_back_to_the_index_and_the_api_never_does() {
        let harness = Harness::start().await;
        for path in ["/", "/conversations/cnv_1", "/settings", "/inbox"] {
            let answer = harness.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.header("content-type").starts_with("text/html"), "{path}");
            assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        }
        for path in [
            "/app",
            "/app/v1/nothing",
            "/inbox/v1",
            "/inbox/v1/nothing",
            "/admin/v1/nothing",
            "/assets/nothing.js",
            "/nothing.js",
            "/assets/",
            "/.well-known/security.txt",
            "/../Cargo.toml",
            "/%2e%2e/Cargo.toml",
        ] {
            let answer = harness.get(path).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{path}");
        }
        assert_eq!(harness.post("/", &serde_json::json!({})).await.status, 404);
    }

    #[tokio::test]
    async fn browsers_are_held_to_a_strict_policy() {
        let harness = Harness::start().await;
        let answer = harness.get("/").await;
        let policy = answer.header("content-security-policy");
        for directive in
            ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
        {
            assert!(policy.split("; ").any(|one| one == directive), "{directive}");
        }
        assert!(policy.ends_with("require-trusted-types-for 'script'; trusted-types tidings"));
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("strict-transport-security"), "");
    }

    #[tokio::test]
    async fn the_policy_opens_for_the_tiles_of_the_map_only_and_for_their_host_only() {
        let address = |text: &str| text.to_owned().try_into().ok();
        let harness = Harness::start_with(|config| {
            config.map_tiles.address = address("https://tiles.example.com/{z}/{x}/{y}.png");
            config.map_tiles.credit = Some("Example Maps".to_owned());
        })
        .await;
        let opened = harness.get("/").await.header("content-security-policy");
        assert!(opened.contains("; img-src 'self' https://tiles.example.com data: blob:; "), "{opened}");
        assert_eq!(opened.replace(" https://tiles.example.com", ""), POLICY);
        let own = Harness::start_with(|config| {
            config.map_tiles.address = address("/tiles/{z}/{x}/{y}.png");
            config.map_tiles.credit = Some("Example Maps".to_owned());
        })
        .await;
        assert_eq!(own.get("/").await.header("content-security-policy"), POLICY);
    }

    #[tokio::test]
    async fn an_empty_installation_says_what_to_do() {
        let harness = Harness::start_empty().await;
        assert!(harness.get("/").await.text().contains("tidings init"));
        assert_eq!(harness.get("/ready").await.status, 200);
        assert!(!Harness::start().await.get("/").await.text().contains("tidings init"));
    }

    #[tokio::test]
    async fn tls_is_demanded_when_the_public_address_has_it() {
        let url = || PublicUrl::try_from("https://support.example.com".to_owned()).ok();
        let harness = Harness::start_with(|config| config.public_url = url()).await;
        assert!(harness.get("/").await.header("strict-transport-security").starts_with("max-age=63072000"));
    }

    #[test]
    fn brotli_is_sent_only_to_whoever_takes_it() {
        for (value, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=0", false),
            ("gzip", false),
            ("BR;q=0.5", true),
            ("brotli", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            assert_eq!(accepts_brotli(&headers), expected, "{value}");
        }
    }
}
