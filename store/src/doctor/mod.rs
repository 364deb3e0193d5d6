//! What `tidings doctor` asks a database. It reads only, also while a server runs.

mod scan;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tidings_protocol::id::AppId;
use tidings_protocol::push::PushProvider;
use tidings_protocol::time::Timestamp;

pub use self::scan::{Depth, Fault, Scanned, scan};
use crate::archive::{LastBackup, last_backup_in, tables};
use crate::columns::Columns;
use crate::database_url::DatabaseUrl;
use crate::db::{Address, Conn};
use crate::error::Result;
use crate::headers::time_option;
use crate::jobs::{JobCounts, job_counts_in};
use crate::migrate::{self, Versions};
use crate::words;

/// What a database says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Settings by name, such as `synchronous` as the server opens it, or `fsync`.
    pub settings: BTreeMap<String, String>,
    /// How far it is behind this program.
    pub versions: Versions,
    /// None: nothing is set up in it.
    pub installation: Option<Installation>,
}

/// What is in a database that is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The time by the clock of the database.
    pub database_time: Timestamp,
    /// The newest time that was ever written into it.
    pub newest: Option<Timestamp>,
    /// Agents who may sign in.
    pub agents: i64,
    /// Its apps.
    pub apps: Vec<AppFacts>,
    /// Its jobs.
    pub jobs: JobCounts,
    /// The last backup that this program made.
    pub last_backup: Option<LastBackup>,
    /// Tables that are not of this program.
    pub unknown_tables: Vec<String>,
}

/// What an app needs to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppFacts {
    /// Which.
    pub id: AppId,
    /// What it is called.
    pub name: String,
    /// Identity keys that are not revoked.
    pub identity_keys: i64,
    /// Devices that registered a token, by provider.
    pub push: Vec<PushFacts>,
}

/// What pushes of one provider need.
#[derive(Clone, PartialEq, Eq)]
pub struct PushFacts {
    /// Which provider.
    pub provider: PushProvider,
    /// What its pushes are signed with: JSON with a private key. None when it is missing.
    pub credential: Option<String>,
    /// How many devices wait to be woken through it.
    pub devices: i64,
}

/// A key never reaches a log.
impl std::fmt::Debug for PushFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushFacts").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// Asks a database about itself. A SQLite file that is missing is not made.
pub async fn examine(url: &DatabaseUrl) -> Result<Facts> {
    let address = Address::of_existing(url)?;
    let mut connected = address.connect().await?;
    let mut settings = settings(&mut connected.conn()).await?;
    if settings.get("journal_mode").is_some_and(|mode| mode == "wal") {
        // What SQLite flushes is decided by each connection: this is one as the server opens it.
        let mut writer = Address::of(url)?.connect().await?;
        let synchronous =
            ask(&mut writer.conn(), "SELECT CAST(synchronous AS TEXT) AS value FROM pragma_synchronous")
                .await?;
        settings.extend(synchronous.map(|value| ("synchronous".to_owned(), value)));
        writer.leave().await?;
    }
    connected.begin_reading().await?;
    let mut conn = connected.conn();
    let found = migrate::version(&mut conn).await?;
    let versions = Versions { found, known: migrate::KNOWN };
    let readable = found > 0 && found <= migrate::KNOWN;
    let installation = if readable && !tables::is_empty(&mut conn).await? {
        Some(installation(&mut conn).await?)
    } else {
        None
    };
    connected.leave().await?;
    Ok(Facts { settings, versions, installation })
}

async fn settings(conn: &mut Conn<'_>) -> Result<BTreeMap<String, String>> {
    const SQLITE: &str = "SELECT 'journal_mode' AS name, journal_mode AS value FROM pragma_journal_mode";
    const POSTGRES: &str = "
        SELECT name::text AS name, setting::text AS value FROM pg_settings WHERE name IN (
            'fsync', 'synchronous_commit', 'full_page_writes', 'data_sync_retry', 'server_version_num', 'server_encoding'
        )";
    let sql = conn.picks(SQLITE, POSTGRES);
    let pairs = all!(conn, pair, sql)?;
    Ok(pairs.into_iter().collect())
}

fn pair(row: &impl Columns) -> Result<(String, String)> {
    Ok((row.get("name")?, row.get("value")?))
}

