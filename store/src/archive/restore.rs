//! A restore: an archive becomes the content of a database, with a new epoch.

use std::path::PathBuf;

use tidings_protocol::cursor::Epoch;
use tidings_protocol::time::Timestamp;

use super::fill::History;
use super::{ArchiveError, Header, OnProgress, backup, exclusive, fill, tables};
use crate::database_url::DatabaseUrl;
use crate::db::{Conn, Connected};
use crate::{Command, Tx, erase, migrate};

/// What to restore.
pub struct Restore {
    /// The archive.
    pub from: PathBuf,
    /// The database. No server may run on it.
    pub to: DatabaseUrl,
    /// What happens to an installation that is there.
    pub existing: Existing,
    /// Random bits for the new epoch.
    pub epoch_bits: u64,
    /// Now.
    pub now: Timestamp,
    /// Who is told how far it is.
    pub told: OnProgress,
}

/// What happens to an installation that is in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the restore is refused.
    Keep,
    /// It is saved into this file, and goes.
    Replace {
        /// A file that is not there yet.
        saved_to: PathBuf,
    },
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the archive held.
    pub header: Header,
    /// The epoch that the database has now.
    pub epoch: Epoch,
    /// Whether there was an installation, which was saved first.
    pub replaced: bool,
}

/// Makes another history of a database whose content was put there by other means than [`restore`].
#[derive(Debug, Clone, Copy)]
pub struct BeginAnew {
    /// Random bits for the new epoch, which holds from the next opening on.
    pub epoch_bits: u64,
}

impl Command for BeginAnew {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> crate::Result<()> {
        begin_anew(&mut tx.conn, Epoch::from_bits(self.epoch_bits)).await
    }
}

/// Cursors of the old history are void. Agents sign in again: sessions that were ended after the backup would live
/// again.
pub(super) async fn begin_anew(conn: &mut Conn<'_>, epoch: Epoch) -> crate::Result<()> {
    migrate::set(conn, "epoch", &epoch.to_string()).await?;
    conn.run("DELETE FROM agent_sessions").await
}

/// Checks the whole archive, saves what is in its way, and fills the database.
///
/// Phones and inboxes hold cursors of the old epoch, so they are told to fetch their lists again. Agents sign in
/// again: a session that was ended after the backup would otherwise live again.
pub async fn restore(order: Restore) -> Result<Restored, ArchiveError> {
    let header = backup::verify(&order.from, &order.told).await?;
    crate::migrate::check(header.schema)?;
    let mut target = exclusive::alone(&order.to).await?;
    let replaced = !tables::is_empty(&mut target.conn()).await?;
    // Whoever was erased since the backup is erased again when the server starts.
    let erased = erase::fingerprints_if_any(&mut target.conn()).await?;
    if replaced {
        target = make_room(target, &order).await?;
    }
    let epoch = Epoch::from_bits(order.epoch_bits);
    let (again, pieces) = backup::open(&order.from).await?;
    if again != header {
        return Err(ArchiveError::Damaged {
            path: order.from,
            what: "it changed while it was read".to_owned(),
        });
    }
    fill::fill(&mut target, &header, pieces, History::Anew { epoch, at: order.now, erased }, &order.told)
        .await?;
    target.tidy().await?;
    target.leave().await?;
    Ok(Restored { header, epoch, replaced })
}

async fn make_room(mut target: Connected, order: &Restore) -> Result<Connected, ArchiveError> {
    let Existing::Replace { saved_to } = &order.existing else {
        return Err(ArchiveError::NotEmpty(exclusive::name(&order.to)));
    };
    target.begin_reading().await?;
    let (_, _, target) = backup::save(target, saved_to, order.now, &order.told).await?;
    backup::verify(saved_to, &order.told).await?;
    Ok(target)
}
