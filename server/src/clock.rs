//! The only file that reads the wall clock and the operating system's randomness. Everybody else is given a
//! [`Clock`], so that a test can decide what time it is and a simulation can repeat itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rand::TryRngCore as _;
use rand::rngs::OsRng;
use tidings_protocol::time::Timestamp;

/// The time, and random bytes that nobody can guess.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Manual(ManualClock),
    Given(Arc<dyn TimeAndChance>),
}

/// A time and a randomness of somebody else's, for a simulation that is to repeat itself.
pub trait TimeAndChance: Send + Sync {
    /// The time now. It may jump.
    fn now(&self) -> Timestamp;
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// Moves the time of a [`Clock::manual`].
#[derive(Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl Clock {
    /// The operating system's time.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A time that stands still until it is moved. Its randomness is the operating system's all the same.
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let hand = ManualClock(Arc::new(AtomicI64::new(start.unix_ms())));
        (Self(Source::Manual(hand.clone())), hand)
    }

    /// Time and randomness as somebody gives them. What is made from them is as hard to guess as they are.
    pub fn given(source: Arc<dyn TimeAndChance>) -> Self {
        Self(Source::Given(source))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => system_now(),
            Source::Given(source) => source.now(),
            Source::Manual(hand) => Timestamp::from_unix_ms(hand.0.load(Ordering::SeqCst)),
        }
    }

    /// The time now in the form that ids are made from.
    pub fn unix_ms(&self) -> u64 {
        self.now().unix_ms().unsigned_abs()
    }

    /// Random bytes of the operating system, or of whoever gives the time.
    ///
    /// # Panics
    /// When the operating system has none: nothing safe could be done without.
    #[expect(clippy::expect_used, reason = "no session token may be made without randomness")]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        if let Source::Given(source) = &self.0 {
            source.fill(&mut bytes);
            return bytes;
        }
        OsRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }
}

impl ManualClock {
    /// Moves the time by so many milliseconds, which may be negative.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
fn system_now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_it_is_moved() {
        let (clock, hand) = Clock::manual(Timestamp::from_unix_ms(1_000));
        assert_eq!(clock.now(), clock.now());
        hand.advance_ms(500);
        assert_eq!(clock.now().unix_ms(), 1_500);
    }

    #[test]
    fn random_bytes_do_not_repeat() {
        let clock = Clock::system();
        assert_ne!(clock.random::<32>(), clock.random::<32>());
    }
}
