//! Web Push (RFC 8030) with VAPID (RFC 8292) and encryption to the receiver (RFC 8291): browsers, and phones whose user
//! has chosen a `UnifiedPush` distributor.
//!
//! A subscription's address is whatever a client says, so nothing is sent to addresses inside our own network, and an
//! address that is out of order holds up nobody but its own device.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::{BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::Full;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tidings_protocol::push::{PushTarget, WebPushKeys};
use tidings_protocol::time::Timestamp;

use super::credential::InvalidCredential;
use super::jwt;
use super::net::{Answer, Net, NetError, Reach};
use super::provider::{Provider, Push, Urgency};
use super::verdict::{Renewal, Scope, Verdict, retry_after};
use crate::clock::Clock;

/// What fits into one record of 4096 bytes beside the header of 86 bytes, the tag of 16 and the delimiter.
pub const CLEAR_BYTES: usize = 3_993;
/// How long a signed token is used, in seconds; it is valid for twice that.
const TOKEN_SECONDS: i64 = 6 * 60 * 60;
/// Push services whose tokens are kept; the world has a handful.
const ORIGINS: usize = 256;
const POINT_BYTES: usize = 65;
const AUTH_BYTES: usize = 16;

/// Why an address cannot be pushed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSubscription {
    /// The endpoint is not an address that a push service has.
    #[error("expected the endpoint of a subscription: https, a host name, the usual port")]
    Endpoint,
    /// The keys are missing or have another form.
    #[error(
        "expected the subscription's keys: `p256dh` with 65 bytes and `auth` with 16, in base 64 (URL alphabet)"
    )]
    Keys,
}

/// Checks a subscription as far as that can be done without sending.
pub fn check(target: &PushTarget, reach: Reach) -> Result<(), InvalidSubscription> {
    origin(&target.token, reach)?;
    receiver(target.keys.as_ref()).map(drop)
}

/// The scheme, host and port of an endpoint that may be asked.
pub(crate) fn origin(endpoint: &str, reach: Reach) -> Result<String, InvalidSubscription> {
    let bad = InvalidSubscription::Endpoint;
    let uri: Uri = endpoint.parse().map_err(|_| bad)?;
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("https")).ok_or(bad)?;
    let is_address = authority.host().trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    let usual = authority.port_u16().is_none_or(|port| port == 443) && !is_address;
    if authority.as_str().contains('@') || !(usual || reach == Reach::Anywhere) {
        return Err(bad);
    }
    Ok(format!("https://{authority}"))
}

fn receiver(
    keys: Option<&WebPushKeys>,
) -> Result<([u8; POINT_BYTES], [u8; AUTH_BYTES]), InvalidSubscription> {
    let bad = InvalidSubscription::Keys;
    let keys = keys.ok_or(bad)?;
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| bad);
    let point: [u8; POINT_BYTES] = decode(&keys.p256dh)?.try_into().map_err(|_| bad)?;
    let auth = decode(&keys.auth)?.try_into().map_err(|_| bad)?;
    // An uncompressed point begins with 4.
    if point[0] == 4 { Ok((point, auth)) } else { Err(bad) }
}

/// An app's key for Web Push, as it is stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredVapid {
    /// PKCS #8 in base 64.
    private_key: String,
    /// Whom a push service writes to when something is wrong: `mailto:` or `https:`.
    pub contact: String,
}

impl StoredVapid {
    /// A new key.
    pub fn generate(contact: &str) -> Result<Self, InvalidCredential> {
        let bad = InvalidCredential::Key("a key that can be made");
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let private_key = BASE64_URL_SAFE.encode(der.map_err(|_| bad)?);
        Ok(Self { private_key, contact: contact.to_owned() })
    }

    /// The public key, as a browser wants it: `applicationServerKey`.
    pub fn public_key(&self) -> Result<String, InvalidCredential> {
        Ok(BASE64_URL_SAFE_NO_PAD.encode(self.pair()?.public_key()))
    }

