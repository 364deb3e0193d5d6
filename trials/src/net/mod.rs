//! Broken networks: everybody reaches the server through a proxy that swallows, cuts, resets and delays.

mod proxy;

use std::path::Path;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::Serialize;

pub use self::proxy::{Proxy, Weather};

use crate::checker::Verdict;
use crate::crowd::{Crowd, Size};
use crate::history::{History, Side, What, Witness};
use crate::scene::{Database, Scene};

/// What bad weather came to.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// `sqlite` or `postgres`.
    pub database: &'static str,
    /// With it the same weather comes again.
    pub seed: u64,
    /// How long it went on.
    pub seconds: f64,
    /// What the laws say.
    pub verdict: Verdict,
}

/// Bad weather for this long, then everybody catches up; the seed decides what happens when.
pub async fn run(
    database: Database,
    limit: Duration,
    seed: u64,
    file: Option<&Path>,
) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let scene = Scene::new(database)?;
    let server = scene.start().await?;
    let proxy = Proxy::before(server.address()).await?;
    let history = History::new(file)?;
    let mut witness = Witness::new(&history, "trial", Side::Team, "", std::sync::Arc::new(|| 0));
    let mut crowd = Crowd::gather(proxy.address(), &scene.installation, Size::default(), history).await?;
    let mut dice = StdRng::seed_from_u64(seed);
    while started.elapsed() < limit {
        tokio::time::sleep(Duration::from_millis(dice.random_range(100..600))).await;
        let weather = Weather::BAD[dice.random_range(0..Weather::BAD.len())];
        witness.note(What::Fault { kind: weather.name().to_owned() });
        proxy.set(weather);
        tokio::time::sleep(Duration::from_millis(dice.random_range(50..400))).await;
        proxy.set(Weather::Fair);
    }
    crowd.fall_silent().await?;
    let verdict = crowd.conclude(proxy.address()).await?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(Outcome { database: database.name(), seed, seconds, verdict })
}
