//! What happens to every request, before and after its handler: it gets an id, a place in the log and the metrics,
//! a limit of headers, rate and time, and an answer in our own form whatever goes wrong.

use std::any::Any;
use std::net::{IpAddr, Ipv4Addr};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;
use tracing::Instrument as _;

use crate::app::App;
use crate::problem::Problem;

/// The header in which every answer carries the id under which its request is in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Marks an answer that a person reads in a browser: what is wrong stands in it in their language.
#[derive(Debug, Clone, Copy)]
pub struct ForPeople;

/// Where a connection comes from; the listener says so.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Where a request comes from: the peer, or what trusted proxies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(Ipv4Addr::LOCALHOST.into())))
    }
}

/// Wraps every request of a router.
pub async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = request_id(&app);
    let address = client_address(&request, app.config.http.trusted_proxies);
    request.extensions_mut().insert(address);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", %id, %method, route);
    let response = answer(&app, address, request, next).instrument(span.clone()).await;
    let mut response = ours(response);
    keep_out_of_caches(response.headers_mut());
    measure(&method, &route, response.status(), begun.elapsed());
    span.in_scope(|| log(response.status(), begun.elapsed()));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

async fn answer(app: &App, address: ClientAddress, request: Request, next: Next) -> Response {
    if let Err(problem) = check_headers(&request).and_then(|()| check_rate(app, address, &request)) {
        return problem.into_response();
    }
    let time = Duration::from_secs(app.config.http.request_seconds.into());
    let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(time, handled).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            Problem::internal("a handler panicked", &message_of(panic.as_ref())).into_response()
        }
        Err(_) => Problem::unavailable().detail("the request took too long").into_response(),
    }
}

fn request_id(app: &App) -> String {
    format!("{:016x}", u64::from_be_bytes(app.clock.random()))
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// The address from which our outermost trusted proxy was called: the last entries of `X-Forwarded-For` are theirs,
/// whatever stands before them anybody could have written.
fn client_address(request: &Request, trusted_proxies: u8) -> ClientAddress {
    let peer = request.extensions().get::<Peer>().map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.0);
    let forwarded =
        (trusted_proxies > 0).then(|| forwarded_for(request.headers(), trusted_proxies)).flatten();
    ClientAddress(forwarded.unwrap_or(peer))
}

fn forwarded_for(headers: &HeaderMap, trusted_proxies: u8) -> Option<IpAddr> {
    let values: Vec<_> =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let entries: Vec<_> = values.iter().flat_map(|value| value.split(',')).map(str::trim).collect();
    let place = entries.len().checked_sub(usize::from(trusted_proxies))?;
    entries.get(place)?.parse().ok()
}

/// The connection itself accepts a little more, so that this answer can be ours.
fn check_headers(request: &Request) -> Result<(), Problem> {
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if fields.sum::<usize>() + address > limits::HEADER_BYTES {
        let detail = format!("address and headers have at most {} bytes", limits::HEADER_BYTES);
        return Err(Problem::new(ProblemCode::HeadersTooLarge).detail(detail));
    }
    Ok(())
}

fn check_rate(app: &App, address: ClientAddress, request: &Request) -> Result<(), Problem> {
    let path = request.uri().path();
    let is_api =
        ["/app/", "/inbox/v1/", "/admin/", "/files/", "/mail/"].iter().any(|prefix| path.starts_with(prefix));
    if is_api { app.rates.address(address.0) } else { Ok(()) }
}

/// The code for an answer that axum or hyper made by themselves.
fn code_for(status: u16) -> ProblemCode {
    match status {
        401 => ProblemCode::Unauthenticated,
        403 => ProblemCode::Forbidden,
        404 => ProblemCode::NotFound,
        405 => ProblemCode::MethodNotAllowed,
        416 => ProblemCode::RangeNotSatisfiable,
        413 => ProblemCode::TooLarge,
        415 => ProblemCode::UnsupportedMediaType,
        431 => ProblemCode::HeadersTooLarge,
        429 => ProblemCode::RateLimited,
        503 => ProblemCode::Unavailable,
        400..500 => ProblemCode::InvalidParameter,
        _ => ProblemCode::Internal,
    }
}

