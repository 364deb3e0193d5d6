//! What identity tokens are signed with: public keys as companies hand them in, and new keys.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use tidings_protocol::text::Label;
use tidings_store::keys::IdentityAlgorithm;

use super::identity::decoding_key;

/// What stands before an uncompressed point of P-256 in a `SubjectPublicKeyInfo` (RFC 5480).
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// What stands before an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410).
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// Keys that are taken from one set.
const KEYS_PER_SET: usize = 20;

/// Why a key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// No PEM block `PUBLIC KEY`.
    #[error("expected a public key in PEM, beginning with -----BEGIN PUBLIC KEY-----")]
    NotPem,
    /// A key of another kind.
    #[error("expected a public key of {0}")]
    OtherKind(&'static str),
    /// Not a point on the curve.
    #[error("this is not a valid public key")]
    NotOnCurve,
    /// Not a set of keys.
    #[error("expected a JWK set (RFC 7517): {0}")]
    NotASet(String),
    /// A set without a key that can be used.
    #[error("the set has no key for ES256 or EdDSA")]
    EmptySet,
}

/// A key as it is stored: the uncompressed point of P-256 (65 bytes), or the Ed25519 key (32 bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// For which algorithm.
    pub algorithm: IdentityAlgorithm,
    /// The `kid` of its tokens, if its set says one.
    pub kid: Option<String>,
    /// The key.
    pub material: Vec<u8>,
}

/// A public key in PEM.
///
/// # Errors
/// When it is not one of this algorithm.
pub fn from_pem(algorithm: IdentityAlgorithm, pem: &str) -> Result<PublicKey, InvalidKey> {
    let spki = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).map_err(|_| InvalidKey::NotPem)?;
    let (prefix, length, name): (&[u8], usize, _) = match algorithm {
        IdentityAlgorithm::Es256 => (&P256_SPKI, 65, "ECDSA on P-256"),
        IdentityAlgorithm::EdDsa => (&ED25519_SPKI, 32, "Ed25519"),
        IdentityAlgorithm::Hs256 => return Err(InvalidKey::NotPem),
    };
    let material = spki.strip_prefix(prefix).filter(|key| key.len() == length);
    let material = material.ok_or(InvalidKey::OtherKind(name))?.to_vec();
    on_curve(PublicKey { algorithm, kid: None, material })
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    kid: Option<Label>,
    #[serde(rename = "use")]
    purpose: Option<String>,
}

/// The keys for ES256 and `EdDSA` of a set; others are left out.
///
/// # Errors
/// When it is not a set, when it has none of those, or when one of those is broken.
pub fn from_jwks(jwks: &serde_json::Value) -> Result<Vec<PublicKey>, InvalidKey> {
    let set = Jwks::deserialize(jwks).map_err(|error| InvalidKey::NotASet(error.to_string()))?;
    if set.keys.len() > KEYS_PER_SET {
        return Err(InvalidKey::NotASet(format!("more than {KEYS_PER_SET} keys")));
    }
    let signing =
        set.keys.into_iter().filter(|key| key.purpose.as_deref().is_none_or(|purpose| purpose == "sig"));
    let keys: Vec<_> = signing.filter_map(from_jwk).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(InvalidKey::EmptySet) } else { Ok(keys) }
}

fn from_jwk(jwk: Jwk) -> Option<Result<PublicKey, InvalidKey>> {
    let coordinate = |text: Option<&String>| {
        let bytes = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        bytes.filter(|bytes| bytes.len() == 32).ok_or(InvalidKey::NotOnCurve)
    };
    let (algorithm, material) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("EC", Some("P-256")) => {
            let point = coordinate(jwk.x.as_ref())
                .and_then(|x| coordinate(jwk.y.as_ref()).map(|y| [&[4][..], &x, &y].concat()));
            (IdentityAlgorithm::Es256, point)
        }
        ("OKP", Some("Ed25519")) => (IdentityAlgorithm::EdDsa, coordinate(jwk.x.as_ref())),
        _ => return None,
    };
    let kid = jwk.kid.map(Label::into_string);
    Some(material.and_then(|material| on_curve(PublicKey { algorithm, kid, material })))
}

/// A verifier refuses a key that is not one before it looks at the signature.
fn on_curve(key: PublicKey) -> Result<PublicKey, InvalidKey> {
    let (algorithm, decoding) = decoding_key(key.algorithm, &key.material);
    match jsonwebtoken::crypto::verify(&URL_SAFE_NO_PAD.encode([1; 64]), b"", &decoding, algorithm) {
        Ok(_) => Ok(key),
        Err(_) => Err(InvalidKey::NotOnCurve),
    }
}

