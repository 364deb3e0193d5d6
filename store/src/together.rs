//! Commands of which there are thousands a second when everybody is written to: those of one batch become one statement.

use crate::db::Conn;
use crate::error::Result;
use crate::jobs::{FinishJob, finish};
use crate::ledger::{RecordPush, record};
use crate::writer::{Job, Queued};

/// Whether [`together`] applies a command.
pub(crate) fn goes_together(job: &mut dyn Job) -> bool {
    let job = job.as_any();
    job.is::<Queued<RecordPush>>() || job.is::<Queued<FinishJob>>()
}

/// Applies those of a run that go together. None of them depends on what else is in its batch: whoever asks for one has
/// the answer to the one before.
pub(crate) async fn together(conn: &mut Conn<'_>, jobs: &mut [Box<dyn Job>]) -> Result<()> {
    let mut pushes: Vec<&mut Queued<RecordPush>> = Vec::new();
    let mut finished: Vec<&mut Queued<FinishJob>> = Vec::new();
    for job in jobs {
        let job = job.as_any();
        if job.is::<Queued<RecordPush>>() {
            pushes.extend(job.downcast_mut());
        } else {
            finished.extend(job.downcast_mut());
        }
    }
    if !pushes.is_empty() {
        let commands: Vec<_> = pushes.iter().map(|queued| &queued.command).collect();
        record(conn, &commands).await?;
        for queued in pushes {
            queued.outcome = Some(Ok(()));
        }
    }
    if !finished.is_empty() {
        let commands: Vec<_> = finished.iter().map(|queued| &queued.command).collect();
        let ended = finish(conn, &commands).await?;
        for queued in finished {
            queued.outcome = Some(Ok(ended.contains(&queued.command.id)));
        }
    }
    Ok(())
}
