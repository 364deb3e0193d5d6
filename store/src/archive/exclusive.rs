//! Connections for reading or filling a whole database.

use crate::database_url::DatabaseUrl;
use crate::db::{Address, Connected};
use crate::error::{Error, Result};

use super::ArchiveError;

/// A database by the name that people know it by; never with a password.
pub fn name(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(path) => path.display().to_string(),
        DatabaseUrl::Postgres(url) => crate::database_url::database_name(url),
    }
}

/// A connection that reads one moment, while others write. The database must be there.
pub(super) async fn reading(url: &DatabaseUrl) -> Result<Connected, ArchiveError> {
    there(url)?;
    let mut connected = Address::of_existing(url)?.connect().await?;
    connected.begin_reading().await?;
    Ok(connected)
}

/// A connection that nobody else has beside it: neither a server nor a command.
pub(super) async fn alone(url: &DatabaseUrl) -> Result<Connected, ArchiveError> {
    let in_use = |error| match error {
        Error::Unavailable if !is_away(url) => ArchiveError::InUse(name(url)),
        other => ArchiveError::Store(other),
    };
    let mut connected = Address::of_exclusive(url)?.connect_alone().await.map_err(in_use)?;
    if !connected.is_alone().await.map_err(in_use)? {
        return Err(ArchiveError::InUse(name(url)));
    }
    Ok(connected)
}

pub(super) fn there(url: &DatabaseUrl) -> Result<(), ArchiveError> {
    match url {
        DatabaseUrl::Sqlite(path) if !path.exists() => Err(ArchiveError::NoDatabase(name(url))),
        _ => Ok(()),
    }
}

/// A server that does not answer is not the same as a file that somebody holds.
const fn is_away(url: &DatabaseUrl) -> bool {
    matches!(url, DatabaseUrl::Postgres(_))
}
