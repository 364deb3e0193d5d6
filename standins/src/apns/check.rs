//! What Apple checks in a request, in order, and the documented reason for each refusal.

use std::sync::PoisonError;

use bytes::Bytes;
use http::{Method, Request};
use ring::signature::ECDSA_P256_SHA256_FIXED;
use serde_json::Value;
use uuid::Uuid;

use super::{ApnsPush, State};
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
    pub(super) fn check(&self, number: u64, request: &Request<Bytes>) -> Result<ApnsPush, Refusal> {
        if request.method() != Method::POST {
            return refuse(405, "MethodNotAllowed");
        }
        let token = device_token(request.uri().path())?;
        let headers = request.headers();
        if headers.keys().any(|name| headers.get_all(name).iter().nth(1).is_some()) {
            return refuse(400, "DuplicateHeaders");
        }
        let provider_token = self.check_provider_token(text(request, "authorization"))?;
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
        let apns_id = message_id(text(request, "apns-id"), number, self.kept.len())?;
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
            arrived_at: self.options.clock.unix_ms(),
            answered_at: None,
            payload,
        })
    }

    fn check_provider_token(&self, header: Option<&str>) -> Result<String, Refusal> {
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
            && self.is_signed(text, &token);
        let issued_at = token.seconds("iat").filter(|_| known).ok_or_else(invalid)?;
        if (self.options.clock.unix_ms() / 1000 - issued_at).abs() > TOKEN_AGE_SECONDS {
            return refuse(403, "ExpiredProviderToken");
        }
        if !self.token_may_be_used(key_id, issued_at) {
            return refuse(429, "TooManyProviderTokenUpdates");
        }
        Ok(text.to_owned())
    }

    fn is_signed(&self, text: &str, token: &Token) -> bool {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if *verified == text {
            return true;
        }
        let is_signed = token.is_signed_by(&ECDSA_P256_SHA256_FIXED, &self.public_key);
        if is_signed {
            text.clone_into(&mut verified);
        }
        is_signed
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use base64::Engine as _;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::json;

    use super::*;
    use crate::Clock;
    use crate::apns::ApnsOptions;
    use crate::script::Script;
    use crate::service::Kept;

    const NOW: i64 = 1_795_253_400;
    const PATH: &str = "/3/device/00aa";

    struct Bench {
        state: State,
        key: EcdsaKeyPair,
    }

    impl Bench {
        fn new() -> Self {
            let random = SystemRandom::new();
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            let key =
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
            let state = State {
                options: ApnsOptions { clock: Clock::manual(NOW * 1000), ..ApnsOptions::default() },
                public_key: key.public_key().as_ref().to_vec(),
                script: Script::default(),
                kept: Kept::new(),
                tokens: Mutex::default(),
                verified: Mutex::default(),
            };
            Self { state, key }
        }

        fn token(&self, header: &Value, claims: &Value, encode: fn(&[u8]) -> String) -> String {
            let input = format!(
                "{}.{}",
                encode(header.to_string().as_bytes()),
                encode(claims.to_string().as_bytes())
            );
            let signature = self.key.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
            format!("{input}.{}", encode(signature.as_ref()))
        }

        fn good_token(&self) -> String {
            let header = json!({ "alg": "ES256", "kid": "KEY1234567" });
            self.token(&header, &json!({ "iss": "TEAM123456", "iat": NOW }), url_safe)
        }

        fn refusal(&self, request: &Request<Bytes>) -> String {
            match self.state.check(1, request) {
                Ok(_) => "accepted".to_owned(),
                Err(refusal) => format!("{} {}", refusal.status, refusal.reason),
            }
        }

        /// A good request in which one header is another (an empty value: is missing).
        fn with(&self, name: &str, value: &str) -> Request<Bytes> {
            let token = format!("bearer {}", self.good_token());
            let mut request = Request::post(PATH);
            for (header, good) in [
                ("authorization", token.as_str()),
                ("apns-topic", "com.example.app"),
                ("apns-push-type", "alert"),
                ("apns-priority", "10"),
                ("apns-expiration", "0"),
                ("apns-collapse-id", "msg_1"),
                ("apns-id", "01010101-0101-0101-0101-010101010101"),
            ] {
                let value = if header == name { value } else { good };
                if !value.is_empty() {
                    request = request.header(header, value);
                }
            }
            request.body(Bytes::from_static(br#"{"aps":{}}"#)).unwrap()
        }
    }

    fn url_safe(bytes: &[u8]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    fn padded(bytes: &[u8]) -> String {
        BASE64_STANDARD.encode(bytes)
    }

    #[test]
    fn each_header_is_held_to_its_rule() {
        let bench = Bench::new();
        for (name, value, answer) in [
            ("x", "", "accepted"),
            ("apns-collapse-id", "", "accepted"),
            ("apns-id", "", "accepted"),
            ("apns-priority", "", "accepted"),
            ("authorization", "", "403 MissingProviderToken"),
            ("authorization", "basic abc", "403 MissingProviderToken"),
            ("authorization", "bearer abc", "403 InvalidProviderToken"),
            ("apns-topic", "", "400 MissingTopic"),
            ("apns-topic", "com.example.other", "400 TopicDisallowed"),
            ("apns-push-type", "", "400 InvalidPushType"),
            ("apns-push-type", "loud", "400 InvalidPushType"),
            ("apns-push-type", "background", "400 BadPriority"),
            ("apns-priority", "7", "400 BadPriority"),
            ("apns-expiration", "tomorrow", "400 BadExpirationDate"),
            ("apns-expiration", "-1", "400 BadExpirationDate"),
            ("apns-collapse-id", &"x".repeat(65), "400 BadCollapseId"),
            ("apns-id", "7", "400 BadMessageId"),
        ] {
            assert_eq!(bench.refusal(&bench.with(name, value)), answer, "{name}: {value}");
        }
        let mut twice = bench.with("x", "");
        twice.headers_mut().append("apns-topic", http::HeaderValue::from_static("com.example.app"));
        assert_eq!(bench.refusal(&twice), "400 DuplicateHeaders");
    }

    #[test]
    fn path_method_and_payload_are_held_to_their_rules() {
        let bench = Bench::new();
        for (path, answer) in [
            ("/3/device/", "400 MissingDeviceToken"),
            ("/3/device/00a", "400 BadDeviceToken"),
            ("/3/device/zz", "400 BadDeviceToken"),
            ("/2/device/00", "404 BadPath"),
        ] {
            let mut request = bench.with("x", "");
            *request.uri_mut() = path.parse().unwrap();
            assert_eq!(bench.refusal(&request), answer);
        }
        let mut get = bench.with("x", "");
        *get.method_mut() = Method::GET;
        assert_eq!(bench.refusal(&get), "405 MethodNotAllowed");
        let largest = format!(r#"{{"aps":{{}},"x":"{}"}}"#, "x".repeat(4096 - 17));
        for (body, answer) in [
            (String::new(), "400 PayloadEmpty"),
            ("{}".to_owned(), "400 PayloadEmpty"),
            (largest.clone() + " ", "413 PayloadTooLarge"),
            (largest, "accepted"),
        ] {
            let mut request = bench.with("x", "");
            *request.body_mut() = Bytes::from(body);
            assert_eq!(bench.refusal(&request), answer);
        }
    }

    #[test]
    fn a_provider_token_is_read_strictly() {
        let bench = Bench::new();
        let header = json!({ "alg": "ES256", "kid": "KEY1234567" });
        let claims = json!({ "iss": "TEAM123456", "iat": NOW });
        let invalid = "403 InvalidProviderToken";
        for (header, claims, encode, answer) in [
            (
                &header,
                json!({ "iss": "TEAM123456", "iat": NOW - 3601 }),
                url_safe as fn(&[u8]) -> String,
                "403 ExpiredProviderToken",
            ),
            (
                &header,
                json!({ "iss": "TEAM123456", "iat": NOW + 3601 }),
                url_safe,
                "403 ExpiredProviderToken",
            ),
            (&header, json!({ "iss": "TEAM123456", "iat": "now" }), url_safe, invalid),
            (&header, json!({ "iss": "TEAM999999", "iat": NOW }), url_safe, invalid),
            (&json!({ "alg": "none", "kid": "KEY1234567" }), claims.clone(), url_safe, invalid),
            (&json!({ "alg": "ES256", "kid": "KEY9999999" }), claims.clone(), url_safe, invalid),
            (&json!({ "alg": "ES256" }), claims.clone(), url_safe, invalid),
            (&header, claims.clone(), padded, invalid),
            (&header, claims.clone(), url_safe, "accepted"),
            (
                &header,
                json!({ "iss": "TEAM123456", "iat": NOW + 60 }),
                url_safe,
                "429 TooManyProviderTokenUpdates",
            ),
            (
                &header,
                json!({ "iss": "TEAM123456", "iat": NOW - 60 }),
                url_safe,
                "429 TooManyProviderTokenUpdates",
            ),
            (&header, json!({ "iss": "TEAM123456", "iat": NOW + 1200 }), url_safe, "accepted"),
        ] {
            let token = bench.token(header, &claims, encode);
            let request = bench.with("authorization", &format!("bearer {token}"));
            assert_eq!(bench.refusal(&request), answer, "{header} {claims}");
        }
        let stranger = Bench::new().good_token();
        assert_eq!(bench.refusal(&bench.with("authorization", &format!("bearer {stranger}"))), invalid);
    }
}
