//! The indexer: makes findable what was written, a moment later and in batches, so that sending pays nothing for it.

use std::time::Duration;

use tidings_protocol::id::TeamId;
use tidings_store::search::{IndexFeed, IndexScan, Indexed};

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
        while wait(&app, PAUSE).await {
            if let Err(error) = index(&app, &lease).await {
                tracing::warn!(%error, "the search index did not move on");
            }
        }
    });
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
        while !app.lifecycle.soft().is_cancelled() && step(app, team_id).await? == Indexed::GoesOn {
            if !lease.hold(app).await? {
                return Ok(());
            }
        }
    }
    while !app.lifecycle.soft().is_cancelled()
        && app.db.write(IndexScan { limit: STEP }).await? == Indexed::GoesOn
    {
        if !lease.hold(app).await? {
            return Ok(());
        }
    }
    Ok(())
}

async fn step(app: &App, team_id: TeamId) -> tidings_store::Result<Indexed> {
    app.db.write(IndexFeed { team_id, limit: STEP }).await
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
}
