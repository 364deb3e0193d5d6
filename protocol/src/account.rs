//! Bodies with which agents look after their own account: `/inbox/v1/account` and `/inbox/v1/session/proof`.

use serde::{Deserialize, Serialize};

use crate::id::AgentSessionId;
use crate::inbox::Agent;
use crate::passkeys::ShownPasskey;
use crate::single_sign_on::ProviderReturn;
use crate::text::Name;
use crate::time::Timestamp;

/// `GET /inbox/v1/account`: how the signed-in agent proves who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// Who.
    pub agent: Agent,
    /// Their second factor; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<SecondFactor>,
    /// How many passkeys they have that work here.
    #[serde(default)]
    pub passkeys: i64,
    /// Whether they have a password; whoever came by the company's provider has none before they set one.
    #[serde(default = "yes")]
    pub has_password: bool,
    /// The company's identity provider; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<AccountProvider>,
    /// Whether their workspace requires a second factor: a passkey is one.
    pub second_factor_required: bool,
    /// Until when what is dangerous may be done without proving again who they are.
    pub proved_until: Timestamp,
}

const fn yes() -> bool {
    true
}

/// The company's identity provider, as far as it knows an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountProvider {
    /// What agents call it.
    pub label: Name,
    /// Whether it knows them: they have signed in there, or connected their account.
    pub is_connected: bool,
    /// Whether it has ever said when it looked who they are. Without that a sign-in there does not prove again who is there: a
    /// passkey does.
    pub proves: bool,
}

/// A second factor in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactor {
    /// Since when it is asked for.
    pub since: Timestamp,
    /// How many recovery codes are left, of ten.
    pub recovery_codes: i64,
}

/// Answer to `POST /inbox/v1/account/second_factor`: what an authenticator must know. It is shown this once, and nothing is
/// asked for until the authenticator has shown a code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSecondFactor {
    /// To be typed by hand: 32 characters of base 32.
    pub secret: String,
    /// The same and more, for a program: `otpauth://totp/…`.
    pub address: String,
    /// The same as a QR code.
    pub picture: QrPicture,
}

/// A secret never reaches a log.
impl std::fmt::Debug for NewSecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSecondFactor").finish_non_exhaustive()
    }
}

/// A QR code as a path of SVG, in a square whose side has `size` units, of which four on each side are quiet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QrPicture {
    /// Units of a side.
    pub size: u32,
    /// The dark squares: the attribute `d` of a `path`.
    pub path: String,
}

/// It can be read like the text.
impl std::fmt::Debug for QrPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QrPicture").field("size", &self.size).finish_non_exhaustive()
    }
}

/// `PUT /inbox/v1/account/second_factor`: the authenticator has the secret, and this is its code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfirmSecondFactor {
    /// Six digits.
    pub code: String,
}

/// A code never reaches a log.
impl std::fmt::Debug for ConfirmSecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfirmSecondFactor").finish_non_exhaustive()
    }
}

/// Codes for the day when the authenticator is lost; each works once. They are shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten, such as `k3mq-7x2f-p9ra-ct4d`.
    pub codes: Vec<String>,
}

/// A code never reaches a log.
impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecoveryCodes").field("count", &self.codes.len()).finish()
    }
}

/// `POST /inbox/v1/session/proof`: the agent proves again who they are, by one of the four.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proof {
    /// Their password, at most 1 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// A code of their authenticator, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What one of their passkeys signed, after `POST /inbox/v1/session/proof/challenge`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<ShownPasskey>,
    /// What the company's provider sent back, after `POST /inbox/v1/session/proof/address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderReturn>,
}

/// A password never reaches a log.
impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proof").finish_non_exhaustive()
    }
}

/// `PUT /inbox/v1/account/password`: another password. All other sessions of the agent end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePassword {
    /// The one that holds.
    pub current: String,
    /// The one that is to hold: 8 characters to 1 KiB.
    pub new: String,
}

/// A password never reaches a log.
impl std::fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangePassword").finish_non_exhaustive()
    }
}

/// A session of an agent: one browser in which they are signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionInfo {
    /// Which.
    pub id: AgentSessionId,
    /// Whether it is the one that asks.
    pub is_this: bool,
    /// The network address from which it was last used; absent when it was not written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the browser says that it is (`User-Agent`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// When the agent signed in.
    pub started_at: Timestamp,
    /// When it was last used, to some minutes.
    pub seen_at: Timestamp,
}

/// `GET /inbox/v1/account/sessions`: where the agent is signed in, the session used last first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionList {
    /// All of them.
    pub sessions: Vec<SessionInfo>,
}
