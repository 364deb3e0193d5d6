//! Hints through PostgreSQL's NOTIFY: when there is no Redis, and while Redis is away.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tidings_store::notices::{Listening, NOTICE_BYTES, Notices};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::Shared;
use super::hint::{self, Hint};
use super::link::Link;
use super::peers::SILENCE;

/// Hints in one statement.
const BATCH: usize = 1_024;
/// How long hints wait for each other: PostgreSQL puts the commits of all who notify in one line.
const GATHER: Duration = Duration::from_millis(5);
const SEND: Duration = Duration::from_secs(3);
const RETRY: Duration = Duration::from_millis(500);

/// Carries hints to PostgreSQL for ever.
pub(super) async fn send(
    notices: Notices,
    mut waiting: mpsc::Receiver<Hint>,
    shared: Arc<Shared>,
    link: Arc<Link>,
) {
    // The connection is opened for the first hint.
    link.set_sends(true);
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(first) = waiting.recv().await {
        batch.push(first);
        sleep(GATHER).await;
        while batch.len() < BATCH
            && let Ok(hint) = waiting.try_recv()
        {
            batch.push(hint);
        }
        let texts = hint::write_in_pieces(shared.node, newest(&batch), NOTICE_BYTES);
        let sent = timeout(SEND, notices.send(&texts)).await;
        let was_sent = matches!(sent, Ok(Ok(())));
        if link.sends() && !was_sent {
            tracing::warn!("PostgreSQL does not take hints");
        }
        // A beat comes each second and tries again.
        link.set_sends(was_sent);
        batch.clear();
    }
}

/// Of the hints of one feed only the newest.
fn newest(batch: &[Hint]) -> Vec<&Hint> {
    let mut seen = std::collections::HashSet::new();
    let mut kept: Vec<_> =
        batch.iter().rev().filter(|hint| !matches!(hint, Hint::Feed { f, .. } if !seen.insert(*f))).collect();
    kept.reverse();
    kept
}

/// Hears hints for ever.
pub(super) async fn listen(notices: Notices, shared: Arc<Shared>, link: Arc<Link>) {
    loop {
        let listening = timeout(SEND, notices.listen()).await;
        if let Ok(Ok(mut listening)) = listening {
            link.heard_itself(Instant::now());
            shared.beat();
            shared.changed.notify_one();
            hear(&mut listening, &shared, &link).await;
            tracing::warn!("PostgreSQL does not send hints");
        }
        link.deaf();
        shared.changed.notify_one();
        sleep(RETRY).await;
    }
}

async fn hear(listening: &mut Listening, shared: &Shared, link: &Link) {
    loop {
        match timeout(SILENCE, listening.next()).await {
            Ok(Ok(Some(text))) => shared.receive(&Bytes::from(text), link),
            Ok(Ok(None) | Err(_)) => return,
            // While Redis carries the hints, nobody speaks here.
            Err(_) if shared.speaks_through_postgres() && link.is_silent(Instant::now()) => return,
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::id::FeedId;

    use super::*;

    #[test]
    fn of_a_feed_that_grew_twice_the_newest_is_told() {
        let feed = |n: u8, s| Hint::Feed { f: FeedId::from_parts(1, [n; 10]), s, a: None, frame: None };
        let batch = [feed(1, 1), Hint::Beat, feed(2, 5), feed(1, 2), Hint::Beat];
        assert_eq!(newest(&batch), [&Hint::Beat, &feed(2, 5), &feed(1, 2), &Hint::Beat]);
    }
}
