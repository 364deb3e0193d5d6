//! `cargo xtask size`: what somebody has to load, against its budget.

use std::process::ExitCode;

use anyhow::ensure;

use crate::{library, place, process, test};

/// `--web`: builds the inbox and weighs what a browser loads first; else the library that each app carries. `--json` ends
/// with one line of JSON. Too heavy fails.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if !has("--web") {
        return library::run(arguments);
    }
    let known = arguments.iter().all(|argument| argument == "--web" || argument == "--json");
    ensure!(known, "`size --web` takes --json");
    test::build_inbox()?;
    let mut command = process::command("npm", &["run", "--silent", "size", "--"]);
    if has("--json") {
        command.arg("--json");
    }
    process::run(command.current_dir(place::at("web")))?;
    Ok(ExitCode::SUCCESS)
}
