//! ID tokens (`OpenID` Connect Core 1.0, section 3.1.3.7), read as strictly as [identity tokens](crate::auth::identity): a claim of
//! the wrong type is an error and never "absent", and the algorithm is one of three, whatever the token says.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tidings_protocol::single_sign_on::IdentityProvider;
use tidings_protocol::text::{Email, Name};
use tidings_protocol::time::Timestamp;

/// Seconds by which the provider's clock may differ from ours.
const LEEWAY: i64 = 60;
/// The largest token that is looked at.
const TOKEN_BYTES: usize = 16 * 1024;
/// Keys that are looked at of one set.
const KEYS: usize = 50;
/// Characters of `sub` (section 2).
const SUBJECT_BYTES: usize = 255;

/// Why a token does not count; the text is for whoever set the provider up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Not three parts of base 64, or not JSON.
    #[error("the token is not a JWT")]
    Malformed,
    /// None, a shared secret, or something that nobody knows.
    #[error("the token is signed with {0}; RS256, ES256 and EdDSA are taken")]
    Algorithm(String),
    /// An extension that must be understood.
    #[error("the token demands an extension (`crit`)")]
    Critical,
    /// The provider's set has none of this name and kind.
    #[error("the provider has no key like that of the token")]
    NoKey,
    /// Not made with that key.
    #[error("the signature of the token is wrong")]
    Signature,
    /// A claim is missing, stands twice, or is of the wrong type.
    #[error("the claims of the token: {0}")]
    Claims(String),
    /// Another provider's.
    #[error("the token is of another issuer (`iss`)")]
    Issuer,
    /// For somebody else.
    #[error("the token is for another client (`aud`, `azp`)")]
    Audience,
    /// Its time is over.
    #[error("the token has expired (`exp`): compare the clocks of the provider and this server")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet (`iat`, `nbf`): compare the clocks of the provider and this server")]
    Early,
    /// Made for another sign-in.
    #[error("the token was made for another sign-in (`nonce`)")]
    Nonce,
    /// The provider did not look anew who it was.
    #[error("the provider did not ask again who it was (`auth_time`)")]
    Stale,
    /// It does not say when it looked, so it may not have.
    #[error(
        "the provider does not say when it looked who it was (`auth_time`): prove it by a passkey, a code or a password"
    )]
    Timeless,
    /// What the provider says besides is about somebody else.
    #[error("the provider's answer is about somebody else (`sub` of userinfo_endpoint)")]
    OtherSubject,
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'e> {
    /// Who must have made it, and for which client.
    pub provider: &'e IdentityProvider,
    /// What this sign-in was given.
    pub nonce: &'e str,
    /// Since when the provider must have looked who it is; none: whenever it did.
    pub looked_since: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

/// Somebody for whom a provider vouches. Only [`verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's own id.
    pub subject: String,
    /// When the provider looked who it is (`auth_time`), not later than now; none: it does not say.
    pub looked_at: Option<Timestamp>,
    /// The company of a Google account (`hd`).
    pub hosted_domain: Option<String>,
    /// Their address and name.
    pub claimed: Claimed,
}

impl Identity {
    /// The same with an address that was asked for besides.
    #[must_use]
    pub fn with(self, besides: Claimed) -> Self {
        let name = self.claimed.name.clone().or_else(|| besides.name.clone());
        Self { claimed: Claimed { name, ..besides }, ..self }
    }
}

/// What a provider says of somebody's address and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Their address, whether it was verified or not.
    pub email: Option<Email>,
    /// Whether the provider says that it has verified it; none: it does not say.
    pub is_verified: Option<bool>,
    /// What they are called; never their address.
    pub name: Option<Name>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    auth_time: Option<i64>,
    hd: Option<String>,
    #[serde(flatten)]
    person: Person,
}

/// The claims about a person, in a token or beside it.
#[derive(Deserialize)]
struct Person {
    email: Option<String>,
    email_verified: Option<Flag>,
    name: Option<String>,
    given_name: Option<String>,
}

impl Person {
    fn claimed(self) -> Claimed {
        // Some providers put the address there, which users must not see.
        let names = [self.name, self.given_name].into_iter().flatten().filter(|name| !name.contains('@'));
        Claimed {
            email: self.email.and_then(|email| email.parse().ok()),
            is_verified: self.email_verified.as_ref().map(Flag::is_true),
            name: names.into_iter().find_map(|name| name.try_into().ok()),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Some providers write the word.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Said(bool),
    Word(String),
}

impl Flag {
    fn is_true(&self) -> bool {
        match self {
            Self::Said(said) => *said,
            Self::Word(word) => word == "true",
        }
    }
}

/// A key of a provider that is for signing, in an algorithm that is taken.
#[derive(Clone)]
pub struct ProviderKey {
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// The usable keys of a set (RFC 7517): others are left out, as section 5 wants it.
///
/// # Errors
/// When it is not a set.
pub fn keys_of(set: &[u8]) -> Result<Vec<ProviderKey>, Wrong> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<serde_json::Value>,
    }
    let set: Set = object(set).map_err(Wrong::Claims)?;
    Ok(set.keys.into_iter().take(KEYS).filter_map(key_of).collect())
}

fn key_of(value: serde_json::Value) -> Option<ProviderKey> {
    let said = value.get("alg").and_then(serde_json::Value::as_str).map(str::to_owned);
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        // 2,048 bits are 342 characters.
        AlgorithmParameters::RSA(parts) if parts.n.len() >= 342 => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(parts) if parts.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(parts) if parts.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    // A key that says for what it is serves for nothing else.
    if said.is_some_and(|said| said != name_of(algorithm)) {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some(ProviderKey { kid: jwk.common.key_id, algorithm, key })
}

/// What `alg` is called.
pub const fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RS256 => "RS256",
        Algorithm::ES256 => "ES256",
        Algorithm::EdDSA => "EdDSA",
        _ => "another",
    }
}

