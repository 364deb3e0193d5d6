//! The handle of a listener.

use std::sync::{Arc, Weak};

use super::dispatcher::{Inner, Watcher};

/// A listener that is being told things. Dropping it, or [`cancel`](Self::cancel), ends that.
#[must_use = "dropping a subscription cancels it"]
pub struct Subscription {
    dispatcher: Weak<Inner>,
    id: u64,
    watcher: Arc<Watcher>,
}

impl Subscription {
    pub(super) fn new(dispatcher: Weak<Inner>, id: u64, watcher: Arc<Watcher>) -> Self {
        Self { dispatcher, id, watcher }
    }

    /// Ends it. A call that is running is waited for, and none comes after this returned; so do not hold a lock that
    /// the listener takes. May be called from the listener itself, and again.
    pub fn cancel(&self) {
        if let Some(dispatcher) = self.dispatcher.upgrade() {
            dispatcher.cancel(self.id, &self.watcher);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}
