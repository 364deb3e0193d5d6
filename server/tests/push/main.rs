//! Push, against stand-ins that speak the real protocols over TLS and HTTP/2.
//!
//! | behaviour | where it is tested |
//! |---|---|
//! | the job is in the message's transaction | `store/tests/it/jobs.rs`, `jobs.rs`: killed runner |
//! | a repeat is harmless: the same ids | `messages.rs`: lost answer, crash between send and finish |
//! | no collapse key with FCM | `clients.rs`: data alone |
//! | grace for who has the app in front | `wishes.rs`: eight seconds, leaves without reading |
//! | read wins, at every attempt | `wishes.rs`: what they have read; `push/decide.rs` |
//! | muted, blocked, signed out | `wishes.rs`: muted; `store/tests/it/devices.rs`, `access.rs` |
//! | the badge is counted at send time; a silent one after reading elsewhere | `messages.rs`, `wishes.rs`: read elsewhere, one clear |
//! | grouping, category, mutable content | `push/render.rs` |
//! | privacy: opaque says nothing | `messages.rs`: opaque; `push/render.rs`; `web.rs` |
//! | within the limits, cut between characters | `push/render.rs`, `web.rs`: long text |
//! | Android: high only for what is shown | `clients.rs`, `push/fcm.rs` |
//! | expiry; given up after eight attempts or a day | `messages.rs`; dead ones listed: `api/admin/dead_pushes.rs` |
//! | back-off, `Retry-After`, at once after `REFUSED_STREAM` | `push/verdict.rs`, `messages.rs`, `clients.rs` |
//! | dead tokens; suspects only after three strikes; a wrong key blames none | `messages.rs`, `wishes.rs`, `push/lane.rs` |
//! | a token belongs to whoever registered it last | `store/tests/it/devices.rs` |
//! | one credential's trouble is nobody else's | `jobs.rs`: hangs; `messages.rs`: wrong key; `web.rs`: out of order |
//! | sandbox and production mixed up | `wishes.rs`: the other service of Apple |
//! | quiet hours | `wishes.rs`, `protocol/src/notifications.rs` |
//! | bursts | `wishes.rs`, `push/decide.rs` |
//! | nothing is sent into our own network | `push/resolve.rs`, `push/web.rs`, `web.rs` |
//! | keys sealed | `push/seal.rs`, `wishes.rs` |
//! | what a test finds out | `doctor.rs` |
//! | told in another way when no device got it | `fallback.rs`, `mail/letter.rs`, `mail/link.rs`, `api/mail.rs` |
//! | webhooks of a company | `webhooks.rs`, `webhooks/tell.rs`, `store/tests/it/webhooks.rs` |
//! | shutdown finishes what is in flight | `jobs.rs` |
//! | all of it in any order, with every answer of a service and crashes in between | `property.rs` |
//! | all of it at once, with kills | `trials/tests/push_trial.rs` |

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agent_mail;
mod agents;
mod clients;
mod doctor;
mod fallback;
mod jobs;
mod live_places;
mod messages;
mod property;
mod refusals;
mod web;
mod webhooks;
mod wishes;
mod world;

use std::sync::Arc;

use serde_json::json;
use tidings_protocol::admin::{ApnsCredential, FcmCredential};
use tidings_protocol::id::MessageId;
use tidings_protocol::push::PushEnvironment;
use tidings_protocol::time::Timestamp;
use tidings_server::clock::Clock;
use tidings_server::push::PushConfig;
use tidings_server::push::apns::{Apns as ApnsClient, ApnsPush, Endpoints};
use tidings_server::push::credential::{ApnsKey, ServiceAccount};
use tidings_server::push::fcm::{Fcm as FcmClient, FcmPush};
use tidings_server::push::net::{Net, Trust};
use tidings_server::push::provider::Urgency;
use tidings_standins::{Apns, ApnsOptions, Authority, Fcm, FcmOptions, Web};
use uuid::Uuid;

