//! How often somebody may ask: by session, by app, by address. Each limit is a bucket that fills at a steady rate
//! (GCRA), so that a phone that comes back after a night may catch up at once and then settles.
//!
//! With several nodes a bucket is one for all of them, without asking anybody before answering: each node decides by
//! its own copy, and tells the others a few times a second what was taken from buckets of which a quarter or more is
//! spent. Whoever stays below that costs no word. Whoever hammers `n` nodes at once gets at most a quarter of the
//! burst more for each further node, and what passes before the next telling. While the bus is away, each node's
//! bucket is its own.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tidings_protocol::id::{AgentId, AppId};
use tidings_protocol::text::Email;
use tokio::time::Instant;

use crate::auth::TokenHash;
use crate::config;
use crate::problem::Problem;

/// Codes that one agent may get wrong: with three right ones in a million, a stranger who knows the password needs
/// years.
const CODES_PER_HOUR: u32 = 10;

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Session,
    App,
    Backend,
    Address,
    SignIn,
    AgentEmail,
    AgentAddress,
    AgentCode,
}

/// What was taken from a bucket on one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent(Kind, Key, u32);

/// Half of a hash, or what identifies somebody as well as one.
type Key = u64;

fn key_of(hash: &TokenHash) -> Key {
    hash.first_chunk().map_or(0, |bytes| Key::from_be_bytes(*bytes))
}

/// All limits of the server.
pub struct Rates {
    session: Limit,
    app: Limit,
    backend: Limit,
    address: Limit,
    /// Of this node alone: it is the node's own work that is bounded.
    socket: Limit,
    sign_in: Limit,
    agent_email: Limit,
    agent_address: Limit,
    /// Of one agent: a code has six digits, so somebody who knows the password must not try many.
    agent_code: Limit,
}

impl Rates {
    /// The limits that the operator chose.
    pub fn new(config: &config::Rates) -> Self {
        let count = |count: u32| if config.enabled { count } else { 0 };
        let (second, minute) = (Duration::from_secs(1), Duration::from_mins(1));
        Self {
            session: Limit::new(count(config.session_per_second), second, 10),
            app: Limit::new(count(config.app_per_second), second, 10),
            backend: Limit::new(count(config.app_per_second), second, 10),
            address: Limit::new(count(config.address_per_second), second, 10),
            socket: Limit::new(count(config.sockets_per_second), second, 2),
            sign_in: Limit::new(count(config.sign_ins_per_minute), minute, 10),
            agent_email: Limit::new(count(config.agent_sign_ins_per_minute), minute, 2),
            agent_address: Limit::new(count(config.agent_sign_ins_per_minute), minute, 2),
            agent_code: Limit::new(count(CODES_PER_HOUR), Duration::from_hours(1), 1),
        }
    }

    /// A request of a session.
    pub fn session(&self, session: TokenHash) -> Result<(), Problem> {
        self.session.ask(key_of(&session))
    }

    /// A request for an app.
    pub fn app(&self, app: AppId) -> Result<(), Problem> {
        // The low half of a UUIDv7 is random.
        self.app.ask(app.uuid().as_u64_pair().1)
    }

    /// A request with a server key.
    pub fn backend(&self, key: TokenHash) -> Result<(), Problem> {
        self.backend.ask(key_of(&key))
    }

    /// A request from an address.
    pub fn address(&self, address: IpAddr) -> Result<(), Problem> {
        self.address.ask(network(address))
    }

    /// A socket is opened, by whomever.
    pub fn socket(&self) -> Result<(), Problem> {
        self.socket.ask(0)
    }

    /// A phone signs in.
    pub fn sign_in(&self, address: IpAddr) -> Result<(), Problem> {
        self.sign_in.ask(network(address))
    }

    /// An agent tries a password.
    pub fn agent_sign_in(&self, email: &Email, address: IpAddr) -> Result<(), Problem> {
        self.agent_address.ask(network(address))?;
        self.agent_email.ask(key_of(&Sha256::digest(email.as_str()).into()))
    }

    /// Somebody tries to come in as an agent without saying who.
    pub fn agent_attempt(&self, address: IpAddr) -> Result<(), Problem> {
        self.agent_address.ask(network(address))
    }

