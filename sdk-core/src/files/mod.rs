//! Files: taken in to be sent, fetched to be shown.
//!
//! Each user has a folder beside their store. What a message is to carry is copied into it, flushed, and only then
//! written into the outbox, so that the app may remove what it gave at once. What was sent stays there as the first thing of a
//! cache, which fetched files fill; the longest unused go when it grows too large, what is still to be sent never does.
//! A file that no row of the store knows is left over from a crash and is removed at the next start.

mod fetch;
mod folder;
mod import;
mod kind;
mod pace;
mod picture;
mod usage;
mod webp;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tidings_protocol::id::AttachmentId;
use tidings_protocol::upload::Variant;

pub use fetch::LocalFile;
pub(crate) use fetch::fetch;
pub(crate) use folder::{Folder, beside, erase, move_in};
pub(crate) use import::import;
pub use import::{FileSource, FileToSend, LONGEST_EDGE};
pub(crate) use usage::{Taken, clear, taken};

use crate::error::Fault;
use crate::session::Session;
use pace::Pace;

type Lock = Arc<tokio::sync::Mutex<()>>;

/// The files of one user.
pub(crate) struct Files {
    folder: Folder,
    /// Bytes that the cache may grow to.
    limit: u64,
    /// Held while a file is here that no row knows yet. Also keeps it to one picture at a time in memory.
    importing: Lock,
    /// One at a time for each form of a file; others wait and find it here.
    fetching: Mutex<HashMap<(AttachmentId, Variant), Lock>>,
    /// How much of a file goes up at once.
    pub(crate) up: Pace,
    /// How much of a file comes down at once.
    down: Pace,
    /// On a slow line chunks go one after the other: two at once would be late together.
    sending: tokio::sync::Mutex<()>,
}

impl Files {
    /// The files beside this store; nothing is made yet.
    pub(crate) fn new(store: &Path, limit: u64) -> Self {
        Self {
            folder: Folder::new(beside(store)),
            limit,
            importing: Lock::default(),
            fetching: Mutex::default(),
            up: Pace::careful(),
            down: Pace::bold(),
            sending: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) const fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Whoever holds it may bring files in that no row knows yet.
    pub(crate) async fn importing(&self) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.importing).lock_owned().await
    }

    /// Whoever sends a chunk holds it meanwhile: alone, if the line is slow.
    pub(crate) async fn line(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if self.up.is_slow() { Some(self.sending.lock().await) } else { None }
    }

    fn turn(&self, id: AttachmentId, variant: Variant) -> Lock {
        let mut fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody waits for any more.
        fetching.retain(|_, lock| Arc::strong_count(lock) > 1);
        Arc::clone(fetching.entry((id, variant)).or_default())
    }
}

/// Removes what no row of the store knows.
pub(crate) async fn collect(session: &Arc<Session>) -> Result<(), Fault> {
    let importing = session.files.importing().await;
    session
        .disk(move |session| {
            let _importing = importing;
            sweep(session)
        })
        .await
}

/// The same, by somebody who imports.
pub(crate) fn sweep(session: &Session) -> Result<(), Fault> {
    #[cfg(test)]
    crate::fuse::step()?;
    let known = session.cache.read(crate::cache::file_names)?;
    session.files.folder.sweep(&known.into_iter().collect())
}
