//! What wakes the task of a socket: one thing to wait for, whatever happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::Notify;

/// Rung when a socket has something to look at.
pub type Bell = Arc<Doorbell>;

/// How it stands with a socket. It only gets worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It may stay.
    Open,
    /// The server drains: it leaves soon.
    Draining,
    /// Its session has ended: it is closed.
    Revoked,
    /// The process ends: it is dropped.
    Gone,
}

/// A bell, and what it may be rung for besides news.
#[derive(Default)]
pub struct Doorbell {
    rung: Notify,
    standing: AtomicU8,
}

impl Doorbell {
    /// Rings. A ring that nobody waits for is kept for who waits next.
    pub fn ring(&self) {
        self.rung.notify_one();
    }

    /// Waits for a ring. For one waiter.
    pub async fn notified(&self) {
        self.rung.notified().await;
    }

    /// Changes how it stands with the socket, and rings.
    pub fn set(&self, standing: Standing) {
        self.standing.fetch_max(standing as u8, Ordering::AcqRel);
        self.ring();
    }

    /// How it stands with the socket.
    pub fn standing(&self) -> Standing {
        match self.standing.load(Ordering::Acquire) {
            0 => Standing::Open,
            1 => Standing::Draining,
            2 => Standing::Revoked,
            _ => Standing::Gone,
        }
    }

    /// Waits until the socket may not stay a moment longer. Takes rings: look at everything afterwards.
    pub async fn ends(&self) -> Standing {
        loop {
            let standing = self.standing();
            if standing >= Standing::Revoked {
                return standing;
            }
            self.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn standing_only_gets_worse_and_rings() {
        let bell = Doorbell::default();
        for (set, expected) in [
            (Standing::Draining, Standing::Draining),
            (Standing::Revoked, Standing::Revoked),
            (Standing::Draining, Standing::Revoked),
            (Standing::Gone, Standing::Gone),
        ] {
            bell.set(set);
            bell.notified().await;
            assert_eq!(bell.standing(), expected);
        }
        assert_eq!(bell.ends().await, Standing::Gone);
    }
}
