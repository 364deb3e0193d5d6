//! How much of a file travels in one request. A chunk counts whole or not at all, so one that is too large for its line comes
//! to nothing each time it is tried, and its bytes are paid for each time. What does not arrive is followed by half as much,
//! down to the least that the server takes; what arrives soon, by twice as much.

use std::sync::atomic::{AtomicU64, Ordering};

use tidings_protocol::limits;

/// The least of a file that the server takes at once, unless it is the last of it.
const LEAST: u64 = limits::CHUNK_BYTES_MIN as u64;
/// The most that is lost with a line that breaks.
const MOST: u64 = 512 * 1024;
/// What arrives in this time may be larger.
const SOON_MS: u64 = 4_000;
/// What takes longer is too large to be safe, although it arrived.
const SLOW_MS: u64 = 15_000;

/// The size of the next piece, in bytes. Kept as long as the user is signed in, in each direction one.
#[derive(Debug)]
pub(crate) struct Pace(AtomicU64);

impl Pace {
    /// For a line of which nothing is known, and on which what does not arrive was paid for.
    pub(super) const fn careful() -> Self {
        Self(AtomicU64::new(MOST / 2))
    }

    /// For a line of which nothing is known, and that is heard while it works.
    pub(super) const fn bold() -> Self {
        Self(AtomicU64::new(MOST))
    }

    /// How much the next piece may have, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether the line needs all it has for one piece of the least size.
    pub(crate) fn is_slow(&self) -> bool {
        self.bytes() <= LEAST
    }

    /// A piece of this size arrived, in this time.
    pub(crate) fn arrived(&self, bytes: u64, took_ms: u64) {
        let now = self.bytes();
        if took_ms > SLOW_MS {
            self.set(now / 2);
        } else if took_ms <= SOON_MS && bytes >= now {
            self.set(now * 2);
        }
    }

    /// A piece did not arrive.
    pub(crate) fn failed(&self) {
        self.set(self.bytes() / 2);
    }

    fn set(&self, bytes: u64) {
        self.0.store(bytes.clamp(LEAST, MOST), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_followed_by_less_and_what_comes_soon_by_more() {
        let pace = Pace::careful();
        assert_eq!(pace.bytes(), 256 * 1024);
        for wanted in [128, 64, 64] {
            pace.failed();
            assert_eq!(pace.bytes(), wanted * 1024);
        }
        assert!(pace.is_slow());
        pace.arrived(64 * 1024, 10_000);
        assert_eq!(pace.bytes(), 64 * 1024, "neither soon nor slow: as it is");
        for wanted in [128, 256, 512, 512] {
            pace.arrived(pace.bytes(), 500);
            assert_eq!(pace.bytes(), wanted * 1024);
        }
        pace.arrived(512 * 1024, 20_000);
        assert_eq!(pace.bytes(), 256 * 1024, "it arrived just so");
        pace.arrived(10, 1);
        assert_eq!(pace.bytes(), 256 * 1024, "the last few bytes of a file say nothing of the line");
    }
}
