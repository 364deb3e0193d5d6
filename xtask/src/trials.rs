//! `cargo xtask trials`: builds what a trial needs, starts its databases, and runs it.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::Context as _;

use crate::packages::{self, POSTGRESQL, REDIS};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::{place, process, test};

/// One trial.
struct Trial {
    name: &'static str,
    about: &'static str,
    /// The program of `trials/` that does it.
    program: &'static str,
}

const TRIALS: &[Trial] = &[Trial {
    name: "kill",
    about: "SIGKILL in a loop     --seconds N, --database sqlite|postgres|both, --history FILE",
    program: "trials",
}];

/// Runs the trial that the arguments name; the rest goes to it.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let Some((name, rest)) = arguments.split_first() else {
        println!("{}", usage());
        return Ok(ExitCode::SUCCESS);
    };
    if name == SIMULATION {
        return simulate(arguments, rest);
    }
    let trial = TRIALS.iter().find(|trial| trial.name == name);
    let trial = trial.with_context(|| format!("there is no trial {name:?}\n\n{}", usage()))?;
    build(trial.program)?;
    let logs = place::target().join("trials");
    fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
    let release = place::target().join("release");
    let mut command = Command::new(release.join(trial.program));
    command.arg(trial.name).args(rest).current_dir(place::root());
    command.env("TIDINGS_SERVER_BIN", release.join("tidings"));
    command.env("TIDINGS_ARTEFACTS", place::at("artefacts"));
    command.env("TIDINGS_TRIAL_COMMAND", format!("cargo xtask trials {}", arguments.join(" ")));
    command.env("TIDINGS_TRIAL_COMMIT", commit()?);
    packages::install(&[POSTGRESQL, REDIS])?;
    let (postgres, redis) = (Postgres::start(&logs)?, Redis::start(&logs)?);
    command.env("TIDINGS_TEST_POSTGRES", postgres.url()).env("TIDINGS_TEST_REDIS", redis.url());
    process::run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

/// The simulation needs no database server, and its own build: what it is linked with may be in no other program.
const SIMULATION: &str = "sim";

fn simulate(arguments: &[String], rest: &[String]) -> anyhow::Result<ExitCode> {
    process::run(&mut process::cargo(&["build", "--quiet", "--package", "tidings-sim"]))?;
    let mut command = Command::new(place::target().join("debug/tidings-sim"));
    command.args(rest).current_dir(place::root());
    command.env("TIDINGS_ARTEFACTS", place::at("artefacts"));
    command.env("TIDINGS_TRIAL_COMMAND", format!("cargo xtask trials {}", arguments.join(" ")));
    command.env("TIDINGS_TRIAL_COMMIT", commit()?);
    command.env("TIDINGS_TRIAL_DATE", date()?);
    process::run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

/// The date for a program in which time stands still.
pub(crate) fn date() -> anyhow::Result<String> {
    let date = process::output(&mut process::command("date", &["-u", "+%FT%T.000Z"]))?;
    Ok(String::from_utf8(date)?.trim().to_owned())
}

fn build(program: &str) -> anyhow::Result<()> {
    test::build_inbox()?;
    // What cargo tells of its work goes to standard error, so the last line of standard output stays the trial's.
    let mut build = process::cargo(&["build", "--release", "--package", "tidings-server", "--package"]);
    process::run(build.args(["tidings-trials", "--bin", "tidings", "--bin", program]))
}

/// What the tree is at, marked when it was changed since.
pub(crate) fn commit() -> anyhow::Result<String> {
    let mut head =
        process::command("git", &["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]);
    Ok(String::from_utf8(process::output(&mut head)?)?.trim().to_owned())
}

fn usage() -> String {
    let lines = TRIALS.iter().map(|trial| format!("  cargo xtask trials {:<8} {}", trial.name, trial.about));
    let lines = lines.collect::<Vec<_>>().join("\n");
    let lines = format!(
        "{lines}\n  cargo xtask trials load     storms, slow readers   --sockets N, --rate N, --minutes N, --only sqlite|postgres"
    );
    let about = "phones, nodes and agents in virtual time   --seeds N [--kept] [--twice], --seed K [--trace]";
    let lines = format!("{lines}\n  cargo xtask trials {SIMULATION:<8} {about}");
    format!("The trials; each takes --json, which makes the last line of its output one of JSON.\n\n{lines}")
}
