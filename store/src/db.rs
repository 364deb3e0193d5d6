//! Connections to either database; with `columns.rs` the only place that knows that there are two.
//!
//! A statement is one text for both. [`on!`] compiles the code around it once for each, so binding a value or
//! reading a column that either cannot hold is a compile error. What both know: `$1`, `RETURNING`, `ON CONFLICT`,
//! partial indexes, row values, common table expressions; TEXT, BIGINT, BOOLEAN, UUID and BYTEA. Times are unix
//! milliseconds, JSON is TEXT.

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection, Pool, Postgres, Sqlite, SqliteConnection, Transaction};

use crate::columns::Columns;
use crate::database_url::DatabaseUrl;
use crate::error::{Error, Fault, Result};
use crate::in_place::{self, Borrowed, Reader};
use crate::place;
use crate::planted::{self, Bug};

/// Runs one expression on the connection inside `conn`, compiled once for each database.
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn.by_ref() {
            $crate::db::Conn::Sqlite($c) => {
                let $c = &mut **$c;
                $body
            }
            $crate::db::Conn::Postgres($c) => {
                let $c = &mut **$c;
                $body
            }
        }
    };
}

/// All rows of a statement, each through a function of [`Columns`].
macro_rules! all {
    ($conn:expr, $map:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        on!($conn, |c| {
            let rows = sqlx::query($sql)$(.bind($bind))*.fetch_all(c).await?;
            rows.iter().map(|row| $map(row)).collect::<$crate::error::Result<Vec<_>>>()
        })
    };
}

/// The row of a statement that has at most one, through a function of [`Columns`].
macro_rules! one {
    ($conn:expr, $map:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        on!($conn, |c| {
            let row = sqlx::query($sql)$(.bind($bind))*.fetch_optional(c).await?;
            row.as_ref().map(|row| $map(row)).transpose()
        })
    };
}

/// How many rows a statement changed.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        on!($conn, |c| {
            sqlx::query($sql)$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected())
        })
    };
}

/// How to reach the database, understood once.
#[derive(Clone)]
pub(crate) enum Address {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>, Arc<LastConnect>),
}

/// When a writer last connected. It does so again only after its connection was cut, and then those that read have
/// most likely been cut as well.
#[derive(Default)]
pub(crate) struct LastConnect(Mutex<Option<Instant>>);

impl LastConnect {
    fn is_now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn is_within(&self, time: Duration) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < time)
    }
}

/// Every statement that is asked often has an index. PostgreSQL keeps the plan of a prepared statement, and one that was
/// made while a table was small walks through it for as long as nobody counts its rows again, which may be minutes in
/// which it grows by a million: decision 13. Where there is no other way it still walks, and takes that for so dear that
/// it would compile the plan first, but for the last.
const BY_INDEX: [(&str, &str); 2] = [("enable_seqscan", "off"), ("jit", "off")];

/// How long SQLite waits for another process that holds the file, such as a backup.
const BUSY: Duration = Duration::from_secs(5);
/// How long a process that wants the file for itself waits for others to leave.
const BUSY_ALONE: Duration = Duration::from_millis(500);
/// How often it looks in that time.
const LEAVING: u32 = 10;
/// How long the opening of a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// Connections for reading on PostgreSQL.
const READERS: u32 = 8;
/// Connections for reading on SQLite: each is a thread with a cache of its own.
const SQLITE_READERS: u32 = 4;
/// What the one that writes keeps of the file, in KiB (a negative number of `cache_size`): new ids fall all over an index
/// now and then, and a page that was pushed out is read again. It is taken as it fills.
const SQLITE_WRITER_CACHE: &str = "-16384";
/// Pages of the log after which it goes into the file. A page that is written again and again meanwhile, such as the end
/// of a table, goes there once: eight times as many as SQLite would wait for are 32 MiB.
const SQLITE_LOG_PAGES: &str = "8000";
/// What each of those that read keeps of the file, in KiB (a negative number of `cache_size`); the kernel keeps the rest.
const SQLITE_READER_CACHE: &str = "-1024";
/// Rows that a thread may have read ahead of whom it reads for: a page, so that the two do not wait for each other.
const SQLITE_ROWS: usize = 300;
/// A connection to PostgreSQL that was idle for longer is asked whether it is still there before it is used. Asking
/// each time would double the round trips of a read.
const TRUSTED: Duration = Duration::from_secs(1);
/// Distinct statements that one connection keeps prepared; there are fewer.
const STATEMENTS: usize = 200;

