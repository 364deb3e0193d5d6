//! One way to the other nodes, and whether it works.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::hint::Hint;
use super::peers::SILENCE;
use crate::live::hub::lock;

/// Hints that may wait for a link; more are dropped, because the sweep finds what they told.
const WAITING_MAX: usize = 10_000;

/// A link: hints go in here, its tasks carry them.
///
/// A connection that is open proves little: a network that swallows packets closes nothing. So a node listens for its
/// own beats. While they come back, both directions work.
pub(super) struct Link {
    hints: mpsc::Sender<Hint>,
    sends: AtomicBool,
    hears: AtomicBool,
    own_beat: Mutex<Option<Instant>>,
}

impl Link {
    /// A link that does not work yet, and what is to be sent on it.
    pub(super) fn new() -> (Self, mpsc::Receiver<Hint>) {
        let (hints, waiting) = mpsc::channel(WAITING_MAX);
        let (sends, hears) = (AtomicBool::default(), AtomicBool::default());
        (Self { hints, sends, hears, own_beat: Mutex::default() }, waiting)
    }

    /// Takes a hint to be sent, or drops it.
    pub(super) fn take(&self, hint: Hint) {
        let _ = self.hints.try_send(hint);
    }

    /// Whether nothing waits to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.hints.capacity() == WAITING_MAX
    }

    /// Whether it has a connection that takes hints.
    pub(super) fn sends(&self) -> bool {
        self.sends.load(Ordering::Acquire)
    }

    pub(super) fn set_sends(&self, sends: bool) {
        self.sends.store(sends, Ordering::Release);
    }

    /// It began to listen, or heard this node itself.
    pub(super) fn heard_itself(&self, now: Instant) {
        *lock(&self.own_beat) = Some(now);
        self.hears.store(true, Ordering::Release);
    }

    /// It does not listen any more.
    pub(super) fn deaf(&self) {
        self.hears.store(false, Ordering::Release);
    }

    /// Whether this node's own voice has not come back for too long.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        lock(&self.own_beat).is_none_or(|heard| now.saturating_duration_since(heard) >= SILENCE)
    }

    /// Whether hints travel in both directions.
    pub(super) fn is_well(&self, now: Instant) -> bool {
        self.sends() && self.hears.load(Ordering::Acquire) && !self.is_silent(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_open_connection_that_brings_nothing_back_is_not_well() {
        let ((link, _waiting), start) = (Link::new(), Instant::now());
        assert!(!link.is_well(start));
        link.set_sends(true);
        link.heard_itself(start);
        assert!(link.is_well(start));
        assert!(!link.is_well(start + SILENCE));
        link.heard_itself(start + SILENCE);
        link.deaf();
        assert!(!link.is_well(start + SILENCE));
    }
}
