//! Google's access tokens: fetched once for everybody who waits, kept until shortly before they end.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde::Deserialize;
use tidings_protocol::time::Timestamp;
use tokio::sync::Mutex;

use super::credential::ServiceAccount;
use super::net::Net;
use super::verdict::{Renewal, Scope, Verdict, retry_after};
use crate::clock::Clock;

/// A token is replaced this long before it ends.
const SPARE_MS: i64 = 5 * 60 * 1000;
/// After a refusal nobody asks again for this long, unless Google says longer.
const REFUSED_MS: i64 = 10 * 1000;

/// The access tokens of one service account.
pub struct AccessTokens {
    token_url: String,
    /// Held while a token is fetched: all others wait for that one.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    refused: Option<(Verdict, Timestamp)>,
}

#[derive(Clone)]
struct Token {
    text: String,
    ends_at: Timestamp,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: String,
}

impl AccessTokens {
    /// Tokens from this address.
    pub fn new(token_url: String) -> Self {
        Self { token_url, state: Mutex::default() }
    }

    /// A token that is valid for some minutes at least, or why there is none.
    pub async fn get(&self, account: &ServiceAccount, net: &Net, clock: &Clock) -> Result<String, Verdict> {
        let mut state = self.state.lock().await;
        let now = clock.now();
        if let Some(token) = &state.token
            && token.ends_at > now
        {
            return Ok(token.text.clone());
        }
        if let Some((verdict, until)) = &state.refused
            && *until > now
        {
            return Err(verdict.clone());
        }
        match self.fetch(account, net, clock).await {
            Ok(token) => {
                *state = State { token: Some(token.clone()), refused: None };
                Ok(token.text)
            }
            Err(verdict) => {
                let pause = match &verdict {
                    Verdict::Later { after: Some(after), .. } => {
                        i64::try_from(after.as_millis()).unwrap_or(REFUSED_MS)
                    }
                    _ => 0,
                };
                let until = clock.now().plus_ms(pause.max(REFUSED_MS));
                *state = State { token: None, refused: Some((verdict.clone(), until)) };
                Err(verdict)
            }
        }
    }

    /// Forgets this token, because FCM did not know it. Another that was fetched meanwhile stays.
    pub async fn forget(&self, text: &str) {
        let mut state = self.state.lock().await;
        if state.token.as_ref().is_some_and(|token| token.text == text) {
            state.token = None;
        }
    }

    async fn fetch(&self, account: &ServiceAccount, net: &Net, clock: &Clock) -> Result<Token, Verdict> {
        let now = clock.now();
        let useless = |reason: String| Verdict::Credential { reason, renewal: Renewal::Useless };
        let grant =
            account.grant(&self.token_url, now.unix_ms() / 1000).map_err(|e| useless(e.to_string()))?;
        let form =
            format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={grant}");
        let request = Request::post(&self.token_url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(form)))
            .map_err(|error| Verdict::Rejected { reason: error.to_string() })?;
        // Nothing was pushed yet, so no failure here is ambiguous.
        let answer = net.send(request).await.map_err(|error| Verdict::Later {
            reason: format!("access token: {error}"),
            after: None,
            scope: Scope::Credential,
        })?;
        if answer.status.is_success() {
            let granted: Granted = serde_json::from_slice(&answer.body)
                .map_err(|_| useless("access token: the answer cannot be read".to_owned()))?;
            let lasts_ms = granted.expires_in.saturating_mul(1000).saturating_sub(SPARE_MS);
            return Ok(Token { text: granted.access_token, ends_at: now.plus_ms(lasts_ms) });
        }
        let status = answer.status.as_u16();
        let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
        let reason = format!("access token: {status} {}", refused.error);
        if status == 429 || status >= 500 {
            let after = retry_after(&answer.headers, now).or(Some(Duration::from_secs(10)));
            return Err(Verdict::Later { reason, after, scope: Scope::Credential });
        }
        Err(useless(reason))
    }
}
