//! The trial of load: people go on working while thousands wait, come back all at once, or do not read.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;

use crate::checker::Verdict;
use crate::history::History;
use crate::load::crowd::Crowd;
use crate::load::proc::open_files_limit;
use crate::load::sluggish;
use crate::load::soak::{Soak, soak};
use crate::load::stand::{self, Stand};
use crate::load::work::{Stretch, Work};
use crate::scene::{self, Database};
use crate::server::Server;

/// How much of it.
#[derive(Debug, Clone)]
pub struct Amount {
    /// Sockets that wait.
    pub sockets: usize,
    /// How often all of them come back at once.
    pub storms: usize,
    /// Sockets that do not read.
    pub sluggish: usize,
    /// Messages a second.
    pub rate: u32,
    /// How long each stretch of work takes.
    pub stretch: Duration,
    /// How long people work beside those that do not read: beyond the server's deadline for a write, it gives them up.
    pub beside_sluggish: Duration,
    /// How long to go on afterwards.
    pub soak: Duration,
}

/// What came out of it.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// `sqlite` or `postgres`.
    pub database: &'static str,
    /// Sockets that waited.
    pub sockets: usize,
    /// Seconds from the first connection to the last `hello`.
    pub opened_seconds: f64,
    /// For each storm, seconds until everybody was back.
    pub back_seconds: Vec<f64>,
    /// Attempts to connect that were refused and repeated.
    pub refused: u64,
    /// Sockets that did not read.
    pub sluggish: usize,
    /// Those of them that the server gave up.
    pub sluggish_closed: usize,
    /// KiB of the server's memory (PSS), by when it was read.
    pub memory_kib: Memory,
    /// Seconds of processor time of the server and its database, in all.
    pub cpu_seconds: f64,
    /// How long people waited, stretch by stretch.
    pub stretches: Vec<Stretch>,
    /// The long stretch at the end, if one was asked for.
    pub soak: Option<Soak>,
    /// What the laws say.
    pub verdict: Verdict,
}

/// KiB.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Memory {
    /// Nobody is connected.
    pub at_rest: u64,
    /// Everybody is connected and nothing happens.
    pub open: u64,
    /// After the storms.
    pub after_storms: u64,
    /// While many do not read.
    pub beside_sluggish: u64,
    /// Everybody who waited has left.
    pub at_the_end: u64,
}

/// Files beside the sockets: the database's, the log, what people at work need.
const OTHER_FILES: usize = 200;
/// How long everybody may take to be connected.
const PATIENCE: Duration = Duration::from_mins(5);

/// Plays it on one database.
pub async fn run(stand: &Stand, amount: &Amount) -> anyhow::Result<Outcome> {
    check_open_files(amount)?;
    let mut plan = stand.plan.clone();
    let connections = (amount.sockets + amount.sluggish) * 2 + OTHER_FILES;
    scene::set(&mut plan.variables, "TIDINGS_HTTP_CONNECTIONS", &connections.to_string());
    let server = Server::start(plan).await?;
    let measured = stand.measured(&server)?;
    let file = stand.folder().join("history.jsonl");
    let history = History::new((amount.soak.is_zero()).then_some(file.as_path()))?;
    let mut work = Work::begin(stand, &history).await?;
    let (rate, stretch) = (amount.rate, amount.stretch);
    let mut memory = Memory::default();

    let members = Crowd::sign_in(stand.plan.address, stand.installation.app_id, amount.sockets).await?;
    memory.at_rest = stand::memory_in_silence(&measured).await;
    let mut stretches = vec![work.go_on("nobody else", rate, stretch).await?];
    let crowd = Crowd::start(members)?;
    let opened = crowd.wait_all_there(PATIENCE).await?;
    memory.open = stand::memory_in_silence(&measured).await;
    stretches.push(work.go_on("many wait", rate, stretch).await?);

    let mut back = Vec::with_capacity(amount.storms);
    for _ in 0..amount.storms {
        crowd.storm();
        let working = work.go_on("all come back at once", rate, stretch);
        let (took, done) = tokio::join!(crowd.wait_all_there(PATIENCE), working);
        back.push(took?.as_secs_f64());
        stretches.push(done?);
    }
    memory.after_storms = stand::memory_in_silence(&measured).await;

    let mut agent = stand.agent().await?;
    let sluggish = sluggish::open(&mut agent, amount.sluggish).await?;
    stretches.push(work.go_on("many do not read", rate, amount.beside_sluggish).await?);
    memory.beside_sluggish = measured.memory_kib();
    let sluggish_closed = sluggish::count_closed(sluggish).await?;

    let soak = match amount.soak {
        Duration::ZERO => None,
        duration => Some(soak(&mut work, &server, &measured, rate, duration).await?),
    };
    let refused = crowd.refused();
    drop(crowd);
    memory.at_the_end = stand::memory_in_silence(&measured).await;
    let outcome = Outcome {
        database: stand.database.name(),
        sockets: amount.sockets,
        opened_seconds: opened.as_secs_f64(),
        back_seconds: back,
        refused,
        sluggish: amount.sluggish,
        sluggish_closed,
        memory_kib: memory,
        cpu_seconds: measured.cpu_seconds(),
        stretches,
        soak,
        verdict: work.end().await?,
    };
    stand::stopped(server.stop().await?)?;
    Ok(outcome)
}

