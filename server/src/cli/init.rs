//! `tidings init`: sets up an empty database, once.

use std::fmt;

use clap::Args;
use serde::Serialize;
use tidings_protocol::id::{AgentId, AppId, TeamId, WorkspaceId};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::text::{Email, Name};
use tidings_store::apps::{CreateTeam, CreateWorkspace, Workspace};
use tidings_store::audit::By;
use tidings_store::keys::AddIdentityKeys;
use tidings_store::set_up::SetUp;
use tidings_store::{Db, Error};

use super::new::{self, Algorithm, IdentityKey, NewAgent, ServerKey};
use super::output::{Output, Refused};
use crate::clock::Clock;
use crate::config::Config;

/// What to call things; everything has a default.
#[derive(Args)]
pub(super) struct Arguments {
    /// The company
    #[arg(long, default_value = "My company", value_parser = name)]
    workspace: Name,
    /// The first team
    #[arg(long, default_value = "Support", value_parser = name)]
    team: Name,
    /// The first app
    #[arg(long, default_value = "My app", value_parser = name)]
    app: Name,
    /// How the app's backend signs identity tokens
    #[arg(long, value_enum, default_value = "hs256")]
    identity: Algorithm,
    /// The first agent's name, which users see
    #[arg(long, default_value = "Admin", value_parser = name)]
    name: Name,
    /// The first agent's e-mail address
    #[arg(long, default_value = "admin@example.org")]
    email: Email,
    /// Read the first agent's password from standard input; otherwise one is made and printed
    #[arg(long)]
    password_stdin: bool,
}

/// Parses what people call things.
pub(super) fn name(text: &str) -> Result<Name, String> {
    Name::try_from(text).map_err(|error| error.to_string())
}

/// What was set up, with secrets that are shown once.
#[derive(Serialize)]
struct Installation {
    url: String,
    workspace_id: WorkspaceId,
    team_id: TeamId,
    app_id: AppId,
    #[serde(flatten)]
    identity: IdentityKey,
    #[serde(flatten)]
    server_key: ServerKey,
    agent_id: AgentId,
    email: Email,
    /// Only when it was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

impl fmt::Display for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Tidings is set up. Secrets below are shown this once.\n")?;
        writeln!(f, "Into the app (no secret):")?;
        writeln!(f, "  server             {}", self.url)?;
        writeln!(f, "  app id             {}\n", self.app_id)?;
        writeln!(f, "Into the secrets of your backend:")?;
        write!(f, "{}", self.identity)?;
        writeln!(f, "  server key         {}", self.server_key.key)?;
        writeln!(
            f,
            "                     for the admin API, {}/admin/v1; its id is {}\n",
            self.url, self.server_key.id
        )?;
        writeln!(f, "To answer, run `tidings serve`, open {} and sign in:", self.url)?;
        writeln!(f, "  e-mail             {}", self.email.as_str())?;
        match &self.password {
            Some(password) => writeln!(f, "  password           {password}"),
            None => writeln!(f, "  password           the one you gave"),
        }
    }
}

fn already_set_up(workspace: &Workspace) -> Refused {
    let name = workspace.name.as_str();
    Refused(format!(
        "already set up, for {name}: see `tidings app add`, `tidings agent add`, `tidings key rotate`"
    ))
}

/// Sets everything up, all or nothing; an installation that is set up is left alone.
pub(super) async fn init(
    db: &Db,
    clock: &Clock,
    config: &Config,
    arguments: Arguments,
    output: Output,
) -> anyhow::Result<()> {
    if let Some(workspace) = db.workspace().await? {
        return Err(already_set_up(&workspace).into());
    }
    let password = new::password(arguments.password_stdin, clock)?;
    let made = (!arguments.password_stdin).then(|| password.clone());
    let by = By::command_line(clock.now());
    let workspace_id = WorkspaceId::from_parts(clock.unix_ms(), clock.random());
    let team_id = TeamId::from_parts(clock.unix_ms(), clock.random());
    let app = new::new_app(clock, workspace_id, arguments.app, Some(team_id));
    let app_id = app.id;
    let (identity_key, identity) = new::new_identity_key(clock, arguments.identity)?;
    let label = name("init").map_err(anyhow::Error::msg)?;
    let (add_server_key, server_key) = new::new_server_key(clock, workspace_id, label);
    let (name, email, role) = (arguments.name, arguments.email, AgentRole::Owner);
    let agent = NewAgent { name, email, role, password, team_ids: None };
    let set_up = SetUp {
        workspace: CreateWorkspace { id: workspace_id, name: arguments.workspace, by },
        team: CreateTeam { id: team_id, workspace_id, name: arguments.team, by },
        app,
        identity_keys: AddIdentityKeys { app_id, keys: vec![identity_key], by },
        server_key: add_server_key,
        agent: new::new_agent(clock, workspace_id, agent)?,
    };
    let agent = match db.write(set_up).await {
        // Somebody else set it up since it was asked.
        Err(Error::AlreadyExists(_)) => return Err(already_set_up(&super::workspace(db).await?).into()),
        agent => agent?,
    };
    let url = config
        .public_url
        .as_ref()
        .map_or_else(|| format!("http://{}", config.listen), |url| url.origin().to_owned());
    let installation = Installation {
        url,
        workspace_id,
        team_id,
        app_id,
        identity,
        server_key,
        agent_id: agent.id,
        email: agent.email,
        password: made,
    };
    output.print(&installation)
}
