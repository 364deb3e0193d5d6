//! Push, against stand-ins that speak the real protocols over TLS and HTTP/2.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clients;
mod jobs;
mod messages;
mod refusals;
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
use tidings_standins::{Apns, ApnsOptions, Authority, Fcm, FcmOptions};
use uuid::Uuid;

/// The device that most tests push to.
pub(crate) const DEVICE: &str = "00aa11bb22cc33dd44ee55ff00aa11bb22cc33dd44ee55ff00aa11bb22cc33dd";
pub(crate) const ANDROID: &str = "fcm-token:APA91b_the-device";

/// Both stand-ins, and what a server needs to use them.
pub(crate) struct Stand {
    pub(crate) apns: Apns,
    pub(crate) fcm: Fcm,
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
        let fcm = Fcm::start(&authority, FcmOptions { clock, ..FcmOptions::default() }).await.unwrap();
        let config = PushConfig {
            apns_url: apns.url(),
            apns_sandbox_url: apns.url(),
            fcm_url: fcm.url(),
            google_token_url: fcm.token_uri(),
            extra_ca: Some(ca),
        };
        Arc::new(Self { apns, fcm, config, _folder: folder })
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
    FcmPush { token: ANDROID, ttl_seconds: 86_400, urgency: Urgency::High, data }
}
