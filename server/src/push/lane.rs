//! One lane for each credential: its own client and connection, held while the service refuses or does not answer,
//! so that one app's bad key stalls nobody else and hammers nobody.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tidings_protocol::id::{AppId, WorkspaceId};
use tidings_protocol::push::PushProvider;
use tidings_protocol::time::Timestamp;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::apns::{Apns, Endpoints};
use super::credential::{ApnsKey, InvalidCredential, ServiceAccount};
use super::fcm::Fcm;
use super::hook::Hook;
use super::net::{Net, Speaks, Trust};
use super::provider::Client;
use super::seal::Seals;
use super::verdict::{LONGEST_PAUSE, Scope, Verdict};
use super::web::WebPush;
use super::{PushConfig, SetupError};
use crate::clock::Clock;

/// Pauses while the credential is refused, in seconds, by how often it was refused in a row.
const REFUSED: [u64; 4] = [60, 5 * 60, 15 * 60, 60 * 60];
/// Pauses while there is no answer, in seconds. The first failures may be one connection's.
const UNANSWERED: [u64; 7] = [0, 0, 5, 10, 20, 40, 60];
/// How long one push alone may try whether a held lane is good again.
const PROBE: Duration = Duration::from_secs(30);
/// How soon the others look again meanwhile.
const BESIDE_PROBE: Duration = Duration::from_secs(5);

/// Pushes under way with one credential. At a round trip of 50 ms these are nearly 4,000 pushes a second.
const PLACES: usize = 192;
/// How long a push waits for one of them, before it comes back later.
const PLACE: Duration = Duration::from_millis(500);
/// How much later.
pub const WITHOUT_PLACE: Duration = Duration::from_secs(2);

/// So many of the last answers are looked at when a token is suspected.
const WINDOW: u32 = 50;
/// From so many answers on they say something of the credential.
const WINDOW_MIN: u32 = 10;
/// Of a hundred answers, so many that suspect their token mean that the credential is wrong.
const SUSPECTS_PERCENT: u32 = 30;

/// A credential's client and whether it may be used now.
pub struct Lane {
    version: i64,
    /// The client.
    pub client: Client,
    gate: Mutex<Gate>,
    suspects: Mutex<Suspects>,
    places: Semaphore,
}

/// Which of the last answers suspected their token.
#[derive(Debug, Default)]
struct Suspects {
    /// A bit for each, the newest lowest.
    bits: u64,
    seen: u32,
}

impl Suspects {
    fn note(&mut self, verdict: &Verdict) {
        let suspect = match verdict {
            Verdict::TokenSuspect { .. } => 1,
            Verdict::Accepted { .. } | Verdict::TokenDead { .. } => 0,
            // These say nothing of a token.
            _ => return,
        };
        self.bits = (self.bits << 1 | suspect) & ((1 << WINDOW) - 1);
        self.seen = (self.seen + 1).min(WINDOW);
    }

    fn are_many(&self) -> bool {
        self.seen >= WINDOW_MIN && self.bits.count_ones() * 100 > self.seen * SUSPECTS_PERCENT
    }
}

/// Whether a lane is open. Time comes in with each call.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// In a row.
    failures: usize,
    until: Timestamp,
    probing_since: Option<Timestamp>,
    reason: String,
}

/// Whether a push may be sent on a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Open,
    /// Not yet.
    Held {
        /// For how long at least.
        pause: Duration,
        /// What the service said last.
        reason: String,
    },
}

impl Lane {
    /// Waits a moment for a place among the pushes under way with this credential; none when all are taken. A service
    /// that hangs then keeps its own pushes waiting, and not those of the app's other credential.
    pub async fn place(&self) -> Option<SemaphorePermit<'_>> {
        tokio::time::timeout(PLACE, self.places.acquire()).await.ok()?.ok()
    }

    /// Asks to send now. After a pause one push goes first, alone.
    pub fn admit(&self, now: Timestamp) -> Admission {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner).admit(now)
    }

    /// Tells what became of a push that was admitted; the answer is for how long the lane is held now.
    pub fn settle(&self, verdict: &Verdict, now: Timestamp) -> Duration {
        self.suspects.lock().unwrap_or_else(PoisonError::into_inner).note(verdict);
        self.gate.lock().unwrap_or_else(PoisonError::into_inner).settle(verdict, now)
    }

    /// Whether so many of the last tokens did not fit that the credential must be wrong, and no token is to blame.
    pub fn suspects_many(&self) -> bool {
        self.suspects.lock().unwrap_or_else(PoisonError::into_inner).are_many()
    }
}

