//! What can go wrong, for the host app.

use tidings_sdk_core::{Error, ErrorCode};

/// Why something the app asked for did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CoreError {
    /// The only way to fail; what differs is in its fields.
    #[error("{word}: {detail}")]
    Failed {
        /// What to branch on.
        code: CoreErrorCode,
        /// The word for the code, such as `not_signed_in`: for logs and for the documentation's list.
        word: String,
        /// In English, for a developer. Never holds contents, names or tokens.
        detail: String,
        /// Whether the same call may succeed later.
        retryable: bool,
    },
}

/// What to branch on; never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreErrorCode {
    /// The configuration cannot work; the message names the field.
    InvalidConfig,
    /// What was given is empty, too long or not allowed.
    InvalidInput,
    /// Nobody is signed in.
    NotSignedIn,
    /// The thing belongs to a user who signed out, or the client was closed.
    Closed,
    /// There is nothing by this id.
    NotFound,
    /// The server could not be reached, or did not answer in a way that makes sense.
    Network,
    /// The server refused, for good.
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

impl From<ErrorCode> for CoreErrorCode {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::InvalidConfig => Self::InvalidConfig,
            ErrorCode::InvalidInput => Self::InvalidInput,
            ErrorCode::NotSignedIn => Self::NotSignedIn,
            ErrorCode::Closed => Self::Closed,
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::Network => Self::Network,
            ErrorCode::Refused => Self::Refused,
            ErrorCode::SwitchedOff => Self::SwitchedOff,
            ErrorCode::StorageFull => Self::StorageFull,
            ErrorCode::Storage => Self::Storage,
            ErrorCode::Internal => Self::Internal,
        }
    }
}

/// Reads an id that crossed as text.
pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, CoreError> {
    text.parse().map_err(|error| CoreError::own(ErrorCode::InvalidInput, format!("{error}")))
}

impl CoreError {
    pub(crate) fn internal(detail: &str) -> Self {
        Self::own(ErrorCode::Internal, detail)
    }

    /// A value that could not be converted, told as the core tells such things.
    pub(crate) fn own(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Failed {
            code: code.into(),
            word: code.as_str().to_owned(),
            detail: detail.into(),
            retryable: false,
        }
    }
}

impl From<Error> for CoreError {
    fn from(error: Error) -> Self {
        Self::Failed {
            code: error.code().into(),
            word: error.code().as_str().to_owned(),
            detail: error.message().to_owned(),
            retryable: error.retryable(),
        }
    }
}
