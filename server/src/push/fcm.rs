//! Firebase Cloud Messaging, HTTP v1.
//!
//! After "Migrate from legacy FCM APIs to HTTP v1", the reference of `projects.messages` and "FCM error codes" in
//! Google's documentation.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tidings_protocol::time::Timestamp;

use super::credential::ServiceAccount;
use super::net::{Answer, Net};
use super::oauth::AccessTokens;
use super::provider::Urgency;
use super::verdict::{Renewal, Scope, Verdict, retry_after};
use crate::clock::Clock;

/// Google's own advice for 429 without `Retry-After`.
const QUOTA_PAUSE: Duration = Duration::from_mins(1);
/// Google's own advice for the first pause after a 5xx.
const OUTAGE_PAUSE: Duration = Duration::from_secs(10);

/// A push to one device.
#[derive(Debug, Clone)]
pub struct FcmPush<'a> {
    /// The device's token.
    pub token: &'a str,
    /// For how long the push is of use, in seconds.
    pub ttl_seconds: i64,
    /// `HIGH` or `NORMAL`.
    pub urgency: Urgency,
    /// Texts by name.
    pub data: Map<String, Value>,
    /// What the system shows. Unless the app wants it so, nothing: the SDK shows it, so that nothing is shown twice and
    /// nothing to a person who has signed out.
    pub shown: Option<Shown<'a>>,
}

/// A notification that the system shows while the app is not on the screen.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    /// Title and body.
    pub notification: Map<String, Value>,
    /// What is on the screen with the same tag gives way to it.
    pub tag: &'a str,
    /// The channel; none: the app's default one.
    pub channel_id: Option<&'a str>,
}

/// A client for one service account.
pub struct Fcm {
    account: ServiceAccount,
    url: String,
    net: Net,
    clock: Clock,
    access_tokens: AccessTokens,
}

impl Fcm {
    /// A client that connects with its first push. `url` and `token_url` are those of the configuration.
    pub fn new(account: ServiceAccount, url: &str, token_url: &str, net: Net, clock: Clock) -> Self {
        let url = format!("{url}/v1/projects/{}/messages:send", account.project_id());
        Self { account, url, net, clock, access_tokens: AccessTokens::new(token_url.to_owned()) }
    }

    /// Sends one push.
    pub async fn send(&self, push: FcmPush<'_>) -> Verdict {
        let access_token = match self.access_tokens.get(&self.account, &self.net, &self.clock).await {
            Ok(token) => token,
            Err(verdict) => return verdict,
        };
        // No collapse key: Google allows few pushes that carry one. The SDK knows a repeat by its message id.
        let mut body = json!({ "message": {
            "token": push.token,
            "data": push.data,
            "android": { "priority": if push.urgency == Urgency::High { "HIGH" } else { "NORMAL" }, "ttl": format!("{}s", push.ttl_seconds) },
        }});
        if let Some(shown) = push.shown {
            let mut look = json!({ "tag": shown.tag });
            if let Some(channel) = shown.channel_id {
                look["channel_id"] = channel.into();
            }
            body["message"]["android"]["notification"] = look;
            body["message"]["notification"] = shown.notification.into();
        }
        let request = Request::post(&self.url)
            .header("authorization", format!("Bearer {access_token}"))
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.to_string())));
        let request = match request {
            Ok(request) => request,
            Err(error) => return Verdict::Rejected { reason: error.to_string() },
        };
        let verdict = match self.net.send(request).await {
            Ok(answer) => verdict(&answer, self.clock.now()),
            Err(error) => error.into(),
        };
        if let Verdict::Credential { renewal: Renewal::Helps, .. } = verdict {
            self.access_tokens.forget(&access_token).await;
        }
        verdict
    }
}

#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    error: ProblemError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ProblemError {
    status: String,
    message: String,
    details: Vec<Value>,
}

impl ProblemError {
    /// The code of a detail of the type `FcmError`.
    fn code(&self) -> Option<&str> {
        self.details.iter().find_map(|detail| detail.get("errorCode")?.as_str())
    }
}