impl Gate {
    pub(crate) fn admit(&mut self, now: Timestamp) -> Admission {
        let held = |pause, gate: &Self| Admission::Held { pause, reason: gate.reason.clone() };
        if self.until > now {
            return held(between(now, self.until), self);
        }
        if self.failures == 0 || self.until == Timestamp::default() {
            return Admission::Open;
        }
        match self.probing_since {
            Some(since) if since <= now && between(since, now) < PROBE => held(BESIDE_PROBE, self),
            _ => {
                self.probing_since = Some(now);
                Admission::Open
            }
        }
    }

    pub(crate) fn settle(&mut self, verdict: &Verdict, now: Timestamp) -> Duration {
        let place =
            |pauses: &[u64], failures: usize| Duration::from_secs(pauses[failures.min(pauses.len()) - 1]);
        // Pushes that were under way together fail together: they count as one.
        let failures = if self.until > now { self.failures.max(1) } else { self.failures + 1 };
        let pause = match verdict {
            Verdict::NotProcessed { .. } => {
                self.probing_since = None;
                return Duration::ZERO;
            }
            Verdict::Credential { .. } => place(&REFUSED, failures),
            Verdict::Later { after: Some(after), scope: Scope::Credential, .. } => {
                (*after).min(LONGEST_PAUSE)
            }
            Verdict::Later { after: None, scope: Scope::Credential, .. } | Verdict::Ambiguous { .. } => {
                place(&UNANSWERED, failures)
            }
            // One push in twenty that is told to come back in a second must not stop the other nineteen for one.
            Verdict::Later { after, scope: Scope::Service, .. } => match place(&UNANSWERED, failures) {
                Duration::ZERO => Duration::ZERO,
                pause => pause.max(after.unwrap_or_default()).min(LONGEST_PAUSE),
            },
            Verdict::Accepted { .. }
            | Verdict::TokenDead { .. }
            | Verdict::TokenSuspect { .. }
            | Verdict::Rejected { .. }
            | Verdict::Later { scope: Scope::Device, .. } => {
                // An answer that was under way when the lane was held says nothing of what came after.
                if self.until <= now {
                    *self = Self::default();
                }
                return Duration::ZERO;
            }
        };
        self.failures = failures;
        self.probing_since = None;
        verdict.detail().clone_into(&mut self.reason);
        if pause > Duration::ZERO {
            let until = now.plus_ms(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
            self.until = self.until.max(until);
        }
        between(now, self.until)
    }
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(to.unix_ms() - from.unix_ms()).unwrap_or_default())
}

/// Whose credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// An app's, for its users.
    App(AppId),
    /// A workspace's, for its agents.
    Workspace(WorkspaceId),
}

impl From<AppId> for Owner {
    fn from(id: AppId) -> Self {
        Self::App(id)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(id) => id.fmt(f),
            Self::Workspace(id) => id.fmt(f),
        }
    }
}

/// The lanes of all credentials in use.
pub struct Lanes {
    config: PushConfig,
    seals: Seals,
    trust: Trust,
    clock: Clock,
    open: Mutex<HashMap<(Owner, PushProvider), Arc<Lane>>>,
}

impl Lanes {
    /// No lane yet; the addresses and certificates are checked now.
    pub fn new(config: &PushConfig, seals: Seals, clock: Clock) -> Result<Self, SetupError> {
        let trust = Trust::load(config.extra_ca.as_deref())?;
        let mut config = config.clone();
        for (key, url) in [
            ("apns_url", &mut config.apns_url),
            ("apns_sandbox_url", &mut config.apns_sandbox_url),
            ("fcm_url", &mut config.fcm_url),
            ("google_token_url", &mut config.google_token_url),
        ] {
            let parsed = url.parse::<http::Uri>().map_err(|_| SetupError::Url { key })?;
            if parsed.scheme_str() != Some("https") || parsed.host().is_none() || parsed.query().is_some() {
                return Err(SetupError::Url { key });
            }
            *url = url.trim_end_matches('/').to_owned();
        }
        Ok(Self { config, seals, trust, clock, open: Mutex::default() })
    }

