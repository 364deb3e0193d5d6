//! `cargo xtask services`: the databases of the tests, for a day of working on one crate.

use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use crate::packages::{self, POSTGRESQL, REDIS};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::s3::S3;
use crate::{interrupt, place};

/// Starts them, says how tests find them, and waits for Ctrl-C.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(arguments.is_empty(), "`services` takes no arguments");
    packages::install(&[POSTGRESQL, REDIS])?;
    let logs = place::target().join("services");
    fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
    let (postgres, redis, s3) = (Postgres::start(&logs)?, Redis::start(&logs)?, S3::start(&logs)?);
    println!("export TIDINGS_TEST_POSTGRES={}", postgres.url());
    println!("export TIDINGS_TEST_REDIS={}", redis.url());
    println!("export TIDINGS_TEST_S3={}", s3.url());
    println!("# for another terminal; Ctrl-C stops them");
    while !interrupt::happened() {
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(ExitCode::SUCCESS)
}
