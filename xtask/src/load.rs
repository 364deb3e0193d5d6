//! `cargo xtask trials load`: thousands of sockets, storms and slow readers against the release build.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::Context as _;

use crate::packages::{self, POSTGRESQL, REDIS};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::{place, postgres, process, test, trials};

/// Plays it; the options are passed on to the program that does, which knows them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    measure("load", arguments, &place::target().join("load"))
}

/// Builds the release binary and one that measures it, and runs that with services of its own.
pub(crate) fn measure(
    program: &str,
    arguments: &[String],
    results: &std::path::Path,
) -> anyhow::Result<ExitCode> {
    let only = arguments.iter().position(|argument| argument == "--only");
    let only = only.and_then(|at| arguments.get(at + 1)).map(String::as_str);
    // Any inbox will do: its pages are not measured.
    if !place::at("web/dist/index.html").is_file() {
        test::build_inbox()?;
    }
    trials::build_release(&["tidings", program])?;

    fs::create_dir_all(results).with_context(|| format!("cannot make {}", results.display()))?;
    let release = place::target().join("release");
    // Thousands of sockets are as many open files, in the generator and in the server.
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -n "$(ulimit -H -n)"; exec "$0" "$@""#]).arg(release.join(program));
    command.args(arguments).arg("--results").arg(results).current_dir(place::root());
    command.env("TIDINGS_SERVER_BIN", release.join("tidings"));
    command.env("TIDINGS_ARTEFACTS", place::at("artefacts"));
    command.env("TIDINGS_TRIAL_COMMAND", format!("cargo xtask trials load {}", arguments.join(" ")));
    command.env("TIDINGS_TRIAL_COMMIT", trials::commit()?);
    let services = if only == Some("sqlite") {
        None
    } else {
        packages::install(&[POSTGRESQL, REDIS])?;
        let logs = place::target().join("services");
        fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
        Some((Postgres::start(&logs)?, Redis::start(&logs)?))
    };
    if let Some((postgres, redis)) = &services {
        command
            .env("TIDINGS_TEST_POSTGRES", postgres.url())
            .env("TIDINGS_TEST_REDIS", redis.url())
            .env("TIDINGS_POSTGRES_PID", postgres.pid().to_string())
            .env("TIDINGS_PGBENCH", postgres::programs()?.join("pgbench"));
    }
    process::run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}