    /// Whom all lanes trust.
    pub(super) const fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The lane of a credential, given as it is stored. A replaced credential gets a new lane, unheld; what is under
    /// way on the old one ends there.
    pub fn lane(
        &self,
        owner: impl Into<Owner>,
        provider: PushProvider,
        version: i64,
        stored: &str,
    ) -> Result<Arc<Lane>, InvalidCredential> {
        let owner = owner.into();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = open.get(&(owner, provider)).filter(|lane| lane.version == version) {
            return Ok(lane.clone());
        }
        let text = self.seals.to_open().open(owner, provider, stored)?;
        let stored = text.as_str();
        let client = match provider {
            PushProvider::Apns => Client::Apns(Box::new(self.apns(stored)?)),
            PushProvider::Fcm => Client::Fcm(Box::new(self.fcm(stored)?)),
            PushProvider::WebPush => {
                let reach = self.config.reach();
                let net = Net::to(&self.trust, reach, Speaks::Either);
                Client::Web(Box::new(WebPush::new(stored, net, reach, self.clock.clone())?))
            }
            PushProvider::Webhook => {
                let net = Net::to(&self.trust, self.config.reach(), Speaks::Either);
                Client::Hook(Box::new(Hook::new(stored, net, self.clock.clone())?))
            }
        };
        let lane = Arc::new(Lane {
            version,
            client,
            gate: Mutex::default(),
            suspects: Mutex::default(),
            places: Semaphore::new(PLACES),
        });
        open.insert((owner, provider), lane.clone());
        Ok(lane)
    }

    fn apns(&self, stored: &str) -> Result<Apns, InvalidCredential> {
        let endpoints = Endpoints {
            production: self.config.apns_url.clone(),
            sandbox: self.config.apns_sandbox_url.clone(),
        };
        Ok(Apns::new(ApnsKey::from_stored(stored)?, endpoints, Net::new(&self.trust), self.clock.clone()))
    }

