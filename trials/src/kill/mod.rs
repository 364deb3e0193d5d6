//! SIGKILL in a loop: the server gets no chance to finish anything, and everybody goes on where they were.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::checker::Verdict;
use crate::clock;
use crate::crowd::{Crowd, Size};
use crate::history::{History, Side, What, Witness};
use crate::scene::{Database, Scene};

/// What a kill loop came to.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// How often the server was killed.
    pub kills: u64,
    /// How long it went on.
    pub seconds: f64,
    /// What the laws say.
    pub verdict: Verdict,
}

/// Kills the server again and again for this long; then everything is read and judged.
pub async fn run(database: Database, limit: Duration, file: Option<&Path>) -> anyhow::Result<Outcome> {
    run_in(&Scene::new(database)?, limit, file).await
}

/// The same in a scene that stands already.
pub async fn run_in(scene: &Scene, limit: Duration, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let mut server = scene.start().await?;
    let history = History::new(file)?;
    let mut witness = Witness::new(&history, "trial", Side::Team, "", std::sync::Arc::new(|| 0));
    let mut crowd = Crowd::gather(server.address(), &scene.installation, Size::default(), history).await?;
    let mut kills = 0;
    while started.elapsed() < limit {
        tokio::time::sleep(a_while()).await;
        witness.note(What::Fault { kind: "kill".to_owned() });
        server.kill()?;
        kills += 1;
        server.start_again().await?;
    }
    crowd.fall_silent().await?;
    // Once more: what was acknowledged last must have been on disk, too.
    witness.note(What::Fault { kind: "kill".to_owned() });
    server.kill()?;
    kills += 1;
    server.start_again().await?;
    let verdict = crowd.conclude(server.address()).await?;
    Ok(Outcome { kills, seconds: started.elapsed().as_secs_f64(), verdict })
}

/// Never the same moment of a batch twice: 20 to 530 ms.
fn a_while() -> Duration {
    let [random] = clock::random();
    Duration::from_millis(20 + 2 * u64::from(random))
}
