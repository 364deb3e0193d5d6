//! Push: wakes the devices of somebody who has a message to read.
//!
//! | file | what it holds |
//! |---|---|
//! | `dispatch` | one job: asks again whether a push is needed, sends one to each device |
//! | `agents` | the same for an agent: their wishes, their browsers |
//! | `agent_mail` | an e-mail to an agent for what waits too long |
//! | `webhook_mail` | an e-mail to whoever administers, for a webhook that was switched off |
//! | `mentions` | a push or an e-mail to an agent whom a note mentions |
//! | `decide` | whether a push is needed, and which: pure |
//! | `serve` | one device: sends, writes the ledger, does what follows |
//! | `lane` | one client for each credential, its pauses |
//! | `provider` | what every service is given; the set of clients |
//! | `apns`, `fcm`, `oauth` | Apple's and Google's services, and Google's access tokens |
//! | `web`, `hook` | Web Push; a signed webhook for everything else |
//! | `fallback` | an e-mail or a webhook for what no device got |
//! | `same` | ids that are the same at each attempt |
//! | `receipt` | with what a notification extension says that a push arrived |
//! | `doctor` | finds the hop that no push gets past |
//! | `seal` | private keys, sealed at rest |
//! | `verdict` | what an answer means and what follows: pure |
//! | `render`, `words` | what a push says: pure |
//! | `credential` | keys, parsed and checked |
//! | `net`, `resolve` | HTTP and TLS; which addresses may be reached |
//!
//! A new provider needs a variant of `PushProvider`, a client beside `apns` and `fcm` that ends in a
//! [`Verdict`](verdict::Verdict), and a body in `render`. Why these clients are our own: `docs/decisions/0001`.

mod agent_mail;
pub mod agents;
pub mod apns;
pub mod credential;
pub mod decide;
pub mod dispatch;
pub mod doctor;
pub mod due;
pub mod fallback;
pub mod fcm;
pub mod hook;
mod jwt;
pub mod lane;
pub mod mentions;
pub mod net;
pub mod oauth;
pub mod provider;
pub mod receipt;
pub mod render;
mod resolve;
mod same;
pub mod seal;
mod serve;
pub mod verdict;
pub mod web;
mod webhook_mail;
pub mod words;

use std::path::PathBuf;

pub use agents::AgentPushJob;
pub use dispatch::{ClearJob, Dispatcher, Foreground, Look, Outcome, PushJob};
pub use due::{ReleaseJob, WakeJob};
pub use mentions::MentionJob;
use tidings_protocol::push::PushProvider;

/// `push`.
#[derive(Debug, Clone, PartialEq, Eq, confique::Config, serde::Deserialize)]
#[config(layer_attr(serde(deny_unknown_fields)))]
#[serde(deny_unknown_fields)]
pub struct PushConfig {
    /// Where pushes for apps from the store go. Only tests need another address.
    #[config(env = "TIDINGS_PUSH_APNS_URL", default = "https://api.push.apple.com")]
    pub apns_url: String,

    /// Where pushes for apps run from Xcode go. Only tests need another address.
    #[config(env = "TIDINGS_PUSH_APNS_SANDBOX_URL", default = "https://api.sandbox.push.apple.com")]
    pub apns_sandbox_url: String,

    /// Where pushes to Android go. Only tests need another address.
    #[config(env = "TIDINGS_PUSH_FCM_URL", default = "https://fcm.googleapis.com")]
    pub fcm_url: String,

    /// Where Google's access tokens are fetched. The address in a service account's file is not followed: who may
    /// upload such a file must not choose where the server sends signed requests. Only tests need another address.
    #[config(env = "TIDINGS_PUSH_GOOGLE_TOKEN_URL", default = "https://oauth2.googleapis.com/token")]
    pub google_token_url: String,

    /// Whether Web Push and webhooks may go to addresses inside this network and to other ports than 443: for a
    /// `UnifiedPush` server of the company's own. Otherwise whoever registers a subscription cannot reach inside.
    #[config(env = "TIDINGS_PUSH_INSIDE", default = false)]
    pub inside: bool,

    /// A file with certificates (PEM) to trust besides the public ones. Only tests and interceptors need it.
    #[config(env = "TIDINGS_PUSH_EXTRA_CA")]
    pub extra_ca: Option<PathBuf>,
}

impl PushConfig {
    /// Which addresses that others have named may be asked.
    pub(crate) const fn reach(&self) -> net::Reach {
        if self.inside { net::Reach::Anywhere } else { net::Reach::Public }
    }
}

impl Default for PushConfig {
    fn default() -> Self {
        Self {
            apns_url: "https://api.push.apple.com".to_owned(),
            apns_sandbox_url: "https://api.sandbox.push.apple.com".to_owned(),
            fcm_url: "https://fcm.googleapis.com".to_owned(),
            google_token_url: "https://oauth2.googleapis.com/token".to_owned(),
            inside: false,
            extra_ca: None,
        }
    }
}

/// How a service is called in logs, metrics and errors.
pub(crate) const fn provider_word(provider: PushProvider) -> &'static str {
    match provider {
        PushProvider::Apns => "apns",
        PushProvider::Fcm => "fcm",
        PushProvider::WebPush => "web_push",
        PushProvider::Webhook => "webhook",
    }
}

/// Why push cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// An address is not one of `https`.
    #[error("push.{key}: expected an address such as https://host or https://host:port/path")]
    Url {
        /// The key of the configuration.
        key: &'static str,
    },
    /// The operator's certificates cannot be used.
    #[error("push.extra_ca: cannot use {}: {why}", path.display())]
    ExtraCa {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The TLS library does not offer what we need.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

#[cfg(test)]
mod tests {
    use confique::Config as _;

    use super::PushConfig;

    #[test]
    fn the_documented_defaults_are_the_defaults() {
        assert_eq!(PushConfig::builder().load().unwrap(), PushConfig::default());
    }
}
