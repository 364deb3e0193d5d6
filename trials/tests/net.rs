//! Laws 2, 4 and 6 on a broken network: half-open connections, black holes, resets, trickles and torn answers.

use std::time::Duration;

use tidings_trials::net;
use tidings_trials::scene::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_network_loses_nothing_and_doubles_nothing() -> anyhow::Result<()> {
    for database in Database::ALL {
        let outcome = net::run(database, Duration::from_secs(8), 7, None).await?;
        outcome.verdict.kept()?;
        let verdict = &outcome.verdict;
        assert!(verdict.acknowledged > 50, "too little happened to prove anything: {outcome:?}");
        assert!(verdict.unknown > 0, "no answer was lost, so nothing was repeated: {outcome:?}");
    }
    Ok(())
}
