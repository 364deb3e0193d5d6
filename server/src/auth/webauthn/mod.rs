//! What a browser and an authenticator say of a passkey, checked: Web Authentication, level 3
//! (<https://www.w3.org/TR/webauthn-3/>), sections 7.1 and 7.2. Nothing here knows of requests, sessions or the store.
//!
//! Attestation is not asked for: who made an authenticator does not matter to us. What comes is the format `none`, or the
//! self attestation that a browser lets through, whose signature is checked.

mod data;
mod key;
#[cfg(test)]
pub(crate) mod soft;
#[cfg(test)]
mod tests;

use minicbor::Decoder;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use self::data::AuthenticatorData;
use self::key::PublicKey;
use crate::config::PublicUrl;

/// The algorithms that are taken, the best first: `EdDSA`, ES256, RS256 (IANA, COSE algorithms).
pub const ALGORITHMS: [i64; 3] = [key::EDDSA, key::ES256, key::RS256];
/// Bytes of a credential's id, at most (section 7.1, step 25).
const CREDENTIAL_ID_BYTES: usize = 1_023;

/// Why what was said of a passkey does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Not one of ours, or not any more.
    #[error("the challenge was used, is older than five minutes, or was made for something else")]
    Challenge,
    /// The browser does not hold what it was given when it began.
    #[error("the attempt to sign in is over, or another browser began it")]
    Attempt,
    /// The authenticator has counted further before.
    #[error("its counter went back: there may be a copy of it")]
    Counter,
    /// Not JSON, or without what must be in it.
    #[error("the client data cannot be read")]
    ClientData,
    /// A signature for the other purpose.
    #[error("the client data is of another type of ceremony")]
    Type,
    /// Made by a page of somebody else.
    #[error("it comes from another origin than the public address of this server")]
    Origin,
    /// Made by a page inside one of somebody else.
    #[error("it was made inside a page of another origin")]
    CrossOrigin,
    /// Not the bytes that an authenticator makes.
    #[error("what the authenticator says cannot be read")]
    Data,
    /// For another host.
    #[error("the passkey is bound to another host")]
    RpId,
    /// Nobody touched the authenticator.
    #[error("nobody confirmed it at the authenticator")]
    NotPresent,
    /// The authenticator did not look who it was.
    #[error("the authenticator did not ask for a finger, a face or a PIN")]
    NotVerified,
    /// Flags that contradict each other, or what the authenticator said before.
    #[error("what the authenticator says of its backup contradicts itself")]
    Backup,
    /// Nothing was made, or nothing usable.
    #[error("there is no passkey in what the authenticator says")]
    NoCredential,
    /// Another format than we asked for, or a signature that is wrong.
    #[error("the attestation is of a kind that was not asked for, or wrong")]
    Attestation,
    /// A key of another kind, or one that is none.
    #[error("the key is of a kind that is not taken")]
    Key,
    /// Not made with this passkey, or for something else.
    #[error("the signature is wrong")]
    Signature,
    /// The passkey says that it is somebody else's.
    #[error("the passkey names another owner")]
    UserHandle,
}

/// Who we are to a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The host to which passkeys are bound.
    pub rp_id: String,
    /// The origin of our pages.
    pub origin: String,
}

impl Party {
    /// By the address under which the server is reached. Without one, `localhost` alone: there a browser vouches for the
    /// name by itself, so that somebody who tries Tidings out needs no setting.
    pub fn of(public_url: Option<&PublicUrl>, host: Option<&str>) -> Option<Self> {
        let Some(url) = public_url else {
            let host = host?.to_ascii_lowercase();
            let (name, port) = host.split_once(':').unwrap_or((&host, ""));
            let is_local = name == "localhost" && port.bytes().all(|byte| byte.is_ascii_digit());
            return is_local.then(|| Self { rp_id: name.to_owned(), origin: format!("http://{host}") });
        };
        let name = url.host();
        // An address of numbers is no name, and browsers keep passkeys from pages that others may have changed.
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
            && name.parse::<std::net::Ipv4Addr>().is_err();
        let is_safe = url.is_https() || name == "localhost" || name.ends_with(".localhost");
        let usual = if url.is_https() { ":443" } else { ":80" };
        let origin = url.origin().strip_suffix(usual).unwrap_or(url.origin()).to_owned();
        (is_name && is_safe).then(|| Self { rp_id: name.to_owned(), origin })
    }
}

