//! The whole content of an installation in one portable form: `tidings backup`, `restore` and `copy`.
//!
//! A backup reads one moment of a database, whichever it is, while it is written to; a restore or a copy fills
//! another in one transaction, reads it back, and compares. Nothing here runs inside a server.

mod backup;
mod copy;
mod exclusive;
mod file;
mod fill;
mod restore;
mod rows;
pub(crate) mod tables;
mod value;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidings_protocol::cursor::Epoch;
use tidings_protocol::time::Timestamp;

pub(crate) use self::backup::last_backup_in;
pub use self::backup::{Backup, LastBackup, Made, backup, last_backup, verify};
pub use self::copy::{Copied, Copy, copy};
pub use self::exclusive::name as database_name;
pub use self::restore::{BeginAnew, Existing, Restore, Restored, restore};
pub use self::tables::{Table, unknown_tables};
pub(crate) use self::value::Hex;
pub use self::value::{Column, Kind};
use crate::error::{Error, Fault};

/// The first line of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of this form.
    pub tidings_archive: u32,
    /// The version of the database's schema.
    pub schema: i64,
    /// The history it was taken from. A restore begins another one.
    #[serde(with = "epoch_as_text")]
    pub epoch: Epoch,
    /// When it was begun.
    pub created_at: Timestamp,
    /// `sqlite` or `postgres`: for people; an archive fits both.
    pub database: String,
    /// The tables, in the order in which they follow.
    pub tables: Vec<Table>,
}

impl Header {
    /// The version that this program writes and reads.
    pub const FORMAT: u32 = 1;

    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

mod epoch_as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use tidings_protocol::cursor::Epoch;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(super) fn serialize<S: Serializer>(epoch: &Epoch, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(epoch)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Epoch, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// How far it is: told now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Rows done in this stage.
    pub done: u64,
    /// Rows in all.
    pub total: u64,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rows of a database are written into a file.
    Saving,
    /// A file is read and its checksums are compared.
    Verifying,
    /// Rows are written into a database.
    Filling,
    /// What was written into the database is read back and compared.
    Comparing,
    /// Rows of a database are looked at.
    Scanning,
}

/// Who is told how far it is.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// Counts rows and tells how far it is.
pub(crate) struct Counting {
    now: Progress,
    told: OnProgress,
}

impl Counting {
    pub(crate) fn begin(stage: Stage, total: u64, told: &OnProgress) -> Self {
        let now = Progress { stage, done: 0, total };
        told(now);
        Self { now, told: Arc::clone(told) }
    }

    pub(crate) fn add(&mut self, rows: u64) {
        self.now.done += rows;
        (self.told)(self.now);
    }
}

/// Why there is no backup, no restored and no copied database. Whatever was begun is undone.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is a file of this name.
    #[error("{} is there already; it is not overwritten", .0.display())]
    Exists(PathBuf),
    /// There is no database to read from.
    #[error("there is no database at {0}")]
    NoDatabase(String),
    /// The database holds an installation, and nobody said that it may go.
    #[error("the database {0} holds an installation already")]
    NotEmpty(String),
    /// Somebody else works with the database.
    #[error("the database {0} is in use: stop every server and every command that works with it first")]
    InUse(String),
    /// The file is not what was written.
    #[error("{}: the archive is damaged: {what}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where.
        what: String,
    },
    /// The file is of a version that this program does not know.
    #[error("the archive has form {0}, which this program does not know: use a newer program")]
    NewerFormat(u32),
    /// What was written into the database is not what was read.
    #[error("the table {0} differs from its source after it was written; nothing was kept")]
    Differs(String),
    /// The source has something that this program's schema does not know.
    #[error(
        "the source has {0}, which this program does not know: use the program that wrote it, or a newer one"
    )]
    Unknown(String),
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
}

impl ArchiveError {
    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        Self::File { path: path.to_owned(), error }
    }

    /// Whether it was refused because of what is there already or is not there.
    pub fn is_refusal(&self) -> bool {
        let newer = matches!(self, Self::Store(Error::Internal(Fault::NewerSchema { .. })));
        newer || !matches!(self, Self::Differs(_) | Self::File { .. } | Self::Store(_))
    }
}