impl Address {
    pub(crate) fn of(url: &DatabaseUrl) -> Result<Self> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                place::make(path)?;
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // NORMAL would lose acknowledged messages in a power cut.
                    .synchronous(if planted::is(Bug::SynchronousNormal) {
                        SqliteSynchronous::Normal
                    } else {
                        SqliteSynchronous::Full
                    })
                    .foreign_keys(true)
                    .busy_timeout(BUSY)
                    // Without it, erased text stays in the file's free pages.
                    .pragma("secure_delete", "ON")
                    .pragma("wal_autocheckpoint", SQLITE_LOG_PAGES)
                    .pragma("cache_size", SQLITE_WRITER_CACHE)
                    .row_buffer_size(SQLITE_ROWS)
                    .statement_cache_capacity(STATEMENTS);
                Ok(Self::Sqlite(Box::new(told_if_asked(options))))
            }
            DatabaseUrl::Postgres(url) => {
                let options =
                    PgConnectOptions::from_str(url).map_err(|error| Fault::Open(error.to_string()))?;
                let name = options.get_application_name().unwrap_or("tidings").to_owned();
                let synchronous_commit = if planted::is(Bug::SynchronousCommitOff) { "off" } else { "on" };
                let options = options
                    .application_name(&name)
                    .options([("synchronous_commit", synchronous_commit)])
                    .options(BY_INDEX)
                    .statement_cache_capacity(STATEMENTS);
                Ok(Self::Postgres(Box::new(told_if_asked(options)), Arc::default()))
            }
        }
    }

    /// The same, but a SQLite file that is missing is not made.
    pub(crate) fn of_existing(url: &DatabaseUrl) -> Result<Self> {
        if let DatabaseUrl::Sqlite(path) = url {
            // Nothing about the file is decided here: whoever made it did.
            let options =
                SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(BUSY);
            return Ok(Self::Sqlite(Box::new(options.disable_statement_logging())));
        }
        Self::of(url)
    }

    /// For a process that wants the database for itself. On SQLite without write-ahead log: whoever switches it off
    /// must be alone. Foreign keys are checked at the end, not row by row.
    pub(crate) fn of_exclusive(url: &DatabaseUrl) -> Result<Self> {
        Ok(match Self::of(url)? {
            Self::Sqlite(options) => {
                let options = options.journal_mode(SqliteJournalMode::Delete).foreign_keys(false);
                Self::Sqlite(Box::new(options.busy_timeout(BUSY_ALONE)))
            }
            postgres @ Self::Postgres(..) => postgres,
        })
    }

    /// The file of a SQLite database.
    pub(crate) fn file(&self) -> Option<&std::path::Path> {
        match self {
            Self::Sqlite(options) => Some(options.get_filename()),
            Self::Postgres(..) => None,
        }
    }

    pub(crate) const fn backend(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(..) => "postgres",
        }
    }

    /// A connection that writes.
    pub(crate) async fn connect(&self) -> Result<Connected> {
        let mut connected = self.connect_alone().await?;
        connected.be_one_of_many().await?;
        Ok(connected)
    }

    /// A connection that has not said yet whether it bears others beside it.
    pub(crate) async fn connect_alone(&self) -> Result<Connected> {
        let connecting = async {
            match self {
                Self::Sqlite(options) => Ok::<_, sqlx::Error>(Connected::Sqlite(options.connect().await?)),
                Self::Postgres(options, last) => {
                    let connection = options.connect().await?;
                    last.is_now();
                    Ok(Connected::Postgres(connection))
                }
            }
        };
        // SQLite may have to recover its log first, which takes as long as it takes.
        match self {
            Self::Sqlite(_) => Ok(connecting.await?),
            Self::Postgres(..) => match tokio::time::timeout(CONNECT, connecting).await {
                Ok(connected) => Ok(connected?),
                Err(_) => Err(Error::Unavailable),
            },
        }
    }

    /// Connections that only read. None is opened before it is needed.
    pub(crate) fn readers(&self) -> Readers {
        match self {
            Self::Sqlite(options) => {
                let options = (**options).clone().create_if_missing(false).read_only(true);
                let options = options.pragma("cache_size", SQLITE_READER_CACHE).row_buffer_size(SQLITE_ROWS);
                if in_place::is_on() {
                    return Readers::InPlace(Reader::new(options));
                }
                Readers::Sqlite(pool().max_connections(SQLITE_READERS).connect_lazy_with(options))
            }
            Self::Postgres(options, last) => {
                // Whoever asked has been told after five seconds that it takes too long.
                let options = (**options).clone().options([("statement_timeout", "5000")]);
                let last = Arc::clone(last);
                let pool = pool().before_acquire(move |connection: &mut PgConnection, age| {
                    let doubtful = age.idle_for > TRUSTED || last.is_within(age.idle_for);
                    Box::pin(async move {
                        if doubtful {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                });
                Readers::Postgres(pool.connect_lazy_with(options))
            }
        }
    }

    /// Connections on which programs tell each other what happened; none where there can be one program only.
    pub(crate) fn notices(&self) -> Option<Pool<Postgres>> {
        let Self::Postgres(options, _) = self else { return None };
        // Nobody waits for a notice to be flushed; the timeout is for a database that swallows what is sent.
        let settings = [("synchronous_commit", "off"), ("statement_timeout", "2000")];
        let options = (**options).clone().options(settings);
        // One sends and one listens.
        Some(pool().max_connections(2).test_before_acquire(true).connect_lazy_with(options))
    }
}

/// Statements are told, as texts without values, to a log that takes the level DEBUG of `sqlx::query`; otherwise nobody
/// takes the time to find out.
fn told_if_asked<O: ConnectOptions>(options: O) -> O {
    if tracing::enabled!(target: "sqlx::query", tracing::Level::DEBUG) {
        return options;
    }
    options.disable_statement_logging()
}

fn pool<D: sqlx::Database>() -> PoolOptions<D> {
    PoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(CONNECT)
        .idle_timeout(Duration::from_mins(10))
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// A connection that writes, owned by a writer.
pub(crate) enum Connected {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Connected {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(c) => Conn::Sqlite(c),
            Self::Postgres(c) => Conn::Postgres(c),
        }
    }

    /// Begins a transaction that writes. SQLite takes its lock at once: a transaction that reads first and
    /// writes later would be refused, whatever the busy timeout says.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.conn().run("BEGIN IMMEDIATE").await,
            Self::Postgres(_) => self.conn().run("BEGIN").await,
        }
    }

    /// Readies a connection for a writer, once the schema is there. What a statement of many rows keeps so that it could be
    /// undone alone goes to a file of its own beyond 16 pages, and a batch touches more: in memory it costs a copy.
    /// Not for migrations, whose sorting would then have no bound.
    pub(crate) async fn be_writer(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.conn().run("PRAGMA temp_store = MEMORY").await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// On PostgreSQL, everybody who writes shares a lock as long as they are connected, so that a restore can tell
    /// whether a node is left. On SQLite the open file says so.
    async fn be_one_of_many(&mut self) -> Result<()> {
        const SHARED: &str =
            "SELECT pg_try_advisory_lock_shared(1952541802, hashtext(current_schema()::text)) AS got";
        if matches!(self, Self::Postgres(_)) && !self.lock(SHARED).await? {
            tracing::warn!("the database is being restored or copied");
            return Err(Error::Unavailable);
        }
        Ok(())
    }

    /// Whether nobody else is connected, and nobody can be as long as this connection lives.
    pub(crate) async fn is_alone(&mut self) -> Result<bool> {
        const ALONE: &str =
            "SELECT pg_try_advisory_lock(1952541802, hashtext(current_schema()::text)) AS got";
        match self {
            // Connecting has switched the write-ahead log off, which only somebody alone can.
            Self::Sqlite(_) => Ok(true),
            Self::Postgres(_) => self.lock(ALONE).await,
        }
    }

    async fn lock(&mut self, sql: &'static str) -> Result<bool> {
        // Somebody who has just left may still be on the way out.
        for _ in 0..LEAVING {
            let got: Option<bool> = one!(self.conn(), |row| Columns::get(row, "got"), sql)?;
            if got.unwrap_or_default() {
                return Ok(true);
            }
            tokio::time::sleep(BUSY_ALONE / LEAVING).await;
        }
        Ok(false)
    }

    /// Begins a transaction that sees one moment and writes nothing.
    pub(crate) async fn begin_reading(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.conn().run("BEGIN").await,
            Self::Postgres(_) => self.conn().run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await,
        }
    }

    /// Begins a transaction for somebody who is alone.
    pub(crate) async fn begin_alone(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.conn().run("BEGIN EXCLUSIVE").await,
            Self::Postgres(_) => self.begin_migration().await,
        }
    }

    /// Counts anew what the planner goes by, after everything has changed. SQLite never counts: without counts it takes
    /// tables to be large and goes by their indexes, of which each statement has one. With counts from an installation's
    /// first minute it walked through all feeds for each batch, until the next restart.
    pub(crate) async fn tidy(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) => self.conn().run("ANALYZE").await,
        }
    }

    pub(crate) const fn backend(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Goes away and leaves everything as it is.
    pub(crate) async fn leave(mut self) -> Result<()> {
        if matches!(self, Self::Postgres(_)) {
            // The server notices the end of a connection a little later.
            self.conn().run("SELECT pg_advisory_unlock_all()").await?;
        }
        match self {
            Self::Sqlite(c) => c.close().await?,
            Self::Postgres(c) => c.close().await?,
        }
        Ok(())
    }

    /// Takes the lock under which migrations run; nodes that start together wait for each other.
    pub(crate) async fn begin_migration(&mut self) -> Result<()> {
        self.begin().await?;
        match self {
            Self::Sqlite(_) => Ok(()),
            // The number is arbitrary ("tidi"); it only has to be the same everywhere.
            Self::Postgres(_) => self.conn().run("SELECT pg_advisory_xact_lock(1952541801)").await,
        }
    }

    /// Tidies up before the end of the process: the log goes into the file.
    pub(crate) async fn close(mut self) -> Result<()> {
        if matches!(self, Self::Sqlite(_)) {
            self.conn().run("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        match self {
            Self::Sqlite(c) => c.close().await?,
            Self::Postgres(c) => c.close().await?,
        }
        Ok(())
    }
}

/// Connections that read.
pub(crate) enum Readers {
    Sqlite(Pool<Sqlite>),
    Postgres(Pool<Postgres>),
    InPlace(Arc<Reader>),
}

impl Readers {
    /// For a single statement.
    pub(crate) async fn single(&self) -> Result<Reading> {
        match self {
            Self::Sqlite(pool) => Ok(Reading::Sqlite(pool.acquire().await?)),
            Self::Postgres(pool) => Ok(Reading::Postgres(pool.acquire().await?)),
            Self::InPlace(reader) => Ok(Reading::InPlace(reader.borrow().await?)),
        }
    }

    /// For several statements that must see one moment.
    pub(crate) async fn snapshot(&self) -> Result<Reading> {
        match self {
            Self::Sqlite(pool) => Ok(Reading::SqliteSnapshot(pool.begin().await?)),
            Self::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Ok(Reading::PostgresSnapshot(pool.begin_with(begin).await?))
            }
            Self::InPlace(reader) => Ok(Reading::InPlace(reader.borrow().await?.snapshot().await?)),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
            Self::InPlace(reader) => reader.close(),
        }
    }
}

