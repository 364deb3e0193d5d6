//! Identity tokens: a JWT with which an app's backend vouches for its user (`docs/protocol.md`, "Identity").
//!
//! What a token may decide is as little as possible. The algorithm is that of the registered key, so "none", a
//! public key used as an HMAC secret, and every other confusion have nothing to hold on to; `kid` picks among the
//! app's own keys; headers that bring a key along are refused. Header and claims are read strictly: a claim of the
//! wrong type is an error and never "absent" (CVE-2026-25537), and so is one that stands twice.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use tidings_protocol::context::Fields;
use tidings_protocol::id::{AppId, IdentityKeyId};
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::text::{Email, ExternalId, Name};
use tidings_protocol::time::Timestamp;
use tidings_store::keys::{IdentityAlgorithm, IdentityKeyRow};

use crate::problem::Problem;

/// Seconds by which the backend's clock may differ from ours.
const LEEWAY: i64 = 60;
/// Seconds from `iat` to `exp` at most.
const LIFETIME: i64 = 24 * 60 * 60;

/// Who a backend vouches for. Only [`verify`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct VouchedFor {
    /// Their id in the company's own system: `sub`.
    pub external_id: ExternalId,
    /// Their name.
    pub name: Option<Name>,
    /// Their address.
    pub email: Option<Email>,
    /// Their custom fields: `tidings_fields`, a name that no other claim of a backend has.
    pub fields: Option<Fields>,
    /// The key that signed.
    pub key_id: IdentityKeyId,
}

/// Why a token is refused; the text is for the developer of the backend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More than [`limits::IDENTITY_TOKEN_BYTES`].
    #[error("the token has more than {} bytes", limits::IDENTITY_TOKEN_BYTES)]
    TooLong,
    /// Not three parts of canonical base 64.
    #[error("the token is not a JWT: three parts of base 64 (URL alphabet, unpadded) with dots between them")]
    Malformed,
    /// The header is not what it should be.
    #[error("the token's header: {0}")]
    Header(String),
    /// A claim is not what it should be, is missing, or stands twice.
    #[error("the token's claims: {0}")]
    Claims(String),
    /// No registered key has this `alg` and `kid`.
    #[error("no identity key of this app has the token's `alg` and `kid`")]
    NoKey,
    /// The signature is not of one of those keys.
    #[error("the signature is not of this app's identity key")]
    Signature,
    /// `aud` is another app or something else.
    #[error("`aud` is not this app's id")]
    Audience,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `iat` or `nbf` lies ahead.
    #[error("the token is not valid yet: compare the clocks of your backend and this server")]
    Early,
    /// `exp` lies before `iat`, or too far after it.
    #[error("`exp` must lie after `iat`, by at most 24 hours")]
    Lifetime,
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::new(ProblemCode::IdentityRefused).detail(refused.to_string())
    }
}

#[derive(Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether a member of a foreign document is there"
)]
struct Header {
    alg: String,
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    jku: bool,
    #[serde(default, deserialize_with = "present")]
    jwk: bool,
    #[serde(default, deserialize_with = "present")]
    x5u: bool,
    #[serde(default, deserialize_with = "present")]
    x5c: bool,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
    #[serde(default, deserialize_with = "present")]
    b64: bool,
}

#[derive(Deserialize)]
struct Claims {
    sub: ExternalId,
    aud: Audience,
    iat: i64,
    exp: i64,
    nbf: Option<i64>,
    name: Option<Name>,
    email: Option<Email>,
    tidings_fields: Option<Fields>,
}

/// RFC 7519, section 4.1.3: one, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn has(&self, app: &str) -> bool {
        match self {
            Self::One(one) => one == app,
            Self::Many(many) => many.iter().any(|one| one == app),
        }
    }
}

/// True whatever the value, null included.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Checks a token for an app with these keys.
///
/// # Errors
/// Why it is refused.
pub fn verify(
    token: &str,
    app: AppId,
    keys: &[IdentityKeyRow],
    now: Timestamp,
) -> Result<VouchedFor, Refused> {
    if token.len() > limits::IDENTITY_TOKEN_BYTES {
        return Err(Refused::TooLong);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
    let (header, claims) = message.split_once('.').ok_or(Refused::Malformed)?;
    decode(signature)?;
    let header: Header = object(&decode(header)?).map_err(Refused::Header)?;
    let key_id = check_signature(&header, message, signature, keys)?;
    let claims: Claims = object(&decode(claims)?).map_err(Refused::Claims)?;
    check_claims(&claims, app, now)?;
    Ok(VouchedFor {
        external_id: claims.sub,
        name: claims.name,
        email: claims.email,
        fields: claims.tidings_fields,
        key_id,
    })
}

/// Canonical only: the same bytes have one text.
fn decode(part: &str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::Malformed)
}

/// A JSON object; serde would take a list for a struct as well.
fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err("not a JSON object".to_owned());
    }
    serde_json::from_slice(json).map_err(|error| error.to_string())
}

fn check_signature(
    header: &Header,
    message: &str,
    signature: &str,
    keys: &[IdentityKeyRow],
) -> Result<IdentityKeyId, Refused> {
    for (name, is_there) in [
        ("jku", header.jku),
        ("jwk", header.jwk),
        ("x5u", header.x5u),
        ("x5c", header.x5c),
        ("crit", header.crit),
        ("b64", header.b64),
    ] {
        if is_there {
            return Err(Refused::Header(format!("`{name}` is not allowed")));
        }
    }
    let fits = |key: &&IdentityKeyRow| {
        name_of(key.algorithm) == header.alg && (header.kid.is_none() || key.kid == header.kid)
    };
    let mut fitting = keys.iter().filter(fits).peekable();
    if fitting.peek().is_none() {
        return Err(Refused::NoKey);
    }
    let mut signed = fitting.filter(|key| is_signed_by(key, message, signature));
    signed.next().map(|key| key.id).ok_or(Refused::Signature)
}

fn is_signed_by(key: &IdentityKeyRow, message: &str, signature: &str) -> bool {
    let (algorithm, key) = decoding_key(key.algorithm, &key.material);
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm).unwrap_or(false)
}

/// What `alg` is called in a token's header and in the API.
pub fn name_of(algorithm: IdentityAlgorithm) -> &'static str {
    match algorithm {
        IdentityAlgorithm::Es256 => "ES256",
        IdentityAlgorithm::EdDsa => "EdDSA",
        IdentityAlgorithm::Hs256 => "HS256",
    }
}

pub(super) fn decoding_key(algorithm: IdentityAlgorithm, material: &[u8]) -> (Algorithm, DecodingKey) {
    match algorithm {
        IdentityAlgorithm::Es256 => (Algorithm::ES256, DecodingKey::from_ec_der(material)),
        IdentityAlgorithm::EdDsa => (Algorithm::EdDSA, DecodingKey::from_ed_der(material)),
        IdentityAlgorithm::Hs256 => (Algorithm::HS256, DecodingKey::from_secret(material)),
    }
}

fn check_claims(claims: &Claims, app: AppId, now: Timestamp) -> Result<(), Refused> {
    let now = now.unix_ms() / 1_000;
    if !claims.aud.has(&app.to_string()) {
        return Err(Refused::Audience);
    }
    let lifetime = claims.exp.checked_sub(claims.iat).ok_or(Refused::Lifetime)?;
    if !(1..=LIFETIME).contains(&lifetime) {
        return Err(Refused::Lifetime);
    }
    if claims.exp < now - LEEWAY {
        return Err(Refused::Expired);
    }
    if claims.iat > now + LEEWAY || claims.nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
        return Err(Refused::Early);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
