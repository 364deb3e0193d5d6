//! The time by which tokens are judged.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock in unix milliseconds: the machine's, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `unix_ms` until it is [set](Self::set).
    pub fn manual(unix_ms: i64) -> Self {
        Self(Some(Arc::new(AtomicI64::new(unix_ms))))
    }

    /// Moves a manual clock, and every clone of it; does nothing to the machine's.
    pub fn set(&self, unix_ms: i64) {
        if let Some(time) = &self.0 {
            time.store(unix_ms, Ordering::SeqCst);
        }
    }

    /// Now, in unix milliseconds.
    #[expect(clippy::disallowed_methods, reason = "this is the crate's clock")]
    pub fn unix_ms(&self) -> i64 {
        self.0.as_ref().map_or_else(
            || {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            },
            |time| time.load(Ordering::SeqCst),
        )
    }
}
