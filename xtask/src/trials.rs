//! `cargo xtask trials`: builds what a trial needs, starts its databases, and runs it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::packages::{self, POSTGRESQL, REDIS};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::{place, process, test};

/// One trial.
struct Trial {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> anyhow::Result<ExitCode>,
}

const TRIALS: &[Trial] = &[
    Trial {
        name: "sim",
        about: "phones, nodes and agents in virtual time   --seeds N [--kept] [--twice], --seed K [--trace]",
        run: sim,
    },
    Trial {
        name: "kill",
        about: "SIGKILL in a loop     --seconds N, --database sqlite|postgres|both, --history FILE",
        run: kill,
    },
    Trial {
        name: "net",
        about: "a network that swallows, cuts, resets     --seconds N, --seed K, --database …",
        run: net,
    },
    Trial {
        name: "power",
        about: "power cuts, with controls that must lose; needs root     --cuts N, --database …",
        run: power,
    },
    Trial {
        name: "push",
        about: "services that are busy, dead, slow     --devices N, --messages N, --database …",
        run: push,
    },
    Trial {
        name: "phone",
        about: "a phone that dies at any two steps, with each kind of thing to tell     takes many minutes",
        run: phone,
    },
    Trial { name: "planted", about: "bugs on purpose, which must be caught     --only NAME", run: planted },
    Trial { name: "fuzz", about: "random bytes for each parser     --seconds N for each target", run: fuzz },
    Trial { name: "report", about: "writes docs/trust.md and docs/trust.json from the results", run: report },
];

/// Runs the trial that the arguments name; the rest goes to it.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let Some((name, rest)) = arguments.split_first() else {
        println!("{}", usage());
        return Ok(ExitCode::SUCCESS);
    };
    let trial = TRIALS.iter().find(|trial| trial.name == name);
    let trial = trial.with_context(|| format!("there is no trial {name:?}\n\n{}", usage()))?;
    (trial.run)(rest)
}

fn usage() -> String {
    let lines = TRIALS.iter().map(|trial| format!("  cargo xtask trials {:<8} {}", trial.name, trial.about));
    let lines = lines.collect::<Vec<_>>().join("\n");
    let lines = format!(
        "{lines}\n  cargo xtask trials load     storms, slow readers   --sockets N, --rate N, --minutes N, --only sqlite|postgres"
    );
    format!("The trials; each takes --json, which makes the last line of its output one of JSON.\n\n{lines}")
}

fn kill(arguments: &[String]) -> anyhow::Result<ExitCode> {
    build(&["tidings", "trials"])?;
    with_services(&mut trial("kill", arguments)?)
}

fn net(arguments: &[String]) -> anyhow::Result<ExitCode> {
    build(&["tidings", "trials"])?;
    with_services(&mut trial("net", arguments)?)
}

fn push(arguments: &[String]) -> anyhow::Result<ExitCode> {
    build(&["tidings", "trials"])?;
    with_services(&mut trial("push", arguments)?)
}

fn power(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let planted = build_planted(Profile::Release)?;
    build(&["tidings", "trials"])?;
    packages::install(&[POSTGRESQL])?;
    go(trial("power", arguments)?.env("TIDINGS_PLANTED_BIN", planted))
}

fn planted(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let planted = build_planted(Profile::Release)?;
    build(&["tidings", "trials"])?;
    with_services(trial("planted", arguments)?.env("TIDINGS_PLANTED_BIN", planted))
}

fn report(arguments: &[String]) -> anyhow::Result<ExitCode> {
    build(&["trials"])?;
    go(&mut trial("report", arguments)?)
}

/// The simulation needs no database server.
fn sim(arguments: &[String]) -> anyhow::Result<ExitCode> {
    build_release(&["tidings-sim"])?;
    let mut command = Command::new(place::target().join("release/tidings-sim"));
    command.args(arguments).current_dir(place::root());
    command.env("TIDINGS_ARTEFACTS", place::at("artefacts"));
    command.env("TIDINGS_TRIAL_COMMAND", written("sim", arguments));
    command.env("TIDINGS_TRIAL_COMMIT", commit()?);
    command.env("TIDINGS_TRIAL_DATE", date()?);
    go(&mut command)
}

/// The date for a program in which time stands still.
pub(crate) fn date() -> anyhow::Result<String> {
    let date = process::output(&mut process::command("date", &["-u", "+%FT%T.000Z"]))?;
    Ok(String::from_utf8(date)?.trim().to_owned())
}

/// The core's own test, with everything that it can try.
fn phone(arguments: &[String]) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(arguments.iter().all(|argument| argument == "--json"), "`trials phone` takes --json");
    let told = place::target().join("phone-trial.json");
    // What an earlier run left says nothing of this one.
    let _ = fs::remove_file(&told);
    let test = "law_8_each_kind_is_there_once_whichever_two_steps_a_phone_dies_at";
    let test = ["test", "--package", "tidings-sdk-core", "--lib", "--", "--ignored", "--nocapture", test];
    process::run(process::cargo(&test).env("TIDINGS_PHONE_RESULT", &told))?;
    let line = fs::read_to_string(&told).context("the test told nothing")?;
    println!("{line}");
    keep("phone", arguments, &line)?;
    Ok(ExitCode::SUCCESS)
}

