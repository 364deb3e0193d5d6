//! The token endpoint of Google accounts: a signed grant (RFC 7523) is exchanged for an access token.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::{FcmOptions, respond};
use crate::jws::Token;
use crate::script::Script;
use crate::service::Action;
use crate::{Clock, Error, Fault, Result};

/// The `private_key_id` of the account's file, and the `kid` of its grants.
pub(super) const KEY_ID: &str = "5f2c0a9be0b34c1f9a51c77bb0a4f6d2de2b8a11";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The longest that a grant, and every access token, is valid, in seconds.
const HOUR: i64 = 60 * 60;
/// How far a sender's clock may differ, in seconds.
const LEEWAY: i64 = 5 * 60;

pub(super) struct Oauth {
    public_key: Vec<u8>,
    client_email: String,
    clock: Clock,
    audience: OnceLock<String>,
    /// Access tokens and when they end, in unix seconds.
    granted: Mutex<HashMap<String, i64>>,
    asked: AtomicU64,
    pub(super) script: Script,
}

impl Oauth {
    pub(super) fn new(key_pem: &str, options: &FcmOptions) -> Result<Self> {
        let key = Error::Key("service account's private key");
        let Ok(der) = PrivatePkcs8KeyDer::from_pem_slice(key_pem.as_bytes()) else { return Err(key) };
        let Ok(pair) = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()) else { return Err(key) };
        Ok(Self {
            public_key: pair.public_key().as_ref().to_vec(),
            client_email: options.client_email.clone(),
            clock: options.clock.clone(),
            audience: OnceLock::new(),
            granted: Mutex::default(),
            asked: AtomicU64::new(0),
            script: Script::default(),
        })
    }

    /// The port is known only after listening, so the audience comes later than the rest.
    pub(super) fn set_audience(&self, audience: String) {
        let _ = self.audience.set(audience);
    }

    pub(super) fn grants(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    pub(super) fn revoke(&self) {
        self.granted.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn knows(&self, access_token: Option<&str>) -> bool {
        let granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = access_token.and_then(|token| granted.get(token));
        ends.is_some_and(|ends| *ends > self.clock.unix_ms() / 1000)
    }

    pub(super) async fn grant(&self, request: &Request<Bytes>) -> Action {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let reply = self.script.next("");
        if reply.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
        }
        if let Some(fault) = reply.fault {
            return Action::Break(if fault == Fault::GoAway { Fault::Reset } else { fault });
        }
        if !reply.accepts() {
            let body = json!({ "error": reply.reason, "error_description": reply.message });
            return Action::Answer(respond(reply.status, reply.retry_after.as_deref(), &body));
        }
        if let Err((error, description)) = self.check(request) {
            let body = json!({ "error": error, "error_description": description });
            return Action::Answer(respond(400, None, &body));
        }
        let token = format!("ya29.stand-in-{number}");
        let ends = self.clock.unix_ms() / 1000 + HOUR;
        self.granted.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), ends);
        let body = json!({ "access_token": token, "expires_in": HOUR - 1, "token_type": "Bearer" });
        Action::Answer(respond(200, None, &body))
    }

    fn check(&self, request: &Request<Bytes>) -> std::result::Result<(), (&'static str, &'static str)> {
        let form = request.headers().get("content-type").and_then(|value| value.to_str().ok());
        if request.method() != Method::POST || form != Some("application/x-www-form-urlencoded") {
            return Err(("invalid_request", "Expected a form by POST."));
        }
        let body = std::str::from_utf8(request.body()).unwrap_or_default();
        if field(body, "grant_type").as_deref() != Some(GRANT_TYPE) {
            return Err(("unsupported_grant_type", "Invalid grant_type"));
        }
        let assertion = field(body, "assertion").unwrap_or_default();
        let Some(token) = Token::parse(&assertion) else {
            return Err(("invalid_grant", "Invalid JWT: malformed"));
        };
        let header = |name| token.header.get(name).and_then(Value::as_str);
        let signed = header("alg") == Some("RS256")
            && header("kid").is_none_or(|kid| kid == KEY_ID)
            && token.is_signed_by(&RSA_PKCS1_2048_8192_SHA256, &self.public_key);
        if !signed || token.text("iss") != Some(&self.client_email) {
            return Err(("invalid_grant", "Invalid JWT Signature."));
        }
        if token.text("aud") != self.audience.get().map(String::as_str) {
            return Err(("invalid_grant", "Invalid JWT: aud"));
        }
        if !token.text("scope").is_some_and(|scopes| scopes.split(' ').any(|scope| scope == SCOPE)) {
            return Err(("invalid_scope", "Invalid OAuth scope or ID token audience provided."));
        }
        let now = self.clock.unix_ms() / 1000;
        let (Some(from), Some(until)) = (token.seconds("iat"), token.seconds("exp")) else {
            return Err(("invalid_grant", "Invalid JWT: iat and exp are required"));
        };
        if from > now + LEEWAY || until <= now || until - from > HOUR {
            return Err(("invalid_grant", "Invalid JWT: Token must be a short-lived token"));
        }
        Ok(())
    }
}

