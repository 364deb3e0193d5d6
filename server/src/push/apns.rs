//! Apple Push Notification service, with provider tokens.
//!
//! After "Sending notification requests to APNs", "Establishing a token-based connection to APNs" and "Handling
//! notification responses from APNs" in Apple's documentation.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::header::InvalidHeaderValue;
use http::{HeaderValue, Request};
use http_body_util::Full;
use serde::Deserialize;
use tidings_protocol::push::PushEnvironment;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use super::credential::{ApnsKey, InvalidCredential};
use super::net::{Answer, Net};
use super::provider::Urgency;
use super::verdict::{Renewal, Scope, Verdict, retry_after};
use crate::clock::Clock;

/// A provider token's time is cut to half hours: it is never older than that, no node and no restart makes another
/// one within it, and Apple refuses a second one within 20 minutes.
const TOKEN_SECONDS: i64 = 30 * 60;

/// Where the two services are.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// For apps from the store.
    pub production: String,
    /// For apps run from Xcode.
    pub sandbox: String,
}

/// A push to one device.
#[derive(Debug, Clone)]
pub struct ApnsPush<'a> {
    /// The device's token.
    pub token: &'a str,
    /// The service to use.
    pub environment: PushEnvironment,
    /// `apns-id`: the same for every attempt.
    pub id: Uuid,
    /// `apns-collapse-id`, at most 64 bytes: a repeat takes the place of the one that is shown.
    pub collapse_id: String,
    /// Priority 10 or 5.
    pub urgency: Urgency,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
    /// The payload: at most 4096 bytes of JSON.
    pub body: String,
}

/// A client for one key.
pub struct Apns {
    key: ApnsKey,
    endpoints: Endpoints,
    net: Net,
    clock: Clock,
    token: Mutex<Option<ProviderToken>>,
}

struct ProviderToken {
    issued_at: i64,
    text: String,
}

impl Apns {
    /// A client that connects with its first push.
    pub fn new(key: ApnsKey, endpoints: Endpoints, net: Net, clock: Clock) -> Self {
        Self { key, endpoints, net, clock, token: Mutex::new(None) }
    }

    /// Which service a token belongs to, as far as device and credential say.
    pub fn environment(&self, device: PushEnvironment) -> PushEnvironment {
        self.key.environment(device)
    }

    /// Sends one push.
    pub async fn send(&self, push: ApnsPush<'_>) -> Verdict {
        let request = match self.request(push) {
            Ok(request) => request,
            Err(verdict) => return verdict,
        };
        match self.net.send(request).await {
            Ok(answer) => verdict(&answer, self.clock.now()),
            Err(error) => error.into(),
        }
    }

    /// Makes a new provider token for the next push, because the service called the last one expired: its clock
    /// and ours differ.
    pub fn renew_token(&self) {
        let now = self.clock.now().unix_ms() / 1000;
        let text = self.key.sign(now);
        if let Ok(text) = text {
            *self.cached() = Some(ProviderToken { issued_at: now, text });
        }
    }

    fn request(&self, push: ApnsPush<'_>) -> Result<Request<Full<Bytes>>, Verdict> {
        let token = self
            .provider_token()
            .map_err(|error| Verdict::Credential { reason: error.to_string(), renewal: Renewal::Useless })?;
        let host = match push.environment {
            PushEnvironment::Production => &self.endpoints.production,
            PushEnvironment::Sandbox => &self.endpoints.sandbox,
        };
        // Tokens are opaque to us, but this one becomes part of a path.
        if !push.token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
            return Err(Verdict::TokenSuspect { reason: "BadDeviceToken".to_owned() });
        }
        let rejected = |error: http::Error| Verdict::Rejected { reason: error.to_string() };
        let collapse_id = once(push.collapse_id).map_err(|error| rejected(error.into()))?;
        let id = once(push.id.to_string()).map_err(|error| rejected(error.into()))?;
        Request::post(format!("{host}/3/device/{}", push.token))
            .header("authorization", format!("bearer {token}"))
            .header("apns-topic", self.key.topic())
            .header("apns-push-type", "alert")
            .header("apns-priority", if push.urgency == Urgency::High { "10" } else { "5" })
            .header("apns-expiration", push.expires_at.unix_ms() / 1000)
            .header("apns-collapse-id", collapse_id)
            .header("apns-id", id)
            .body(Full::from(push.body))
            .map_err(rejected)
    }

    fn cached(&self) -> std::sync::MutexGuard<'_, Option<ProviderToken>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn provider_token(&self) -> Result<String, InvalidCredential> {
        let now = self.clock.now().unix_ms() / 1000;
        let issued_at = now - now % TOKEN_SECONDS;
        let mut cached = self.cached();
        // A renewed one is newer than the half hour it was made in. One from the future comes from a clock that
        // was set back.
        if let Some(token) = cached.as_ref().filter(|token| (issued_at..=now).contains(&token.issued_at)) {
            return Ok(token.text.clone());
        }
        let text = self.key.sign(issued_at)?;
        *cached = Some(ProviderToken { issued_at, text: text.clone() });
        Ok(text)
    }
}