    /// An agent shows a code, a recovery code, or their password once more.
    pub fn agent_code(&self, agent: AgentId) -> Result<(), Problem> {
        self.agent_code.ask(agent.uuid().as_u64_pair().1)
    }

    /// What the agent showed was right: earlier mistakes are forgiven.
    pub fn forgive_code(&self, agent: AgentId) {
        self.agent_code.forgive(agent.uuid().as_u64_pair().1);
    }

    fn limits(&self) -> [(Kind, &Limit); 8] {
        [
            (Kind::Session, &self.session),
            (Kind::App, &self.app),
            (Kind::Backend, &self.backend),
            (Kind::Address, &self.address),
            (Kind::SignIn, &self.sign_in),
            (Kind::AgentEmail, &self.agent_email),
            (Kind::AgentAddress, &self.agent_address),
            (Kind::AgentCode, &self.agent_code),
        ]
    }

    /// What was taken here and is worth telling the other nodes, since this was last asked.
    pub fn take_spent(&self) -> Vec<Spent> {
        let of = |(kind, limit): (Kind, &Limit)| {
            limit
                .take_untold()
                .into_iter()
                .map(move |(key, count)| Spent(kind, key, count))
                .collect::<Vec<_>>()
        };
        self.limits().into_iter().flat_map(of).collect()
    }

    /// Takes from the buckets here what was taken on another node.
    pub fn debit(&self, spent: &[Spent]) {
        for (kind, limit) in self.limits() {
            for Spent(_, key, count) in spent.iter().filter(|spent| spent.0 == kind) {
                limit.debit(*key, *count);
            }
        }
    }

    /// Forgets who has not asked for long enough to start afresh, so that memory stays bounded by who asks.
    pub fn tidy(&self) {
        for (_, limit) in self.limits() {
            limit.tidy();
        }
        self.socket.tidy();
    }
}

/// An IPv4 address, or the /64 of an IPv6 address: whoever has one address of it has them all.
fn network(address: IpAddr) -> Key {
    let octets = match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets()[8..].try_into(),
        IpAddr::V6(v6) => v6.octets()[..8].try_into(),
    };
    Key::from_be_bytes(octets.unwrap_or_default())
}

/// A limit for each key; none when the operator switched it off.
struct Limit {
    rule: Option<Rule>,
    since: Instant,
    buckets: Mutex<Buckets>,
}

#[derive(Clone, Copy)]
struct Rule {
    /// Nanoseconds in which a bucket gains the room for one request.
    interval: u64,
    /// Nanoseconds in which an empty bucket fills.
    burst: u64,
}

#[derive(Default)]
struct Buckets {
    /// When each bucket will be full again, in nanoseconds since the start: the further ahead, the less is in it.
    full_at: HashMap<Key, u64>,
    /// What the other nodes were not told yet.
    untold: HashMap<Key, u32>,
}

impl Limit {
    fn new(count: u32, unit: Duration, burst: u32) -> Self {
        let interval = (count > 0).then(|| nanos(unit / count).max(1));
        let rule = interval.map(|interval| Rule {
            interval,
            burst: interval.saturating_mul(u64::from(count)).saturating_mul(u64::from(burst)),
        });
        Self { rule, since: Instant::now(), buckets: Mutex::default() }
    }

    /// Whole after each statement, so a panic elsewhere does no harm.
    fn lock(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, key: Key) -> Result<(), Problem> {
        let Some(Rule { interval, burst }) = self.rule else { return Ok(()) };
        let now = nanos(self.since.elapsed());
        let mut buckets = self.lock();
        let full_at = buckets.full_at.entry(key).or_default();
        let after = (*full_at).max(now) + interval;
        let missing = after - now;
        if missing > burst {
            // Rounded up: a client that waits so long is let in.
            return Err(Problem::rate_limited(Duration::from_nanos(missing - burst).as_secs() + 1));
        }
        *full_at = after;
        if missing > burst / 4 {
            *buckets.untold.entry(key).or_default() += 1;
        }
        Ok(())
    }

    fn forgive(&self, key: Key) {
        self.lock().full_at.remove(&key);
    }

    fn take_untold(&self) -> HashMap<Key, u32> {
        std::mem::take(&mut self.lock().untold)
    }