fn fuzz(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let seconds = match arguments.iter().position(|argument| argument == "--seconds") {
        Some(at) => arguments.get(at + 1).context("--seconds needs a value")?.as_str(),
        None => "60",
    };
    let tool = place::program("cargo-fuzz").is_some();
    let nightly = process::output(Command::new("rustc").args(["+nightly", "--version"])).is_ok();
    if !tool || !nightly {
        println!("NOT RUN: this needs a nightly toolchain and cargo-fuzz. Install them with");
        println!("  rustup toolchain install nightly && cargo +nightly install cargo-fuzz --locked");
        return Ok(ExitCode::from(2));
    }
    let mut command = Command::new("sh");
    command.arg("fuzz/run.sh").arg(seconds).current_dir(place::root());
    keep_last_line("fuzz", arguments, &mut command)
}

/// The program that breaks things, with what it writes beside its results.
fn trial(name: &str, arguments: &[String]) -> anyhow::Result<Command> {
    let release = place::target().join("release");
    let mut command = Command::new(release.join("trials"));
    command.arg(name).args(arguments).current_dir(place::root());
    command.env("TIDINGS_SERVER_BIN", release.join("tidings"));
    command.env("TIDINGS_ARTEFACTS", place::at("artefacts"));
    command.env("TIDINGS_TRIAL_COMMAND", written(name, arguments));
    command.env("TIDINGS_TRIAL_COMMIT", commit()?);
    Ok(command)
}

fn with_services(command: &mut Command) -> anyhow::Result<ExitCode> {
    packages::install(&[POSTGRESQL, REDIS])?;
    let logs = place::target().join("trials");
    fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
    let (postgres, redis) = (Postgres::start(&logs)?, Redis::start(&logs)?);
    go(command.env("TIDINGS_TEST_POSTGRES", postgres.url()).env("TIDINGS_TEST_REDIS", redis.url()))
}

fn go(command: &mut Command) -> anyhow::Result<ExitCode> {
    process::run(command)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a program whose last line is its result, and keeps that line for the report.
fn keep_last_line(name: &str, arguments: &[String], command: &mut Command) -> anyhow::Result<ExitCode> {
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {name}"))?;
    let mut last = String::new();
    for line in BufReader::new(child.stdout.take().context("no output")?).lines() {
        last = line?;
        println!("{last}");
    }
    let passed = child.wait()?.success();
    keep(name, arguments, &last)?;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Keeps a line of JSON, with what is needed to repeat it, for the report.
fn keep(name: &str, arguments: &[String], line: &str) -> anyhow::Result<()> {
    let Ok(Value::Object(mut result)) = serde_json::from_str(line) else { return Ok(()) };
    result.insert("command".to_owned(), json!(written(name, arguments)));
    result.insert("commit".to_owned(), json!(commit()?));
    result.insert("date".to_owned(), json!(date()?));
    let folder = place::at("artefacts/trials");
    fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(&result)? + "\n";
    fs::write(folder.join(format!("{name}.json")), text).context("cannot keep the result")
}

fn written(name: &str, arguments: &[String]) -> String {
    format!("cargo xtask trials {name} {}", arguments.join(" ")).trim().to_owned()
}

/// Builds programs for release, with the inbox in them.
fn build(programs: &[&str]) -> anyhow::Result<()> {
    test::build_inbox()?;
    build_release(programs)
}

/// Builds programs for release. Always of the whole workspace, so that crates have the same features whichever program
/// is asked for: they are built once.
pub(crate) fn build_release(programs: &[&str]) -> anyhow::Result<()> {
    // What cargo tells of its work goes to standard error, so the last line of standard output stays the trial's.
    let mut build = process::cargo(&["build", "--release", "--locked", "--workspace"]);
    process::run(build.args(programs.iter().flat_map(|program| ["--bin", program])))
}

/// How a server is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As the tests build everything, with the same features of everything else.
    Debug,
    /// As it is delivered.
    Release,
}

/// Builds a server with planted bugs, beside the ordinary one: cargo has one place for both, so the ordinary one has
/// to be built again afterwards, which only puts it back.
pub(crate) fn build_planted(profile: Profile) -> anyhow::Result<PathBuf> {
    test::build_inbox()?;
    let (folder, choice): (_, &[&str]) = match profile {
        Profile::Debug => ("debug", &["--workspace"]),
        Profile::Release => ("release", &["--release", "--workspace"]),
    };
    let mut build = process::cargo(&["build", "--locked", "--bin", "tidings"]);
    process::run(build.args(choice).args(["--features", "tidings-server/planted"]))?;
    let ordinary = place::target().join(folder).join("tidings");
    let kept = place::target().join(folder).join("tidings-planted");
    fs::copy(&ordinary, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
    process::run(process::cargo(&["build", "--locked", "--bin", "tidings"]).args(choice))?;
    Ok(kept)
}

/// What the tree is at, marked when it was changed since.
pub(crate) fn commit() -> anyhow::Result<String> {
    let mut head =
        process::command("git", &["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]);
    Ok(String::from_utf8(process::output(&mut head)?)?.trim().to_owned())
}
