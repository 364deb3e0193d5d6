//! `tidings agent add`.

use std::fmt;

use clap::{Args, ValueEnum};
use serde::Serialize;
use tidings_protocol::id::TeamId;
use tidings_protocol::inbox::{Agent, AgentRole};
use tidings_protocol::text::{Email, Name};
use tidings_store::Db;

use super::init::name;
use super::new::{self, NewAgent};
use super::output::{Output, Refused};
use crate::clock::Clock;

/// Who.
#[derive(Args)]
pub(super) struct Arguments {
    /// The name that users see
    #[arg(long, value_parser = name)]
    name: Name,
    /// With which they sign in
    #[arg(long)]
    email: Email,
    /// What they may do
    #[arg(long, value_enum, default_value = "agent")]
    role: Role,
    /// A team of theirs, by name or id; may be given several times. Without it: all
    #[arg(long = "team", value_name = "TEAM")]
    teams: Vec<String>,
    /// Read the password from standard input; otherwise one is made and printed
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    /// Everything; makes owners too
    Owner,
    /// Answer, and change the workspace
    Admin,
    /// Answer
    Agent,
    /// Read, write notes, and propose replies that somebody else approves
    Trainee,
    /// Read
    Viewer,
}

#[derive(Serialize)]
struct Added {
    #[serde(flatten)]
    agent: Agent,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} can sign in as {}.", self.agent.name.as_str(), self.agent.email.as_str())?;
        match &self.password {
            Some(password) => writeln!(f, "  password           {password}   (shown this once)"),
            None => Ok(()),
        }
    }
}

pub(super) async fn add(db: &Db, clock: &Clock, arguments: Arguments, output: Output) -> anyhow::Result<()> {
    let workspace = super::workspace(db).await?;
    let teams = db.teams(workspace.id).await?;
    let find = |wanted: &String| -> anyhow::Result<TeamId> {
        let found = teams.iter().find(|team| team.name.as_str() == wanted || team.id.to_string() == *wanted);
        Ok(found.ok_or_else(|| Refused(format!("there is no team {wanted}")))?.id)
    };
    let team_ids: Vec<_> = arguments.teams.iter().map(find).collect::<Result<_, _>>()?;
    let password = new::password(arguments.password_stdin, clock)?;
    let made = (!arguments.password_stdin).then(|| password.clone());
    let role = match arguments.role {
        Role::Owner => AgentRole::Owner,
        Role::Admin => AgentRole::Admin,
        Role::Agent => AgentRole::Agent,
        Role::Trainee => AgentRole::Trainee,
        Role::Viewer => AgentRole::Viewer,
    };
    let team_ids = (!team_ids.is_empty()).then_some(team_ids);
    let agent = NewAgent { name: arguments.name, email: arguments.email, role, password, team_ids };
    let agent = new::agent(db, clock, workspace.id, agent).await?;
    output.print(&Added { agent, password: made })
}