/// An error in a form that is not ours becomes one of ours.
fn ours(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_ours = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/problem+json" || kind == "application/json");
    if !is_error || is_ours || response.extensions().get::<ForPeople>().is_some() {
        return response;
    }
    let mut problem = Problem::new(code_for(status.as_u16())).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        problem.headers_mut().insert(header::ALLOW, allow.clone());
    }
    problem
}

/// What nobody else said how to keep is somebody's own: tokens, messages. Only the inbox's files say otherwise.
fn keep_out_of_caches(headers: &mut HeaderMap) {
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

fn measure(method: &Method, route: &str, status: StatusCode, took: Duration) {
    // Only known methods: an invented one must not make a new series.
    let method = match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE => {
            method.as_str().to_owned()
        }
        _ => "other".to_owned(),
    };
    let labels = [("method", method), ("route", route.to_owned()), ("status", status.as_u16().to_string())];
    metrics::histogram!("tidings_http_request_duration_seconds", &labels).record(took.as_secs_f64());
}

fn log(status: StatusCode, took: Duration) {
    let (status, ms) = (status.as_u16(), u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    if status >= 500 {
        tracing::warn!(status, ms, "answered");
    } else {
        tracing::debug!(status, ms, "answered");
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;

    use super::*;
    use crate::testing::Harness;

    fn request(forwarded: &[&str]) -> Request {
        let mut request = Request::new(axum::body::Body::empty());
        request.extensions_mut().insert(Peer("10.0.0.1".parse().unwrap()));
        for value in forwarded {
            request.headers_mut().append("x-forwarded-for", value.parse().unwrap());
        }
        request
    }

    #[test]
    fn only_as_many_forwarded_addresses_are_believed_as_there_are_proxies() {
        for (forwarded, proxies, expected) in [
            (&["1.1.1.1, 2.2.2.2"][..], 0, "10.0.0.1"),
            (&["1.1.1.1, 2.2.2.2"], 1, "2.2.2.2"),
            (&["1.1.1.1, 2.2.2.2"], 2, "1.1.1.1"),
            (&["1.1.1.1", "2.2.2.2"], 1, "2.2.2.2"),
            (&["1.1.1.1"], 2, "10.0.0.1"),
            (&["nonsense"], 1, "10.0.0.1"),
            (&[], 1, "10.0.0.1"),
        ] {
            let found = client_address(&request(forwarded), proxies);
            assert_eq!(found.0.to_string(), expected, "{forwarded:?} {proxies}");
        }
    }

    #[test]
    fn every_error_without_our_form_gets_it() {
        let plain = (StatusCode::BAD_REQUEST, "no upgrade").into_response();
        assert_eq!(ours(plain).headers()["content-type"], "application/problem+json");
        let allowed = (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET")]).into_response();
        assert_eq!(ours(allowed).headers()["allow"], "GET");
        let fine = (StatusCode::OK, "hello").into_response();
        assert_eq!(ours(fine).headers()["content-type"], "text/plain; charset=utf-8");
    }

    #[tokio::test]
    async fn what_is_somebodys_own_stays_out_of_caches() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        for answer in [
            harness.get("/app/v1/bootstrap").bearer(&token).await,
            harness.get("/app/v1/bootstrap").await,
            harness.get("/inbox/v1/bootstrap").cookie(&harness.agent_cookie().await).await,
        ] {
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
        assert_ne!(harness.get("/").await.header("cache-control"), "no-store");
    }

    #[tokio::test]
    async fn a_handler_that_panics_or_takes_too_long_is_answered_for() {
        let mut harness = Harness::start_with(|config| config.http.request_seconds = 1).await;
        let slow = || async { tokio::time::sleep(Duration::from_mins(1)).await };
        let broken = || async { String::from_utf8(vec![0xff]).expect("a secret") };
        let routes = Router::new().route("/slow", get(slow)).route("/broken", get(broken));
        harness.router = routes.layer(from_fn_with_state(harness.app.clone(), around));
        let broken = harness.get("/broken").await;
        assert_eq!((broken.status, broken.code().as_str()), (500, "internal"));
        assert!(!broken.text().contains("secret"));
        assert_eq!(broken.header("x-request-id").len(), 16);
        let slow = harness.get("/slow").await;
        assert_eq!((slow.status, slow.code().as_str()), (503, "unavailable"));
        assert_eq!(slow.header("retry-after"), "2");
    }
}
