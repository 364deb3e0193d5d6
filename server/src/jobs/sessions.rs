//! Removes sessions that are over, a few at a time. Every node does: the same row is removed once.

use std::time::Duration;

use tidings_store::Db;
use tidings_store::access::SweepSessions;

use crate::clock::Clock;
use crate::lifecycle::Lifecycle;

/// How often, before jitter.
const SWEEP: Duration = Duration::from_mins(10);
/// Sessions in one transaction.
const AT_ONCE: i64 = 500;

/// Starts to sweep; it ends with the server.
pub fn spawn(db: Db, clock: Clock, lifecycle: &Lifecycle) {
    let soft = lifecycle.soft().clone();
    lifecycle.spawn(async move {
        loop {
            let [random] = clock.random();
            let pause = SWEEP.mul_f64(0.5 + f64::from(random) / 255.0);
            tokio::select! {
                () = soft.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            sweep(&db, &clock).await;
        }
    });
}

async fn sweep(db: &Db, clock: &Clock) {
    loop {
        match db.write(SweepSessions { limit: AT_ONCE, now: clock.now() }).await {
            Ok(removed) if removed >= AT_ONCE.unsigned_abs() => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "cannot remove sessions that are over");
                return;
            }
        }
    }
}
