//! `cargo xtask demo`: Tidings with people in it. `cargo xtask phone`: one of those people.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use serde_json::Value;

use crate::{interrupt, place, process, test};

/// Builds and starts the demo; with `--check` it is walked through by a program instead of a person.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let check = match arguments {
        [] => false,
        [argument] if argument == "--check" => true,
        _ => anyhow::bail!("`demo` takes --check and nothing else"),
    };
    println!("building the inbox");
    test::build_inbox()?;
    println!("building the server, the phone and the tour (the first time takes some minutes)");
    let packages = ["tidings-server", "tidings-sdk-core", "tidings-trials"].map(|name| ["--package", name]);
    let mut build = process::cargo(&["build", "--bin", "tidings", "--bin", "tour", "--example", "phone"]);
    process::run(build.args(packages.as_flattened()))?;

    let mut tour = Command::new(place::target().join("debug/tour"));
    tour.arg(if check { "check" } else { "demo" }).arg("--folder").arg(folder(check));
    tour.env("TIDINGS_SERVER_BIN", place::target().join("debug/tidings")).current_dir(place::root());
    match process::run(&mut tour) {
        // Ctrl-C is how a demo is meant to end.
        Err(_) if !check && interrupt::happened() => Ok(ExitCode::SUCCESS),
        result => result.map(|()| ExitCode::SUCCESS),
    }
}

/// The phone in the terminal; without arguments of its own it belongs to the running demo.
pub(crate) fn phone(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let mut build =
        process::cargo(&["build", "--quiet", "--package", "tidings-sdk-core", "--example", "phone"]);
    process::run(&mut build)?;
    let mut phone = Command::new(place::target().join("debug/examples/phone"));
    if !arguments.iter().any(|argument| argument == "--server" || argument == "--help") {
        let file = folder(false).join("demo.json");
        let text =
            fs::read(&file).context("no demo to connect to: start `cargo xtask demo`, or name a --server")?;
        let demo: Value =
            serde_json::from_slice(&text).with_context(|| format!("{} is broken", file.display()))?;
        for (option, value) in [("--server", &demo["server"]), ("--app", &demo["app_id"])] {
            phone
                .arg(option)
                .arg(value.as_str().with_context(|| format!("{} lacks it: {option}", file.display()))?);
        }
    }
    let status = process::run_interactive(phone.args(arguments))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn folder(check: bool) -> PathBuf {
    place::target().join(if check { "demo-check" } else { "demo" })
}
