//! A slice of the trial of push: a hundred phones instead of thousands, everything else as in the whole.

use anyhow::ensure;
use tidings_trials::push::{Amount, run};
use tidings_trials::scene::Database;

const SLICE: Amount = Amount { devices: 120, messages: 600 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_phones_are_told_once_and_dead_ones_are_forgotten_on_sqlite() -> anyhow::Result<()> {
    check(Database::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_phones_are_told_once_and_dead_ones_are_forgotten_on_postgres() -> anyhow::Result<()> {
    check(Database::Postgres).await
}

async fn check(database: Database) -> anyhow::Result<()> {
    let outcome = run(database, SLICE).await?;
    println!("{}", serde_json::to_string(&outcome)?);
    ensure!(outcome.verdict.kept(), "{:?}", outcome.verdict);
    Ok(())
}
