//! Time and chance of each host: the simulation's time, with an error that faults may change, and dice.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tidings_protocol::time::Timestamp;
use tidings_sdk_core as sdk;
use tidings_server::clock::TimeAndChance;
use tokio::time::Instant;

use crate::dice::Dice;

/// 2026-11-21T09:30:00Z.
const START_MS: i64 = 1_795_253_400_000;

/// The right time.
pub(crate) fn true_ms() -> i64 {
    START_MS + i64::try_from(since_start_ms()).unwrap_or_default()
}

/// Milliseconds since the simulation began; outside of all hosts, zero.
pub(crate) fn since_start_ms() -> u64 {
    let elapsed = turmoil::sim_elapsed().unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or_default()
}

/// Waits until so many milliseconds after the beginning.
pub(crate) async fn until(at_ms: u64) {
    let wait = at_ms.saturating_sub(since_start_ms());
    tokio::time::sleep(Duration::from_millis(wait)).await;
}

/// By how much a host's clock is wrong, in milliseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Skew(Arc<AtomicI64>);

impl Skew {
    pub(crate) fn set(&self, ms: i64) {
        self.0.store(ms, Ordering::Relaxed);
    }

    fn now_ms(&self) -> i64 {
        true_ms() + self.0.load(Ordering::Relaxed)
    }
}

/// What a host is given.
pub(crate) struct Senses {
    skew: Skew,
    dice: Mutex<Dice>,
    started: Instant,
}

impl Senses {
    /// For one life of a host. Another life has other dice: ids may not repeat.
    pub(crate) fn new(seed: u64, host: &str, life: u64, skew: &Skew) -> Self {
        let dice = Dice::new(seed, &format!("senses of {host} in life {life}"));
        Self { skew: skew.clone(), dice: Mutex::new(dice), started: Instant::now() }
    }

    fn roll_into(&self, buffer: &mut [u8]) {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner).fill(buffer);
    }
}

impl TimeAndChance for Senses {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.skew.now_ms())
    }

    fn fill(&self, buffer: &mut [u8]) {
        self.roll_into(buffer);
    }
}

impl sdk::Clock for Senses {
    fn wall_ms(&self) -> i64 {
        self.skew.now_ms()
    }

    fn steady_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep_until(&self, steady_ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep_until(self.started + Duration::from_millis(steady_ms)))
    }
}

impl sdk::Random for Senses {
    fn fill(&self, buffer: &mut [u8]) {
        self.roll_into(buffer);
    }
}
