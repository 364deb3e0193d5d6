//! Finds out why no push arrives at a device: looks at each hop on the way, then sends a real push and waits until the
//! phone says that it has it. Each finding says what is wrong and what to do.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::Request;
use http_body_util::Full;
pub use tidings_protocol::devices::{
    DeviceDiagnosis as Diagnosis, PushHop as Hop, PushHopFinding as Finding, PushHopState as State,
};
use tidings_protocol::id::{ConversationId, DeviceId, MessageId};
use tidings_protocol::push::{PushKind, PushOptions, PushPayload, PushProvider};
use tidings_protocol::time::Timestamp;
use tidings_store::Db;
use tidings_store::push_tests::{BeginPushTest, Wakeable};

use super::lane::Lanes;
use super::net::{Net, Speaks};
use super::provider::{Push, Urgency};
use super::receipt::Receipts;
use super::render::{About, Notice};
use super::seal::Seals;
use super::verdict::Verdict;
use super::{PushConfig, SetupError, provider_word};
use crate::clock::Clock;

/// How far two clocks may differ before signed tokens are refused.
const CLOCK: Duration = Duration::from_mins(5);
/// A token that was not told again for so long is likely to be dead.
const OLD_DAYS: i64 = 270;
const DAY_MS: i64 = 86_400_000;
/// How often the phone's answer is looked for.
const LOOK: Duration = Duration::from_millis(250);
/// For how long a test is of use.
const TEST_MS: i64 = 10 * 60 * 1000;

/// Examines devices.
pub struct Doctor {
    config: PushConfig,
    lanes: Lanes,
    receipts: Receipts,
    db: Db,
    clock: Clock,
}

fn good(hop: Hop, what: impl Into<String>) -> Finding {
    Finding { hop, state: State::Good, what: what.into(), fix: None }
}

fn doubtful(hop: Hop, what: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { hop, state: State::Doubtful, what: what.into(), fix: Some(fix.into()) }
}

fn broken(hop: Hop, what: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { hop, state: State::Broken, what: what.into(), fix: Some(fix.into()) }
}

impl Doctor {
    /// Checks the configuration; connects to nothing yet.
    pub fn new(config: &PushConfig, seals: Seals, db: Db, clock: Clock) -> Result<Self, SetupError> {
        let lanes = Lanes::new(config, seals, clock.clone())?;
        Ok(Self { config: config.clone(), lanes, receipts: Receipts::default(), db, clock })
    }

    /// Examines the way to a device, and waits so long for the phone's answer; none when there is no such device.
    pub async fn examine(
        &self,
        device_id: DeviceId,
        wait: Duration,
    ) -> tidings_store::Result<Option<Diagnosis>> {
        let Some(device) = self.db.wakeable(device_id, self.clock.now()).await? else { return Ok(None) };
        let mut findings = Vec::new();
        self.walk(&device, wait, &mut findings).await?;
        Ok(Some(Diagnosis { device_id, findings }))
    }