    fn debit(&self, key: Key, count: u32) {
        let Some(Rule { interval, burst }) = self.rule else { return };
        let now = nanos(self.since.elapsed());
        let mut buckets = self.lock();
        let full_at = buckets.full_at.entry(key).or_default();
        let after = (*full_at).max(now).saturating_add(interval.saturating_mul(count.into()));
        // Empty is empty: nobody is made to wait for longer than a whole burst takes.
        *full_at = after.min(now + burst);
    }

    fn tidy(&self) {
        let now = nanos(self.since.elapsed());
        let mut buckets = self.lock();
        buckets.full_at.retain(|_, full_at| *full_at > now);
        buckets.full_at.shrink_to_fit();
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tidings_protocol::problem::ProblemCode;

    use super::*;

    fn rates(change: impl FnOnce(&mut config::Rates)) -> Rates {
        let mut config = config::Config::defaults().unwrap().rates;
        change(&mut config);
        Rates::new(&config)
    }

    #[test]
    fn beyond_the_burst_the_answer_says_how_long_to_wait() {
        let rates = rates(|config| config.session_per_second = 1);
        for _ in 0..10 {
            rates.session([1; 32]).unwrap();
        }
        let problem = rates.session([1; 32]).unwrap_err();
        assert_eq!(problem.code(), ProblemCode::RateLimited);
        assert!(problem.body().retry_after.is_some_and(|seconds| (1..=2).contains(&seconds)));
        rates.session([2; 32]).unwrap();
    }

    #[test]
    fn what_is_spent_on_one_node_is_gone_on_the_others() {
        let limited = || rates(|config| config.session_per_second = 1);
        let (one, two) = (limited(), limited());
        let let_in = |rates: &Rates| (0..100).filter(|_| rates.session([1; 32]).is_ok()).count();
        assert_eq!(let_in(&one), 10);
        two.debit(&one.take_spent());
        // A quarter of the burst is not worth telling.
        assert!((2..=3).contains(&let_in(&two)));
        two.session([2; 32]).unwrap();
        assert!(one.take_spent().is_empty());
    }

    #[test]
    fn who_asks_rarely_is_not_worth_a_word() {
        let rates = rates(|config| config.session_per_second = 1);
        for _ in 0..2 {
            rates.session([1; 32]).unwrap();
        }
        assert!(rates.take_spent().is_empty());
    }

    #[test]
    fn a_debt_of_many_nodes_is_forgiven_beyond_one_burst() {
        let rates = rates(|config| config.session_per_second = 1);
        rates.debit(&[Spent(Kind::Session, key_of(&[1; 32]), 1_000)]);
        let problem = rates.session([1; 32]).unwrap_err();
        assert!(problem.body().retry_after.is_some_and(|seconds| seconds <= 2));
    }

    #[test]
    fn addresses_of_one_v6_network_count_together() {
        let rates = rates(|config| config.agent_sign_ins_per_minute = 1);
        let ask = |email: &str, address: &str| {
            rates.agent_sign_in(&email.parse().unwrap(), address.parse().unwrap())
        };
        ask("a@x", "2001:db8::1").unwrap();
        ask("b@x", "2001:db8::2").unwrap();
        assert!(ask("c@x", "2001:db8::3").is_err());
        ask("c@x", "2001:db8:0:1::1").unwrap();
        ask("d@x", "::ffff:192.0.2.1").unwrap();
        ask("d@x", "192.0.2.1").unwrap();
        assert!(ask("e@x", "192.0.2.1").is_err());
    }

    #[test]
    fn one_e_mail_address_is_limited_from_everywhere() {
        let rates = rates(|config| config.agent_sign_ins_per_minute = 1);
        let ask = |address: &str| rates.agent_sign_in(&"ana@x".parse().unwrap(), address.parse().unwrap());
        ask("192.0.2.1").unwrap();
        ask("192.0.2.2").unwrap();
        assert!(ask("192.0.2.3").is_err());
    }

    #[test]
    fn zero_and_off_mean_no_limit() {
        for rates in [rates(|config| config.session_per_second = 0), rates(|config| config.enabled = false)] {
            for _ in 0..1_000 {
                rates.session([1; 32]).unwrap();
            }
        }
    }
}