/// A borrowed connection that reads; dropping it gives it back and ends its transaction.
pub(crate) enum Reading {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    SqliteSnapshot(Transaction<'static, Sqlite>),
    PostgresSnapshot(Transaction<'static, Postgres>),
    InPlace(Borrowed),
}

impl Reading {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(c) => Conn::Sqlite(c),
            Self::Postgres(c) => Conn::Postgres(c),
            Self::SqliteSnapshot(c) => Conn::Sqlite(c),
            Self::PostgresSnapshot(c) => Conn::Postgres(c),
            Self::InPlace(c) => Conn::Sqlite(c.connection()),
        }
    }
}

/// A live connection to whichever database there is.
pub(crate) enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Conn<'_> {
    /// What [`on!`] matches on, whether it was given a connection or a borrow of one.
    pub(crate) const fn by_ref(&mut self) -> &mut Self {
        self
    }

    /// Runs a text of one or several statements that binds nothing and answers nothing.
    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<()> {
        on!(self, |c| sqlx::raw_sql(sql).execute(c).await.map(|_| ()))?;
        Ok(())
    }

    /// One of two texts, for the few places where one cannot serve both.
    pub(crate) const fn picks<'s>(&self, sqlite: &'s str, postgres: &'s str) -> &'s str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }
}
