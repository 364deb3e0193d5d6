//! What Apple checks in a request, in order, and the documented reason for each refusal.

use bytes::Bytes;
use http::{Method, Request};
use ring::signature::ECDSA_P256_SHA256_FIXED;
use serde_json::Value;
use uuid::Uuid;

use super::{ApnsPush, Connection, State};
use crate::jws::Token;

/// The largest payload of an alert, in bytes.
const PAYLOAD_BYTES: usize = 4096;
/// The longest `apns-collapse-id`, in bytes.
const COLLAPSE_ID_BYTES: usize = 64;
/// How old a provider token may be, and how far in the future by a clock that differs, in seconds.
const TOKEN_AGE_SECONDS: i64 = 60 * 60;

const PUSH_TYPES: [&str; 10] = [
    "alert",
    "background",
    "complication",
    "controls",
    "fileprovider",
    "liveactivity",
    "location",
    "mdm",
    "pushtotalk",
    "voip",
];

/// A refusal: the HTTP status and the `reason`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) reason: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, reason: &str) -> Self {
        Self { status, reason: reason.to_owned() }
    }
}

fn refuse<T>(status: u16, reason: &str) -> Result<T, Refusal> {
    Err(Refusal::new(status, reason))
}

impl State {
    pub(super) fn check(
        &self,
        number: u64,
        connection: &Connection,
        request: &Request<Bytes>,
    ) -> Result<ApnsPush, Refusal> {
        if request.method() != Method::POST {
            return refuse(405, "MethodNotAllowed");
        }
        let token = device_token(request.uri().path())?;
        let headers = request.headers();
        if headers.keys().any(|name| headers.get_all(name).iter().nth(1).is_some()) {
            return refuse(400, "DuplicateHeaders");
        }
        let provider_token = self.check_provider_token(connection, text(request, "authorization"))?;
        let topic = match text(request, "apns-topic") {
            None => return refuse(400, "MissingTopic"),
            Some(topic) if !self.options.topics.iter().any(|known| known == topic) => {
                return refuse(400, "TopicDisallowed");
            }
            Some(topic) => topic.to_owned(),
        };
        let push_type = match text(request, "apns-push-type") {
            Some(kind) if PUSH_TYPES.contains(&kind) => kind.to_owned(),
            _ => return refuse(400, "InvalidPushType"),
        };
        let priority = match text(request, "apns-priority") {
            None | Some("10") => 10,
            Some("5") => 5,
            Some("1") => 1,
            Some(_) => return refuse(400, "BadPriority"),
        };
        if push_type == "background" && priority == 10 {
            return refuse(400, "BadPriority");
        }
        let expiration = match text(request, "apns-expiration").map(str::parse) {
            None => 0,
            Some(Ok(seconds)) if seconds >= 0 => seconds,
            Some(_) => return refuse(400, "BadExpirationDate"),
        };
        let collapse_id = text(request, "apns-collapse-id").map(str::to_owned);
        if collapse_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > COLLAPSE_ID_BYTES) {
            return refuse(400, "BadCollapseId");
        }
        let apns_id = message_id(text(request, "apns-id"), number, self.kept.all().len())?;
        let payload = payload(request.body())?;
        Ok(ApnsPush {
            token,
            topic,
            push_type,
            priority,
            expiration,
            collapse_id,
            apns_id,
            provider_token,
            connection: number,
            payload,
        })
    }

    fn check_provider_token(&self, connection: &Connection, header: Option<&str>) -> Result<String, Refusal> {
        let Some(text) = header.and_then(|header| header.split_once(' ')) else {
            return refuse(403, "MissingProviderToken");
        };
        let ("bearer" | "Bearer", text) = text else { return refuse(403, "MissingProviderToken") };
        let invalid = || Refusal::new(403, "InvalidProviderToken");
        let token = Token::parse(text).ok_or_else(invalid)?;
        let key_id = token.header.get("kid").and_then(Value::as_str).ok_or_else(invalid)?;
        let known = token.header.get("alg").and_then(Value::as_str) == Some("ES256")
            && key_id == self.options.key_id
            && token.text("iss") == Some(&self.options.team_id)
            && token.is_signed_by(&ECDSA_P256_SHA256_FIXED, &self.public_key);
        let issued_at = token.seconds("iat").filter(|_| known).ok_or_else(invalid)?;
        if (self.options.clock.unix_ms() / 1000 - issued_at).abs() > TOKEN_AGE_SECONDS {
            return refuse(403, "ExpiredProviderToken");
        }
        if connection.key_id.get_or_init(|| key_id.to_owned()) != key_id {
            return refuse(403, "UnrelatedKeyIdInToken");
        }
        if !self.token_may_be_used(key_id, issued_at) {
            return refuse(429, "TooManyProviderTokenUpdates");
        }
        Ok(text.to_owned())
    }
}

fn text<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    // A header that is not ASCII is as good as empty: no rule accepts that.
    request.headers().get(name).map(|value| value.to_str().unwrap_or_default())
}

fn device_token(path: &str) -> Result<String, Refusal> {
    match path.strip_prefix("/3/device/") {
        None => refuse(404, "BadPath"),
        Some("") => refuse(400, "MissingDeviceToken"),
        Some(token) if token.len() % 2 == 1 || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            refuse(400, "BadDeviceToken")
        }
        Some(token) => Ok(token.to_owned()),
    }
}

fn message_id(header: Option<&str>, connection: u64, count: usize) -> Result<String, Refusal> {
    match header {
        // One of our own for a sender who gave none: unique here, and never mistaken for a sender's.
        None => Ok(Uuid::from_u64_pair(connection, u64::try_from(count).unwrap_or(u64::MAX)).to_string()),
        Some(id) if id.len() == 36 && Uuid::try_parse(id).is_ok() => Ok(id.to_owned()),
        Some(_) => refuse(400, "BadMessageId"),
    }
}

fn payload(body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return refuse(400, "PayloadEmpty");
    }
    if body.len() > PAYLOAD_BYTES {
        return refuse(413, "PayloadTooLarge");
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(payload) if payload.get("aps").is_some_and(Value::is_object) => Ok(payload),
        _ => refuse(400, "PayloadEmpty"),
    }
}
