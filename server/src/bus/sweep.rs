//! Heals what hints did not tell: asks the database how far the feeds with a socket on this node have come, and which
//! of their sessions were ended.

use std::time::Duration;

use super::BusHealth;
use crate::app::App;

/// Feeds in one question.
const FEEDS_AT_ONCE: usize = 500;
/// Sessions in one question.
const SESSIONS_AT_ONCE: usize = 500;
/// How often sessions are asked for, before jitter: the sockets of one that was ended are closed within five seconds,
/// whether or not anybody told this node.
const SESSIONS: Duration = Duration::from_secs(3);

/// Starts the sweeps; they end with the server.
pub fn spawn(app: &App) {
    spawn_feeds(app.clone());
    spawn_sessions(app.clone());
}

fn spawn_sessions(app: App) {
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        let soft = app.lifecycle.soft().clone();
        loop {
            tokio::select! {
                () = soft.cancelled() => return,
                () = tokio::time::sleep(jittered(SESSIONS, app.clock.random())) => {}
                () = app.bus.0.revoked.notified() => {}
            }
            sweep_sessions(&app).await;
        }
    });
}

async fn sweep_sessions(app: &App) {
    for tokens in app.hub.attached().chunks(SESSIONS_AT_ONCE) {
        match app.db.sessions_that_go_on(tokens).await {
            Ok(live) => {
                tokens.iter().filter(|token| !live.contains(*token)).for_each(|token| app.hub.close(token));
            }
            Err(error) => {
                tracing::warn!(%error, "the sweep could not read the sessions");
                return;
            }
        }
    }
}

fn spawn_feeds(app: App) {
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        let soft = app.lifecycle.soft().clone();
        loop {
            let pause = tokio::time::sleep(jittered(pause(app.bus.health()), app.clock.random()));
            tokio::select! {
                () = soft.cancelled() => return,
                () = pause => {}
                () = app.bus.0.changed.notified() => {}
            }
            sweep(&app).await;
        }
    });
}

const fn pause(health: BusHealth) -> Duration {
    match health {
        // Only another process on the same file (the command line) can have written: rare, so slow.
        BusHealth::Alone => Duration::from_secs(5),
        BusHealth::Redis | BusHealth::Postgres => Duration::from_secs(10),
        BusHealth::PostgresMeanwhile => Duration::from_secs(3),
        BusHealth::Disconnected => Duration::from_secs(1),
    }
}

/// Between three quarters and five quarters of the pause, so that nodes do not ask together.
fn jittered(pause: Duration, random: [u8; 1]) -> Duration {
    pause.mul_f64(0.75 + f64::from(random[0]) / 512.0)
}

async fn sweep(app: &App) {
    for feeds in app.hub.followed().chunks(FEEDS_AT_ONCE) {
        match app.db.feed_heads(feeds).await {
            Ok(heads) => heads.into_iter().for_each(|(feed, seq)| app.hub.announce(feed, seq)),
            // The next round asks again; sockets notice a lost database by themselves when they read.
            Err(error) => {
                tracing::warn!(%error, "the sweep could not read the feeds");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_varies_by_a_quarter_either_way() {
        let whole = Duration::from_secs(4);
        assert_eq!(jittered(whole, [0]), Duration::from_secs(3));
        assert!(jittered(whole, [255]) < Duration::from_secs(5));
    }

    #[test]
    fn sessions_are_asked_for_often_enough() {
        assert!(jittered(SESSIONS, [255]) <= Duration::from_secs(4));
    }

    #[test]
    fn without_a_bus_a_message_is_late_by_a_second_or_two() {
        assert!(pause(BusHealth::Disconnected) <= Duration::from_secs(2));
    }
}
