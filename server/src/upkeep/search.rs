//! The indexer: makes findable what was written, a moment later and in batches, so that sending pays nothing for it.

use std::time::Duration;

use tidings_store::Command;
use tidings_store::search::{IndexFeed, IndexScan, Indexed};
use tokio::time::Instant;

use super::{Lease, wait};
use crate::app::App;

/// How long after it was written something can be found, at most, when there is little to do.
const PAUSE: Duration = Duration::from_secs(2);
/// Changes of one step. A step is one command among others, and others wait for it.
const STEP: i64 = 100;

pub(super) fn spawn(app: &App) {
    let app = app.clone();
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        let lease = Lease::new(&app, "search");
        // At once first: what a node that ended left undone is found without a pause.
        loop {
            if let Err(error) = index(&app, &lease).await {
                tracing::warn!(%error, "the search index did not move on");
            }
            if !wait(&app, PAUSE).await {
                break;
            }
        }
        lease.give_back(&app).await;
    });
}

/// How many times as long as a step took the indexer stays away when others wrote meanwhile.
const MANNERS: u32 = 3;

/// How long to stay away after a step that took so long, with so many commands that the writers committed meanwhile.
/// While people write, the index takes a part of their time and falls behind; when they pause, it catches up.
fn rest(took: Duration, commands: f64) -> Duration {
    // One of them was the step.
    if commands > 1.0 { took * MANNERS } else { Duration::ZERO }
}

/// Takes a step and then leaves the writer to others for a while, if there are any.
async fn step<C: Command<Output = Indexed>>(app: &App, command: C) -> tidings_store::Result<Indexed> {
    let (begun, before) = (Instant::now(), app.db.write_metrics().batch_commands.sum);
    let indexed = app.db.write(command).await?;
    let commands = app.db.write_metrics().batch_commands.sum - before;
    tokio::time::sleep(rest(begun.elapsed(), commands)).await;
    Ok(indexed)
}

/// Indexes what there is, if nobody else does.
async fn index(app: &App, lease: &Lease) -> tidings_store::Result<()> {
    let behind = app.db.search_is_behind().await?;
    metrics::gauge!("tidings_search_behind_seconds").set(match app.db.unindexed_since().await? {
        Some(since) => Duration::from_millis(
            app.clock.now().unix_ms().saturating_sub(since.unix_ms()).max(0).unsigned_abs(),
        )
        .as_secs_f64(),
        None => 0.0,
    });
    if !behind || !lease.hold(app).await? {
        return Ok(());
    }
    for team_id in app.db.unindexed_teams().await? {
        while !app.lifecycle.soft().is_cancelled()
            && step(app, IndexFeed { team_id, limit: STEP }).await? == Indexed::GoesOn
        {
            if !lease.hold(app).await? {
                return Ok(());
            }
        }
    }
    while !app.lifecycle.soft().is_cancelled()
        && step(app, IndexScan { limit: STEP }).await? == Indexed::GoesOn
    {
        if !lease.hold(app).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// Indexes all there is, now: for tests.
#[cfg(test)]
pub(crate) async fn index_all(app: &App) -> tidings_store::Result<()> {
    index(app, &Lease::new(app, "search")).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Harness;

    #[test]
    fn who_writes_gets_most_of_the_writer_and_a_backlog_all_of_it_when_nobody_does() {
        let took = Duration::from_millis(4);
        assert_eq!(rest(took, 1.0), Duration::ZERO);
        assert_eq!(rest(took, 2.0), Duration::from_millis(12));
    }

    #[tokio::test]
    async fn of_two_nodes_one_indexes() {
        let harness = Harness::start().await;
        let (one, other) = (Lease::new(&harness.app, "search"), Lease::new(&harness.app, "search"));
        assert!(one.hold(&harness.app).await.unwrap());
        assert!(!other.hold(&harness.app).await.unwrap());
        harness.hand.advance_ms(31_000);
        assert!(other.hold(&harness.app).await.unwrap());
        assert!(!one.hold(&harness.app).await.unwrap());
    }

    #[tokio::test]
    async fn a_node_that_ends_leaves_the_work_to_the_next_at_once() {
        let harness = Harness::start().await;
        let (one, other) = (Lease::new(&harness.app, "search"), Lease::new(&harness.app, "search"));
        assert!(one.hold(&harness.app).await.unwrap());
        assert!(!other.hold(&harness.app).await.unwrap());
        one.give_back(&harness.app).await;
        let third = Lease::new(&harness.app, "search");
        assert!(third.hold(&harness.app).await.unwrap());
        // Who does not hold it gives nothing back.
        other.give_back(&harness.app).await;
        assert!(!Lease::new(&harness.app, "search").hold(&harness.app).await.unwrap());
    }
}