/// Each socket is an open file here and one in the server, which inherits our limit.
fn check_open_files(amount: &Amount) -> anyhow::Result<()> {
    let needed = amount.sockets + amount.sluggish + OTHER_FILES;
    let limit = open_files_limit().context("this system does not say how many files may be open")?;
    ensure!(
        limit >= needed,
        "{} sockets need {needed} open files, and {limit} are allowed: `ulimit -n {needed}` (as root `ulimit -Hn` first), \
         or fewer sockets with --sockets",
        amount.sockets
    );
    Ok(())
}

impl Outcome {
    /// The lines that a person reads.
    pub fn table(&self) -> String {
        let mib = |kib| crate::load::figures::mib(kib);
        let Memory { at_rest, open, after_storms, beside_sluggish, at_the_end } = self.memory_kib;
        let each =
            (mib(open) - mib(at_rest)) * 1024.0 / f64::from(u32::try_from(self.sockets.max(1)).unwrap_or(1));
        let mut lines = vec![
            format!(
                "{}: {} sockets opened in {:.1} s, {each:.1} KiB each; back after {:.1?} s, {} refused; {} of {} that did not read were given up",
                self.database,
                self.sockets,
                self.opened_seconds,
                self.back_seconds,
                self.refused,
                self.sluggish_closed,
                self.sluggish
            ),
            format!(
                "  memory, MiB: {:.1} at rest, {:.1} open, {:.1} after the storms, {:.1} beside those that do not read, {:.1} at the end; CPU {:.1} s",
                mib(at_rest),
                mib(open),
                mib(after_storms),
                mib(beside_sluggish),
                mib(at_the_end),
                self.cpu_seconds
            ),
            "  stretch                  messages  repeated   acknowledged p50 / p99    delivered p50 / p99, ms".to_owned(),
        ];
        lines.extend(self.stretches.iter().map(|stretch| {
            format!(
                "  {:<24} {:>8} {:>9} {:>14.2} / {:<8.2} {:>12.2} / {:<8.2}",
                stretch.name,
                stretch.messages,
                stretch.repeated,
                stretch.acknowledged_p50_ms,
                stretch.acknowledged_p99_ms,
                stretch.delivered_p50_ms,
                stretch.delivered_p99_ms
            )
        }));
        lines.extend(self.soak.as_ref().map(Soak::line));
        let verdict = &self.verdict;
        lines.push(format!(
            "  {} sent, {} acknowledged, {} broken laws {:?}",
            verdict.sent,
            verdict.acknowledged,
            verdict.violations(),
            verdict.broken
        ));
        lines.join("\n")
    }
}

/// Plays it on these databases, each in an installation of its own below `results`.
pub async fn run_all(
    databases: &[Database],
    amount: &Amount,
    results: &std::path::Path,
) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for database in databases {
        let started = Instant::now();
        let stand = Stand::new(*database, results)?;
        let outcome = run(&stand, amount).await;
        let outcome = outcome.with_context(|| format!("the trial of load on {}", database.name()))?;
        eprintln!("{}: {:.0} s", database.name(), started.elapsed().as_secs_f64());
        outcomes.push(outcome);
    }
    Ok(outcomes)
}
