//! What keeps an installation in order in the background: the search index follows what is written, erasures that were
//! interrupted go on, what is too old goes, and so do bytes of files that nobody needs; webhooks are told what happens; tags that are changed
//! are changed wherever they stand. Each is done by one node at a time, under a lease.

pub mod erase;
pub mod files;
pub mod retention;
pub mod returns;
pub mod search;
pub mod shifts;
pub mod tags;
pub mod webhooks;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidings_store::leases::{GiveBackLease, TakeLease};
use uuid::Uuid;

use crate::app::App;

/// How long a node that died keeps others from its work.
const LEASE_MS: i64 = 30_000;

/// One node's claim to a kind of work.
struct Lease {
    name: &'static str,
    holder: Uuid,
    /// Whether it was this node's when it was last asked for.
    is_held: AtomicBool,
}

impl Lease {
    fn new(app: &App, name: &'static str) -> Self {
        Self { name, holder: Uuid::from_bytes(app.clock.random()), is_held: AtomicBool::new(false) }
    }

    /// Whether this node may go on for a while.
    async fn hold(&self, app: &App) -> tidings_store::Result<bool> {
        let now = app.clock.now();
        let until = now.plus_ms(LEASE_MS);
        let is_held = app.db.write(TakeLease { name: self.name, holder: self.holder, until, now }).await?;
        self.is_held.store(is_held, Ordering::Relaxed);
        Ok(is_held)
    }

    /// This node ends: another one takes over at once. While nodes are restarted one after the other, work that waited for
    /// the leases of those that went would never be done.
    async fn give_back(self, app: &App) {
        if !self.is_held.into_inner() {
            return;
        }
        if let Err(error) = app.db.write(GiveBackLease { name: self.name, holder: self.holder }).await {
            tracing::debug!(%error, lease = self.name, "a lease was not given back; it ends by itself");
        }
    }
}

/// Starts all of it; it ends with the server.
///
/// # Errors
/// When the configuration cannot be used.
pub fn spawn(app: &App) -> anyhow::Result<()> {
    search::spawn(app);
    erase::spawn(app);
    files::spawn(app);
    retention::spawn(app);
    returns::spawn(app);
    shifts::spawn(app);
    tags::spawn(app);
    webhooks::spawn(app)
}

/// Waits, a little more or less each time, so that nodes do not move in step. False when the server ends.
async fn wait(app: &App, pause: Duration) -> bool {
    let [random] = app.clock.random();
    let jitter = 0.75 + f64::from(random) / 512.0;
    tokio::select! {
        () = app.lifecycle.soft().cancelled() => false,
        () = tokio::time::sleep(pause.mul_f64(jitter)) => true,
    }
}