fn verdict(answer: &Answer, now: Timestamp) -> Verdict {
    if answer.status.is_success() {
        let accepted: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let name = accepted.get("name").and_then(Value::as_str).unwrap_or_default();
        return Verdict::Accepted { provider_id: name.to_owned() };
    }
    let problem = serde_json::from_slice::<Problem>(&answer.body).unwrap_or_default().error;
    let status = answer.status.as_u16();
    let word = problem.code().or_else(|| Some(problem.status.as_str()).filter(|word| !word.is_empty()));
    let reason = word.map_or_else(|| format!("HTTP {status}"), str::to_owned);
    let after = retry_after(&answer.headers, now);
    let later = |pause, scope| Verdict::Later { reason: reason.clone(), after: after.or(Some(pause)), scope };
    match (status, problem.code()) {
        (404, Some("UNREGISTERED")) => Verdict::TokenDead { reason, since: None },
        // The same code stands for a dead token and for a message that is too big; only the text tells which.
        (400, Some("INVALID_ARGUMENT")) if problem.message.contains("registration token") => {
            Verdict::TokenDead { reason, since: None }
        }
        (403, Some("SENDER_ID_MISMATCH")) => Verdict::TokenSuspect { reason },
        // The APNs key inside Firebase: a new access token changes nothing.
        (401, Some("THIRD_PARTY_AUTH_ERROR")) | (403 | 404, _) => {
            Verdict::Credential { reason, renewal: Renewal::Useless }
        }
        (401, _) => Verdict::Credential { reason, renewal: Renewal::Helps },
        (429, _) if problem.message.to_ascii_lowercase().contains("device") => {
            later(QUOTA_PAUSE, Scope::Device)
        }
        (429, _) => later(QUOTA_PAUSE, Scope::Credential),
        (500.., _) => later(OUTAGE_PAUSE, Scope::Service),
        _ => Verdict::Rejected { reason },
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn answer(status: u16, code: &str, message: &str) -> Answer {
        let mut details = vec![json!({ "@type": "type.googleapis.com/google.rpc.BadRequest" })];
        if !code.is_empty() {
            let kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
            details.push(json!({ "@type": kind, "errorCode": code }));
        }
        let error = json!({ "code": status, "message": message, "status": "STATUS", "details": details });
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, headers: HeaderMap::new(), body: json!({ "error": error }).to_string().into() }
    }

    #[test]
    fn each_documented_error_has_its_verdict() {
        let bad_token = "The registration token is not a valid FCM registration token";
        for (status, code, message, outcome, detail) in [
            (404, "UNREGISTERED", "Requested entity was not found.", "token_dead", "UNREGISTERED"),
            (404, "", "Requested entity was not found.", "credential, useless", "STATUS"),
            (400, "INVALID_ARGUMENT", bad_token, "token_dead", "INVALID_ARGUMENT"),
            (400, "INVALID_ARGUMENT", "Android message is too big", "rejected", "INVALID_ARGUMENT"),
            (400, "UNSPECIFIED_ERROR", "Unknown", "rejected", "UNSPECIFIED_ERROR"),
            (400, "", "Invalid value at 'message.data[0].value'", "rejected", "STATUS"),
            (401, "", "Request had invalid authentication credentials.", "credential, helps", "STATUS"),
            (401, "THIRD_PARTY_AUTH_ERROR", "Auth error", "credential, useless", "THIRD_PARTY_AUTH_ERROR"),
            (403, "SENDER_ID_MISMATCH", "SenderId mismatch", "token_suspect", "SENDER_ID_MISMATCH"),
            (403, "", "Permission denied", "credential, useless", "STATUS"),
            (429, "QUOTA_EXCEEDED", "Quota exceeded.", "later, credential", "QUOTA_EXCEEDED"),
            (429, "QUOTA_EXCEEDED", "Device message rate exceeded.", "later, device", "QUOTA_EXCEEDED"),
            (500, "INTERNAL", "Internal error encountered.", "later, service", "INTERNAL"),
            (500, "UNSPECIFIED_ERROR", "Unknown", "later, service", "UNSPECIFIED_ERROR"),
            (502, "", "Bad gateway", "later, service", "STATUS"),
            (503, "UNAVAILABLE", "The service is currently unavailable.", "later, service", "UNAVAILABLE"),
        ] {
            let verdict = verdict(&answer(status, code, message), Timestamp::default());
            let said = (verdict.shape(), verdict.detail().to_owned());
            assert_eq!(said, (outcome.to_owned(), detail.to_owned()), "{status} {code} {message}");
        }
    }

    #[test]
    fn a_quota_of_one_device_holds_back_no_other() {
        let scope = |message| match verdict(&answer(429, "QUOTA_EXCEEDED", message), Timestamp::default()) {
            Verdict::Later { scope, after, .. } => (scope, after),
            other => panic!("{other:?}"),
        };
        assert_eq!(scope("Device message rate exceeded."), (Scope::Device, Some(QUOTA_PAUSE)));
        assert_eq!(scope("Quota exceeded."), (Scope::Credential, Some(QUOTA_PAUSE)));
    }

    #[test]
    fn only_an_unknown_access_token_is_worth_a_new_one() {
        let renewal = |code| match verdict(&answer(401, code, "text"), Timestamp::default()) {
            Verdict::Credential { renewal, .. } => renewal,
            other => panic!("{other:?}"),
        };
        assert_eq!(renewal(""), Renewal::Helps);
        assert_eq!(renewal("THIRD_PARTY_AUTH_ERROR"), Renewal::Useless);
    }
}
