//! Power cuts: people write, everything stops between two instructions, the disk is copied as it is at that moment, and
//! what recovers from the copy is held against the acknowledgements that were seen outside.
//!
//! A kill cannot show this: what a killed program wrote without flushing, the kernel still keeps. So each run has a
//! control beside it that commits without flushing and must lose something, or the cuts prove nothing.

mod cluster;
mod volume;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

pub use self::volume::missing;

use self::cluster::Cluster;
use self::volume::Volume;
use crate::checker::{Law, Verdict};
use crate::clock;
use crate::crowd::{Crowd, Size};
use crate::furnish;
use crate::history::History;
use crate::scene::{self, Database};
use crate::server::{self, Plan, Server};
use crate::signal::Standstill;

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

/// How often the power is cut.
#[derive(Debug, Clone, Copy)]
pub struct Cuts {
    /// So often at least.
    pub at_least: u64,
    /// For a control, which must lose: until it has, for so long at most.
    pub until_lost: Option<Duration>,
}

impl Cuts {
    /// So often.
    pub const fn exactly(count: u64) -> Self {
        Self { at_least: count, until_lost: None }
    }

    fn go_on(self, outcome: &Outcome, started: Instant) -> bool {
        let waits = self.until_lost.is_some_and(|limit| started.elapsed() < limit);
        outcome.cuts < self.at_least || (waits && outcome.verdict.violations() == 0)
    }
}

/// The machine did not give what a cut needs: volumes, processes. Says nothing about the server; found with
/// [`anyhow::Error::is`].
#[derive(Debug, Clone, Copy)]
pub struct NotSetUp;

impl std::fmt::Display for NotSetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this machine did not give what a power cut needs")
    }
}

/// The moment of a cut.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// Whichever it is.
    Any,
    /// As soon as somebody is told that a message is stored: where it hurts.
    Acknowledgement,
}

impl Moment {
    const fn of(cut: u64) -> Self {
        if cut.is_multiple_of(2) { Self::Acknowledgement } else { Self::Any }
    }
}

/// Cuts the power so often.
pub async fn run(database: Database, cuts: u64) -> anyhow::Result<Outcome> {
    run_with(&server::program()?, database, None, Cuts::exactly(cuts)).await
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
    cuts: Cuts,
) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let (site, installation) = Site::new(program, database, planted).await?;
    let address = site.server.address();
    let people = Size { users: 4, devices: 2 };
    let mut crowd = Crowd::gather(address, &installation, people, History::new(None)?).await?;
    let mut outcome = Outcome::new(database, planted);
    while cuts.go_on(&outcome, started) {
        let [random] = clock::random();
        tokio::time::sleep(Duration::from_millis(50 + 2 * u64::from(random))).await;
        let verdict = site.cut(database, &mut crowd, Moment::of(outcome.cuts)).await;
        outcome.cuts += 1;
        match verdict {
            Ok(verdict) => outcome.add(&verdict),
            // Not even the sessions are there, with which everybody wanted to look: their sign-ins were acknowledged.
            Err(error) if planted.is_some() && !error.is::<NotSetUp>() => {
                outcome.cuts_that_lost += 1;
                outcome.verdict.unreadable(&error);
            }
            Err(error) => return Err(error),
        }
    }
    crowd.fall_silent().await?;
    outcome.seconds = started.elapsed().as_secs_f64();
    Ok(outcome)
}

impl Outcome {
    fn new(database: Database, planted: Option<&str>) -> Self {
        let is_control = planted == Some(unflushed(database));
        Self {
            database: database.name(),
            flushing: if is_control { Flushing::LeftOut } else { Flushing::Kept },
            cuts: 0,
            cuts_that_lost: 0,
            checked: 0,
            lost: 0,
            seconds: 0.0,
            verdict: Verdict::default(),
        }
    }

    fn add(&mut self, verdict: &Verdict) {
        let lost = verdict.count(Law::Lost);
        self.cuts_that_lost += u64::from(lost > 0);
        self.lost += lost;
        self.checked += verdict.acknowledged;
        self.verdict.add(verdict);
        *self.verdict.faults.entry("power_cut".to_owned()).or_default() += 1;
    }
}

impl Site {
    async fn new(
        program: &Path,
        database: Database,
        planted: Option<&str>,
    ) -> anyhow::Result<(Self, furnish::Installation)> {
        let volume = Volume::new(VOLUME_MIB).context(NotSetUp)?;
        let logs = tempfile::tempdir()?;
        let data = volume.path().join("postgres");
        let cluster = match database {
            Database::Sqlite => None,
            Database::Postgres => {
                let log = logs.path().join("postgres.log");
                Some(Cluster::create(&data, &log).context(NotSetUp)?)
            }
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
    async fn cut(&self, database: Database, crowd: &mut Crowd, moment: Moment) -> anyhow::Result<Verdict> {
        let (copy, history) = {
            let standstill = Standstill::of(&self.processes()?)?;
            if let Moment::Acknowledgement = moment {
                standstill.begin_at(crowd.wire());
                // Somebody is always told something, unless the server is in trouble: then any moment is as good.
                let _ = tokio::time::timeout(Duration::from_secs(5), crowd.wire().sprung()).await;
                crowd.wire().take_up();
            }
            standstill.begin();
            // Whatever is acknowledged from here on left before everything stopped.
            (self.volume.cut().context(NotSetUp)?, crowd.history().fork())
        };
        self.recover(database, &copy, crowd, &history).await?;
        Ok(history.verdict())
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
            Database::Postgres => Some(Cluster::start(&recovered(copy), &log).context(NotSetUp)?),
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
