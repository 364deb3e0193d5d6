//! Setting up: a workspace, an app and an agent by the command line, as an operator does it.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;
use tidings_protocol::id::AppId;

use crate::server::Plan;

/// The password of agents in trials and in the demo: easy to type.
pub const PASSWORD: &str = "tidings demo";

/// What `tidings init` has set up.
#[derive(Debug, Clone, Deserialize)]
pub struct Installation {
    /// The app.
    pub app_id: AppId,
    /// For the admin API.
    pub server_key: String,
    /// With which the agent signs in.
    pub email: String,
}

/// Sets up an empty database: the company Acme, its app, and Ana, who answers.
pub fn install(plan: &Plan) -> anyhow::Result<Installation> {
    let who = ["--workspace", "Acme", "--app", "Acme Shop", "--name", "Ana", "--email", "ana@example.com"];
    let arguments = [&["init", "--json", "--password-stdin"][..], &who].concat();
    let answer = tidings(plan, &arguments, PASSWORD)?;
    serde_json::from_value(answer).context("`tidings init` answered something else than expected")
}

/// Runs a command of the command line with this standard input, and gives what it says as JSON.
pub fn tidings(plan: &Plan, arguments: &[&str], input: &str) -> anyhow::Result<Value> {
    let mut command = plan.command_line(arguments);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.with_context(|| format!("cannot start {}", plan.program.display()))?;
    // Dropped at once, so that the command sees the end of its input.
    child.stdin.take().context("no input")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("tidings {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("tidings {} answered no JSON", arguments.join(" ")))
}