/// The device that most tests push to.
pub(crate) const DEVICE: &str = "00aa11bb22cc33dd44ee55ff00aa11bb22cc33dd44ee55ff00aa11bb22cc33dd";
pub(crate) const ANDROID: &str = "fcm-token:APA91b_the-device";

/// The stand-ins, and what a server needs to use them.
pub(crate) struct Stand {
    pub(crate) apns: Apns,
    pub(crate) fcm: Fcm,
    pub(crate) web: Web,
    pub(crate) config: PushConfig,
    _folder: tempfile::TempDir,
}

impl Stand {
    pub(crate) async fn start() -> Arc<Self> {
        Self::start_at(tidings_standins::Clock::system()).await
    }

    pub(crate) async fn start_at(clock: tidings_standins::Clock) -> Arc<Self> {
        let authority = Authority::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authority.pem()).unwrap();
        let options = ApnsOptions { clock: clock.clone(), ..ApnsOptions::default() };
        let apns = Apns::start(&authority, options).await.unwrap();
        let web = Web::start(&authority, 0, clock.clone()).await.unwrap();
        let fcm = Fcm::start(&authority, FcmOptions { clock, ..FcmOptions::default() }).await.unwrap();
        let config = PushConfig {
            apns_url: apns.url(),
            apns_sandbox_url: apns.url(),
            fcm_url: fcm.url(),
            google_token_url: fcm.token_uri(),
            inside: true,
            extra_ca: Some(ca),
        };
        Arc::new(Self { apns, fcm, web, config, _folder: folder })
    }

    pub(crate) fn apns_credential(&self) -> ApnsCredential {
        let options = self.apns.options();
        serde_json::from_value(json!({
            "key_id": options.key_id,
            "team_id": options.team_id,
            "topic": options.topics[0],
            "private_key_pem": self.apns.private_key_pem(),
        }))
        .unwrap()
    }

    pub(crate) fn fcm_credential(&self) -> FcmCredential {
        FcmCredential { service_account: self.fcm.service_account() }
    }

    fn net(&self) -> Net {
        Net::new(&Trust::load(self.config.extra_ca.as_deref()).unwrap())
    }

    /// A client with the stand-in's own key.
    pub(crate) fn apns_client(&self) -> ApnsClient {
        self.apns_client_of(&self.apns_credential(), Clock::system())
    }

    pub(crate) fn apns_client_of(&self, credential: &ApnsCredential, clock: Clock) -> ApnsClient {
        let endpoints = Endpoints { production: self.apns.url(), sandbox: self.apns.url() };
        ApnsClient::new(ApnsKey::parse(credential).unwrap(), endpoints, self.net(), clock)
    }

    /// A client with the stand-in's own service account.
    pub(crate) fn fcm_client(&self) -> FcmClient {
        self.fcm_client_of(&self.fcm_credential(), Clock::system())
    }

    pub(crate) fn fcm_client_of(&self, credential: &FcmCredential, clock: Clock) -> FcmClient {
        let account = ServiceAccount::parse(credential).unwrap();
        FcmClient::new(account, &self.config.fcm_url, &self.config.google_token_url, self.net(), clock)
    }
}

pub(crate) fn message_id(number: u8) -> MessageId {
    MessageId::from_parts(1_795_253_400_000, [number; 10])
}

pub(crate) fn apns_push(number: u8) -> ApnsPush<'static> {
    ApnsPush {
        token: DEVICE,
        environment: PushEnvironment::Production,
        id: Uuid::from_bytes([number; 16]),
        collapse_id: message_id(number).to_string(),
        urgency: Urgency::High,
        expires_at: Timestamp::from_unix_ms(1_895_253_400_999),
        body: json!({ "aps": { "alert": { "body": "New message" } } }).to_string(),
    }
}

pub(crate) fn fcm_push(number: u8) -> FcmPush<'static> {
    let mut data = serde_json::Map::new();
    data.insert("tidings".to_owned(), format!("{{\"v\":{number}}}").into());
    FcmPush { token: ANDROID, ttl_seconds: 86_400, urgency: Urgency::High, data, shown: None }
}
