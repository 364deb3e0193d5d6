//! Time and randomness. Nothing else in the crate asks the system for either, so that a test or a simulation can
//! repeat itself.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use ring::rand::SecureRandom;

/// A clock: the wall's, which may jump, and a steady one, which does not.
pub trait Clock: Send + Sync + 'static {
    /// Unix milliseconds. Shown and written into ids; never used to measure.
    fn wall_ms(&self) -> i64;
    /// Milliseconds since some moment before the process started; never goes back. May stand still while the
    /// phone sleeps.
    fn steady_ms(&self) -> u64;
    /// Waits until `steady_ms` has reached `steady_ms`.
    fn sleep_until(&self, steady_ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// A source of random bytes that nobody can guess.
pub trait Random: Send + Sync + 'static {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The clock of the system; needs to be used inside a Tokio runtime with time enabled.
#[derive(Debug)]
pub struct SystemClock {
    started: tokio::time::Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { started: tokio::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn wall_ms(&self) -> i64 {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
    }

    fn steady_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep_until(&self, steady_ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let deadline = self.started + Duration::from_millis(steady_ms);
        Box::pin(tokio::time::sleep_until(deadline))
    }
}

/// The system's random numbers.
#[derive(Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) {
        // The system's source fails only while a machine boots; an id made of the zeros left in the buffer would
        // be a duplicate, so it is better to end here.
        let filled = ring::rand::SystemRandom::new().fill(buffer);
        assert!(filled.is_ok(), "the system gives no random numbers");
    }
}

/// Ten random bytes, as an id needs them.
pub(crate) fn ten(random: &dyn Random) -> [u8; 10] {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    bytes
}

/// A random number over the whole range, for jitter.
pub(crate) fn roll(random: &dyn Random) -> u64 {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
