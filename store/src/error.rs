//! What can go wrong, in the words of the caller.

use tidings_protocol::id::AttachmentId;
use tidings_protocol::message::Message;
use tidings_protocol::problem::Holder;

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command or a query has no other answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there, or not yours: the answer is the same, so that nobody can probe for ids.
    #[error("there is nothing here")]
    NotFound,
    /// The id was used before, for something else or by somebody else. Nothing was changed.
    #[error("the id was used before for something else")]
    IdConflict,
    /// There is one already, of which there can be only one; the word says of what.
    #[error("there is one already: {0}")]
    AlreadyExists(&'static str),
    /// Somebody else wrote after the last message that the author saw; these are their messages, the oldest first.
    #[error("somebody wrote in the meantime")]
    Moved(Vec<Message>),
    /// Somebody else has the conversation than the asker saw. Nothing was done.
    #[error("somebody else has the conversation")]
    Reassigned(Holder),
    /// Who asks was blocked, or their app disabled.
    #[error("shut out")]
    ShutOut,
    /// A message names a file that is not there, not its author's, not complete, or in another message.
    #[error("a file cannot be used: {0}")]
    Attachment(AttachmentId),
    /// A message quotes one that is not in its conversation.
    #[error("the quoted message is not in this conversation")]
    Quote,
    /// A message cannot be given other words; the words say why.
    #[error("the message cannot be edited: {0}")]
    NotEditable(&'static str),
    /// The same was done a moment ago: again after so many seconds.
    #[error("too soon: again in {seconds} s")]
    TooSoon {
        /// How long to wait, 1 or more.
        seconds: u64,
    },
    /// The conversation is merged into another: agents do nothing in it before that is undone.
    #[error("the conversation is merged into another")]
    Merged,
    /// Conversations cannot be merged; the words say why.
    #[error("they cannot be merged: {0}")]
    CannotMerge(&'static str),
    /// Who is to take something on is away.
    #[error("the agent is away")]
    Away,
    /// A number of things has reached its limit; the words say which.
    #[error("a limit is reached: {0}")]
    Limit(&'static str),
    /// What was asked for makes no sense here; the words say why.
    #[error("refused: {0}")]
    Refused(&'static str),
    /// The same, of one field: its JSON pointer, and why.
    #[error("refused: {0}: {1}")]
    RefusedAt(&'static str, &'static str),
    /// The company lets agents in by its own identity provider only.
    #[error("the company's identity provider is the only way in")]
    OnlyProvider,
    /// The database is out of reach or did not answer in time. A write may have happened or not: repeat it with
    /// the same id.
    #[error("the database is out of reach")]
    Unavailable,
    /// The disk is full: nothing was stored, reading goes on.
    #[error("the disk is full")]
    Full,
    /// A mistake of ours; what it holds is for the log and never for a client.
    #[error("{0}")]
    Internal(#[from] Fault),
}

/// A mistake of ours, or of whoever set up the database.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database refused a statement.
    #[error("the database refused: {0}")]
    Database(sqlx::Error),
    /// A value in the database is not what this version writes.
    #[error("cannot read what is stored: {0}")]
    Stored(String),
    /// The database was written by a newer version; this one would damage it.
    #[error(
        "the database has schema version {found}, this program knows versions up to {known}: start a newer program"
    )]
    NewerSchema {
        /// What the database says.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The database cannot be opened at all.
    #[error("cannot open the database: {0}")]
    Open(String),
}

/// What an error of the driver means for the batch in which it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Two transactions stood in each other's way: the same batch again will work.
    Collision,
    /// A UNIQUE constraint met a row that was committed meanwhile: the same command again will see it.
    Raced,
    /// No space is left.
    Full,
    /// A flush failed. The kernel may have dropped the dirty pages, so a second flush that succeeds proves
    /// nothing (the lesson of 2018): the process must end and recover from the log.
    FlushFailed,
    /// The connection is gone or of no more use.
    Lost,
    /// Our own mistake.
    Mistake,
}

/// `SQLITE_IOERR_FSYNC` and `SQLITE_IOERR_DIR_FSYNC` (<https://sqlite.org/rescode.html>).
const SQLITE_FLUSH_FAILED: [&str; 2] = ["1034", "1290"];

pub(crate) fn meaning(error: &sqlx::Error) -> Meaning {
    let Some(refusal) = error.as_database_error() else {
        return match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Meaning::Lost,
            _ => Meaning::Mistake,
        };
    };
    let code = refusal.code();
    let code = code.as_deref().unwrap_or_default();
    if let Some(refusal) = refusal.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
        sqlite_meaning(code, sqlx::error::DatabaseError::is_unique_violation(refusal))
    } else {
        postgres_meaning(code)
    }
}

fn sqlite_meaning(code: &str, unique: bool) -> Meaning {
    // The low byte of an extended code is the primary one.
    let primary = code.parse::<i32>().map_or(0, |code| code & 0xff);
    match primary {
        _ if SQLITE_FLUSH_FAILED.contains(&code) => Meaning::FlushFailed,
        _ if unique => Meaning::Raced,
        13 => Meaning::Full,
        5 | 6 | 10 | 14 => Meaning::Lost,
        _ => Meaning::Mistake,
    }
}

/// Codes of <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
fn postgres_meaning(code: &str) -> Meaning {
    match code {
        "40001" | "40P01" => Meaning::Collision,
        "23505" => Meaning::Raced,
        "53100" => Meaning::Full,
        // Connections, resources, an operator's or a crash's intervention, I/O, a standby that was promoted away.
        _ if ["08", "53", "57", "58"].contains(&code.get(..2).unwrap_or_default()) => Meaning::Lost,
        "25006" => Meaning::Lost,
        _ => Meaning::Mistake,
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match meaning(&error) {
            Meaning::Full => Self::Full,
            Meaning::Lost => {
                tracing::warn!(%error, "the database is out of reach");
                Self::Unavailable
            }
            _ => Self::Internal(Fault::Database(error)),
        }
    }
}

impl Error {
    /// A value in the database that this version cannot read.
    pub(crate) fn stored(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Internal(Fault::Stored(format!("{what}: {why}")))
    }

    /// What this error means for the batch in which a command met it; none when the command was simply refused.
    pub(crate) fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Unavailable => Some(Meaning::Lost),
            Self::Full => Some(Meaning::Full),
            Self::Internal(Fault::Database(error)) => Some(meaning(error)),
            Self::Internal(_) => Some(Meaning::Mistake),
            _ => None,
        }
    }
}

impl From<Error> for Meaning {
    fn from(error: Error) -> Self {
        error.meaning().unwrap_or(Self::Mistake)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_flush_is_never_taken_for_a_lost_connection() {
        assert_eq!(sqlite_meaning("1034", false), Meaning::FlushFailed);
        assert_eq!(sqlite_meaning("1290", false), Meaning::FlushFailed);
        assert_eq!(sqlite_meaning("266", false), Meaning::Lost);
    }

    #[test]
    fn a_full_disk_has_its_own_answer_on_both() {
        assert_eq!(sqlite_meaning("13", false), Meaning::Full);
        assert_eq!(postgres_meaning("53100"), Meaning::Full);
        assert_eq!(postgres_meaning("53300"), Meaning::Lost);
    }

    #[test]
    fn deadlocks_and_serialization_failures_are_tried_again() {
        assert_eq!(postgres_meaning("40001"), Meaning::Collision);
        assert_eq!(postgres_meaning("40P01"), Meaning::Collision);
    }
}
