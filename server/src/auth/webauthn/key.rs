//! The public key of a passkey: a `COSE_Key` (RFC 9052, section 7; RFC 9053; RFC 8230).

use minicbor::Decoder;
use minicbor::data::Type;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

use super::Wrong;

pub(super) const ES256: i64 = -7;
pub(super) const EDDSA: i64 = -8;
pub(super) const RS256: i64 = -257;

/// The labels of a `COSE_Key`, of which the negative ones mean something else for each kind.
const KIND: i64 = 1;
const ALGORITHM: i64 = 3;
const FIRST: i64 = -1;
const SECOND: i64 = -2;
const THIRD: i64 = -3;

const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;
const P256: i64 = 1;
const ED25519_CURVE: i64 = 6;
/// Bytes of a modulus: 2,048 to 8,192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1_024;

/// A key of one of the algorithms that are taken.
pub(super) enum PublicKey<'k> {
    Es256([u8; 65]),
    Eddsa(&'k [u8]),
    Rs256(RsaPublicKeyComponents<&'k [u8]>),
}

#[derive(Default)]
struct Fields<'k> {
    kind: Option<i64>,
    algorithm: Option<i64>,
    curve: Option<i64>,
    /// What stands under the labels -1, -2 and -3, where it is bytes.
    bytes: [Option<&'k [u8]>; 3],
}

impl<'k> Fields<'k> {
    fn read(bytes: &'k [u8]) -> Result<Self, minicbor::decode::Error> {
        let other = || minicbor::decode::Error::message("not a map of known length, or a label twice");
        let mut reader = Decoder::new(bytes);
        let mut fields = Self::default();
        for _ in 0..reader.map()?.ok_or_else(other)? {
            let label = reader.i64()?;
            let is_bytes = reader.datatype()? == Type::Bytes;
            let was_there = match (label, is_bytes) {
                (KIND, false) => fields.kind.replace(reader.i64()?).is_some(),
                (ALGORITHM, false) => fields.algorithm.replace(reader.i64()?).is_some(),
                (FIRST, false) => fields.curve.replace(reader.i64()?).is_some(),
                (FIRST, true) => fields.bytes[0].replace(reader.bytes()?).is_some(),
                (SECOND, true) => fields.bytes[1].replace(reader.bytes()?).is_some(),
                (THIRD, true) => fields.bytes[2].replace(reader.bytes()?).is_some(),
                _ => {
                    reader.skip()?;
                    false
                }
            };
            if was_there {
                return Err(other());
            }
        }
        if reader.position() == bytes.len() { Ok(fields) } else { Err(other()) }
    }
}

/// A coordinate of P-256.
fn half(bytes: &[u8]) -> Result<&[u8; 32], Wrong> {
    bytes.try_into().map_err(|_| Wrong::Key)
}

impl<'k> PublicKey<'k> {
    pub(super) fn read(bytes: &'k [u8]) -> Result<Self, Wrong> {
        let fields = Fields::read(bytes).map_err(|_| Wrong::Key)?;
        match (fields.kind, fields.algorithm, fields.curve, fields.bytes) {
            (Some(EC2), Some(ES256), Some(P256), [None, Some(x), Some(y)]) => {
                let mut point = [4; 65];
                point[1..33].copy_from_slice(half(x)?);
                point[33..].copy_from_slice(half(y)?);
                Ok(Self::Es256(point))
            }
            (Some(OKP), Some(EDDSA), Some(ED25519_CURVE), [None, Some(x), None]) if x.len() == 32 => {
                Ok(Self::Eddsa(x))
            }
            (Some(RSA), Some(RS256), None, [Some(n), Some(e), None])
                if MODULUS.contains(&n.len()) && e.len() <= 4 =>
            {
                Ok(Self::Rs256(RsaPublicKeyComponents { n, e }))
            }
            _ => Err(Wrong::Key),
        }
    }

    pub(super) const fn algorithm(&self) -> i64 {
        match self {
            Self::Es256(_) => ES256,
            Self::Eddsa(_) => EDDSA,
            Self::Rs256(_) => RS256,
        }
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Eddsa(x) => UnparsedPublicKey::new(&ED25519, x).verify(message, signature),
            Self::Rs256(parts) => parts.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        };
        verified.is_ok()
    }
}
