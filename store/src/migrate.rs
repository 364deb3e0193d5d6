//! Brings a database to the schema of this program.
//!
//! A version is a shared text, and where need be one more for each database, under `migrations/`. Versions only
//! go forward and only add; what is removed is removed one release later. A text that was released is never edited:
//! a test knows its checksum.

use std::future::Future;
use std::time::Duration;

use tidings_protocol::cursor::Epoch;
use tokio::time::Instant;

use crate::archive::tables;
use crate::columns::Columns;
use crate::database_url::DatabaseUrl;
use crate::db::{Address, Conn, Connected};
use crate::error::{Error, Fault, Result};
use crate::snapshot;

/// One step of the schema.
struct Migration {
    version: i64,
    shared: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// All steps, in order.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        shared: include_str!("../../migrations/0001_first.sql"),
        sqlite: "",
        postgres: include_str!("../../migrations/postgres/0001_first.sql"),
    },
    Migration {
        version: 2,
        shared: include_str!("../../migrations/0002_search.sql"),
        sqlite: include_str!("../../migrations/sqlite/0002_search.sql"),
        postgres: include_str!("../../migrations/postgres/0002_search.sql"),
    },
    Migration {
        version: 3,
        shared: include_str!("../../migrations/0003_life.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 5,
        shared: include_str!("../../migrations/0005_nodes.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 6,
        shared: include_str!("../../migrations/0006_files.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 8,
        shared: "",
        sqlite: include_str!("../../migrations/sqlite/0008_feeds.sql"),
        postgres: "",
    },
    Migration {
        version: 9,
        shared: include_str!("../../migrations/0009_push.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 10,
        shared: include_str!("../../migrations/0010_words.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 12,
        shared: include_str!("../../migrations/0012_fallback.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 13,
        shared: include_str!("../../migrations/0013_agents.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 14,
        shared: include_str!("../../migrations/0014_quotes.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 15,
        shared: include_str!("../../migrations/0015_merge.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 17,
        shared: include_str!("../../migrations/0017_triage.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 18,
        shared: include_str!("../../migrations/0018_saved_replies.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 21,
        shared: include_str!("../../migrations/0021_door.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 22,
        shared: include_str!("../../migrations/0022_staff.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 25,
        shared: include_str!("../../migrations/0025_one_index_of_jobs.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 26,
        shared: include_str!("../../migrations/0026_mail_to_agents.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 27,
        shared: include_str!("../../migrations/0027_what_waits.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 28,
        shared: include_str!("../../migrations/0028_hours.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 30,
        shared: include_str!("../../migrations/0030_live_places.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 31,
        shared: include_str!("../../migrations/0031_mentions.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 32,
        shared: include_str!("../../migrations/0032_availability.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 33,
        shared: include_str!("../../migrations/0033_webhooks.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 34,
        shared: include_str!("../../migrations/0034_saved_views.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 35,
        shared: include_str!("../../migrations/0035_assigning.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 36,
        shared: include_str!("../../migrations/0036_card_sources.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 37,
        shared: include_str!("../../migrations/0037_reports.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 38,
        shared: include_str!("../../migrations/0038_satisfaction.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 39,
        shared: include_str!("../../migrations/0039_contexts.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 40,
        shared: include_str!("../../migrations/0040_passkeys.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 42,
        shared: include_str!("../../migrations/0042_merge.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 43,
        shared: include_str!("../../migrations/0043_erasures_by_user.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 44,
        shared: include_str!("../../migrations/0044_single_sign_on.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 45,
        shared: include_str!("../../migrations/0045_appearance.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 47,
        shared: include_str!("../../migrations/0047_tags.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        version: 49,
        shared: include_str!("../../migrations/0049_longest_waiting.sql"),
        sqlite: "",
        postgres: "",
    },
];

/// The newest version that this program knows.
pub(crate) const KNOWN: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

const META: &str = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)";

/// How often a long step says that it is still under way.
const STILL: Duration = Duration::from_secs(5);

/// Migrates, all or nothing, and answers the epoch of this database: the one it has, or `new` for an empty one.
///
/// Of a SQLite file that holds something, a snapshot is taken first, under the same lock.
pub(crate) async fn migrate(address: &Address, connected: &mut Connected, new: Epoch) -> Result<Epoch> {
    connected.begin_migration().await?;
    let done = steps(address, &mut connected.conn(), new).await;
    connected.conn().run(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    done
}

async fn steps(address: &Address, conn: &mut Conn<'_>, new: Epoch) -> Result<Epoch> {
    let found = version(conn).await?;
    check(found)?;
    if found > 0 && found < KNOWN {
        snapshot::take(address, found).await?;
    }
    up_to(conn, KNOWN).await?;
    if let Some(epoch) = epoch(conn).await? {
        return Ok(epoch);
    }
    set(conn, "epoch", &new.to_string()).await?;
    Ok(new)
}

/// Refuses a database that a newer program wrote.
pub(crate) fn check(found: i64) -> Result<()> {
    if found > KNOWN { Err(Fault::NewerSchema { found, known: KNOWN }.into()) } else { Ok(()) }
}

/// Runs the steps that are missing up to a version.
pub(crate) async fn up_to(conn: &mut Conn<'_>, wanted: i64) -> Result<()> {
    conn.run(META).await?;
    let found = version(conn).await?;
    for step in MIGRATIONS.iter().filter(|step| step.version > found && step.version <= wanted) {
        let run = async {
            conn.run(step.shared).await?;
            let own = conn.picks(step.sqlite, step.postgres);
            conn.run(own).await?;
            set(conn, "schema", &step.version.to_string()).await
        };
        // The first version of an empty database is no news.
        if found == 0 { run.await? } else { told(step.version, run).await? }
    }
    Ok(())
}

/// Says in the log what a step does, and now and then that it goes on.
async fn told(version: i64, step: impl Future<Output = Result<()>>) -> Result<()> {
    tracing::info!(version, "the database is being migrated");
    let begun = Instant::now();
    let mut still = tokio::time::interval_at(begun + STILL, STILL);
    let mut step = std::pin::pin!(step);
    loop {
        tokio::select! {
            done = &mut step => {
                let seconds = begun.elapsed().as_secs_f64();
                match &done {
                    Ok(()) => tracing::info!(version, seconds, "the database is migrated"),
                    Err(error) => tracing::error!(version, seconds, %error, "the migration failed; nothing was changed"),
                }
                return done;
            }
            _ = still.tick() => {
                tracing::info!(version, seconds = begun.elapsed().as_secs(), "the database is still being migrated");
            }
        }
    }
}

/// The version of a database; 0 when it has none.
pub(crate) async fn version(conn: &mut Conn<'_>) -> Result<i64> {
    match get(conn, "schema").await? {
        Some(version) => version.parse().map_err(|error| Error::stored("schema version", error)),
        None => Ok(0),
    }
}

/// The epoch of a database that has one.
pub(crate) async fn epoch(conn: &mut Conn<'_>) -> Result<Option<Epoch>> {
    let epoch = get(conn, "epoch").await?;
    epoch.map(|text| text.parse().map_err(|error| Error::stored("epoch", error))).transpose()
}

/// A fact about the database as a whole; none when it was never told.
pub(crate) async fn get(conn: &mut Conn<'_>, name: &str) -> Result<Option<String>> {
    const SQL: &str = "SELECT value FROM meta WHERE name = $1";
    if tables::columns(conn, "meta").await?.is_empty() {
        return Ok(None);
    }
    one!(conn, |row| Columns::get(row, "value"), SQL, name)
}

/// Writes down a fact about the database as a whole.
pub(crate) async fn set(conn: &mut Conn<'_>, name: &str, value: &str) -> Result<()> {
    const SQL: &str = "
        INSERT INTO meta (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    execute!(conn, SQL, name, value)?;
    Ok(())
}

/// How far a database is behind this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// Of the database; 0 when it is empty or not there yet.
    pub found: i64,
    /// The newest that this program knows.
    pub known: i64,
}

/// Looks which version a database has, and changes nothing.
pub async fn versions(url: &DatabaseUrl) -> Result<Versions> {
    let missing = matches!(url, DatabaseUrl::Sqlite(path) if !path.exists());
    let found = if missing {
        0
    } else {
        let mut connected = Address::of_existing(url)?.connect().await?;
        let found = version(&mut connected.conn()).await?;
        connected.leave().await?;
        found
    };
    Ok(Versions { found, known: KNOWN })
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// Of each released version: SHA-256 of its shared text, of SQLite's, of PostgreSQL's.
    const RELEASED: [[&str; 3]; 1] = [[
        "94f4268fe50ad6aaab668f56567b559eb089dd439bc1b3819853a0c7075a0f6f",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "3cf6932a5e93eb3a2b4b9b9dd641170ac4f756e3e5502dee1e67798df11d2acd",
    ]];

    fn sha256(text: &str) -> String {
        crate::archive::Hex(&Sha256::digest(text)).to_string()
    }

    #[test]
    fn versions_go_forward() {
        assert!(MIGRATIONS.is_sorted_by(|one, next| one.version < next.version));
    }

    #[test]
    fn what_was_released_is_not_edited() {
        for (step, released) in MIGRATIONS.iter().zip(RELEASED) {
            let now = [step.shared, step.sqlite, step.postgres].map(sha256);
            assert_eq!(
                now, released,
                "version {}: databases out there were made with the text as it was",
                step.version
            );
        }
    }
}
