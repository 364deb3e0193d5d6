//! An agent in the inbox: the cookie, and that the request comes from our own pages.
//!
//! A cookie travels with every request a browser makes, also one that another site's page caused. So whatever
//! changes something, and every upgrade to a socket, must say that it comes from the same origin; `SameSite=Strict`
//! alone would let pages of a sibling domain through.

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::time::Timestamp;
use tidings_store::Actor;
use tidings_store::agent_sessions::{TouchAgentSession, Whereabouts};
use tidings_store::agents::AgentSession;

use super::role::{act_of, may};
use super::{TokenHash, is_token, new_token, token_hash};
use crate::app::App;
use crate::config::PublicUrl;
use crate::edge::ClientAddress;
use crate::problem::Problem;

/// The name of the cookie. The prefix makes browsers refuse it from anybody but this host, over TLS.
pub const COOKIE: &str = "__Host-tidings";
/// The cookie of a browser that has begun to sign in with a passkey or at the company's provider: what was made for it does not
/// serve another.
pub const ATTEMPT: &str = "__Host-tidings-attempt";

/// Milliseconds after which it is written down again that a session is in use.
const TOUCH_MS: i64 = 5 * 60 * 1_000;
/// Bytes of what a browser says that it is, at most.
const BROWSER_BYTES: usize = 300;

/// A signed-in agent, within their rates, asking from our own pages; they may lack the second factor that their workspace
/// requires. Only for what concerns their own account: everything else asks for an [`Agent`].
pub struct SignedIn {
    /// The session: who, of which teams.
    pub session: AgentSession,
}

impl SignedIn {
    /// Until when what is dangerous may be done without proving again who they are.
    pub fn proved_until(&self) -> Timestamp {
        self.session.proved_at.plus_ms(limits::PROOF_SECONDS * 1_000)
    }

    /// Refuses what is dangerous when it is a while since the agent proved who they are: a page that was left open, or a
    /// stolen cookie, is not enough for it.
    ///
    /// # Errors
    /// [`ProblemCode::ProofNeeded`].
    pub fn proved(&self, app: &App) -> Result<(), Problem> {
        if app.clock.now() < self.proved_until() {
            return Ok(());
        }
        Err(Problem::new(ProblemCode::ProofNeeded))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        SameOrigin::check(parts, app)?;
        let hash = cookie(&parts.headers).ok_or_else(Problem::unauthenticated)?;
        let now = app.clock.now();
        let session = app.db.agent_session(hash, now).await?.ok_or_else(Problem::unauthenticated)?;
        app.rates.session(hash)?;
        if session.seen_at.plus_ms(TOUCH_MS) <= now {
            let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
            touch(
                app,
                TouchAgentSession { token_hash: hash, place: whereabouts(address, &parts.headers), now },
            );
        }
        Ok(Self { session })
    }
}

/// Beside the request, which must not wait for a disk that is full or slow.
fn touch(app: &App, command: TouchAgentSession) {
    let db = app.db.clone();
    app.lifecycle.spawn(async move {
        if let Err(error) = db.write(command).await {
            tracing::debug!(%error, "when a session was last used is not written down");
        }
    });
}

/// From where somebody asks, as far as they say.
pub fn whereabouts(address: std::net::IpAddr, headers: &HeaderMap) -> Whereabouts {
    let browser = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let browser = browser.map(|text| text.chars().take(BROWSER_BYTES).collect());
    Whereabouts { address: address.to_canonical().to_string(), browser }
}

/// A signed-in agent, within their rates, asking from our own pages, with the second factor that their workspace
/// requires and a role that may do this.
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
        let SignedIn { session } = SignedIn::from_request_parts(parts, app).await?;
        if session.lacks_second_factor {
            return Err(Problem::new(ProblemCode::SecondFactorRequired));
        }
        let template = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let act = act_of(parts.method.as_str(), template);
        if !act.is_some_and(|act| may(session.agent.role, act)) {
            return Err(Problem::new(ProblemCode::Forbidden).detail("your role may not do this"));
        }
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

/// The hash of the token in the session's cookie.
fn cookie(headers: &HeaderMap) -> Option<TokenHash> {
    token_in(headers, COOKIE).map(token_hash)
}

/// The token in a cookie of ours.
pub fn token_in<'h>(headers: &'h HeaderMap, cookie: &str) -> Option<&'h str> {
    let mut ours = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == cookie);
    let (_, token) = ours.next()?;
    // Two of them: somebody planted one.
    (ours.next().is_none() && is_token(token, "")).then_some(token)
}

/// `Set-Cookie` for a session that lives so many seconds; 0 takes the cookie away.
pub fn set_cookie(token: &str, seconds: i64) -> Option<HeaderValue> {
    set(COOKIE, token, seconds)
}

/// The attempt to sign in that a browser is in, or a new one, and the cookie by which it is known again: for as long as a
/// sign-in at the company's provider may take.
///
/// Two tabs of one browser share it, so that neither ends the other's attempt.
///
/// # Errors
/// When the cookie cannot be a header, which it can.
pub fn attempt(app: &App, headers: &HeaderMap) -> Result<(String, HeaderValue), Problem> {
    let token = token_in(headers, ATTEMPT).map_or_else(|| new_token(&app.clock, ""), str::to_owned);
    let cookie = set(ATTEMPT, &token, limits::PROVIDER_SECONDS)
        .ok_or_else(|| Problem::internal("a cookie could not be made", &"bad header value"))?;
    Ok((token, cookie))
}

fn set(name: &str, token: &str, seconds: i64) -> Option<HeaderValue> {
    format!("{name}={token}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict").parse().ok()
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
