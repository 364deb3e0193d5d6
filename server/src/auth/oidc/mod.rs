//! The company's own identity provider: `OpenID` Connect Core 1.0 by the code flow, PKCE with S256 (RFC 7636), and the issuer in
//! the answer (RFC 9207).
//!
//! | file | what it holds |
//! |---|---|
//! | `reach` | which addresses are asked |
//! | `address` | whether an e-mail address counts |
//! | `discovery` | what a provider says of itself, and its keys |
//! | `exchange` | the code for tokens |
//! | `token` | what an ID token must say |
//!
//! What a sign-in is bound to is not stored: `nonce` and the verifier of PKCE are made of the random `state`, of the client, and
//! of what only the asker holds - the cookie of the attempt, or the session -, so that neither the database nor the address of
//! the provider's answer is enough to finish it.

pub mod address;
mod discovery;
mod exchange;
mod reach;
#[cfg(test)]
mod tests;
pub mod token;

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tidings_protocol::push::PushProvider;
use tidings_protocol::single_sign_on::{IdentityProvider, ProviderFault};
use tidings_protocol::time::Timestamp;
use tidings_store::single_sign_on::StoredProvider;

use self::discovery::{Discovery, KEYS_MS, Memory, ROTATION_MS};
use self::exchange::{Client, Tokens, error_in, exchange, form, tokens_in, user_info};
use self::reach::Paths;
pub use self::reach::SignInConfig;
use self::token::{Expected, Identity, Wrong, verify};
use crate::clock::Clock;
use crate::config::Config;
use crate::push::seal::Seals;

/// How long everything may take that is asked of a provider for one sign-in: somebody waits in front of a screen.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why somebody cannot sign in at a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Something about the provider itself; the text is for whoever set it up.
    #[error("{1}")]
    Provider(ProviderFault, String),
    /// It said another issuer when it sent the agent back, or none although it said that it does.
    #[error("the answer is of another issuer (`iss`)")]
    Mixed,
    /// It does not take the code.
    #[error("the provider refused the code: {0}")]
    Code(String),
    /// Its token is wrong.
    #[error(transparent)]
    Token(#[from] Wrong),
}

fn fault<T>(fault: ProviderFault, why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Provider(fault, why.into()))
}

/// Asks identity providers.
pub struct Oidc {
    paths: Paths,
    seals: Seals,
    memory: Memory,
}

/// What binds one sign-in together.
pub struct Attempt {
    /// Random; it comes back in the address.
    pub state: String,
    /// Goes into the token.
    pub nonce: String,
    /// Shown with the code.
    pub verifier: String,
}

impl Attempt {
    /// Of a state, of what only the asker holds, and of the client: one that was begun with another provider does not end here.
    pub fn of(state: &str, held: &str, provider: &IdentityProvider) -> Self {
        let derive = |what: &str| {
            let mut hash = Sha256::new_with_prefix(what);
            for part in [state, held, provider.issuer.as_str(), provider.client_id.as_str()] {
                hash.update([0]);
                hash.update(part);
            }
            BASE64_URL_SAFE_NO_PAD.encode(hash.finalize())
        };
        Self { state: state.to_owned(), nonce: derive("nonce"), verifier: derive("verifier") }
    }

    fn challenge(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier))
    }
}

/// How fresh a sign-in must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fresh {
    /// Whoever is signed in there is let through.
    Any,
    /// The provider asks again who it is.
    Now,
}

/// What the provider sent back.
#[derive(Debug, Clone, Copy)]
pub struct Returned<'r> {
    /// To be exchanged.
    pub code: &'r str,
    /// Who says so.
    pub iss: Option<&'r str>,
    /// Where it was sent to.
    pub address: &'r str,
    /// Since when the provider must have looked who it is.
    pub looked_since: Option<Timestamp>,
}

