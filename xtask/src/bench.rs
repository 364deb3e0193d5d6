//! `cargo xtask bench`: builds the release binary and measures it on each database.

use std::process::ExitCode;

use crate::{load, place};

/// Measures; the options are passed on to the program that does it, which knows them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    load::measure("bench", arguments, &place::target().join("bench"))
}
