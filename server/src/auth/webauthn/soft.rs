//! For tests: an authenticator without a finger, written from the other side of the specification.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::key::{EDDSA, ES256, RS256};

/// Somebody touched it and showed who they are; the passkey may be copied, and was not.
pub(crate) const GOOD_FLAGS: u8 = 0x01 | 0x04 | 0x08;
const RSA_KEY: &str = include_str!("testdata/rsa.txt");

pub(super) enum Pair {
    Es256(Box<EcdsaKeyPair>),
    Eddsa(Ed25519KeyPair),
    Rs256(Box<RsaKeyPair>),
}

/// A passkey and what its authenticator would say of it.
pub(crate) struct SoftKey {
    pub(super) pair: Pair,
    /// The private half of ES256.
    pub(super) pkcs8: Vec<u8>,
    pub(crate) id: Vec<u8>,
    pub(crate) count: u32,
    pub(crate) flags: u8,
}

/// CBOR: a kind of value and its number.
pub(super) fn head(kind: u8, number: usize) -> Vec<u8> {
    match u8::try_from(number) {
        Ok(small) if small < 24 => vec![kind << 5 | small],
        Ok(byte) => vec![kind << 5 | 0x18, byte],
        Err(_) => {
            let [a, b] = u16::try_from(number).unwrap().to_be_bytes();
            vec![kind << 5 | 0x19, a, b]
        }
    }
}

pub(super) fn number(value: i64) -> Vec<u8> {
    let (kind, plain) = if value < 0 { (1, -1 - value) } else { (0, value) };
    head(kind, usize::try_from(plain).unwrap())
}

pub(super) fn bytes(value: &[u8]) -> Vec<u8> {
    [head(2, value.len()), value.to_vec()].concat()
}

pub(super) fn text(value: &str) -> Vec<u8> {
    [head(3, value.len()), value.as_bytes().to_vec()].concat()
}

/// A map of what is encoded already.
pub(super) fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let inside: Vec<u8> =
        pairs.iter().flat_map(|(key, value)| [key.clone(), value.clone()].concat()).collect();
    [head(5, pairs.len()), inside].concat()
}

impl SoftKey {
    pub(crate) fn new(algorithm: i64) -> Self {
        let random = SystemRandom::new();
        let mut pkcs8 = Vec::new();
        let pair = match algorithm {
            ES256 => {
                let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der.as_ref(), &random);
                pkcs8 = der.as_ref().to_vec();
                Pair::Es256(Box::new(pair.unwrap()))
            }
            EDDSA => {
                let der = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                Pair::Eddsa(Ed25519KeyPair::from_pkcs8(der.as_ref()).unwrap())
            }
            RS256 => {
                let der = BASE64_STANDARD.decode(RSA_KEY.split_whitespace().collect::<String>()).unwrap();
                Pair::Rs256(Box::new(RsaKeyPair::from_pkcs8(&der).unwrap()))
            }
            other => panic!("no algorithm {other}"),
        };
        let id = ring::rand::generate::<[u8; 32]>(&random).unwrap().expose().to_vec();
        Self { pair, pkcs8, id, count: 1, flags: GOOD_FLAGS }
    }

    pub(crate) fn cose(&self) -> Vec<u8> {
        let pair = |label, value| (number(label), value);
        match &self.pair {
            Pair::Es256(key) => {
                let point = key.public_key().as_ref();
                map(&[
                    pair(1, number(2)),
                    pair(3, number(ES256)),
                    pair(-1, number(1)),
                    pair(-2, bytes(&point[1..33])),
                    pair(-3, bytes(&point[33..])),
                ])
            }
            Pair::Eddsa(key) => map(&[
                pair(1, number(1)),
                pair(3, number(EDDSA)),
                pair(-1, number(6)),
                pair(-2, bytes(key.public_key().as_ref())),
            ]),
            Pair::Rs256(key) => {
                let parts = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
                map(&[
                    pair(1, number(3)),
                    pair(3, number(RS256)),
                    pair(-1, bytes(&parts.n)),
                    pair(-2, bytes(&parts.e)),
                ])
            }
        }
    }

    /// The same as a JWS has it: ES256 in two numbers of the same length (RFC 7518, section 3.4).
    pub(crate) fn sign_jws(&self, message: &[u8]) -> Vec<u8> {
        if !matches!(self.pair, Pair::Es256(_)) {
            return self.sign(message);
        }
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.pkcs8, &random);
        pair.unwrap().sign(&random, message).unwrap().as_ref().to_vec()
    }

    /// The public half as a JWK.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Es256(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = (text(&point[1..33]), text(&point[33..]));
                json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y })
            }
            Pair::Eddsa(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": text(key.public_key().as_ref()) })
            }
            Pair::Rs256(key) => {
                let parts = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
                json!({ "kty": "RSA", "kid": kid, "n": text(&parts.n), "e": text(&parts.e) })
            }
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Es256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Eddsa(key) => key.sign(message).as_ref().to_vec(),
            Pair::Rs256(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// What it says of a passkey that was shown.
    pub(crate) fn data(&self, rp_id: &str) -> Vec<u8> {
        [&Sha256::digest(rp_id)[..], &[self.flags], &self.count.to_be_bytes()].concat()
    }

    /// What it says of a passkey that was made.
    pub(crate) fn new_data(&self, rp_id: &str) -> Vec<u8> {
        let flags = self.flags | 0x40;
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        [
            &Sha256::digest(rp_id)[..],
            &[flags],
            &self.count.to_be_bytes(),
            &[0; 16],
            &length,
            &self.id,
            &self.cose(),
        ]
        .concat()
    }

    /// An attestation object of the format `none`.
    pub(crate) fn attestation(&self, rp_id: &str) -> Vec<u8> {
        attestation("none", map(&[]), &self.new_data(rp_id))
    }

    pub(crate) fn signature(&self, data: &[u8], client_data: &[u8]) -> Vec<u8> {
        self.sign(&[data, &Sha256::digest(client_data)].concat())
    }

    /// The body of `POST /inbox/v1/account/passkeys`.
    pub(crate) fn made(&self, rp_id: &str, client_data: &[u8]) -> Value {
        json!({
            "name": "Laptop",
            "client_data": BASE64_URL_SAFE_NO_PAD.encode(client_data),
            "attestation": BASE64_URL_SAFE_NO_PAD.encode(self.attestation(rp_id)),
            "transports": ["internal"],
        })
    }

    /// The body of `POST /inbox/v1/session/passkey`; each counts one further.
    pub(crate) fn shown(&mut self, rp_id: &str, client_data: &[u8], handle: Option<&str>) -> Value {
        self.count += 1;
        let data = self.data(rp_id);
        let signature = self.signature(&data, client_data);
        let mut body = json!({
            "id": BASE64_URL_SAFE_NO_PAD.encode(&self.id),
            "client_data": BASE64_URL_SAFE_NO_PAD.encode(client_data),
            "authenticator_data": BASE64_URL_SAFE_NO_PAD.encode(data),
            "signature": BASE64_URL_SAFE_NO_PAD.encode(signature),
        });
        if let Some(handle) = handle {
            body["user_handle"] = json!(handle);
        }
        body
    }
}

pub(super) fn attestation(format: &str, statement: Vec<u8>, data: &[u8]) -> Vec<u8> {
    map(&[(text("fmt"), text(format)), (text("attStmt"), statement), (text("authData"), bytes(data))])
}

/// What a browser says.
pub(crate) fn client_data(kind: &str, challenge: &str, origin: &str) -> Vec<u8> {
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false, "more": "ignored" })
        .to_string()
        .into_bytes()
}
