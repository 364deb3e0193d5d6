//! An agent in the inbox: the cookie, and that the request comes from our own pages.
//!
//! A cookie travels with every request a browser makes, also one that another site's page caused. So whatever
//! changes something, and every upgrade to a socket, must say that it comes from the same origin; `SameSite=Strict`
//! alone would let pages of a sibling domain through.

use axum::extract::FromRequestParts;
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use tidings_protocol::problem::ProblemCode;
use tidings_store::Actor;
use tidings_store::agents::AgentSession;

use super::{TokenHash, is_token, token_hash};
use crate::app::App;
use crate::config::PublicUrl;
use crate::problem::Problem;

/// The name of the cookie. The prefix makes browsers refuse it from anybody but this host, over TLS.
pub const COOKIE: &str = "__Host-tidings";

/// A signed-in agent, within their rates, asking from our own pages.
pub struct Agent {
    /// The session: who, of which teams.
    pub session: AgentSession,
}

impl Agent {
    /// The agent as the author of a command.
    pub fn actor(&self) -> Actor {
        Actor::Agent { agent_id: self.session.agent.id }
    }
}

impl FromRequestParts<App> for Agent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        SameOrigin::check(parts, app)?;
        let hash = cookie(&parts.headers).ok_or_else(Problem::unauthenticated)?;
        let session =
            app.db.agent_session(hash, app.clock.now()).await?.ok_or_else(Problem::unauthenticated)?;
        app.rates.session(hash)?;
        Ok(Self { session })
    }
}

/// A request that comes from our own pages, whoever asks.
pub struct SameOrigin;

impl FromRequestParts<App> for SameOrigin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Self::check(parts, app).map(|()| Self)
    }
}

impl SameOrigin {
    fn check(parts: &Parts, app: &App) -> Result<(), Problem> {
        let upgrades = parts.headers.contains_key(header::UPGRADE);
        let only_reads = (parts.method == Method::GET || parts.method == Method::HEAD) && !upgrades;
        if only_reads || is_same_origin(&parts.headers, app.config.public_url.as_ref()) {
            return Ok(());
        }
        let detail = "the request must come from the inbox itself: `Origin` or `Sec-Fetch-Site` says otherwise, or is missing";
        Err(Problem::new(ProblemCode::Forbidden).detail(detail))
    }
}

fn is_same_origin(headers: &HeaderMap, public_url: Option<&PublicUrl>) -> bool {
    // Not for sockets: browsers disagree on the site of ws: and http:, and all of them send their origin.
    let site = headers.get("sec-fetch-site").filter(|_| !headers.contains_key(header::UPGRADE));
    if let Some(site) = site {
        return site == "same-origin";
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    if public_url.is_some_and(|url| url.origin().eq_ignore_ascii_case(origin)) {
        return true;
    }
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    match (authority, text(header::HOST)) {
        (Some(authority), Some(host)) => authority.eq_ignore_ascii_case(host),
        _ => false,
    }
}

/// The hash of the cookie's token.
fn cookie(headers: &HeaderMap) -> Option<TokenHash> {
    let mut ours = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE);
    let (_, token) = ours.next()?;
    // Two of them: somebody planted one.
    (ours.next().is_none() && is_token(token, "")).then(|| token_hash(token))
}

/// `Set-Cookie` for a session that lives so many seconds; 0 takes the cookie away.
pub fn set_cookie(token: &str, seconds: i64) -> Option<HeaderValue> {
    format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_our_own_pages_pass() {
        let public = PublicUrl::try_from("https://support.example.com/".to_owned()).unwrap();
        for (pairs, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://support.example.com")], false),
            (&[("origin", "https://support.example.com")], true),
            (&[("origin", "https://evil.example.com"), ("host", "inside:8080")], false),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "http://127.0.0.1:8081"), ("host", "127.0.0.1:8080")], false),
            (&[("origin", "null"), ("host", "null")], false),
            (
                &[
                    ("upgrade", "websocket"),
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "https://evil.example"),
                ],
                false,
            ),
            (&[("upgrade", "websocket"), ("origin", "https://support.example.com")], true),
            (&[("upgrade", "websocket")], false),
            (&[("host", "127.0.0.1:8080")], false),
        ] {
            assert_eq!(is_same_origin(&headers(pairs), Some(&public)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others_and_refused_twice() {
        let token = "A".repeat(43);
        let found = cookie(&headers(&[("cookie", &format!("a=b; {COOKIE}={token}; c=d"))]));
        assert_eq!(found, Some(token_hash(&token)));
        let twice = format!("{COOKIE}={token}; {COOKIE}={token}");
        assert_eq!(cookie(&headers(&[("cookie", &twice)])), None);
        assert_eq!(cookie(&headers(&[("cookie", &format!("tidings={token}"))])), None);
        assert_eq!(cookie(&headers(&[("cookie", &format!("{COOKIE}=short"))])), None);
    }
}
