//! What a provider says of itself, and its keys: asked rarely, remembered in between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use tidings_protocol::single_sign_on::ProviderFault;
use tidings_protocol::time::Timestamp;

use super::exchange::get;
use super::reach::{Paths, may_open};
use super::token::{ProviderKey, keys_of};
use super::{Refused, fault};

/// For so long what a provider says of itself is believed, and its keys are.
const DISCOVERY_MS: i64 = 60 * 60 * 1_000;
pub(super) const KEYS_MS: i64 = 10 * 60 * 1_000;
/// A token with a key that is not known has them fetched anew, but not more often.
pub(super) const ROTATION_MS: i64 = 30_000;
/// For so long a provider that could not be asked is not asked again: whoever mends it sees so soon.
const FAILED_MS: i64 = 5_000;
/// Providers that are remembered.
const PROVIDERS: usize = 100;

/// What a provider says of itself (`OpenID` Connect Discovery 1.0).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Discovery {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    jwks_uri: String,
    pub(super) userinfo_endpoint: Option<String>,
    #[serde(default)]
    response_types_supported: Vec<String>,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    id_token_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

/// How a client shows its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// In a header.
    Header,
    /// Among the fields.
    Body,
}

impl Discovery {
    /// How the client shows its secret; none: in no way that we know. What is not said is the header (`OpenID` Connect
    /// Discovery, section 3).
    pub(super) fn shows(&self) -> Option<Shows> {
        let Some(methods) = &self.token_endpoint_auth_methods_supported else { return Some(Shows::Header) };
        let has = |wanted: &str| methods.iter().any(|one| one == wanted);
        if methods.is_empty() || has("client_secret_basic") {
            Some(Shows::Header)
        } else {
            has("client_secret_post").then_some(Shows::Body)
        }
    }

    /// Refuses a provider that offers too little, or says things that cannot be.
    fn check(&self, issuer: &str, paths: &Paths) -> Result<(), Refused> {
        if self.issuer != issuer {
            let said: String = self.issuer.chars().take(200).collect();
            return fault(ProviderFault::Issuer, format!("it says that it is {said}"));
        }
        for endpoint in [&self.token_endpoint, &self.jwks_uri].into_iter().chain(&self.userinfo_endpoint) {
            if !paths.may_ask(endpoint) {
                return fault(ProviderFault::Address, "one of its addresses may not be reached");
            }
        }
        if !may_open(&self.authorization_endpoint) {
            return fault(ProviderFault::Address, "where agents sign in is no address of https");
        }
        let has = |list: &[String], wanted: &str| list.iter().any(|one| one == wanted);
        let lacks = |what: &str| fault(ProviderFault::Unsuitable, what);
        if !self.response_types_supported.is_empty() && !has(&self.response_types_supported, "code") {
            return lacks("it does not offer the code flow (response_type `code`)");
        }
        if self.code_challenge_methods_supported.as_ref().is_some_and(|list| !has(list, "S256")) {
            return lacks("it does not offer PKCE with S256");
        }
        let algorithms = &self.id_token_signing_alg_values_supported;
        if !algorithms.is_empty() && !["RS256", "ES256", "EdDSA"].iter().any(|one| has(algorithms, one)) {
            return lacks("it signs with none of RS256, ES256 and EdDSA");
        }
        if self.shows().is_none() {
            return lacks(
                "it takes a client's secret neither by client_secret_basic nor by client_secret_post",
            );
        }
        Ok(())
    }
}

type Told<T> = (Timestamp, Arc<T>);

#[derive(Default)]
struct Kept {
    discovery: Option<Told<Discovery>>,
    keys: Option<Told<Vec<ProviderKey>>>,
    failed: Option<(Timestamp, Refused)>,
}

/// What is remembered of providers, by issuer.
#[derive(Default)]
pub(super) struct Memory(Mutex<HashMap<String, Kept>>);

impl Memory {
    fn kept(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a provider asked anew.
    pub(super) fn forget(&self, issuer: &str) {
        self.kept().remove(issuer);
    }

    fn remember(&self, issuer: &str, change: impl FnOnce(&mut Kept)) {
        let mut kept = self.kept();
        if kept.len() >= PROVIDERS && !kept.contains_key(issuer) {
            kept.clear();
        }
        change(kept.entry(issuer.to_owned()).or_default());
    }

    /// What a provider says of itself.
    pub(super) async fn discovery(
        &self,
        paths: &Paths,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Arc<Discovery>, Refused> {
        if let Some(kept) = self.kept().get(issuer) {
            if let Some((at, discovery)) = &kept.discovery
                && now < at.plus_ms(DISCOVERY_MS)
            {
                return Ok(discovery.clone());
            }
            if let Some((at, refused)) = &kept.failed
                && now < at.plus_ms(FAILED_MS)
            {
                return Err(refused.clone());
            }
        }
        match ask(paths, issuer).await {
            Ok(found) => {
                let found = Arc::new(found);
                self.remember(issuer, |kept| {
                    (kept.discovery, kept.failed) = (Some((now, found.clone())), None);
                });
                Ok(found)
            }
            Err(refused) => {
                self.remember(issuer, |kept| kept.failed = Some((now, refused.clone())));
                Err(refused)
            }
        }
    }

    /// The keys, at most so old.
    pub(super) async fn keys(
        &self,
        paths: &Paths,
        discovery: &Discovery,
        now: Timestamp,
        age_ms: i64,
    ) -> Result<Arc<Vec<ProviderKey>>, Refused> {
        let known = self.kept().get(&discovery.issuer).and_then(|kept| kept.keys.clone());
        if let Some((at, keys)) = known
            && now < at.plus_ms(age_ms)
        {
            return Ok(keys);
        }
        let body = get(paths, &discovery.jwks_uri, None).await?;
        let keys = keys_of(&body).or_else(|error| fault(ProviderFault::Keys, error.to_string()))?;
        let keys = Arc::new(keys);
        self.remember(&discovery.issuer, |kept| kept.keys = Some((now, keys.clone())));
        Ok(keys)
    }
}

async fn ask(paths: &Paths, issuer: &str) -> Result<Discovery, Refused> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let body = get(paths, &address, None).await?;
    let found: Discovery = match serde_json::from_slice(&body) {
        Ok(found) => found,
        Err(error) => return fault(ProviderFault::Discovery, format!("{address}: {error}")),
    };
    found.check(issuer, paths)?;
    Ok(found)
}
