//! `tidings push sandbox`: push services and a mail server on this machine. They are a program of their own,
//! `tidings-sandbox`, so that a server carries nothing that only pretends.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::Args;

use super::output::Refused;

/// The program beside this one.
const PROGRAM: &str = "tidings-sandbox";

/// What it is called with; `--help` after `--` shows all of it.
#[derive(Args)]
pub(super) struct Arguments {
    /// A folder for certificates and keys, and options of `tidings-sandbox`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    given: Vec<OsString>,
}

/// Becomes that program: a signal then reaches it and nobody else.
pub(super) fn sandbox(arguments: &Arguments, json: bool) -> anyhow::Result<ExitCode> {
    let program = beside()?;
    let mut command = Command::new(&program);
    command.args(json.then_some("--json")).args(&arguments.given);
    // It comes back only when it could not.
    Err(command.exec()).with_context(|| format!("cannot start {}", program.display()))
}

fn beside() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find out where this program lies")?;
    let program = own.with_file_name(PROGRAM);
    if program.is_file() {
        return Ok(program);
    }
    let why = format!(
        "there is no {} beside this program: build it with `cargo build --release --package tidings-standins`, and put it there",
        program.display()
    );
    Err(Refused(why).into())
}
