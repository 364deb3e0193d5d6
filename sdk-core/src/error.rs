//! What can go wrong, for the host app: a stable code, a message that is safe to log, whether trying again helps.

use tidings_protocol::problem::ProblemCode;

/// Why something the app asked for did not happen. What merely has to wait for a network is never an error: it
/// waits in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    code: ErrorCode,
    message: String,
}

/// What to branch on; never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The configuration cannot work; the message names the field. A bug in the app.
    InvalidConfig,
    /// What was given is empty, too long or not allowed; the message says what.
    InvalidInput,
    /// Nobody is signed in.
    NotSignedIn,
    /// The thing belongs to a user who signed out, or the client was closed.
    Closed,
    /// There is nothing by this id.
    NotFound,
    /// The server could not be reached, or did not answer in a way that makes sense.
    Network,
    /// The server refused, for good; the message holds its code.
    Refused,
    /// The app has this switched off in its configuration.
    SwitchedOff,
    /// The phone's storage is full.
    StorageFull,
    /// The phone's storage failed in another way.
    Storage,
    /// A fault of this library.
    Internal,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 11] = [
        Self::InvalidConfig,
        Self::InvalidInput,
        Self::NotSignedIn,
        Self::Closed,
        Self::NotFound,
        Self::Network,
        Self::Refused,
        Self::SwitchedOff,
        Self::StorageFull,
        Self::Storage,
        Self::Internal,
    ];

    /// Whether a call that failed with it may succeed later.
    pub const fn retryable(self) -> bool {
        matches!(self, Self::Network | Self::StorageFull | Self::Storage)
    }

    /// The word for it, such as `not_signed_in`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidConfig => "invalid_config",
            Self::InvalidInput => "invalid_input",
            Self::NotSignedIn => "not_signed_in",
            Self::Closed => "closed",
            Self::NotFound => "not_found",
            Self::Network => "network",
            Self::Refused => "refused",
            Self::SwitchedOff => "switched_off",
            Self::StorageFull => "storage_full",
            Self::Storage => "storage",
            Self::Internal => "internal",
        }
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// What to branch on.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// What happened, in English, for a developer. Never holds contents, names or tokens.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the same call may succeed later.
    pub const fn retryable(&self) -> bool {
        self.code.retryable()
    }
}

/// Why the server refused an item for good: its problem code, and its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The server's code on the wire, such as `id_conflict`; `unknown` for one that this version does not know.
    pub code: String,
    /// In English, for a developer.
    pub message: String,
}

impl Refusal {
    pub(crate) fn from_problem(code: ProblemCode, title: &str, detail: Option<&str>) -> Self {
        Self { code: code.as_str(), message: detail.unwrap_or(title).to_owned() }
    }
}

/// Inside the crate: rich, and converted to [`Error`] at the edge.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// SQLite said no.
    #[error("the store failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A row holds what this version cannot read.
    #[error("a stored value cannot be read: {0}")]
    Stored(&'static str),
    /// A file could not be made, moved or removed.
    #[error("a file operation failed: {0}")]
    Io(#[from] std::io::Error),
    /// The session this belonged to has ended.
    #[error("this user is no longer signed in")]
    Closed,
    /// Nothing by this id.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Asking again cannot help.
    #[error("{0}")]
    Final(&'static str),
    /// A store written by a later version of the app.
    #[error("the store was written by a later version ({found}) than this one ({known})")]
    Newer { found: i64, known: i64 },
    /// A task ended by a panic.
    #[error("a task of the library failed")]
    Panicked,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let code = match &fault {
            Fault::Sqlite(error) if is_full(error) => ErrorCode::StorageFull,
            Fault::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => ErrorCode::StorageFull,
            Fault::Sqlite(_) | Fault::Io(_) | Fault::Stored(_) | Fault::Newer { .. } => ErrorCode::Storage,
            Fault::Closed => ErrorCode::Closed,
            Fault::NotFound(_) => ErrorCode::NotFound,
            Fault::Final(_) => ErrorCode::Refused,
            Fault::Panicked => ErrorCode::Internal,
        };
        // SQLite's own text may quote a statement, never a bound value: contents cannot get in here.
        let message = match &fault {
            Fault::Sqlite(error) => format!("{fault}: {error}"),
            _ => fault.to_string(),
        };
        Self::new(code, message)
    }
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_word() {
        let words: std::collections::BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), ErrorCode::ALL.len());
    }

    #[test]
    fn every_code_stands_in_the_guide_with_whether_to_try_again() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sdk/errors.md");
        let guide = std::fs::read_to_string(path).unwrap();
        for code in ErrorCode::ALL {
            let again = if code.retryable() { "yes" } else { "no" };
            let row = format!("| `{code}` | {again} | ");
            assert!(guide.contains(&row), "docs/sdk/errors.md has no row that begins with {row:?}");
        }
    }

    #[test]
    fn a_full_disk_is_told_apart_and_can_be_retried() {
        let full =
            rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None);
        let error = Error::from(Fault::from(full));
        assert_eq!(error.code(), ErrorCode::StorageFull);
        assert!(error.retryable());
    }
}