    fn pair(&self) -> Result<EcdsaKeyPair, InvalidCredential> {
        let der = BASE64_URL_SAFE.decode(&self.private_key).map_err(|_| InvalidCredential::Stored)?;
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &SystemRandom::new())
            .map_err(|_| InvalidCredential::Stored)
    }
}

/// A client with the key of one app.
pub struct WebPush {
    pair: EcdsaKeyPair,
    public_key: String,
    contact: String,
    reach: Reach,
    net: Net,
    clock: Clock,
    /// By origin: when it was signed, in unix seconds, and the token.
    tokens: Mutex<HashMap<String, (i64, String)>>,
}

impl WebPush {
    /// A client that connects with its first push.
    pub fn new(stored: &str, net: Net, reach: Reach, clock: Clock) -> Result<Self, InvalidCredential> {
        let stored: StoredVapid = serde_json::from_str(stored).map_err(|_| InvalidCredential::Stored)?;
        let public_key = stored.public_key()?;
        let (pair, contact) = (stored.pair()?, stored.contact);
        Ok(Self { pair, public_key, contact, reach, net, clock, tokens: Mutex::default() })
    }

    fn request(&self, push: &Push<'_>) -> Result<Request<Full<Bytes>>, Verdict> {
        let dead = |error: InvalidSubscription| Verdict::TokenSuspect { reason: error.to_string() };
        let origin = origin(&push.target.token, self.reach).map_err(dead)?;
        let (point, auth) = receiver(push.target.keys.as_ref()).map_err(dead)?;
        let body = encrypt(push.notice.web().as_bytes(), &point, &auth, self.clock.random())
            .ok_or_else(|| dead(InvalidSubscription::Keys))?;
        let token = self.token(&origin)?;
        Request::post(push.target.token.as_str())
            .header("authorization", format!("vapid t={token}, k={}", self.public_key))
            .header("content-encoding", "aes128gcm")
            .header("content-type", "application/octet-stream")
            .header("ttl", push.ttl_seconds())
            .header("urgency", if push.urgency == Urgency::High { "high" } else { "low" })
            .header("topic", topic(&push.collapse_id))
            .body(Full::from(body))
            .map_err(|error| Verdict::Rejected { reason: error.to_string() })
    }

    /// A token is signed for each push service, and used for hours.
    fn token(&self, origin: &str) -> Result<String, Verdict> {
        let now = self.clock.now().unix_ms() / 1000;
        let signed_at = now - now % TOKEN_SECONDS;
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, token)) = tokens.get(origin).filter(|(at, _)| *at == signed_at) {
            return Ok(token.clone());
        }
        let header = json!({ "typ": "JWT", "alg": "ES256" });
        let claims = json!({ "aud": origin, "exp": signed_at + 2 * TOKEN_SECONDS, "sub": self.contact });
        let input = jwt::signing_input(&header, &claims);
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes()).map_err(|_| {
            Verdict::Credential { reason: "the key cannot sign".to_owned(), renewal: Renewal::Useless }
        })?;
        let token = jwt::token(&input, signature.as_ref());
        if tokens.len() >= ORIGINS {
            tokens.clear();
        }
        tokens.insert(origin.to_owned(), (signed_at, token.clone()));
        Ok(token)
    }
}

impl Provider for WebPush {
    async fn push(&self, push: &Push<'_>) -> Verdict {
        let request = match self.request(push) {
            Ok(request) => request,
            Err(verdict) => return verdict,
        };
        match self.net.send(request).await {
            Ok(answer) => verdict(&answer, self.clock.now()),
            Err(NetError::NotProcessed(reason)) => Verdict::NotProcessed { reason },
            // One push service of many: it is no reason to hold the others.
            Err(error) => Verdict::Later { reason: error.to_string(), after: None, scope: Scope::Device },
        }
    }
}

