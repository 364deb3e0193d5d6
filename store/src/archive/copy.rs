//! A copy of a whole installation from one database to another, with ids, numbers and epoch: nobody notices.

use tidings_protocol::time::Timestamp;

use super::fill::History;
use super::{ArchiveError, Header, OnProgress, backup, exclusive, fill, rows, tables};
use crate::database_url::DatabaseUrl;

/// What to copy.
pub struct Copy {
    /// The database that is read. No server may run on it: what it wrote meanwhile would be missing in the other.
    pub from: DatabaseUrl,
    /// The database that is filled. It must be empty.
    pub to: DatabaseUrl,
    /// Now.
    pub now: Timestamp,
    /// Who is told how far it is.
    pub told: OnProgress,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// What the source held.
    pub header: Header,
}

/// Copies in one transaction of the target: when it is cut short, the target is as empty as before.
pub async fn copy(order: Copy) -> Result<Copied, ArchiveError> {
    exclusive::there(&order.from)?;
    let mut source = exclusive::alone(&order.from).await?;
    let mut target = exclusive::alone(&order.to).await?;
    if !tables::is_empty(&mut target.conn()).await? {
        return Err(ArchiveError::NotEmpty(exclusive::name(&order.to)));
    }
    source.begin_reading().await?;
    let header = backup::header(&mut source, order.now).await?;
    let (pieces, reading) = rows::spawn_reading(source, header.tables.clone());
    fill::fill(&mut target, &header, pieces, History::GoesOn, &order.told).await?;
    if let Ok(source) = reading.await {
        source.leave().await?;
    }
    target.tidy().await?;
    target.leave().await?;
    Ok(Copied { header })
}