/// What was done with a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// It was made.
    Create,
    /// It was shown.
    Get,
}

impl Ceremony {
    const fn word(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

#[derive(Deserialize)]
struct Said {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<serde_json::Value>,
}

/// What the browser says, of which nothing has been checked yet.
pub struct ClientData {
    said: Said,
    hash: [u8; 32],
}

impl ClientData {
    /// Reads `clientDataJSON`.
    ///
    /// # Errors
    /// [`Wrong::ClientData`].
    pub fn read(json: &[u8]) -> Result<Self, Wrong> {
        let said = serde_json::from_slice(json).map_err(|_| Wrong::ClientData)?;
        Ok(Self { said, hash: Sha256::digest(json).into() })
    }

    /// The challenge, as it was sent: whether it is one of ours, the store knows.
    pub fn challenge(&self) -> &str {
        &self.said.challenge
    }

    /// Checks everything that the browser vouches for.
    ///
    /// # Errors
    /// [`Wrong::Type`], [`Wrong::Origin`], [`Wrong::CrossOrigin`].
    pub fn check(self, ceremony: Ceremony, party: &Party) -> Result<CheckedClient, Wrong> {
        if self.said.r#type != ceremony.word() {
            return Err(Wrong::Type);
        }
        if self.said.origin != party.origin {
            return Err(Wrong::Origin);
        }
        if self.said.cross_origin || self.said.top_origin.is_some() {
            return Err(Wrong::CrossOrigin);
        }
        Ok(CheckedClient { hash: self.hash, rp_id: Sha256::digest(&party.rp_id).into(), ceremony })
    }
}

/// What the browser says, checked. Only [`ClientData::check`] makes one.
pub struct CheckedClient {
    hash: [u8; 32],
    rp_id: [u8; 32],
    ceremony: Ceremony,
}

impl CheckedClient {
    /// What is signed.
    fn message(&self, data: &[u8]) -> Vec<u8> {
        [data, &self.hash].concat()
    }

    fn data<'d>(&self, bytes: &'d [u8]) -> Result<AuthenticatorData<'d>, Wrong> {
        let data = AuthenticatorData::read(bytes)?;
        if data.rp_id_hash != self.rp_id {
            return Err(Wrong::RpId);
        }
        data.check_flags()?;
        Ok(data)
    }
}

/// A passkey that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// What its authenticator calls it.
    pub credential_id: Vec<u8>,
    /// A `COSE_Key`.
    pub public_key: Vec<u8>,
    /// What the authenticator counts.
    pub sign_count: u32,
    /// Whether its keeper may copy it.
    pub backup_eligible: bool,
    /// Whether its keeper has copied it.
    pub backed_up: bool,
}

/// Checks a passkey that was made: section 7.1, from step 10 on.
///
/// # Errors
/// What is wrong with it.
pub fn registered(client: &CheckedClient, attestation: &[u8]) -> Result<Registered, Wrong> {
    if client.ceremony != Ceremony::Create {
        return Err(Wrong::Type);
    }
    let object = Attestation::read(attestation)?;
    let data = client.data(object.data)?;
    let credential = data.credential.as_ref().ok_or(Wrong::NoCredential)?;
    if credential.id.is_empty() || credential.id.len() > CREDENTIAL_ID_BYTES {
        return Err(Wrong::NoCredential);
    }
    let key = PublicKey::read(credential.key)?;
    if let Some((algorithm, signature)) = object.own {
        let is_own = algorithm == key.algorithm() && key.verifies(&client.message(object.data), signature);
        is_own.then_some(()).ok_or(Wrong::Attestation)?;
    }
    Ok(Registered {
        credential_id: credential.id.to_vec(),
        public_key: credential.key.to_vec(),
        sign_count: data.sign_count,
        backup_eligible: data.backup_eligible(),
        backed_up: data.backed_up(),
    })
}

