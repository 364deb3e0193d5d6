//! Bodies about passkeys (Web Authentication, level 3): agents' keys that a browser or a security key holds.
//!
//! Bytes travel in base 64 for addresses, without padding, as the browser's own JSON has them.

use serde::{Deserialize, Serialize};

use crate::id::PasskeyId;
use crate::limits;
use crate::text::{Bounded, Name};
use crate::time::Timestamp;

/// Bytes that a browser made, in base 64 for addresses without padding.
pub type PasskeyBytes = Bounded<{ limits::PASSKEY_TEXT_BYTES }>;

/// A passkey as a browser finds it: `PublicKeyCredentialDescriptor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyRef {
    /// The credential's id.
    pub id: String,
    /// How the browser may reach it, as it said when the passkey was made.
    pub transports: Vec<String>,
}

/// Answer to `POST /inbox/v1/account/passkeys/challenge`: what a browser needs to make a passkey. It holds for five minutes,
/// once, for the session that asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPasskey {
    /// To be signed.
    pub challenge: String,
    /// The host to which the passkey is bound.
    pub rp_id: String,
    /// The company, as the browser says it.
    pub rp_name: String,
    /// What the passkey calls the agent: random, and not their id.
    pub user_handle: String,
    /// With which they sign in.
    pub user_name: String,
    /// The name that users see.
    pub display_name: String,
    /// The algorithms that are taken, the best first: numbers of COSE.
    pub algorithms: Vec<i64>,
    /// The agent's passkeys: an authenticator that holds one makes no second.
    pub existing: Vec<PasskeyRef>,
}

/// `POST /inbox/v1/account/passkeys`: the passkey that the browser made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddPasskey {
    /// What the agent calls it.
    pub name: Name,
    /// `response.clientDataJSON`.
    pub client_data: PasskeyBytes,
    /// `response.attestationObject`.
    pub attestation: PasskeyBytes,
    /// `response.getTransports()`, at most eight.
    #[serde(default)]
    pub transports: Vec<Name>,
}

/// A passkey of an agent, as they see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyInfo {
    /// Which.
    pub id: PasskeyId,
    /// What the agent calls it.
    pub name: Name,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it last opened something; absent: it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// Whether its keeper copies it to the agent's other devices.
    pub is_backed_up: bool,
    /// The host to which it is bound.
    pub rp_id: String,
    /// Whether it works here: the host is that of the address under which the server is reached now.
    pub works_here: bool,
}

/// `GET /inbox/v1/account/passkeys`: the passkeys of the agent, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyList {
    /// All of them.
    pub passkeys: Vec<PasskeyInfo>,
    /// Whether one can be made: the server knows the name under which it is reached.
    pub can_add: bool,
}

/// `PUT /inbox/v1/account/passkeys/{id}/name`: another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamePasskey {
    /// The name.
    pub name: Name,
}

/// Answer to `POST /inbox/v1/session/passkey/challenge` and `POST /inbox/v1/session/proof/challenge`: what a passkey is to sign.
/// It holds for five minutes, once, for the browser or the session that asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyChallenge {
    /// To be signed.
    pub challenge: String,
    /// The host to which the passkey is bound.
    pub rp_id: String,
    /// Which passkeys do; empty: any that the browser knows of this host.
    pub allowed: Vec<PasskeyRef>,
}

/// `POST /inbox/v1/session/passkey`, and in `POST /inbox/v1/session/proof`: what a passkey signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownPasskey {
    /// The credential's id.
    pub id: PasskeyBytes,
    /// `response.clientDataJSON`.
    pub client_data: PasskeyBytes,
    /// `response.authenticatorData`.
    pub authenticator_data: PasskeyBytes,
    /// `response.signature`.
    pub signature: PasskeyBytes,
    /// `response.userHandle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_handle: Option<PasskeyBytes>,
}

/// What opens never reaches a log.
impl std::fmt::Debug for ShownPasskey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownPasskey").finish_non_exhaustive()
    }
}