    fn fcm(&self, stored: &str) -> Result<Fcm, InvalidCredential> {
        let PushConfig { fcm_url, google_token_url, .. } = &self.config;
        let account = ServiceAccount::from_stored(stored)?;
        Ok(Fcm::new(account, fcm_url, google_token_url, Net::new(&self.trust), self.clock.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Renewal;
    use super::*;

    const START: Timestamp = Timestamp::from_unix_ms(1_795_253_400_000);

    fn at(seconds: i64) -> Timestamp {
        START.plus_ms(seconds * 1000)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn wrong_key() -> Verdict {
        Verdict::Credential { reason: "InvalidProviderToken".to_owned(), renewal: Renewal::Useless }
    }

    fn accepted() -> Verdict {
        Verdict::Accepted { provider_id: String::new() }
    }

    fn is_open(gate: &mut Gate, now: Timestamp) -> bool {
        gate.admit(now) == Admission::Open
    }

    #[test]
    fn a_refused_credential_is_tried_by_one_push_at_a_time_with_growing_pauses() {
        let mut gate = Gate::default();
        assert!(is_open(&mut gate, at(0)) && is_open(&mut gate, at(0)));
        assert_eq!(gate.settle(&wrong_key(), at(0)), seconds(60));
        // The second was under way at the same time.
        assert_eq!(gate.settle(&wrong_key(), at(0)), seconds(60));
        let reason = "InvalidProviderToken".to_owned();
        assert_eq!(gate.admit(at(1)), Admission::Held { pause: seconds(59), reason });
        assert!(is_open(&mut gate, at(60)) && !is_open(&mut gate, at(60)));
        assert_eq!(gate.settle(&wrong_key(), at(61)), seconds(300));
        assert!(!is_open(&mut gate, at(300)) && is_open(&mut gate, at(361)));
        gate.settle(&accepted(), at(361));
        assert!(is_open(&mut gate, at(361)) && is_open(&mut gate, at(361)));
        assert_eq!(gate.settle(&wrong_key(), at(400)), seconds(60));
    }

    #[test]
    fn one_wrong_topic_blames_no_token() {
        let suspect = Verdict::TokenSuspect { reason: "BadDeviceToken".to_owned() };
        let mut window = Suspects::default();
        (0..9).for_each(|_| window.note(&suspect));
        assert!(!window.are_many(), "too few to say");
        window.note(&suspect);
        assert!(window.are_many());
        (0..24).for_each(|_| window.note(&accepted()));
        assert!(!window.are_many());
        (0..50).for_each(|_| window.note(&wrong_key()));
        (0..5).for_each(|_| window.note(&suspect));
        assert!(window.are_many());
    }

    #[test]
    fn a_probe_that_is_never_settled_gives_way_to_another() {
        let mut gate = Gate::default();
        gate.settle(&wrong_key(), at(0));
        assert!(is_open(&mut gate, at(60)) && !is_open(&mut gate, at(89)) && is_open(&mut gate, at(91)));
    }

    #[test]
    fn silence_holds_the_lane_only_when_it_repeats() {
        let silence = Verdict::Ambiguous { reason: "timeout".to_owned() };
        let mut gate = Gate::default();
        assert_eq!(gate.settle(&silence, at(0)), Duration::ZERO);
        assert_eq!(gate.settle(&silence, at(1)), Duration::ZERO);
        assert!(is_open(&mut gate, at(2)) && is_open(&mut gate, at(2)));
        assert_eq!(gate.settle(&silence, at(2)), seconds(5));
        assert!(!is_open(&mut gate, at(3)));
    }

    #[test]
    fn a_service_that_is_out_of_order_now_and_then_holds_one_push_and_one_that_stays_so_holds_all() {
        let busy = |after| Verdict::Later {
            reason: "UNAVAILABLE".to_owned(),
            after: Some(seconds(after)),
            scope: Scope::Service,
        };
        let mut gate = Gate::default();
        for second in 0..20 {
            assert_eq!(gate.settle(&busy(30), at(second)), Duration::ZERO);
            assert_eq!(gate.settle(&accepted(), at(second)), Duration::ZERO);
            assert!(is_open(&mut gate, at(second)) && is_open(&mut gate, at(second)));
        }
        assert_eq!(gate.settle(&busy(30), at(20)), Duration::ZERO);
        assert_eq!(gate.settle(&busy(30), at(20)), Duration::ZERO);
        // The third in a row: as long as it says, and then longer and longer.
        assert_eq!(gate.settle(&busy(30), at(20)), seconds(30));
        assert!(!is_open(&mut gate, at(49)) && is_open(&mut gate, at(50)) && !is_open(&mut gate, at(50)));
        assert_eq!(gate.settle(&busy(1), at(50)), seconds(10));
    }

    #[test]
    fn retry_after_holds_every_push_of_the_credential_and_no_more_than_an_hour() {
        let later =
            |after, scope| Verdict::Later { reason: "busy".to_owned(), after: Some(seconds(after)), scope };
        let mut gate = Gate::default();
        assert_eq!(gate.settle(&later(30, Scope::Device), at(0)), Duration::ZERO);
        assert!(is_open(&mut gate, at(1)));
        assert_eq!(gate.settle(&later(30, Scope::Credential), at(1)), seconds(30));
        assert!(!is_open(&mut gate, at(30)) && is_open(&mut gate, at(31)));
        assert_eq!(gate.settle(&later(100_000, Scope::Credential), at(31)), seconds(3600));
    }

    #[test]
    fn an_address_that_is_not_https_is_refused_at_start() {
        for url in ["http://api.push.apple.com", "api.push.apple.com", "https://", "", "https://host/?a=b"] {
            let config = PushConfig { fcm_url: url.to_owned(), ..PushConfig::default() };
            let error = Lanes::new(&config, Seals::none(), Clock::system()).err().unwrap().to_string();
            assert!(error.contains("push.fcm_url"), "{url}: {error}");
        }
    }

    #[test]
    fn certificates_that_cannot_be_read_are_refused_at_start() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("missing.pem", None), ("empty.pem", Some("")), ("other.pem", Some("hello"))] {
            let path = folder.path().join(name);
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            let config = PushConfig { extra_ca: Some(path), ..PushConfig::default() };
            let error = Lanes::new(&config, Seals::none(), Clock::system()).err().unwrap().to_string();
            assert!(error.contains(name) && error.starts_with("push.extra_ca"), "{error}");
        }
    }
}
