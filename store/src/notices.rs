//! Short texts between programs on one PostgreSQL: NOTIFY and LISTEN. Nothing is kept; who does not listen at that
//! moment never hears of it.

use sqlx::postgres::PgListener;
use sqlx::{Pool, Postgres};

use crate::DatabaseUrl;
use crate::db::Address;
use crate::error::Result;

const CHANNEL: &str = "tidings";
/// Bytes that one notice may have: PostgreSQL takes less than 8,000.
pub const NOTICE_BYTES: usize = 7_900;

/// Sends and hears notices on connections of its own.
///
/// Never inside a writing transaction: PostgreSQL puts the commits of all who notify in one line.
#[derive(Clone)]
pub struct Notices(Pool<Postgres>);

impl Notices {
    /// For the programs on this database; none on SQLite, which has one. Connects to nothing yet.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub fn of(url: &DatabaseUrl) -> Result<Option<Self>> {
        match url {
            DatabaseUrl::Sqlite(_) => Ok(None),
            DatabaseUrl::Postgres(_) => Ok(Address::of(url)?.notices().map(Self)),
        }
    }

    /// Sends texts of at most [`NOTICE_BYTES`] each, at once.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn send(&self, texts: &[String]) -> Result<()> {
        const SQL: &str = "SELECT pg_notify($1, text) FROM UNNEST($2) AS text";
        sqlx::query(SQL).bind(CHANNEL).bind(texts).execute(&self.0).await?;
        Ok(())
    }

    /// Hears what is sent from now on.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn listen(&self) -> Result<Listening> {
        let mut listener = PgListener::connect_with(&self.0).await?;
        listener.listen(CHANNEL).await?;
        Ok(Listening(listener))
    }
}

/// An ear for notices.
pub struct Listening(PgListener);

impl Listening {
    /// The next notice; none when the connection was lost, and notices with it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn next(&mut self) -> Result<Option<String>> {
        Ok(self.0.try_recv().await?.map(|notice| notice.payload().to_owned()))
    }
}
