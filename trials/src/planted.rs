//! Bugs on purpose: each is planted in a server of its own, and the cheapest trial that should find it looks for it.
//! Zeros mean nothing from a checker that was never seen to find anything.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::checker::Verdict;
use crate::kill;
use crate::power::{self, Cuts, NotSetUp};
use crate::scene::{self, Database, Scene};

/// How long one attempt of a kill loop takes.
const ATTEMPT: Duration = Duration::from_secs(4);
/// How long a bug is looked for before it counts as not found: most show in the first attempt, some need a kill or a
/// cut at the right moment.
const BUDGET: Duration = Duration::from_secs(90);
/// How long one installation has its power cut.
const SITE: Duration = Duration::from_secs(30);

/// What finds a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finder {
    /// Kills under load, then everything is read.
    Kill,
    /// Power cuts.
    Power,
}

/// A bug, by the name that the server knows it by.
#[derive(Debug, Clone, Copy)]
pub struct Bug {
    /// For `TIDINGS_PLANTED`.
    pub name: &'static str,
    /// The cheapest that should find it.
    pub finder: Finder,
    /// On which database.
    pub database: Database,
}

/// All of them.
pub const BUGS: &[Bug] = &[
    // A kill seldom shows it: what the database has written by then, the kernel keeps.
    Bug { name: "acknowledge_before_commit", finder: Finder::Power, database: Database::Sqlite },
    Bug { name: "no_idempotency", finder: Finder::Kill, database: Database::Sqlite },
    Bug { name: "seq_outside_transaction", finder: Finder::Kill, database: Database::Sqlite },
    Bug { name: "cursor_by_time", finder: Finder::Kill, database: Database::Sqlite },
    Bug { name: "hint_instead_of_log", finder: Finder::Kill, database: Database::Sqlite },
    Bug { name: "receipt_goes_back", finder: Finder::Kill, database: Database::Sqlite },
    Bug { name: "unread_one_more", finder: Finder::Kill, database: Database::Sqlite },
    Bug { name: "note_to_user", finder: Finder::Kill, database: Database::Sqlite },
    Bug { name: "page_skips_one", finder: Finder::Kill, database: Database::Sqlite },
    Bug { name: "synchronous_normal", finder: Finder::Power, database: Database::Sqlite },
    Bug { name: "synchronous_commit_off", finder: Finder::Power, database: Database::Postgres },
];

/// What became of one.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// Which bug.
    pub bug: &'static str,
    /// What looked for it.
    pub finder: Finder,
    /// On which database.
    pub database: &'static str,
    /// Whether it was found.
    pub caught: bool,
    /// How many attempts were made.
    pub attempts: u32,
    /// How long it took.
    pub seconds: f64,
    /// What gave it away, in the checker's words.
    pub example: Option<String>,
    /// Why no attempt could be made, if it was for want of something on this machine.
    pub not_run: Option<String>,
}

impl Found {
    fn nothing_yet(bug: &Bug) -> Self {
        Self {
            bug: bug.name,
            finder: bug.finder,
            database: bug.database.name(),
            caught: false,
            attempts: 0,
            seconds: 0.0,
            example: None,
            not_run: None,
        }
    }
}

/// What became of all of them.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Bugs planted.
    pub planted: usize,
    /// Bugs found.
    pub caught: usize,
    /// Bugs that could not be looked for here, and why.
    pub not_run: Vec<String>,
    /// Each of them.
    pub bugs: Vec<Found>,
}

/// Looks for each bug with a server, built with the feature `planted`, that has it; `told` hears of each at once.
pub async fn run(
    program: &Path,
    only: Option<&str>,
    mut told: impl FnMut(&Found),
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome { planted: 0, caught: 0, not_run: Vec::new(), bugs: Vec::new() };
    let no_power = power::missing();
    for bug in BUGS.iter().filter(|bug| only.is_none_or(|only| only == bug.name)) {
        let found = match (bug.finder, &no_power) {
            (Finder::Power, Some(why)) => Found { not_run: Some(why.clone()), ..Found::nothing_yet(bug) },
            _ => look_for(bug, program).await,
        };
        told(&found);
        if let Some(why) = &found.not_run {
            outcome.not_run.push(format!("{}: {why}", bug.name));
            continue;
        }
        outcome.planted += 1;
        outcome.caught += usize::from(found.caught);
        outcome.bugs.push(found);
    }
    Ok(outcome)
}

async fn look_for(bug: &Bug, program: &Path) -> Found {
    let started = Instant::now();
    let mut found = Found::nothing_yet(bug);
    while !found.caught && started.elapsed() < BUDGET {
        let verdict = match bug.finder {
            Finder::Kill => kill_with(bug, program).await,
            Finder::Power => cut_with(bug, program, BUDGET.saturating_sub(started.elapsed()).min(SITE)).await,
        };
        match verdict {
            Ok(verdict) => {
                found.attempts += 1;
                found.caught = verdict.violations() > 0;
                found.example = verdict.examples.into_iter().next();
            }
            Err(error) if error.is::<NotSetUp>() => {
                found.not_run = Some(format!("{error:#}"));
                // It may be for a moment only: others use this machine, too.
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            // A trial that could not be finished has found nothing: it may have other reasons.
            Err(error) => {
                found.attempts += 1;
                found.example = Some(format!("the trial broke off: {error:#}"));
            }
        }
    }
    if found.attempts > 0 {
        found.not_run = None;
    }
    found.seconds = started.elapsed().as_secs_f64();
    found
}

async fn kill_with(bug: &Bug, program: &Path) -> anyhow::Result<Verdict> {
    let mut scene = Scene::new(bug.database)?;
    scene.plan.program = program.to_path_buf();
    scene::set(&mut scene.plan.variables, "TIDINGS_PLANTED", bug.name);
    Ok(kill::run_in(&scene, ATTEMPT, None).await?.verdict)
}

async fn cut_with(bug: &Bug, program: &Path, limit: Duration) -> anyhow::Result<Verdict> {
    let cuts = Cuts { at_least: 1, until_lost: Some(limit) };
    Ok(power::run_with(program, bug.database, Some(bug.name), cuts).await?.verdict)
}