async fn ask(conn: &mut Conn<'_>, sql: &'static str) -> Result<Option<String>> {
    one!(conn, |row| Columns::get(row, "value"), sql)
}

struct Moment {
    database_time: Timestamp,
    newest: Option<Timestamp>,
    agents: i64,
}

fn moment(row: &impl Columns) -> Result<Moment> {
    Ok(Moment {
        database_time: Timestamp::from_unix_ms(row.get("now")?),
        newest: time_option(row, "newest")?,
        agents: row.get("agents")?,
    })
}

async fn installation(conn: &mut Conn<'_>) -> Result<Installation> {
    // Only the clock differs.
    macro_rules! moment {
        ($now:literal) => {
            concat!(
                "SELECT ",
                $now,
                " AS now,
                    (SELECT MAX(active_at) FROM conversations) AS newest,
                    (SELECT COUNT(*) FROM agents WHERE disabled_at IS NULL) AS agents"
            )
        };
    }
    let sql = conn.picks(
        moment!("CAST((julianday('now') - 2440587.5) * 86400000 AS BIGINT)"),
        moment!("CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"),
    );
    let moment = one!(conn, moment, sql)?.unwrap_or(Moment {
        database_time: Timestamp::default(),
        newest: None,
        agents: 0,
    });
    let unknown = tables::all(conn).await?.into_iter().filter(|name| !tables::is_known(name)).collect();
    Ok(Installation {
        database_time: moment.database_time,
        newest: moment.newest,
        agents: moment.agents,
        apps: apps(conn).await?,
        jobs: job_counts_in(conn).await?,
        last_backup: last_backup_in(conn).await?,
        unknown_tables: unknown,
    })
}

fn app(row: &impl Columns) -> Result<AppFacts> {
    Ok(AppFacts {
        id: row.id("id")?,
        name: row.get("name")?,
        identity_keys: row.get("keys")?,
        push: Vec::new(),
    })
}

fn push(row: &impl Columns) -> Result<PushFacts> {
    Ok(PushFacts {
        provider: words::get(row, "provider")?,
        credential: row.get("config")?,
        devices: row.get("devices")?,
    })
}

async fn apps(conn: &mut Conn<'_>) -> Result<Vec<AppFacts>> {
    const APPS: &str = "
        SELECT a.id, a.name, COUNT(k.id) AS keys
        FROM apps a LEFT JOIN identity_keys k ON k.app_id = a.id AND k.revoked_at IS NULL
        GROUP BY a.id, a.name ORDER BY a.id";
    const PUSH: &str = "
        WITH registered AS (
            SELECT d.push_provider AS provider, COUNT(*) AS devices
            FROM devices d JOIN users u ON u.id = d.user_id
            WHERE u.app_id = $1 AND d.push_provider IS NOT NULL GROUP BY d.push_provider
        ), providers AS (
            SELECT provider FROM registered UNION SELECT provider FROM push_credentials WHERE app_id = $1
        )
        SELECT p.provider, c.config, COALESCE(r.devices, 0) AS devices
        FROM providers p
        LEFT JOIN registered r ON r.provider = p.provider
        LEFT JOIN push_credentials c ON c.provider = p.provider AND c.app_id = $1
        ORDER BY p.provider";
    let mut apps = all!(conn, app, APPS)?;
    for app in &mut apps {
        app.push = all!(conn, push, PUSH, app.id.uuid())?;
    }
    Ok(apps)
}

/// How long PostgreSQL takes to commit what it flushes, some times over. What is written is a message into its log
/// that nobody reads. None for SQLite, whose disk can be asked directly.
pub async fn commit_times(url: &DatabaseUrl, times: usize) -> Result<Option<Vec<Duration>>> {
    const COMMIT: &str = "SELECT pg_logical_emit_message(true, 'tidings', 'doctor')";
    if matches!(url, DatabaseUrl::Sqlite(_)) {
        return Ok(None);
    }
    let mut connected = Address::of(url)?.connect().await?;
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = Instant::now();
        connected.conn().run(COMMIT).await?;
        taken.push(begun.elapsed());
    }
    connected.leave().await?;
    Ok(Some(taken))
}