/// A header whose value no other push has: marked so that neither side keeps it in its table of headers (RFC 7541,
/// 7.1.3), where it would only push out those that all have.
fn once(value: String) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(value)?;
    value.set_sensitive(true);
    Ok(value)
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    reason: String,
    /// Unix milliseconds.
    timestamp: Option<i64>,
}

fn verdict(answer: &Answer, now: Timestamp) -> Verdict {
    if answer.status.is_success() {
        let id = answer.headers.get("apns-id").and_then(|id| id.to_str().ok());
        return Verdict::Accepted { provider_id: id.unwrap_or_default().to_owned() };
    }
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let status = answer.status.as_u16();
    let reason = if refusal.reason.is_empty() { format!("HTTP {status}") } else { refusal.reason };
    let after = retry_after(&answer.headers, now);
    match (status, reason.as_str()) {
        (410, _) => Verdict::TokenDead { reason, since: refusal.timestamp.map(Timestamp::from_unix_ms) },
        (_, "BadDeviceToken" | "DeviceTokenNotForTopic") => Verdict::TokenSuspect { reason },
        (403, "ExpiredProviderToken") => Verdict::Credential { reason, renewal: Renewal::Helps },
        (401 | 403, _)
        | (
            _,
            "BadTopic"
            | "MissingTopic"
            | "TopicDisallowed"
            | "UnrelatedKeyIdInToken"
            | "BadEnvironmentKeyIdInToken"
            | "BadEnvironmentKeyInToken",
        ) => Verdict::Credential { reason, renewal: Renewal::Useless },
        (429, "TooManyRequests") => Verdict::Later { reason, after, scope: Scope::Device },
        (429, _) => Verdict::Later { reason, after, scope: Scope::Credential },
        (500.., _) | (_, "IdleTimeout") => Verdict::Later { reason, after, scope: Scope::Service },
        _ => Verdict::Rejected { reason },
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    /// `Device token … unregistered` and the others of "Handling notification responses from APNs".
    #[test]
    fn each_documented_refusal_has_its_verdict() {
        let table = [
            (400, "token_suspect", "BadDeviceToken DeviceTokenNotForTopic"),
            (400, "credential, useless", "BadTopic MissingTopic TopicDisallowed"),
            (400, "later, service", "IdleTimeout"),
            (400, "rejected", "BadCollapseId BadExpirationDate BadMessageId BadPriority DuplicateHeaders"),
            (400, "rejected", "InvalidPushType MissingDeviceToken PayloadEmpty WhateverAppleInventsNext"),
            (403, "credential, helps", "ExpiredProviderToken"),
            (403, "credential, useless", "BadCertificate BadCertificateEnvironment Forbidden"),
            (403, "credential, useless", "InvalidProviderToken MissingProviderToken UnrelatedKeyIdInToken"),
            // Documented under the one name, seen under the other, and with either status.
            (403, "credential, useless", "BadEnvironmentKeyIdInToken BadEnvironmentKeyInToken"),
            (400, "credential, useless", "BadEnvironmentKeyIdInToken BadEnvironmentKeyInToken"),
            (403, "credential, useless", "WhateverAppleInventsNext"),
            (404, "rejected", "BadPath"),
            (405, "rejected", "MethodNotAllowed"),
            (410, "token_dead", "ExpiredToken Unregistered WhateverAppleInventsNext"),
            (413, "rejected", "PayloadTooLarge"),
            (429, "later, device", "TooManyRequests"),
            (429, "later, credential", "TooManyProviderTokenUpdates WhateverAppleInventsNext"),
            (500, "later, service", "InternalServerError"),
            (503, "later, service", "ServiceUnavailable Shutdown WhateverAppleInventsNext"),
        ];
        for (status, outcome, reasons) in table {
            for reason in reasons.split(' ') {
                let body = Bytes::from(format!(r#"{{"reason":"{reason}"}}"#));
                let status = StatusCode::from_u16(status).unwrap();
                let answer = Answer { status, headers: HeaderMap::new(), body };
                let verdict = verdict(&answer, Timestamp::default());
                assert_eq!((verdict.shape().as_str(), verdict.detail()), (outcome, reason), "{status}");
            }
        }
    }

    #[test]
    fn an_answer_that_is_not_apple_s_is_judged_by_its_status() {
        for (status, outcome) in [(302, "rejected"), (401, "credential"), (407, "rejected"), (502, "later")] {
            let status = StatusCode::from_u16(status).unwrap();
            let body = Bytes::from_static(b"<html>");
            let verdict = verdict(&Answer { status, headers: HeaderMap::new(), body }, Timestamp::default());
            assert_eq!(verdict.outcome(), outcome);
        }
    }
}
