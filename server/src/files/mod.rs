//! Files: where their bytes lie, how they come in, what is made of them, how they go out.
//!
//! | module | what it holds |
//! |---|---|
//! | [`depot`] | the place of the bytes: a folder, or a bucket of an S3-compatible store; [`wire`] is how that is reached |
//! | [`settle`] | an upload whose bytes are all here becomes a file, or is refused |
//! | [`kind`], [`pictures`] | what a file is, by its content; a picture is made anew |
//! | [`logo`] | what an app shows beside its name: made anew, kept in the database |
//! | [`address`] | where a file can be fetched for a while |
//! | [`discard`] | bytes that nobody needs go |
//!
//! What is known of a file is in the database, and comes after its bytes: a row that says "complete" means that all
//! forms of the file are in the depot, flushed. When bytes go, the row goes last. So whatever ends in the middle leaves
//! bytes too many and never one too few.

pub mod address;
pub mod depot;
pub mod discard;
pub mod kind;
pub mod logo;
pub mod pictures;
pub mod settle;
pub mod wire;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tidings_protocol::id::AttachmentId;
use tidings_store::{DatabaseUrl, Db};
use tokio::sync::{OnceCell, Semaphore, watch};

use self::address::AddressKey;
use self::depot::{Depot, Place};
use crate::clock::Clock;
use crate::config::Config;

/// Chunks that are held in memory at the same time; more wait.
const CHUNKS: usize = 32;

/// What is shared by all that handles files; cheap to clone.
#[derive(Clone)]
pub struct Files(Arc<Shared>);

struct Shared {
    depot: Depot,
    key: OnceCell<AddressKey>,
    chunks: Semaphore,
    settling: Semaphore,
    flights: Mutex<HashMap<AttachmentId, watch::Receiver<()>>>,
}

impl Files {
    /// Opens the depot that the operator chose; a folder is made when it is missing.
    ///
    /// # Errors
    /// When it cannot be made, or the configuration names no place.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let depot = Depot::open(&place(config)?, &config.files).context("configuration: `files`")?;
        Ok(Self(Arc::new(Shared {
            depot,
            key: OnceCell::new(),
            chunks: Semaphore::new(CHUNKS),
            settling: Semaphore::new(usize::from(config.files.at_once)),
            flights: Mutex::new(HashMap::new()),
        })))
    }

    /// The place of the bytes.
    pub fn depot(&self) -> &Depot {
        &self.0.depot
    }

    /// Leave to hold one chunk in memory.
    pub(crate) fn chunks(&self) -> &Semaphore {
        &self.0.chunks
    }

    /// Leave to make something of one upload.
    pub(crate) fn settling(&self) -> &Semaphore {
        &self.0.settling
    }

    /// The key that signs addresses: one for the installation, made when it is first needed.
    pub(crate) async fn key(&self, db: &Db, clock: &Clock) -> tidings_store::Result<&AddressKey> {
        let make = || async {
            let secret = db.write(tidings_store::secrets::EnsureSecret::new("files", clock.random())).await?;
            Ok(AddressKey::new(&secret))
        };
        self.0.key.get_or_try_init(make).await
    }

    /// Whether somebody on this node makes something of an upload already: then the way to wait for them; otherwise the
    /// end that tells the others.
    pub(crate) fn flight(&self, id: AttachmentId) -> Flight {
        let mut flights = self.0.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(others) = flights.get(&id) {
            return Flight::Others(others.clone());
        }
        let (told, others) = watch::channel(());
        flights.insert(id, others);
        Flight::Ours(Boarded { files: self.clone(), id, _told: told })
    }
}

/// See [`Files::flight`].
pub(crate) enum Flight {
    /// It is ours to do.
    Ours(Boarded),
    /// Others do it; the channel closes when they are done.
    Others(watch::Receiver<()>),
}

/// Tells the others when it goes.
pub(crate) struct Boarded {
    files: Files,
    id: AttachmentId,
    _told: watch::Sender<()>,
}

impl Drop for Boarded {
    fn drop(&mut self) {
        self.files.0.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// Where the bytes lie: as the operator says, or in a folder `files` beside the database.
pub(crate) fn place(config: &Config) -> anyhow::Result<Place> {
    if let Some(place) = &config.files.place {
        return place
            .parse()
            .map_err(|why| anyhow::anyhow!("configuration: `files.place` (TIDINGS_FILES): {why}"));
    }
    let folder = match config.database()? {
        DatabaseUrl::Sqlite(file) => file.parent().map(PathBuf::from).unwrap_or_default(),
        DatabaseUrl::Postgres(_) => PathBuf::from("tidings-data"),
    };
    Ok(Place::Folder(folder.join("files")))
}
