//! The address of a database.

use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// Which database, and where.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file; it and its folder are made when they are missing, for their owner alone.
    Sqlite(PathBuf),
    /// `postgres://user:password@host:port/name`, with `?options=` if need be.
    Postgres(String),
}

/// Why a text does not name a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// Neither of the two forms.
    #[error("expected `sqlite:PATH` or `postgres://USER@HOST/NAME`")]
    Unknown,
    /// `sqlite:` without a file. A database in memory would forget what it acknowledged.
    #[error("`sqlite:` is followed by the path of a file")]
    NoFile,
    /// The driver does not understand it.
    #[error("not a PostgreSQL address: {0}")]
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidDatabaseUrl> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path == ":memory:" {
                return Err(InvalidDatabaseUrl::NoFile);
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            PgConnectOptions::from_str(text)
                .map_err(|error| InvalidDatabaseUrl::Postgres(error.to_string()))?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(InvalidDatabaseUrl::Unknown)
    }
}

/// The name of a PostgreSQL database, without the password.
pub(crate) fn database_name(url: &str) -> String {
    PgConnectOptions::from_str(url).map_or_else(
        |_| "postgres".to_owned(),
        |options| options.get_database().unwrap_or_else(|| options.get_username()).to_owned(),
    )
}

/// An address may hold a password: it never reaches a log.
impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_two() {
        assert_eq!("sqlite:data/t.db".parse(), Ok(DatabaseUrl::Sqlite("data/t.db".into())));
        assert_eq!("sqlite:///var/t.db".parse(), Ok(DatabaseUrl::Sqlite("/var/t.db".into())));
        let url = "postgres://u:secret@localhost/t";
        assert_eq!(url.parse(), Ok(DatabaseUrl::Postgres(url.to_owned())));
        assert_eq!("sqlite::memory:".parse::<DatabaseUrl>(), Err(InvalidDatabaseUrl::NoFile));
        assert_eq!("mysql://localhost/t".parse::<DatabaseUrl>(), Err(InvalidDatabaseUrl::Unknown));
        assert!("postgres://localhost:port/t".parse::<DatabaseUrl>().is_err());
    }

    #[test]
    fn debug_shows_no_password() {
        let url: DatabaseUrl = "postgres://u:secret@localhost/t".parse().unwrap();
        assert!(!format!("{url:?}").contains("secret"));
    }
}
