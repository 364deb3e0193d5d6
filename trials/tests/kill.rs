//! Law 1, and with it 2 to 7: the server is killed again and again while people write, answer and follow.

use std::time::Duration;

use tidings_trials::kill;
use tidings_trials::scene::Database;

/// How long on each database.
const SLICE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn law_1_what_was_acknowledged_survives_kills_on_sqlite() -> anyhow::Result<()> {
    survives(Database::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn law_1_what_was_acknowledged_survives_kills_on_postgres() -> anyhow::Result<()> {
    survives(Database::Postgres).await
}

async fn survives(database: Database) -> anyhow::Result<()> {
    let outcome = kill::run(database, SLICE, None).await?;
    outcome.verdict.kept()?;
    let (kills, acknowledged) = (outcome.kills, outcome.verdict.acknowledged);
    assert!(kills > 3 && acknowledged > 3 * kills, "too little happened to prove anything: {outcome:?}");
    println!("{acknowledged} acknowledged messages on {} survived {kills} kills", database.name());
    Ok(())
}
