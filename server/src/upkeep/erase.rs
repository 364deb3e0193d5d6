//! Goes on with erasures that a command or a request began and did not end, because its process did.

use std::time::Duration;

use tidings_protocol::id::UserId;
use tidings_store::Db;
use tidings_store::audit::By;
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};
use tidings_store::scrub::Depth;

use super::{Lease, wait};
use crate::app::App;
use crate::clock::Clock;
use crate::files::Files;
use crate::files::discard::{self, NotDiscarded};

/// How often they are looked for.
const PAUSE: Duration = Duration::from_secs(30);

pub(super) fn spawn(app: &App) {
    let app = app.clone();
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        let lease = Lease::new(&app, "erase");
        let mut is_looked = looked(&app).await;
        while wait(&app, PAUSE).await {
            is_looked = is_looked || looked(&app).await;
            if let Err(error) = go_on(&app, &lease).await {
                tracing::warn!(%error, "an erasure did not go on");
            }
        }
        lease.give_back(&app).await;
    });
}

/// Goes on with one at once, beside the request that began it.
pub(crate) fn soon(app: &App, user_id: UserId) {
    let app = app.clone();
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        // What does not end here is found again.
        if let Err(error) = to_the_end(&app.db, &app.files, &app.clock, user_id, |_| {}).await {
            tracing::warn!(%error, "an erasure did not go on");
        }
    });
}

/// Whether it is known that no backup brought somebody back: asked until it is.
async fn looked(app: &App) -> bool {
    let looked = again(app).await;
    if let Err(error) = &looked {
        tracing::error!(%error, "whether a restored backup brought somebody back is not known");
    }
    looked.is_ok()
}

/// Begins again to erase whoever a restored backup brought back.
async fn again(app: &App) -> tidings_store::Result<()> {
    for user_id in app.db.erased_and_back().await? {
        let by = By::server(app.clock.now());
        let fingerprint = app.db.write(BeginErasure { user_id, workspace_id: None, by }).await?;
        tracing::warn!(fingerprint, "a restored backup brought an erased user back: they are erased again");
    }
    Ok(())
}

async fn go_on(app: &App, lease: &Lease) -> Result<(), NotDiscarded> {
    for id in app.db.erasures_under_way().await? {
        if !lease.hold(app).await? {
            return Ok(());
        }
        let rows = to_the_end(&app.db, &app.files, &app.clock, id, |_| {}).await?;
        tracing::info!(rows, "an erasure was ended");
    }
    Ok(())
}

/// Erases what is left of a user whose erasure has begun, then takes the bytes out of the files. Answers how many rows
/// went.
pub(crate) async fn to_the_end(
    db: &Db,
    files: &Files,
    clock: &Clock,
    user_id: UserId,
    mut told: impl FnMut(u64),
) -> Result<u64, NotDiscarded> {
    let mut gone = 0;
    loop {
        match db.write(EraseStep { user_id, now: clock.now() }).await? {
            Erasing::GoesOn(rows) => gone += rows,
            Erasing::FilesLeft => {
                gone += discard::of_user(db, files.depot(), user_id).await? as u64;
            }
            Erasing::Done => break,
        }
        told(gone);
    }
    db.scrub(Depth::Free).await?;
    Ok(gone)
}
