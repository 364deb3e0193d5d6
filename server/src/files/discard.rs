//! Bytes that nobody needs go: first the objects, then what is known of them.

use tidings_protocol::id::UserId;
use tidings_store::Db;
use tidings_store::attachments::FileRow;
use tidings_store::uploads::ForgetFile;

use super::depot::{Depot, DepotError};

/// Files of one step.
const STEP: i64 = 100;

/// Why something was not discarded; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum NotDiscarded {
    /// The database.
    #[error("{0}")]
    Store(#[from] tidings_store::Error),
    /// The depot.
    #[error("{0}")]
    Depot(#[from] DepotError),
}

/// Discards doomed files, a step of them; answers how many.
pub async fn doomed(db: &Db, depot: &Depot) -> Result<usize, NotDiscarded> {
    all(db, depot, db.doomed_files(STEP).await?).await
}

/// Discards the doomed files about a user, all of them.
pub async fn of_user(db: &Db, depot: &Depot, user: UserId) -> Result<usize, NotDiscarded> {
    let mut gone = 0;
    loop {
        let step = all(db, depot, db.doomed_files_of(user, STEP).await?).await?;
        if step == 0 {
            return Ok(gone);
        }
        gone += step;
    }
}

async fn all(db: &Db, depot: &Depot, files: Vec<FileRow>) -> Result<usize, NotDiscarded> {
    for file in &files {
        depot.remove_all(file.workspace_id, file.id).await?;
        db.write(ForgetFile(file.id)).await?;
    }
    Ok(files.len())
}
