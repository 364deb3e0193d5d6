//! Connecting while the app is in the background, for a moment.

use std::sync::Arc;
use std::time::Duration;

use crate::item::Visit;
use crate::session::Session;

/// Fetches everything and sends everything, for this long at most.
pub(crate) async fn visit(session: Arc<Session>, at_most: Duration) -> Visit {
    let clock = Arc::clone(&session.around.host.clock);
    let until = clock.steady_ms().saturating_add(u64::try_from(at_most.as_millis()).unwrap_or(u64::MAX));
    let visiting = Visiting::begin(session);
    tokio::select! {
        () = visiting.0.all_done() => Visit::Done,
        () = clock.sleep_until(until) => Visit::TimeUp,
    }
}

/// A visit under way; dropping it ends it, also when the caller stops waiting.
struct Visiting(Arc<Session>);

impl Visiting {
    fn begin(session: Arc<Session>) -> Self {
        session.ask(|asked| {
            asked.visits += 1;
            asked.nudge = true;
        });
        Self(session)
    }
}

impl Drop for Visiting {
    fn drop(&mut self) {
        self.0.ask(|asked| asked.visits = asked.visits.saturating_sub(1));
    }
}
