//! How often somebody may ask: by session, by app, by address. Each limit is a bucket that fills at a steady rate
//! (GCRA), so that a phone that comes back after a night may catch up at once and then settles.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use sha2::{Digest as _, Sha256};
use tidings_protocol::id::AppId;
use tidings_protocol::text::Email;

use crate::auth::TokenHash;
use crate::config;
use crate::problem::Problem;

/// All limits of the server.
pub struct Rates {
    session: Limit<TokenHash>,
    app: Limit<AppId>,
    backend: Limit<TokenHash>,
    address: Limit<Network>,
    socket: Limit<()>,
    sign_in: Limit<Network>,
    agent_email: Limit<TokenHash>,
    agent_address: Limit<Network>,
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
        }
    }

    /// A request of a session.
    pub fn session(&self, session: TokenHash) -> Result<(), Problem> {
        self.session.ask(&session)
    }

    /// A request for an app.
    pub fn app(&self, app: AppId) -> Result<(), Problem> {
        self.app.ask(&app)
    }

    /// A request with a server key.
    pub fn backend(&self, key: TokenHash) -> Result<(), Problem> {
        self.backend.ask(&key)
    }

    /// A request from an address.
    pub fn address(&self, address: IpAddr) -> Result<(), Problem> {
        self.address.ask(&network(address))
    }

    /// A socket is opened, by whomever.
    pub fn socket(&self) -> Result<(), Problem> {
        self.socket.ask(&())
    }

    /// A phone signs in.
    pub fn sign_in(&self, address: IpAddr) -> Result<(), Problem> {
        self.sign_in.ask(&network(address))
    }

    /// An agent tries a password.
    pub fn agent_sign_in(&self, email: &Email, address: IpAddr) -> Result<(), Problem> {
        self.agent_address.ask(&network(address))?;
        self.agent_email.ask(&Sha256::digest(email.as_str()).into())
    }

    /// Forgets who has not asked for long enough to start afresh, so that memory stays bounded by who asks.
    pub fn tidy(&self) {
        self.session.tidy();
        self.app.tidy();
        self.backend.tidy();
        self.address.tidy();
        self.sign_in.tidy();
        self.agent_email.tidy();
        self.agent_address.tidy();
    }
}

/// An IPv4 address, or the /64 of an IPv6 address: whoever has one address of it has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network([u8; 8]);

fn network(address: IpAddr) -> Network {
    let octets = match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets()[8..].try_into(),
        IpAddr::V6(v6) => v6.octets()[..8].try_into(),
    };
    Network(octets.unwrap_or_default())
}

/// A limit for each key; none when the operator switched it off.
struct Limit<K: Hash + Eq + Clone>(Option<RateLimiter<K, HashMapStateStore<K>, DefaultClock>>);

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(count: u32, unit: Duration, burst: u32) -> Self {
        let quota = NonZeroU32::new(count).and_then(|count| {
            let burst = NonZeroU32::new(count.get().saturating_mul(burst))?;
            Some(Quota::with_period(unit / count.get())?.allow_burst(burst))
        });
        Self(quota.map(RateLimiter::hashmap))
    }

    fn ask(&self, key: &K) -> Result<(), Problem> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(key).map_err(|early| {
            let wait = early.wait_time_from(DefaultClock::default().now());
            // Rounded up: a client that waits so long is let in.
            Problem::rate_limited(wait.as_secs() + 1)
        })
    }

    fn tidy(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
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