/// A field of a form, its percent signs decoded.
fn field(form: &str, name: &str) -> Option<String> {
    let value = form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let mut decoded = Vec::with_capacity(value.len());
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use ring::rand::SystemRandom;
    use ring::signature::RSA_PKCS1_SHA256;

    use super::*;
    use crate::fcm::ACCOUNT_KEY_PEM;

    const NOW: i64 = 1_795_253_400;
    const AUDIENCE: &str = "https://localhost:1/token";
    const EMAIL: &str = "push@example-app.iam.gserviceaccount.com";

    fn assertion(header: &Value, claims: &Value) -> String {
        let der = PrivatePkcs8KeyDer::from_pem_slice(ACCOUNT_KEY_PEM.as_bytes()).unwrap();
        let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
        let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let input = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    fn refusal(form: String) -> &'static str {
        let options = FcmOptions { clock: Clock::manual(NOW * 1000), ..FcmOptions::default() };
        let oauth = Oauth::new(ACCOUNT_KEY_PEM, &options).unwrap();
        oauth.set_audience(AUDIENCE.to_owned());
        let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
        oauth.check(&request.body(Bytes::from(form)).unwrap()).map_or_else(|error| error.1, |()| "granted")
    }

    fn form(assertion: &str) -> String {
        format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}")
    }

    #[test]
    fn a_grant_is_held_to_every_rule() {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID });
        let good = json!({ "iss": EMAIL, "scope": SCOPE, "aud": AUDIENCE, "iat": NOW, "exp": NOW + HOUR });
        let with = |claim: &str, value: Value| {
            let mut claims = good.clone();
            claims[claim] = value;
            form(&assertion(&header, &claims))
        };
        let lasts = "Invalid JWT: Token must be a short-lived token";
        for (form, answer) in [
            (form(&assertion(&header, &good)), "granted"),
            (form(&assertion(&json!({ "alg": "RS256" }), &good)), "granted"),
            (form(&assertion(&json!({ "alg": "HS256" }), &good)), "Invalid JWT Signature."),
            (form(&assertion(&json!({ "alg": "RS256", "kid": "x" }), &good)), "Invalid JWT Signature."),
            (form(&(assertion(&header, &good) + "AA")), "Invalid JWT Signature."),
            (form("a.b"), "Invalid JWT: malformed"),
            ("assertion=a.b.c".to_owned(), "Invalid grant_type"),
            (with("iss", json!("other@example.org")), "Invalid JWT Signature."),
            (with("aud", json!("https://oauth2.googleapis.com/token")), "Invalid JWT: aud"),
            (with("scope", json!("email")), "Invalid OAuth scope or ID token audience provided."),
            (with("exp", json!(NOW)), lasts),
            (with("exp", json!(NOW + HOUR + 1)), lasts),
            (with("iat", json!(NOW + LEEWAY + 1)), lasts),
            (with("exp", json!("later")), "Invalid JWT: iat and exp are required"),
        ] {
            assert_eq!(refusal(form.clone()), answer, "{form}");
        }
    }
}
