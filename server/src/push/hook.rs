//! Pushes through a service of the company's own: a webhook after Standard Webhooks, for everything that has no client
//! here.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tidings_protocol::time::Timestamp;

use super::credential::InvalidCredential;
use super::net::{Answer, Net};
use super::provider::{Provider, Push};
use super::verdict::{Renewal, Scope, Verdict, retry_after};
use crate::clock::Clock;
use crate::webhooks::standard::{Signer, new_secret, request};

/// Where an app's pushes go, and what they are signed with, as it is stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredHook {
    /// `https`.
    pub url: String,
    /// `whsec_` and 32 bytes in base 64.
    pub secret: String,
}

impl StoredHook {
    /// With a new secret.
    pub fn new(url: &str, clock: &Clock) -> Self {
        Self { url: url.to_owned(), secret: new_secret(clock) }
    }
}

/// A client for one app's service.
pub struct Hook {
    url: String,
    signer: Signer,
    net: Net,
    clock: Clock,
}

impl Hook {
    /// A client that connects with its first push.
    pub fn new(stored: &str, net: Net, clock: Clock) -> Result<Self, InvalidCredential> {
        let stored: StoredHook = serde_json::from_str(stored).map_err(|_| InvalidCredential::Stored)?;
        let signer = Signer::new(&stored.secret).ok_or(InvalidCredential::Stored)?;
        Ok(Self { url: stored.url, signer, net, clock })
    }

    /// Posts something of a type, signed; the same id for every attempt.
    pub async fn post(&self, id: &str, kind: &str, data: &Value, now: Timestamp) -> Verdict {
        let request = match self.request(id, kind, data, now) {
            Ok(request) => request,
            Err(error) => return Verdict::Rejected { reason: error.to_string() },
        };
        match self.net.send(request).await {
            Ok(answer) => verdict(&answer, id, self.clock.now()),
            Err(error) => error.into(),
        }
    }

    fn request(
        &self,
        id: &str,
        kind: &str,
        data: &Value,
        now: Timestamp,
    ) -> Result<Request<Full<Bytes>>, http::Error> {
        let body = json!({ "type": kind, "timestamp": now, "data": data }).to_string();
        request(&self.url, &[&self.signer], id, body, now)
    }
}

impl Provider for Hook {
    async fn push(&self, push: &Push<'_>) -> Verdict {
        let data = json!({
            "token": push.target.token,
            "collapse_id": push.collapse_id,
            "expires_at": push.expires_at,
            "notice": push.notice.data(),
        });
        self.post(&push.id.to_string(), "push", &data, push.now).await
    }
}

fn verdict(answer: &Answer, id: &str, now: Timestamp) -> Verdict {
    let status = answer.status.as_u16();
    let reason = format!("HTTP {status}");
    match status {
        200..=299 => Verdict::Accepted { provider_id: id.to_owned() },
        410 => Verdict::TokenDead { reason, since: None },
        401 | 403 | 404 => Verdict::Credential { reason, renewal: Renewal::Useless },
        429 | 500.. => {
            let scope = if status == 429 { Scope::Credential } else { Scope::Service };
            Verdict::Later { reason, after: retry_after(&answer.headers, now), scope }
        }
        _ => Verdict::Rejected { reason },
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    #[test]
    fn each_status_has_its_verdict() {
        for (status, outcome) in [
            (200, "accepted"),
            (204, "accepted"),
            (302, "rejected"),
            (400, "rejected"),
            (401, "credential, useless"),
            (403, "credential, useless"),
            (404, "credential, useless"),
            (410, "token_dead"),
            (413, "rejected"),
            (422, "rejected"),
            (429, "later, credential"),
            (500, "later, service"),
            (502, "later, service"),
            (503, "later, service"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let answer = Answer { status, headers: HeaderMap::new(), body: Bytes::new() };
            assert_eq!(verdict(&answer, "id", Timestamp::default()).shape(), outcome, "{status}");
        }
    }
}