/// Whom a token is about, if everything about it is right.
///
/// # Errors
/// Why it does not count; [`Wrong::NoKey`] where a newer set of keys may have it.
pub fn verify(token: &str, keys: &[ProviderKey], expected: &Expected<'_>) -> Result<Identity, Wrong> {
    if token.len() > TOKEN_BYTES {
        return Err(Wrong::Malformed);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Wrong::Malformed)?;
    let (header, claims) = message.split_once('.').ok_or(Wrong::Malformed)?;
    let header: Header = object(&decode(header)?).map_err(|_| Wrong::Malformed)?;
    if header.crit.is_some() {
        return Err(Wrong::Critical);
    }
    let accepted = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
    let algorithm = accepted.into_iter().find(|algorithm| name_of(*algorithm) == header.alg);
    let algorithm = algorithm.ok_or_else(|| Wrong::Algorithm(header.alg.chars().take(20).collect()))?;
    let fits = |key: &&ProviderKey| {
        // A key without a name may be that of any token.
        let is_named = header.kid.is_none() || key.kid.is_none() || key.kid == header.kid;
        key.algorithm == algorithm && is_named
    };
    let mut fitting = keys.iter().filter(fits).peekable();
    fitting.peek().ok_or(Wrong::NoKey)?;
    let is_signed = fitting.any(|key| {
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.key, algorithm).unwrap_or(false)
    });
    if !is_signed {
        return Err(Wrong::Signature);
    }
    let claims: Claims = object(&decode(claims)?).map_err(Wrong::Claims)?;
    check(claims, expected)
}

fn check(claims: Claims, expected: &Expected<'_>) -> Result<Identity, Wrong> {
    let client_id = expected.provider.client_id.as_str();
    if claims.iss != expected.provider.issuer.as_str() {
        return Err(Wrong::Issuer);
    }
    let is_for_us = match &claims.aud {
        Audience::One(one) => one == client_id,
        // Of several, `azp` says who asked (section 3.1.3.7, 4).
        Audience::Many(many) => {
            many.iter().any(|one| one == client_id) && (many.len() == 1 || claims.azp.is_some())
        }
    };
    if !is_for_us || claims.azp.as_ref().is_some_and(|azp| azp != client_id) {
        return Err(Wrong::Audience);
    }
    let now = expected.now.unix_ms() / 1_000;
    if claims.exp < now - LEEWAY {
        return Err(Wrong::Expired);
    }
    if claims.iat > now + LEEWAY || claims.nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
        return Err(Wrong::Early);
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(Wrong::Nonce);
    }
    if let Some(since) = expected.looked_since {
        let since = since.unix_ms() / 1_000 - LEEWAY;
        let looked = claims.auth_time.ok_or(Wrong::Timeless)?;
        if looked < since {
            return Err(Wrong::Stale);
        }
    }
    if claims.sub.is_empty() || claims.sub.len() > SUBJECT_BYTES || claims.sub.contains('\0') {
        return Err(Wrong::Claims("`sub` has 1 to 255 bytes".to_owned()));
    }
    let now_ms = expected.now.unix_ms();
    let looked_at = claims.auth_time.map(|seconds| seconds.saturating_mul(1_000).clamp(0, now_ms));
    Ok(Identity {
        subject: claims.sub,
        looked_at: looked_at.map(Timestamp::from_unix_ms),
        hosted_domain: claims.hd,
        claimed: claims.person.claimed(),
    })
}

/// What stands in an answer about somebody (section 5.3.2): whom it is about, and their address and name.
///
/// # Errors
/// When it is no JSON object with these claims.
pub fn claimed_by(answer: &[u8]) -> Result<(String, Claimed), Wrong> {
    #[derive(Deserialize)]
    struct Answer {
        sub: String,
        #[serde(flatten)]
        person: Person,
    }
    let answer: Answer = object(answer).map_err(Wrong::Claims)?;
    Ok((answer.sub, answer.person.claimed()))
}

fn decode(part: &str) -> Result<Vec<u8>, Wrong> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Wrong::Malformed)
}

/// What is wrong is told without what stands there: it may be about a person.
fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err("not a JSON object".to_owned());
    }
    serde_json::from_slice(json).map_err(|error| {
        let text = error.to_string();
        let is_about_us = text.starts_with("missing field `") || text.starts_with("duplicate field `");
        match text.splitn(3, '`').collect::<Vec<_>>()[..] {
            [what, field, _] if is_about_us => format!("{what}`{field}`"),
            _ => "one is of the wrong type, or it cannot be read".to_owned(),
        }
    })
}
