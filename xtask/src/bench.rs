//! `cargo xtask bench`: builds the release binary and measures it on each database; `cargo xtask bench inbox`: the
//! agents' page; `cargo xtask bench push`: pushes.

use std::process::{Command, ExitCode};

use anyhow::Context as _;

use crate::packages::{self, CHROMIUM, POSTGRESQL};
use crate::postgres::Postgres;
use crate::{library, load, place, process, test, trials};

/// Measures; the options are passed on to the program that does it, which knows them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    if let Some(("inbox", rest)) = arguments.split_first().map(|(what, rest)| (what.as_str(), rest)) {
        return inbox(rest);
    }
    if let Some(("push", rest)) = arguments.split_first().map(|(what, rest)| (what.as_str(), rest)) {
        return push(rest);
    }
    if arguments == ["sdk"] {
        return sdk();
    }
    load::measure("bench", arguments, &place::target().join("bench"))
}

/// Measures the inbox in Chromium, on an installation of 20,000 conversations: `[--rounds N] [--page FILE]`.
fn inbox(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let mut command = process::command("npm", &["run", "--silent", "bench"]);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = rest.next().with_context(|| format!("{argument:?} needs a value"))?;
        match argument.as_str() {
            "--rounds" => command.env("TIDINGS_BENCH_ROUNDS", value),
            "--page" => command.env("TIDINGS_BENCH_PAGE", place::at(value)),
            other => {
                anyhow::bail!("`bench inbox` does not know {other:?}; it takes --rounds N and --page FILE")
            }
        };
    }
    packages::install(&[CHROMIUM])?;
    // The page is embedded into the program when that is built.
    test::build_inbox()?;
    trials::build_release(&["tidings", "populate"])?;
    let release = place::target().join("release");
    command.env("TIDINGS_SERVER_BIN", release.join("tidings"));
    command.env("TIDINGS_POPULATE_BIN", release.join("populate"));
    command.env("TIDINGS_BENCH_RESULTS", place::target().join("bench"));
    process::run(command.current_dir(place::at("web")))?;
    Ok(ExitCode::SUCCESS)
}

/// Measures the push client and the way of a push job, with Apple's stand-in in another process: `[--jobs N]
/// [--rounds N] [--seconds N] [--database sqlite|postgres] [--json]`.
fn push(arguments: &[String]) -> anyhow::Result<ExitCode> {
    trials::build_release(&["push-bench"])?;
    packages::install(&[POSTGRESQL])?;
    let logs = place::target().join("bench");
    std::fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
    let postgres = Postgres::start(&logs)?;
    let mut command = Command::new(place::target().join("release/push-bench"));
    command.args(arguments).current_dir(place::root());
    command.env("TIDINGS_TEST_POSTGRES", postgres.url());
    command.env("TIDINGS_POSTGRES_PID", postgres.pid().to_string());
    process::run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

/// What the phone's core costs: with the profile of phones, on this machine.
fn sdk() -> anyhow::Result<ExitCode> {
    let run =
        ["run", "--quiet", "--profile", "mobile", "--package", "tidings-sdk-core", "--example", "measure"];
    process::run(process::cargo(&run).envs(library::environment()?))?;
    Ok(ExitCode::SUCCESS)
}
