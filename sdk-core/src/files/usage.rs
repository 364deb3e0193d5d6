//! What files take on the phone, and letting go of those that can be fetched again.

use std::sync::Arc;

use super::fetch::part_of;
use crate::cache::{self, Durability};
use crate::error::Fault;
use crate::session::Session;

/// Bytes of one user's files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// That can be fetched again, whole or in part.
    pub(crate) media: u64,
    /// That are still to be sent.
    pub(crate) waiting: u64,
}

/// What the files of a user take.
pub(crate) fn taken(session: &Session) -> Result<Taken, Fault> {
    let to_send = session.cache.read(cache::names_to_send)?;
    let mut taken = Taken::default();
    for (name, bytes) in session.files.folder.sizes()? {
        *(if to_send.contains(&name) { &mut taken.waiting } else { &mut taken.media }) += bytes;
    }
    Ok(taken)
}

/// Lets go of every file that can be fetched again. What is being fetched at this moment stays, and so does what is to be
/// sent. Answers how many bytes went.
pub(crate) async fn clear(session: &Arc<Session>) -> Result<u64, Fault> {
    // Nobody may take in meanwhile what has the content of one that goes, and no row yet.
    let importing = session.files.importing().await;
    session
        .disk(move |session| {
            let _importing = importing;
            clear_now(session)
        })
        .await
}

fn clear_now(session: &Session) -> Result<u64, Fault> {
    let mut going = Vec::new();
    for (id, stored) in session.cache.read(cache::all_files)? {
        // Whoever fetches it holds its turn.
        if let Ok(turn) = session.files.turn(id, stored.variant).try_lock_owned() {
            going.push((turn, id, stored));
        }
    }
    // Rows first: a file without a row is swept away at the next start, a row without its file would be one too many.
    let needed = session.cache.write(Durability::Crash, |write| {
        for (_, id, stored) in &going {
            cache::remove_file(write, *id, stored.variant)?;
        }
        cache::file_names(write)
    })?;
    let mut freed = 0;
    for (_, _, stored) in &going {
        for name in [stored.file.clone(), part_of(&stored.file)] {
            if !needed.contains(&name) {
                freed += session.files.folder.length(&name);
                session.files.folder.remove(&name)?;
            }
        }
    }
    Ok(freed)
}