    /// The same for several, at the same time; those that are gone are left out.
    pub async fn examine_all(
        &self,
        devices: &[DeviceId],
        wait: Duration,
    ) -> tidings_store::Result<Vec<Diagnosis>> {
        let found = join_all(devices.iter().map(|device| self.examine(*device, wait))).await;
        Ok(found.into_iter().collect::<tidings_store::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    async fn walk(
        &self,
        device: &Wakeable,
        wait: Duration,
        findings: &mut Vec<Finding>,
    ) -> tidings_store::Result<()> {
        findings.push(signed_in(device));
        let Some(push_device) = device.push.as_ref().filter(|_| device.is_signed_in) else { return Ok(()) };
        let provider = push_device.target.provider;
        let row = self.db.push_credential(device.app_id, provider).await?;
        let lane = row.map(|row| self.lanes.lane(device.app_id, provider, row.version, &row.config));
        let lane = match lane {
            Some(Ok(lane)) => lane,
            Some(Err(error)) => {
                let what = format!("the key for {} cannot be used: {error}", provider_word(provider));
                findings.push(broken(Hop::Key, what, put_key(provider)));
                return Ok(());
            }
            None => {
                let what = format!("the app has no key for {}", provider_word(provider));
                findings.push(broken(Hop::Key, what, put_key(provider)));
                return Ok(());
            }
        };
        findings.push(good(Hop::Key, format!("the app has a key for {}", provider_word(provider))));
        if let Some(url) = self.service(provider) {
            let (reached, clock) = self.reach(url).await;
            let is_broken = reached.state == State::Broken;
            findings.push(reached);
            findings.extend(clock);
            if is_broken {
                return Ok(());
            }
        }
        findings.push(self.token_age(device));
        let id = MessageId::from_parts(self.clock.unix_ms(), self.clock.random());
        self.db.write(BeginPushTest { message_id: id, device_id: device.id }).await?;
        let payload = PushPayload {
            v: 1,
            user_id: device.user_id,
            conversation_id: ConversationId::from_parts(0, [0; 10]),
            message_id: id,
            seq: 0,
            badge: device.unread,
            kind: PushKind::Test,
            count: None,
            receipt: None,
        };
        let payload = self.receipts.added(&payload, push_device, &self.db, &self.clock).await?;
        let notice = Notice {
            payload: &payload,
            about: About::Nothing,
            app_name: &device.app_name,
            privacy: device.push_privacy,
            locale: push_device.locale.as_deref(),
            options: &PushOptions::PLAIN,
        };
        let now = self.clock.now();
        let push = Push {
            target: &push_device.target,
            environment: lane.client.environment(&push_device.target, push_device.proven),
            id: id.uuid(),
            collapse_id: id.to_string(),
            urgency: Urgency::High,
            expires_at: now.plus_ms(TEST_MS),
            now,
            notice,
        };
        let verdict = lane.client.send(&push).await;
        let told = explain(provider, &verdict);
        let is_taken = told.state == State::Good;
        findings.push(told);
        if is_taken {
            findings.push(self.wait_for_the_phone(id, device.id, wait).await?);
        }
        Ok(())
    }

    /// Where a service is; none for those whose address is each device's own.
    fn service(&self, provider: PushProvider) -> Option<&str> {
        match provider {
            PushProvider::Apns => Some(&self.config.apns_url),
            PushProvider::Fcm => Some(&self.config.fcm_url),
            PushProvider::WebPush | PushProvider::Webhook => None,
        }
    }

    /// Any answer will do: it shows that the network lets us through, and what time it is there.
    async fn reach(&self, url: &str) -> (Finding, Option<Finding>) {
        let fix = "let this machine reach it on port 443, by name; look at firewall, proxy and DNS, and at push.extra_ca \
                   if something in between opens TLS";
        let request = Request::get(url.to_owned() + "/").body(Full::<Bytes>::default());
        let Ok(request) = request else {
            return (
                broken(Hop::Network, format!("{url} is no address"), "correct it in the configuration"),
                None,
            );
        };
        let net = Net::to(self.lanes.trust(), super::net::Reach::Anywhere, Speaks::Http2);
        match net.send(request).await {
            Err(error) => (broken(Hop::Network, format!("{url}: {error}"), fix), None),
            Ok(answer) => {
                let date = answer.headers.get("date").and_then(|date| date.to_str().ok());
                let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
                let clock = date.map(|date| compare(date, self.clock.now()));
                (good(Hop::Network, format!("{url} answers")), clock)
            }
        }
    }

    fn token_age(&self, device: &Wakeable) -> Finding {
        let Some(push) = &device.push else { return good(Hop::Token, "there is none") };
        let days = (self.clock.now().unix_ms() - push.registered_at.unix_ms()) / DAY_MS;
        if days > OLD_DAYS {
            let fix = "open the app on this device once: the SDK tells the token again";
            return doubtful(Hop::Token, format!("the token was told {days} days ago"), fix);
        }
        if push.strikes > 0 {
            let what = format!("the service has refused this token {} times in a row", push.strikes);
            return doubtful(
                Hop::Token,
                what,
                "open the app on this device once, so that it tells its token again",
            );
        }
        good(Hop::Token, format!("told {days} days ago"))
    }

    async fn wait_for_the_phone(
        &self,
        id: MessageId,
        device_id: DeviceId,
        wait: Duration,
    ) -> tidings_store::Result<Finding> {
        let until = tokio::time::Instant::now() + wait;
        loop {
            if self.db.push_test_arrived(id, device_id).await? {
                return Ok(good(Hop::Phone, "the SDK on the phone has it"));
            }
            if tokio::time::Instant::now() >= until {
                let what = format!(
                    "the service took the push, and within {} seconds the SDK has not said that it has it",
                    wait.as_secs()
                );
                let fix = "look at the phone: is it on and online, are notifications allowed, is a focus mode or a battery \
                           saver on, does the app hand pushes to the SDK (a notification service extension on iOS, the \
                           messaging service on Android)";
                return Ok(doubtful(Hop::Phone, what, fix));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn signed_in(device: &Wakeable) -> Finding {
    if !device.is_signed_in {
        let what = "nobody is signed in on this device";
        return broken(
            Hop::Device,
            what,
            "sign in on it; a session lasts as long as sessions.user_days says",
        );
    }
    if device.is_blocked {
        return broken(Hop::Device, "the user is blocked, or the app is disabled", "unblock, or enable it");
    }
    match &device.push {
        None => broken(
            Hop::Device,
            "the device has told no push token, or it was dead and dropped",
            "allow notifications for the app and call `setPushTarget` with the token after each start",
        ),
        Some(push) => {
            good(Hop::Device, format!("signed in, with a token of {}", provider_word(push.target.provider)))
        }
    }
}

fn compare(theirs: std::time::SystemTime, ours: Timestamp) -> Finding {
    let theirs = theirs.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let ours = Duration::from_millis(ours.unix_ms().unsigned_abs());
    let apart = theirs.abs_diff(ours);
    if apart > CLOCK {
        let what = format!("our clock and the service's are {} seconds apart", apart.as_secs());
        return broken(
            Hop::Clock,
            what,
            "set the clock of this machine by NTP: signed tokens are refused otherwise",
        );
    }
    good(Hop::Clock, "the clocks agree")
}

fn put_key(provider: PushProvider) -> String {
    let path = match provider {
        PushProvider::Apns => "apns",
        PushProvider::Fcm => "fcm",
        PushProvider::WebPush => "web",
        PushProvider::Webhook => "webhook",
    };
    format!("set it up in the inbox, Settings, Apps; or PUT /admin/v1/apps/{{id}}/push/{path}")
}

/// What a service said, in words, and where the fault lies.
fn explain(provider: PushProvider, verdict: &Verdict) -> Finding {
    let service = provider_word(provider);
    let said = format!("{service} says: {}", verdict.detail());
    match verdict {
        Verdict::Accepted { provider_id } => {
            good(Hop::Service, format!("{service} took the push and calls it {provider_id}"))
        }
        Verdict::TokenDead { .. } => {
            let fix = "the app was removed or has another token now: open it once on the device";
            broken(Hop::Token, format!("{said}: the token is dead"), fix)
        }
        Verdict::TokenSuspect { .. } => {
            let fix = "the token belongs to another app, project or key, or - with Apple - to the other of sandbox and \
                       production: compare the key's topic or project with the app on the device";
            broken(Hop::Token, format!("{said}: the token does not fit the key"), fix)
        }
        Verdict::Credential { reason, .. } => credential(provider, reason, said),
        Verdict::Rejected { .. } => broken(Hop::Service, said, "report this: the push itself is wrong"),
        Verdict::Later { reason, .. } if reason.starts_with("cannot connect") => {
            broken(Hop::Network, said, "let this machine reach the service on port 443, by name")
        }
        Verdict::Later { .. } => doubtful(
            Hop::Service,
            said,
            "wait: the service is busy or out of order; pushes are repeated by themselves",
        ),
        Verdict::NotProcessed { .. } | Verdict::Ambiguous { .. } => doubtful(
            Hop::Network,
            said,
            "try again; if it stays so, look at what lies between this machine and the service",
        ),
    }
}

fn credential(provider: PushProvider, reason: &str, said: String) -> Finding {
    match (provider, reason) {
        (PushProvider::Apns, "TopicDisallowed" | "BadTopic" | "MissingTopic") => broken(
            Hop::Key,
            format!("{said}: the key may not push to this topic"),
            "put the app's bundle id as `topic`, and a key of the team that owns it",
        ),
        (PushProvider::Apns, "ExpiredProviderToken") => {
            broken(Hop::Clock, said, "set the clock of this machine by NTP")
        }
        (PushProvider::Apns, "BadEnvironmentKeyInToken" | "BadEnvironmentKeyIdInToken") => broken(
            Hop::Key,
            format!("{said}: the key is for the other of sandbox and production"),
            "make a key for both in the developer account, and put it",
        ),
        (PushProvider::Apns, _) => broken(
            Hop::Key,
            format!("{said}: key, key id and team id do not belong together, or the key was revoked"),
            "compare all three with the developer account, and put them again",
        ),
        (PushProvider::Fcm, "THIRD_PARTY_AUTH_ERROR") => broken(
            Hop::Key,
            format!("{said}: Firebase cannot push to Apple for this app"),
            "upload the APNs key in the Firebase console, or let iPhones register with APNs",
        ),
        (PushProvider::Fcm, reason) if reason.starts_with("access token") => broken(
            Hop::Key,
            format!("{said}: Google does not accept the service account"),
            "download a new key of the service account, and put it; if it is new, look at the clock of this machine",
        ),
        (PushProvider::Fcm, _) => broken(
            Hop::Key,
            format!("{said}: the service account may not send for this project"),
            "compare the project with the app's google-services.json, and switch the Firebase Cloud Messaging API on",
        ),
        (PushProvider::WebPush, _) => {
            broken(Hop::Key, said, "look at `contact`, and at the clock of this machine")
        }
        (PushProvider::Webhook, _) => {
            broken(Hop::Key, said, "compare the address and the secret with those of your service")
        }
    }
}
