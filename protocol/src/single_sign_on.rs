//! Bodies about single sign-on: agents sign in at their company's own identity provider, by `OpenID` Connect.

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, TeamId};
use crate::inbox::AgentRole;
use crate::limits;
use crate::text::{Bounded, Name, WebAddress};
use crate::time::Timestamp;

/// An id, a secret or a code of a provider.
pub type ProviderText = Bounded<{ limits::PROVIDER_TEXT_BYTES }>;

/// `GET /admin/v1/single_sign_on`: the provider, if there is one, and what it must be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SingleSignOn {
    /// The provider; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<IdentityProvider>,
    /// Where the provider sends agents back to, to be registered there; absent: the server does not know under which address
    /// it is reached (`public_url`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_address: Option<String>,
}

/// An identity provider, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdentityProvider {
    /// What agents call it.
    pub label: Name,
    /// Who it says that it is.
    pub issuer: WebAddress,
    /// How it calls us.
    pub client_id: ProviderText,
    /// Domains of e-mail addresses that may come in for the first time; empty: all.
    pub domains: Vec<Name>,
    /// Whether an address counts that the provider does not say to have verified: all of them are its own company's.
    pub trusts_addresses: bool,
    /// What becomes of who comes in uninvited; absent: they are turned away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_agents: Option<NewAgents>,
    /// Whether there is no other way in.
    pub only: bool,
    /// The owner who has another way in all the same, for the day when the provider fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency_agent_id: Option<AgentId>,
    /// When it was set.
    pub set_at: Timestamp,
}

/// What becomes of who comes in uninvited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAgents {
    /// What they may do; not an owner.
    pub role: AgentRole,
    /// Their teams; absent: all of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_ids: Option<Vec<TeamId>>,
}

/// `PUT /admin/v1/single_sign_on`: sets the provider, in the place of the one before.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetSingleSignOn {
    /// What agents call it.
    pub label: Name,
    /// Who it says that it is: `https://…`, exactly as in its tokens.
    pub issuer: WebAddress,
    /// How it calls us.
    pub client_id: ProviderText,
    /// What proves to it that we are that; absent: the one that is stored stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<ProviderText>,
    /// Domains of e-mail addresses that may come in for the first time; empty: all. Uninvited nobody comes in without one.
    #[serde(default)]
    pub domains: Vec<Name>,
    /// Whether an address counts that the provider does not say to have verified: all of them are its own company's, as with
    /// Entra ID. Needs `domains`; one that it says not to have verified never counts.
    #[serde(default)]
    pub trusts_addresses: bool,
    /// What becomes of who comes in uninvited; absent: they are turned away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_agents: Option<NewAgents>,
    /// Whether there is no other way in. Whoever sets it has come in by the provider before; everybody else is signed out.
    #[serde(default)]
    pub only: bool,
    /// The owner who has another way in all the same, with a password or a passkey; needed with `only`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency_agent_id: Option<AgentId>,
}

/// A secret never reaches a log.
impl std::fmt::Debug for SetSingleSignOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetSingleSignOn").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// `POST /admin/v1/single_sign_on/trial`: tries a provider without setting it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrySingleSignOn {
    /// Who it says that it is.
    pub issuer: WebAddress,
    /// How it calls us.
    pub client_id: ProviderText,
    /// What proves to it that we are that; absent: the one that is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<ProviderText>,
}

/// A secret never reaches a log.
impl std::fmt::Debug for TrySingleSignOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrySingleSignOn").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// What a trial found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SingleSignOnTrial {
    /// The first thing that is wrong; absent: nothing is, as far as can be seen without signing in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<ProviderFault>,
    /// More about it, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What is wrong with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProviderFault {
    /// The address is not one that may be reached: https, a host name, the usual port, outside this network unless the operator
    /// names the host in `sign_in.inside_hosts`.
    Address,
    /// No answer, or not in time.
    Unreachable,
    /// What it says of itself cannot be read.
    Discovery,
    /// It says that it is another issuer.
    Issuer,
    /// It does not offer what is needed: the code flow, PKCE with S256, a signature that is taken.
    Unsuitable,
    /// It has no key that can be used.
    Keys,
    /// It does not know the client id, or the secret is another.
    Client,
}

/// `GET /inbox/v1/session/ways`: how one can sign in here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInWays {
    /// What agents call the company's provider; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Name>,
    /// Whether there is no other way in.
    pub only_provider: bool,
}

/// Answer to `POST /inbox/v1/session/provider/address`, `POST /inbox/v1/session/proof/address` and
/// `POST /inbox/v1/account/provider/address`: where the agent signs in. It holds for fifteen minutes, once, for the browser or the session that asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderAddress {
    /// To be opened.
    pub address: String,
}

/// `POST /inbox/v1/session/provider`, `POST /inbox/v1/account/provider`, and in `POST /inbox/v1/session/proof`: what the provider
/// sent back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderReturn {
    /// `code` of the address.
    pub code: ProviderText,
    /// `state` of the address.
    pub state: ProviderText,
    /// `iss` of the address, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<WebAddress>,
}

/// What opens never reaches a log.
impl std::fmt::Debug for ProviderReturn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderReturn").finish_non_exhaustive()
    }
}