/// RFC 8030, section 5.4: at most 32 characters of base 64 (URL alphabet).
fn topic(collapse_id: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(collapse_id)[..24])
}

fn verdict(answer: &Answer, now: Timestamp) -> Verdict {
    let status = answer.status.as_u16();
    let reason = format!("HTTP {status}");
    let after = retry_after(&answer.headers, now);
    match status {
        200..=299 => {
            let place = answer.headers.get("location").and_then(|place| place.to_str().ok());
            Verdict::Accepted { provider_id: place.unwrap_or_default().to_owned() }
        }
        410 => Verdict::TokenDead { reason, since: None },
        // Some services say so of a subscription that is gone, some while they are out of order; 403 is one that was
        // made with another key.
        404 | 403 => Verdict::TokenSuspect { reason },
        401 => Verdict::Credential { reason, renewal: Renewal::Useless },
        429 | 500.. => Verdict::Later { reason, after, scope: Scope::Device },
        _ => Verdict::Rejected { reason },
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Option<[u8; N]> {
    let mut key = [0; N];
    let prk = Salt::new(HKDF_SHA256, salt).extract(secret);
    prk.expand(info, Length(N)).ok()?.fill(&mut key).ok()?;
    Some(key)
}

/// RFC 8291, section 3.4, as one record of RFC 8188. None when the receiver's key is not a point of the curve.
fn encrypt(
    clear: &[u8],
    receiver: &[u8; POINT_BYTES],
    auth: &[u8; AUTH_BYTES],
    salt: [u8; 16],
) -> Option<Vec<u8>> {
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).ok()?;
    let own_public = own.compute_public_key().ok()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, receiver);
    let info: [&[u8]; 3] = [b"WebPush: info\0", receiver, own_public.as_ref()];
    let ikm: [u8; 32] = agree_ephemeral(own, &theirs, |shared| expand(auth, shared, &info)).ok()??;
    let key: [u8; 16] = expand(&salt, &ikm, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = expand(&salt, &ikm, &[b"Content-Encoding: nonce\0"])?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
    let mut sealed = [clear, b"\x02"].concat();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed).ok()?;
    let mut body = salt.to_vec();
    body.extend(4096_u32.to_be_bytes());
    body.push(u8::try_from(POINT_BYTES).unwrap_or_default());
    body.extend(own_public.as_ref());
    body.extend(sealed);
    Some(body)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    #[test]
    fn each_status_has_its_verdict() {
        for (status, outcome) in [
            (200, "accepted"),
            (201, "accepted"),
            (202, "accepted"),
            (301, "rejected"),
            (400, "rejected"),
            (401, "credential, useless"),
            (403, "token_suspect"),
            (404, "token_suspect"),
            (405, "rejected"),
            (410, "token_dead"),
            (413, "rejected"),
            (429, "later, device"),
            (500, "later, device"),
            (503, "later, device"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let answer = Answer { status, headers: HeaderMap::new(), body: Bytes::new() };
            assert_eq!(verdict(&answer, Timestamp::default()).shape(), outcome, "{status}");
        }
    }

    #[test]
    fn an_address_inside_is_refused_unless_it_is_allowed() {
        for endpoint in [
            "http://push.example.org/1",
            "https://user@push.example.org/1",
            "https://127.0.0.1/1",
            "https://[::1]/1",
            "https://push.example.org:8443/1",
            "push.example.org/1",
            "",
        ] {
            assert_eq!(origin(endpoint, Reach::Public), Err(InvalidSubscription::Endpoint), "{endpoint}");
        }
        assert_eq!(
            origin("https://push.example.org/a?b", Reach::Public).unwrap(),
            "https://push.example.org"
        );
        assert!(origin("https://localhost:1/1", Reach::Anywhere).is_ok());
        assert!(origin("https://user@localhost/1", Reach::Anywhere).is_err());
    }
}
