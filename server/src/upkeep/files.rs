//! Takes away bytes that nobody needs: of uploads that rest, of files that no message names, of messages that are gone.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use tidings_protocol::id::AttachmentId;
use tidings_store::attachments::{FileRow, FileState};
use tidings_store::uploads::DoomExpired;

use super::{Lease, wait};
use crate::app::App;
use crate::files::depot::{DepotError, Found};
use crate::files::discard::{self, NotDiscarded};
use crate::files::settle::settle;

/// How often.
const PAUSE: Duration = Duration::from_mins(1);
/// After so many rounds all objects are compared with what is known of them.
const ROUNDS: u32 = 12 * 60;
/// Rows of one step.
const STEP: i64 = 100;
/// Objects that are compared at once.
const OBJECTS: usize = 500;
/// An upload whose bytes were all here for longer is nobody's any more.
const FORGOTTEN_MS: i64 = 60_000;
/// An object that nobody knows may be on its way to being known for so long.
const UNKNOWN_MS: i64 = 6 * 3_600_000;

pub(super) fn spawn(app: &App) {
    let app = app.clone();
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        let lease = Lease::new(&app, "files");
        let mut round = 0;
        while wait(&app, PAUSE).await {
            round = (round + 1) % ROUNDS;
            if let Err(error) = once(&app, &lease, round == 0).await {
                tracing::warn!(%error, "what nobody needs of files was not taken away");
            }
        }
        lease.give_back(&app).await;
    });
}

async fn once(app: &App, lease: &Lease, compare: bool) -> Result<(), NotDiscarded> {
    if !lease.hold(app).await? {
        return Ok(());
    }
    let before = app.clock.now().plus_ms(-FORGOTTEN_MS);
    for upload in app.db.unsettled_uploads(before, STEP).await? {
        settle(app, upload.id).await;
        if !lease.hold(app).await? {
            return Ok(());
        }
    }
    collect(app, lease).await?;
    if compare {
        strays(app, lease).await?;
    }
    Ok(())
}

/// Dooms what expired, and discards what is doomed.
async fn collect(app: &App, lease: &Lease) -> Result<(), NotDiscarded> {
    loop {
        let doomed = app.db.write(DoomExpired { now: app.clock.now(), limit: STEP }).await?;
        let gone = discard::doomed(&app.db, app.files.depot()).await?;
        metrics::counter!("tidings_files_discarded_total").increment(gone as u64);
        if doomed == 0 && gone == 0 {
            return Ok(());
        }
        if app.lifecycle.soft().is_cancelled() || !lease.hold(app).await? {
            return Ok(());
        }
    }
}

/// Removes objects that nobody knows: of a process that died between writing one and saying so.
async fn strays(app: &App, lease: &Lease) -> Result<(), NotDiscarded> {
    let depot = app.files.depot();
    let mut found = depot.list().chunks(OBJECTS);
    while let Some(objects) = found.next().await {
        let objects = objects.into_iter().collect::<Result<Vec<_>, DepotError>>()?;
        let old = app.clock.now().unix_ms() - UNKNOWN_MS;
        let old: Vec<_> = objects.into_iter().filter(|object| object.written_ms < old).collect();
        for stray in unknown(app, old).await? {
            depot.remove(&stray.key).await?;
            metrics::counter!("tidings_files_strays_total").increment(1);
        }
        if app.lifecycle.soft().is_cancelled() || !lease.hold(app).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// Those of the objects that no row needs. An object with a name that is not ours stays.
async fn unknown(app: &App, objects: Vec<Found>) -> Result<Vec<Found>, NotDiscarded> {
    let mut owners: Vec<AttachmentId> = objects.iter().filter_map(|object| object.key.owner()).collect();
    owners.sort_unstable();
    owners.dedup();
    let known: HashMap<AttachmentId, FileRow> =
        app.db.kept_files(&owners).await?.into_iter().map(|row| (row.id, row)).collect();
    let needed = |object: &Found| match object.key.owner().map(|id| known.get(&id)) {
        None => true,
        Some(None) => false,
        Some(Some(row)) => {
            let is_open = matches!(row.state, FileState::Receiving | FileState::Processing);
            is_open || (row.state == FileState::Complete && !object.key.is_staged())
        }
    };
    Ok(objects.into_iter().filter(|object| !needed(object)).collect())
}

/// One round, now: for tests.
#[cfg(test)]
pub(crate) async fn now(app: &App) -> Result<(), NotDiscarded> {
    once(app, &Lease::new(app, "files"), true).await
}
