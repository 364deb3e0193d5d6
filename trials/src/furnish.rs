//! Setting up: a workspace, an app and an agent by the command line, as an operator does it.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;
use tidings_protocol::id::AppId;

use crate::server::Plan;

/// What `tidings init` has set up.
#[derive(Debug, Clone, Deserialize)]
pub struct Installation {
    /// The app.
    pub app_id: AppId,
    /// For the admin API.
    pub server_key: String,
    /// The agent's.
    pub email: String,
    /// The agent's.
    pub password: String,
}

/// Sets up an empty database.
pub fn install(plan: &Plan) -> anyhow::Result<Installation> {
    let answer = tidings(plan, &["init", "--json"])?;
    serde_json::from_value(answer.clone()).with_context(|| format!("tidings init answered {answer}"))
}

/// Runs a command of the command line and gives what it says as JSON.
pub fn tidings(plan: &Plan, arguments: &[&str]) -> anyhow::Result<Value> {
    let output = plan.command_line(arguments).output();
    let output = output.with_context(|| format!("cannot start {}", plan.program.display()))?;
    if !output.status.success() {
        bail!("tidings {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("tidings {} answered no JSON", arguments.join(" ")))
}