/// A new pair: the private half is for the company's backend, and is not kept.
pub struct KeyPair {
    /// PEM (PKCS #8).
    pub private_pem: String,
    /// As it is stored.
    pub public: Vec<u8>,
}

impl KeyPair {
    /// A pair for ES256.
    ///
    /// # Errors
    /// When the operating system has no randomness.
    pub fn generate_es256() -> anyhow::Result<Self> {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| anyhow::anyhow!("no randomness"))?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random)
            .map_err(|error| anyhow::anyhow!("a new key is refused: {error}"))?;
        Ok(Self {
            private_pem: pem("PRIVATE KEY", pkcs8.as_ref()),
            public: pair.public_key().as_ref().to_vec(),
        })
    }

    /// A pair for `EdDSA`.
    ///
    /// # Errors
    /// When the operating system has no randomness.
    pub fn generate_eddsa() -> anyhow::Result<Self> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map_err(|_| anyhow::anyhow!("no randomness"))?;
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref())
            .map_err(|error| anyhow::anyhow!("a new key is refused: {error}"))?;
        Ok(Self {
            private_pem: pem("PRIVATE KEY", pkcs8.as_ref()),
            public: pair.public_key().as_ref().to_vec(),
        })
    }
}

/// The PEM of a stored public key.
pub fn public_pem(material: &[u8]) -> String {
    let prefix: &[u8] = if material.len() == 32 { &ED25519_SPKI } else { &P256_SPKI };
    pem("PUBLIC KEY", &[prefix, material].concat())
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_in_pem_is_read_back() {
        let (es, ed) = (KeyPair::generate_es256().unwrap(), KeyPair::generate_eddsa().unwrap());
        assert_eq!(from_pem(IdentityAlgorithm::Es256, &public_pem(&es.public)).unwrap().material, es.public);
        assert_eq!(from_pem(IdentityAlgorithm::EdDsa, &public_pem(&ed.public)).unwrap().material, ed.public);
    }

    #[test]
    fn other_keys_are_refused_with_a_reason() {
        let ed = public_pem(&KeyPair::generate_eddsa().unwrap().public);
        let es = IdentityAlgorithm::Es256;
        assert_eq!(from_pem(es, &ed), Err(InvalidKey::OtherKind("ECDSA on P-256")));
        assert_eq!(from_pem(es, &KeyPair::generate_es256().unwrap().private_pem), Err(InvalidKey::NotPem));
        assert_eq!(from_pem(es, "hello"), Err(InvalidKey::NotPem));
        let nowhere = [&[4_u8][..], &[1; 64]].concat();
        assert_eq!(from_pem(es, &public_pem(&nowhere)), Err(InvalidKey::NotOnCurve));
    }

    #[test]
    fn a_set_gives_its_usable_keys() {
        let es = KeyPair::generate_es256().unwrap().public;
        let ed = KeyPair::generate_eddsa().unwrap().public;
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwks = json!({ "keys": [
            { "kty": "RSA", "n": "AQAB", "e": "AQAB" },
            { "kty": "EC", "crv": "P-256", "kid": "a", "use": "sig", "x": text(&es[1..33]), "y": text(&es[33..]) },
            { "kty": "OKP", "crv": "Ed25519", "x": text(&ed) },
            { "kty": "EC", "crv": "P-256", "use": "enc", "x": "", "y": "" },
        ] });
        let keys = from_jwks(&jwks).unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!((keys[0].kid.as_deref(), &keys[0].material), (Some("a"), &es));
        assert_eq!((keys[1].kid.as_deref(), &keys[1].material), (None, &ed));
    }

    #[test]
    fn a_broken_set_is_refused() {
        assert!(matches!(from_jwks(&json!([])), Err(InvalidKey::NotASet(_))));
        assert_eq!(from_jwks(&json!({ "keys": [] })), Err(InvalidKey::EmptySet));
        let broken = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" }] });
        assert_eq!(from_jwks(&broken), Err(InvalidKey::NotOnCurve));
        let key = KeyPair::generate_eddsa().unwrap().public;
        for kid in ["", "a\u{0}", &"k".repeat(257)] {
            let key =
                json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&key), "kid": kid });
            assert!(matches!(from_jwks(&json!({ "keys": [key] })), Err(InvalidKey::NotASet(_))), "{kid:?}");
        }
    }
}