/// What the authenticator says of a passkey that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asserted {
    /// What the authenticator has counted.
    pub sign_count: u32,
    /// Whether its keeper has copied it.
    pub backed_up: bool,
}

/// What was kept of a passkey since it was made.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// A `COSE_Key`.
    pub public_key: &'k [u8],
    /// Whether its keeper may copy it: that does not change.
    pub backup_eligible: bool,
}

/// Checks what a passkey signed: section 7.2, from step 10 on; the counter is compared where it is stored.
///
/// # Errors
/// What is wrong with it.
pub fn asserted(
    client: &CheckedClient,
    known: Known<'_>,
    data: &[u8],
    signature: &[u8],
) -> Result<Asserted, Wrong> {
    if client.ceremony != Ceremony::Get {
        return Err(Wrong::Type);
    }
    let read = client.data(data)?;
    if read.credential.is_some() {
        return Err(Wrong::Data);
    }
    if read.backup_eligible() != known.backup_eligible {
        return Err(Wrong::Backup);
    }
    if !PublicKey::read(known.public_key)?.verifies(&client.message(data), signature) {
        return Err(Wrong::Signature);
    }
    Ok(Asserted { sign_count: read.sign_count, backed_up: read.backed_up() })
}

/// An attestation object (section 6.5.4), taken apart.
struct Attestation<'a> {
    data: &'a [u8],
    /// Of a self attestation: the algorithm, and the signature.
    own: Option<(i64, &'a [u8])>,
}

impl<'a> Attestation<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Wrong> {
        let mut reader = Decoder::new(bytes);
        let bad = |_| Wrong::Data;
        let (mut format, mut statement, mut data) = (None, None, None);
        for _ in 0..reader.map().map_err(bad)?.ok_or(Wrong::Data)? {
            let taken = match reader.str().map_err(bad)? {
                "fmt" => format.replace(reader.str().map_err(bad)?).is_some(),
                "attStmt" => statement.replace(span(&mut reader)?).is_some(),
                "authData" => data.replace(reader.bytes().map_err(bad)?).is_some(),
                _ => return Err(Wrong::Data),
            };
            if taken {
                return Err(Wrong::Data);
            }
        }
        if reader.position() != bytes.len() {
            return Err(Wrong::Data);
        }
        let (Some(format), Some(statement), Some(data)) = (format, statement, data) else {
            return Err(Wrong::Data);
        };
        let own = match format {
            "none" if statement == EMPTY_MAP => None,
            "packed" => Some(own_statement(statement)?),
            _ => return Err(Wrong::Attestation),
        };
        Ok(Self { data, own })
    }
}

const EMPTY_MAP: &[u8] = &[0xa0];

/// The statement of a self attestation (section 8.2): one with certificates was not asked for.
fn own_statement(bytes: &[u8]) -> Result<(i64, &[u8]), Wrong> {
    let bad = |_| Wrong::Attestation;
    let mut reader = Decoder::new(bytes);
    let (mut algorithm, mut signature) = (None, None);
    for _ in 0..reader.map().map_err(bad)?.ok_or(Wrong::Attestation)? {
        match reader.str().map_err(bad)? {
            "alg" => algorithm = Some(reader.i64().map_err(bad)?),
            "sig" => signature = Some(reader.bytes().map_err(bad)?),
            _ => return Err(Wrong::Attestation),
        }
    }
    algorithm.zip(signature).ok_or(Wrong::Attestation)
}

/// The bytes of the next value.
fn span<'b>(reader: &mut Decoder<'b>) -> Result<&'b [u8], Wrong> {
    let begin = reader.position();
    reader.skip().map_err(|_| Wrong::Data)?;
    reader.input().get(begin..reader.position()).ok_or(Wrong::Data)
}
