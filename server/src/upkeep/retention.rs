//! Takes away what is too old, once an hour, in steps that nobody waits for.

use std::time::Duration;

use tidings_protocol::id::WorkspaceId;
use tidings_protocol::time::Timestamp;
use tidings_store::Db;
use tidings_store::retention::{Swept, TrimConversation, TrimFeed, TrimOthers, too_old};
use uuid::Uuid;

use super::{Lease, wait};
use crate::app::App;
use crate::clock::Clock;

/// How often.
const PAUSE: Duration = Duration::from_hours(1);
/// Rows of one step, and feeds or conversations of one page.
const STEP: i64 = 200;

pub(super) fn spawn(app: &App) {
    let app = app.clone();
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        let lease = Lease::new(&app, "retention");
        while wait(&app, PAUSE).await {
            if let Err(error) = once(&app, &lease).await {
                tracing::warn!(%error, "what is too old was not taken away");
            }
        }
        lease.give_back(&app).await;
    });
}

async fn once(app: &App, lease: &Lease) -> tidings_store::Result<()> {
    let Some(workspace) = app.db.workspace().await? else { return Ok(()) };
    if !lease.hold(app).await? {
        return Ok(());
    }
    let swept = sweep(&app.db, &app.clock, workspace.id).await?;
    for (what, rows) in [("changes", swept.changes), ("messages", swept.messages), ("others", swept.others)] {
        metrics::counter!("tidings_retention_rows_total", "what" => what).increment(rows);
    }
    if swept != Swept::default() {
        tracing::info!(?swept, "what was too old is gone");
    }
    Ok(())
}

/// Takes away all that is too old now.
pub(crate) async fn sweep(db: &Db, clock: &Clock, workspace: WorkspaceId) -> tidings_store::Result<Swept> {
    let now = clock.now();
    let retention = db.retention(workspace).await?;
    let mut swept =
        Swept { changes: changes(db, too_old(now, retention.change_days)).await?, ..Swept::default() };
    for app in db.apps(workspace).await? {
        let own = retention.apps.iter().find(|(id, _)| *id == app.id).map(|(_, days)| *days);
        if let Some(days) = own.or(retention.message_days) {
            swept.messages += messages(db, app.id, too_old(now, days)).await?;
        }
    }
    loop {
        let rows = db.write(TrimOthers { now, limit: STEP }).await?;
        swept.others += rows;
        if rows < STEP.unsigned_abs() {
            return Ok(swept);
        }
    }
}

async fn changes(db: &Db, before: Timestamp) -> tidings_store::Result<u64> {
    let (mut gone, mut after) = (0, Uuid::nil());
    loop {
        let page = db.old_feeds(after, before, STEP).await?;
        let Some(last) = page.last() else { return Ok(gone) };
        after = last.id();
        for mut feed in page {
            loop {
                let rows = db.write(TrimFeed { feed, before, limit: STEP }).await?;
                gone += rows;
                if rows < STEP.unsigned_abs() {
                    break;
                }
                feed = feed.after(rows);
            }
        }
    }
}

async fn messages(
    db: &Db,
    app: tidings_protocol::id::AppId,
    before: Timestamp,
) -> tidings_store::Result<u64> {
    let (mut gone, mut after) = (0, Uuid::nil());
    loop {
        let page = db.old_conversations(app, after, before, STEP).await?;
        let Some(last) = page.last() else { return Ok(gone) };
        after = last.uuid();
        for id in page {
            loop {
                let rows = db.write(TrimConversation { id, before, limit: STEP }).await?;
                gone += rows;
                if rows == 0 {
                    break;
                }
            }
        }
    }
}
