//! Conversations whose agent has been away for too long go back to the team, and through the rules again.

use std::time::Duration;

use tidings_store::assigning::ReturnFromAway;

use super::{Lease, wait};
use crate::app::App;
use crate::assigning::assign;

/// How often.
const PAUSE: Duration = Duration::from_secs(20);
/// Conversations of one step.
const STEP: i64 = 100;

pub(super) fn spawn(app: &App) {
    let app = app.clone();
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        let lease = Lease::new(&app, "returns");
        while wait(&app, PAUSE).await {
            if let Err(error) = once(&app, &lease).await {
                tracing::warn!(%error, "what agents who are away have left was not given back");
            }
        }
        lease.give_back(&app).await;
    });
}

async fn once(app: &App, lease: &Lease) -> tidings_store::Result<()> {
    if app.db.left_behind(1, app.clock.now()).await?.is_empty() || !lease.hold(app).await? {
        return Ok(());
    }
    give_back(app).await
}

/// Gives back what is to be given back now.
pub(crate) async fn give_back(app: &App) -> tidings_store::Result<()> {
    loop {
        let now = app.clock.now();
        let found = app.db.left_behind(STEP, now).await?;
        for (conversation_id, agent_id) in &found {
            let back = ReturnFromAway { conversation_id: *conversation_id, agent_id: *agent_id, now };
            if app.db.write(back).await? {
                assign(&app.db, *conversation_id, now).await?;
            }
        }
        if i64::try_from(found.len()).is_ok_and(|found| found < STEP) {
            return Ok(());
        }
    }
}
