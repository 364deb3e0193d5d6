//! Whether the e-mail address that a provider names may decide, once, who somebody becomes.

use tidings_protocol::single_sign_on::IdentityProvider;
use tidings_protocol::text::{Email, Name};

use super::token::Identity;

/// Who Google says that it is. It vouches for addresses of others too; whose account it is says `hd`.
pub const GOOGLE: &str = "https://accounts.google.com";

/// Why an address decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// There is none.
    Address,
    /// The provider has not verified it, or does not say so.
    Verification,
    /// Its domain may not come in.
    Domain,
}

/// The address of somebody, if it counts.
///
/// # Errors
/// Why it does not.
pub fn counting(provider: &IdentityProvider, identity: &Identity) -> Result<Email, Lacking> {
    let claimed = &identity.claimed;
    let email = claimed.email.clone().ok_or(Lacking::Address)?;
    // One that is said not to be verified never counts.
    let is_trusted = provider.trusts_addresses && !provider.domains.is_empty();
    if !claimed.is_verified.unwrap_or(is_trusted) {
        return Err(Lacking::Verification);
    }
    let is_ours = |domain: &str| provider.domains.iter().any(|one| one.as_str().eq_ignore_ascii_case(domain));
    // Letters that look like others make two addresses of what people read as one.
    let domain = email.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
    if !email.as_str().is_ascii() || !(provider.domains.is_empty() || is_ours(domain)) {
        return Err(Lacking::Domain);
    }
    if provider.issuer.as_str() == GOOGLE && !identity.hosted_domain.as_deref().is_some_and(is_ours) {
        return Err(Lacking::Domain);
    }
    Ok(email)
}

/// What users will see of whoever becomes an agent: never their address.
pub fn shown_name(identity: &Identity) -> Option<Name> {
    identity.claimed.name.clone().or_else(|| Name::try_from("Agent".to_owned()).ok())
}
