//! `cargo xtask bench`: builds the release binary and measures it on each database.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::Context as _;

use crate::packages::{self, POSTGRESQL, REDIS};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::{place, postgres, process, test};

/// Measures; the options are passed on to the program that does it, which knows them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let only = arguments.iter().position(|argument| argument == "--only");
    let only = only.and_then(|at| arguments.get(at + 1)).map(String::as_str);
    // Any inbox will do: its pages are not measured.
    if !place::at("web/dist/index.html").is_file() {
        test::build_inbox()?;
    }
    let mut build = process::cargo(&["build", "--release", "--package", "tidings-server", "--package"]);
    process::run(build.args(["tidings-trials", "--bin", "tidings", "--bin", "bench"]))?;

    let results = place::target().join("bench");
    fs::create_dir_all(&results).with_context(|| format!("cannot make {}", results.display()))?;
    let release = place::target().join("release");
    // Thousands of sockets are as many open files, in the generator and in the server.
    let mut bench = Command::new("sh");
    bench.args(["-c", r#"ulimit -n "$(ulimit -H -n)"; exec "$0" "$@""#]).arg(release.join("bench"));
    bench.args(arguments).arg("--results").arg(&results).current_dir(place::root());
    bench.env("TIDINGS_SERVER_BIN", release.join("tidings"));
    let services = if only == Some("sqlite") {
        None
    } else {
        packages::install(&[POSTGRESQL, REDIS])?;
        Some((Postgres::start(&results)?, Redis::start(&results)?))
    };
    if let Some((postgres, redis)) = &services {
        bench
            .env("TIDINGS_TEST_POSTGRES", postgres.url())
            .env("TIDINGS_TEST_REDIS", redis.url())
            .env("TIDINGS_POSTGRES_PID", postgres.pid().to_string())
            .env("TIDINGS_PGBENCH", postgres::programs()?.join("pgbench"));
    }
    process::run(&mut bench)?;
    Ok(ExitCode::SUCCESS)
}
