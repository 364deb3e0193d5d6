//! `tidings app add`.

use std::fmt;

use clap::Args;
use serde::Serialize;
use tidings_protocol::id::AppId;
use tidings_protocol::text::Name;
use tidings_store::Db;

use super::init::name;
use super::new::{self, Algorithm, IdentityKey};
use super::output::{Output, Refused};
use crate::clock::Clock;

/// Which.
#[derive(Args)]
pub(super) struct Arguments {
    /// What to call it
    #[arg(long, value_parser = name)]
    name: Name,
    /// The team that answers, by name or id; the first when not said
    #[arg(long)]
    team: Option<String>,
    /// How its backend signs identity tokens
    #[arg(long, value_enum, default_value = "hs256")]
    identity: Algorithm,
}

#[derive(Serialize)]
struct Added {
    app_id: AppId,
    #[serde(flatten)]
    identity: IdentityKey,
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Into the app:\n  app id             {}\n", self.app_id)?;
        write!(f, "Into the secrets of your backend, shown this once:\n{}", self.identity)
    }
}

pub(super) async fn add(db: &Db, clock: &Clock, arguments: Arguments, output: Output) -> anyhow::Result<()> {
    let workspace = super::workspace(db).await?;
    let mut team_id = None;
    if let Some(wanted) = arguments.team {
        let teams = db.teams(workspace.id).await?;
        let found = teams.iter().find(|team| team.name.as_str() == wanted || team.id.to_string() == wanted);
        team_id = Some(found.ok_or_else(|| Refused(format!("there is no team {wanted}")))?.id);
    }
    let app_id = db.write(new::new_app(clock, workspace.id, arguments.name, team_id)).await?.id;
    let identity = new::identity_key(db, clock, app_id, arguments.identity).await?;
    output.print(&Added { app_id, identity })
}
