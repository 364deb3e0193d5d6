//! Power cuts: people write, everything stops between two instructions, the disk is copied as it is at that moment, and
//! what recovers from the copy is held against the acknowledgements that were seen outside.
//!
//! A kill cannot show this: what a killed program wrote without flushing, the kernel still keeps. So each run has a
//! control beside it that commits without flushing and must lose something, or the cuts prove nothing.

mod cluster;
mod volume;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

pub use self::volume::missing;

use self::cluster::Cluster;
use self::volume::{Volume, run as run_program};
use crate::checker::{Law, Verdict};
use crate::clock;
use crate::crowd::{Crowd, Size};
use crate::furnish;
use crate::history::History;
use crate::scene::{self, Database};
use crate::server::{self, Plan, Server};

const VOLUME_MIB: u64 = 512;

/// Whether commits are flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flushing {
    /// As the product does it.
    Kept,
    /// Not: the control, which must lose.
    LeftOut,
}

/// What some cuts came to.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// `sqlite` or `postgres`.
    pub database: &'static str,
    /// Whether this was the control.
    pub flushing: Flushing,
    /// How often the power was cut.
    pub cuts: u64,
    /// Cuts after which something acknowledged was missing.
    pub cuts_that_lost: u64,
    /// Acknowledgements held against the copies, each as often as it was seen before a cut.
    pub checked: u64,
    /// Acknowledged and missing.
    pub lost: u64,
    /// How long it took.
    pub seconds: f64,
    /// What the laws say to all copies together.
    pub verdict: Verdict,
}

/// A server on a volume.
struct Site {
    server: Server,
    cluster: Option<Cluster>,
    volume: Volume,
    // Last, because the others write there until they end.
    logs: tempfile::TempDir,
}

/// Cuts the power so often.
pub async fn run(database: Database, cuts: u64) -> anyhow::Result<Outcome> {
    run_with(&server::program()?, database, None, cuts).await
}

/// The bug that leaves the flush out.
pub const fn unflushed(database: Database) -> &'static str {
    match database {
        Database::Sqlite => "synchronous_normal",
        Database::Postgres => "synchronous_commit_off",
    }
}

/// The same with this program, and with a bug if it was built with planted ones.
pub async fn run_with(
    program: &Path,
    database: Database,
    planted: Option<&str>,
    cuts: u64,
) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let (site, installation) = Site::new(program, database, planted).await?;
    let address = site.server.address();
    let people = Size { users: 4, devices: 2 };
    let mut crowd = Crowd::gather(address, &installation, people, History::new(None)?).await?;
    let mut outcome = Outcome {
        database: database.name(),
        flushing: if planted == Some(unflushed(database)) { Flushing::LeftOut } else { Flushing::Kept },
        cuts: 0,
        cuts_that_lost: 0,
        checked: 0,
        lost: 0,
        seconds: 0.0,
        verdict: Verdict::default(),
    };
    while outcome.cuts < cuts {
        let [random] = clock::random();
        tokio::time::sleep(Duration::from_millis(50 + 2 * u64::from(random))).await;
        let verdict = site.cut(database, &mut crowd).await;
        outcome.cuts += 1;
        let verdict = match verdict {
            // Not even the sessions are there, with which everybody wanted to look: their sign-ins were acknowledged.
            Err(error) if planted.is_some() => {
                outcome.cuts_that_lost += 1;
                outcome.verdict.unreadable(&error);
                continue;
            }
            verdict => verdict?,
        };
        let lost = verdict.count(Law::Lost);
        outcome.cuts_that_lost += u64::from(lost > 0);
        outcome.lost += lost;
        outcome.checked += verdict.acknowledged;
        outcome.verdict.add(&verdict);
        *outcome.verdict.faults.entry("power_cut".to_owned()).or_default() += 1;
    }
    crowd.fall_silent().await?;
    outcome.seconds = started.elapsed().as_secs_f64();
    Ok(outcome)
}

impl Site {
    async fn new(
        program: &Path,
        database: Database,
        planted: Option<&str>,
    ) -> anyhow::Result<(Self, furnish::Installation)> {
        let volume = Volume::new(VOLUME_MIB)?;
        let logs = tempfile::tempdir()?;
        let data = volume.path().join("postgres");
        let cluster = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(Cluster::create(&data, &logs.path().join("postgres.log"))?),
        };
        let mut plan = plan(&volume.path(), logs.path(), cluster.as_ref())?;
        plan.program = program.to_path_buf();
        if let Some(bug) = planted {
            scene::set(&mut plan.variables, "TIDINGS_PLANTED", bug);
        }
        let installation = furnish::install(&plan)?;
        let server = Server::start(plan).await?;
        Ok((Self { server, cluster, volume, logs }, installation))
    }

    /// Stops everything, copies the disk, lets everything go on; then looks at the copy.
    async fn cut(&self, database: Database, crowd: &mut Crowd) -> anyhow::Result<Verdict> {
        let (copy, history) = {
            let _stopped = Stopped::new(self)?;
            // Whatever is acknowledged from here on left before everything stopped.
            (self.volume.cut()?, crowd.history().fork())
        };
        let address = self.recover(database, &copy, crowd, &history).await;
        address.map(|()| history.verdict())
    }

    async fn recover(
        &self,
        database: Database,
        copy: &Volume,
        crowd: &mut Crowd,
        history: &History,
    ) -> anyhow::Result<()> {
        let log = self.logs.path().join("postgres-recovered.log");
        let cluster = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(Cluster::start(&recovered(copy), &log)?),
        };
        let server = Server::start(plan(&copy.path(), self.logs.path(), cluster.as_ref())?).await;
        let server = server.context("what was left does not start")?;
        let address: SocketAddr = server.address();
        crowd.audit(address, history).await
    }

    fn processes(&self) -> anyhow::Result<Vec<u32>> {
        let mut all = vec![self.server.pid()];
        if let Some(cluster) = &self.cluster {
            all.extend(cluster.processes()?);
        }
        Ok(all)
    }
}

/// The server's data on a copy, without the mark that a server is running on them: its process is another's now.
fn recovered(copy: &Volume) -> PathBuf {
    let data = copy.path().join("postgres");
    // Not there when the cut came before it was flushed.
    let _ = std::fs::remove_file(data.join("postmaster.pid"));
    data
}

fn plan(volume: &Path, logs: &Path, cluster: Option<&Cluster>) -> anyhow::Result<Plan> {
    let url = match cluster {
        None => format!("sqlite:{}", volume.join("tidings.db").display()),
        Some(cluster) => cluster.url("tidings"),
    };
    // Only the database lies on the volume: a log that is written there changes nothing and fills it.
    scene::plan(logs, &url)
}

/// Processes that stand still until this value goes.
struct Stopped(Vec<String>);

impl Stopped {
    fn new(site: &Site) -> anyhow::Result<Self> {
        let processes: Vec<String> = site.processes()?.iter().map(u32::to_string).collect();
        let stopped = Self(processes);
        run_program(Command::new("kill").args(["-s", "STOP"]).args(&stopped.0))?;
        Ok(stopped)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        // One that ended meanwhile cannot go on.
        let _ = run_program(Command::new("kill").args(["-s", "CONT"]).args(&self.0));
    }
}
