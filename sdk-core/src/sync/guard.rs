//! Keeps the engine of a session running. A panic in it is a fault of this library; it must neither end the app nor stop
//! its messages without a word, so the app sees that the client waits, the log has an error, and the engine starts
//! again from what is on disk, as it would after a restart of the app.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::backoff::{self, Moment};
use super::engine;
use crate::clock::roll;
use crate::session::Session;

/// An engine that ran this long had got over what made it fall before.
const GOOD_MS: u64 = 60_000;

/// Works for a session until the task is ended.
pub(crate) async fn run(session: Arc<Session>) {
    let host = session.around.host.clone();
    let mut falls = 0;
    loop {
        let began = host.clock.steady_ms();
        let engine = AssertUnwindSafe(engine::run(Arc::clone(&session)));
        if engine.catch_unwind().await.is_ok() {
            return;
        }
        let now = host.clock.steady_ms();
        falls = if now >= began + GOOD_MS { 1 } else { falls + 1 };
        let wait = backoff::wait(Moment { now, roll: roll(host.random.as_ref()) }, falls, None);
        // Not what the panic said: that may quote a message.
        tracing::error!(falls, "the engine failed; it starts again");
        let retry_at_ms = host.clock.wall_ms().saturating_add_unsigned(wait.until - now);
        session.engine_fell(retry_at_ms);
        host.clock.sleep_until(wait.until).await;
    }
}