impl Oidc {
    /// A client that connects when it is first used.
    ///
    /// # Errors
    /// When the certificates or the secret of the configuration cannot be used.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let paths = Paths::new(&config.sign_in)?;
        Ok(Self { paths, seals: Seals::of(config)?, memory: Memory::default() })
    }

    /// Whether an issuer may be asked, as far as its address says.
    pub fn may_ask(&self, issuer: &str) -> bool {
        self.paths.may_ask(issuer)
    }

    /// Where an agent signs in.
    ///
    /// # Errors
    /// When the provider cannot be asked what it offers.
    pub async fn address(
        &self,
        provider: &IdentityProvider,
        attempt: &Attempt,
        back: &str,
        fresh: Fresh,
        now: Timestamp,
    ) -> Result<String, Refused> {
        let discovery = in_time(self.memory.discovery(&self.paths, provider.issuer.as_str(), now)).await?;
        let mut query = vec![
            ("response_type", "code".to_owned()),
            ("client_id", provider.client_id.as_str().to_owned()),
            ("redirect_uri", back.to_owned()),
            ("scope", "openid email profile".to_owned()),
            ("state", attempt.state.clone()),
            ("nonce", attempt.nonce.clone()),
            ("code_challenge", attempt.challenge()),
            ("code_challenge_method", "S256".to_owned()),
        ];
        if fresh == Fresh::Now {
            query.extend([("prompt", "login".to_owned()), ("max_age", "0".to_owned())]);
        }
        let separator = if discovery.authorization_endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{}{separator}{}", discovery.authorization_endpoint, form(&query)))
    }

    /// Whom the provider vouches for.
    ///
    /// # Errors
    /// When anything about it is wrong.
    pub async fn identity(
        &self,
        stored: &StoredProvider,
        attempt: &Attempt,
        returned: Returned<'_>,
        clock: &Clock,
    ) -> Result<Identity, Refused> {
        in_time(self.vouched(stored, attempt, returned, clock)).await
    }

    async fn vouched(
        &self,
        stored: &StoredProvider,
        attempt: &Attempt,
        returned: Returned<'_>,
        clock: &Clock,
    ) -> Result<Identity, Refused> {
        let provider = &stored.provider;
        let issuer = provider.issuer.as_str();
        let discovery = self.memory.discovery(&self.paths, issuer, clock.now()).await?;
        let is_mixed = match returned.iss {
            Some(said) => said != issuer,
            None => discovery.authorization_response_iss_parameter_supported,
        };
        if is_mixed {
            return Err(Refused::Mixed);
        }
        let fields = [
            ("grant_type", "authorization_code".to_owned()),
            ("code", returned.code.to_owned()),
            ("redirect_uri", returned.address.to_owned()),
            ("code_verifier", attempt.verifier.clone()),
        ];
        let secret = self.secret(stored)?;
        let client = Client { id: provider.client_id.as_str(), secret: &secret };
        let tokens = tokens_in(&exchange(&self.paths, &discovery, client, &fields).await?)?;
        let expected = Expected {
            provider,
            nonce: &attempt.nonce,
            looked_since: returned.looked_since,
            now: clock.now(),
        };
        let identity = self.verified(&discovery, &tokens, &expected).await?;
        // Whoever proves again who they are is known; their address decides nothing.
        if identity.claimed.email.is_some() || returned.looked_since.is_some() {
            return Ok(identity);
        }
        match user_info(&self.paths, &discovery, &tokens, &identity.subject).await {
            Ok(Some(claimed)) => Ok(identity.with(claimed)),
            Ok(None) => Ok(identity),
            // Whoever is known comes in all the same: the token has said who they are.
            Err(Refused::Provider(fault, why)) => {
                tracing::warn!(?fault, %why, "a provider was asked for an e-mail address in vain (userinfo_endpoint)");
                Ok(identity)
            }
            Err(other) => Err(other),
        }
    }

    async fn verified(
        &self,
        discovery: &Discovery,
        tokens: &Tokens,
        expected: &Expected<'_>,
    ) -> Result<Identity, Refused> {
        let keys = self.memory.keys(&self.paths, discovery, expected.now, KEYS_MS).await?;
        match verify(&tokens.id_token, &keys, expected) {
            // The provider may have begun to sign with another key, perhaps under the name of the old one.
            Err(Wrong::NoKey | Wrong::Signature) => {
                let keys = self.memory.keys(&self.paths, discovery, expected.now, ROTATION_MS).await?;
                Ok(verify(&tokens.id_token, &keys, expected)?)
            }
            other => Ok(other?),
        }
    }

    /// Looks whether a provider can be used, without anybody signing in: what it says of itself, its keys, and whether it takes
    /// the client's secret, which it says when it is shown a code that it never gave.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub async fn try_out(
        &self,
        issuer: &str,
        client_id: &str,
        secret: &str,
        back: &str,
        now: Timestamp,
    ) -> Result<(), Refused> {
        self.memory.forget(issuer);
        let client = Client { id: client_id, secret };
        in_time(self.tried(issuer, client, back, now)).await
    }

    async fn tried(
        &self,
        issuer: &str,
        client: Client<'_>,
        back: &str,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let discovery = self.memory.discovery(&self.paths, issuer, now).await?;
        if self.memory.keys(&self.paths, &discovery, now, KEYS_MS).await?.is_empty() {
            return fault(ProviderFault::Keys, "none of its keys is for RS256, ES256 or EdDSA");
        }
        let fields = [
            ("grant_type", "authorization_code".to_owned()),
            ("code", "tidings-trial".to_owned()),
            ("redirect_uri", back.to_owned()),
            ("code_verifier", "tidings-trial-tidings-trial-tidings-trial-0".to_owned()),
        ];
        let answer = exchange(&self.paths, &discovery, client, &fields).await?;
        let said = error_in(&answer);
        // Of all refusals only this one says that client and secret were right, and the code alone was wrong.
        if said == "invalid_grant" {
            return Ok(());
        }
        if answer.status.is_server_error() {
            return fault(ProviderFault::Unreachable, format!("it answered HTTP {}", answer.status.as_u16()));
        }
        fault(ProviderFault::Client, format!("it answered {said}"))
    }

    fn secret(&self, stored: &StoredProvider) -> Result<String, Refused> {
        let seal = self.seals.to_open();
        let owner = sealed_for(stored.workspace_id);
        let opened = seal.open(owner, PushProvider::Webhook, &stored.client_secret);
        opened.or_else(|error| fault(ProviderFault::Client, error.to_string()))
    }
}

async fn in_time<T>(asking: impl Future<Output = Result<T, Refused>>) -> Result<T, Refused> {
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(answer) => answer,
        Err(_) => fault(ProviderFault::Unreachable, format!("no answer after {} s", PATIENCE.as_secs())),
    }
}

/// To what a client's secret is bound.
pub fn sealed_for(workspace: tidings_protocol::id::WorkspaceId) -> String {
    format!("{workspace} single sign-on")
}
