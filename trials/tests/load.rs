//! A slice of the trial of load: hundreds instead of thousands, everything else as in the whole.

use std::time::Duration;

use anyhow::ensure;
use tidings_trials::load::stand::Stand;
use tidings_trials::load::trial::{self, Amount, Outcome};
use tidings_trials::scene::Database;

const SLICE: Amount = Amount {
    sockets: 300,
    storms: 2,
    sluggish: 10,
    rate: 50,
    stretch: Duration::from_secs(3),
    beside_sluggish: Duration::from_secs(5),
    soak: Duration::ZERO,
};

/// What storms and those who do not read may cost in memory, KiB: far more than they do, far less than what somebody who
/// keeps everything for everybody needs.
const GROWTH: u64 = 64 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn law_12_storms_and_slow_readers_cost_bounded_memory_and_nobody_a_message_on_sqlite()
-> anyhow::Result<()> {
    check(&play(Database::Sqlite).await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn law_12_storms_and_slow_readers_cost_bounded_memory_and_nobody_a_message_on_postgres()
-> anyhow::Result<()> {
    check(&play(Database::Postgres).await?)
}

async fn play(database: Database) -> anyhow::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let outcome = trial::run(&Stand::new(database, folder.path())?, &SLICE).await?;
    println!("{}", outcome.table());
    Ok(outcome)
}

fn check(outcome: &Outcome) -> anyhow::Result<()> {
    // Every message reached both sides in order, whatever went on around it; each storm ended with everybody back.
    outcome.verdict.kept()?;
    ensure!(outcome.back_seconds.len() == SLICE.storms);
    let memory = outcome.memory_kib;
    for (what, kib) in [
        ("storms", memory.after_storms),
        ("those who do not read", memory.beside_sluggish),
        ("everything", memory.at_the_end),
    ] {
        ensure!(kib < memory.open + GROWTH, "{what}: {kib} KiB, and {} before", memory.open);
    }
    Ok(())
}
