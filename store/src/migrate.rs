//! Brings a database to the schema of this program.
//!
//! A version is a shared text, and where need be one more for each database, under `migrations/`. Versions only
//! go forward and only add; what is removed is removed one release later.

use tidings_protocol::cursor::Epoch;

use crate::db::{Columns, Conn, Connected};
use crate::error::{Error, Fault, Result};

/// One step of the schema.
struct Migration {
    version: i64,
    shared: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// All steps, in order, numbered 1, 2, 3 …
const MIGRATIONS: [Migration; 3] = [
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
];

const META: &str = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)";

/// Migrates, all or nothing, and answers the epoch of this database: the one it has, or `new` for an empty one.
pub(crate) async fn migrate(connected: &mut Connected, new: Epoch) -> Result<Epoch> {
    connected.begin_migration().await?;
    let mut conn = connected.conn();
    conn.run(META).await?;
    let found = match get(&mut conn, "schema").await? {
        Some(version) => version.parse().map_err(|error| Error::stored("schema version", error))?,
        None => 0,
    };
    let known = MIGRATIONS[MIGRATIONS.len() - 1].version;
    if found > known {
        conn.run("ROLLBACK").await?;
        return Err(Fault::NewerSchema { found, known }.into());
    }
    for step in MIGRATIONS.iter().filter(|step| step.version > found) {
        conn.run(step.shared).await?;
        let own = conn.picks(step.sqlite, step.postgres);
        conn.run(own).await?;
        set(&mut conn, "schema", &step.version.to_string()).await?;
    }
    let epoch = if let Some(epoch) = get(&mut conn, "epoch").await? {
        epoch.parse().map_err(|error| Error::stored("epoch", error))?
    } else {
        set(&mut conn, "epoch", &new.to_string()).await?;
        new
    };
    conn.run("COMMIT").await?;
    Ok(epoch)
}

async fn get(conn: &mut Conn<'_>, name: &str) -> Result<Option<String>> {
    const SQL: &str = "SELECT value FROM meta WHERE name = $1";
    one!(conn, |row| Columns::get(row, "value"), SQL, name)
}

async fn set(conn: &mut Conn<'_>, name: &str, value: &str) -> Result<()> {
    const SQL: &str = "
        INSERT INTO meta (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    execute!(conn, SQL, name, value)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_no_hole() {
        for (place, step) in (1..).zip(&MIGRATIONS) {
            assert_eq!(step.version, place);
        }
    }
}
