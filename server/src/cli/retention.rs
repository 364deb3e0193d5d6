//! `tidings retention show`, `set` and `run`.

use std::fmt;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use tidings_protocol::id::AppId;
use tidings_store::Db;
use tidings_store::audit::By;
use tidings_store::retention::{Kept, Retention, SetRetention, Swept};

use super::output::{Output, Refused};
use crate::clock::Clock;
use crate::upkeep;

/// What to do.
#[derive(Subcommand)]
pub(super) enum Asked {
    /// Print how long things are kept
    Show,
    /// Say how long something is kept
    Set(Set),
    /// Take away what is too old now, instead of within the hour
    Run,
}

#[derive(Args)]
pub(super) struct Set {
    /// What
    #[arg(value_enum)]
    what: What,
    /// For how many days, or `default`: 30 for changes, for ever for messages
    #[arg(value_parser = days)]
    days: Days,
    /// Only messages of this app; the others go by the workspace
    #[arg(long)]
    app: Option<AppId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// What happened in a feed: a phone that was away for longer fetches its lists again
    Changes,
    /// Messages of closed conversations in which nothing was said for so long
    Messages,
}

/// A number of days; none: the default.
#[derive(Debug, Clone, Copy)]
struct Days(Option<i64>);

fn days(text: &str) -> Result<Days, String> {
    if text == "default" {
        return Ok(Days(None));
    }
    let days = text.parse::<i64>().ok().filter(|days| (1..=36_500).contains(days));
    days.map(|days| Days(Some(days))).ok_or_else(|| "expected 1 to 36500, or `default`".to_owned())
}

#[derive(Serialize)]
struct Shown {
    change_days: i64,
    message_days: Option<i64>,
    apps: Vec<OfApp>,
}

#[derive(Serialize)]
struct OfApp {
    app_id: AppId,
    message_days: i64,
}

impl From<Retention> for Shown {
    fn from(retention: Retention) -> Self {
        let apps = retention.apps.into_iter().map(|(app_id, message_days)| OfApp { app_id, message_days });
        Self {
            change_days: retention.change_days,
            message_days: retention.message_days,
            apps: apps.collect(),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  changes            {} days", self.change_days)?;
        match self.message_days {
            Some(days) => writeln!(f, "  messages           {days} days, of closed conversations")?,
            None => writeln!(f, "  messages           for ever")?,
        }
        for app in &self.apps {
            writeln!(f, "  messages           {} days, of {}", app.message_days, app.app_id)?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Ran {
    changes: u64,
    messages: u64,
    others: u64,
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changes, messages, others } = self;
        writeln!(f, "Taken away: {changes} changes, {messages} messages, {others} others.")
    }
}

pub(super) async fn retention(db: &Db, clock: &Clock, asked: Asked, output: Output) -> anyhow::Result<()> {
    let workspace_id = super::workspace(db).await?.id;
    match asked {
        Asked::Show => {}
        Asked::Run => {
            let Swept { changes, messages, others } =
                upkeep::retention::sweep(db, clock, workspace_id).await?;
            return output.print(&Ran { changes, messages, others });
        }
        Asked::Set(set) => {
            let kept = kept(db, workspace_id, &set).await?;
            let by = By::command_line(clock.now());
            db.write(SetRetention { kept, days: set.days.0, workspace_id, by }).await?;
        }
    }
    output.print(&Shown::from(db.retention(workspace_id).await?))
}

async fn kept(db: &Db, workspace: tidings_protocol::id::WorkspaceId, set: &Set) -> anyhow::Result<Kept> {
    match (set.what, set.app) {
        (What::Changes, None) => Ok(Kept::Changes),
        (What::Changes, Some(_)) => Err(Refused("changes are kept alike for all apps".to_owned()).into()),
        (What::Messages, None) => Ok(Kept::Messages(workspace)),
        (What::Messages, Some(id)) => {
            let known = db.apps(workspace).await?.iter().any(|app| app.id == id);
            known
                .then_some(Kept::MessagesOf(workspace, id))
                .ok_or_else(|| Refused(format!("there is no app {id}")).into())
        }
    }
}
