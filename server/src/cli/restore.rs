//! `tidings restore`.

use std::fmt;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use tidings_protocol::time::Timestamp;
use tidings_store::DatabaseUrl;
use tidings_store::archive::{Existing, Restore, database_name, restore as run};

use super::backup::refused;
use super::output::{Output, Refused};
use super::progress;
use crate::clock::Clock;
use crate::config::Config;

/// What, and over what.
#[derive(Args)]
pub(super) struct Arguments {
    /// A file that `tidings backup` made
    file: PathBuf,
    /// Replace the installation that is in the database; it is saved into a backup first
    #[arg(long)]
    replace: bool,
    /// The name of the database that is replaced: otherwise it is asked for
    #[arg(long, value_name = "NAME", requires = "replace")]
    confirm: Option<String>,
    /// Where to save what is replaced
    #[arg(long, value_name = "FOLDER", default_value = ".", requires = "replace")]
    keep: PathBuf,
}

#[derive(Serialize)]
struct Restored {
    made_at: Timestamp,
    rows: u64,
    epoch: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_to: Option<PathBuf>,
    seconds: f64,
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { made_at, rows, epoch, seconds, .. } = self;
        writeln!(
            f,
            "Restored {rows} rows, as they were at {made_at}, in {seconds:.1} s. The new epoch is {epoch}."
        )?;
        if let Some(saved) = &self.saved_to {
            writeln!(f, "What was there is in {}.", saved.display())?;
        }
        writeln!(f, "Start the server: phones fetch their lists again by themselves, agents sign in again.")
    }
}

pub(super) async fn restore(
    config: &Config,
    clock: &Clock,
    arguments: Arguments,
    output: Output,
) -> anyhow::Result<()> {
    let (begun, now, to) = (Instant::now(), clock.now(), config.database()?);
    let existing = if arguments.replace {
        confirm(&to, arguments.confirm)?;
        Existing::Replace { saved_to: place(&arguments.keep, now)? }
    } else {
        Existing::Keep
    };
    let saved_to = match &existing {
        Existing::Replace { saved_to } => Some(saved_to.clone()),
        Existing::Keep => None,
    };
    let epoch_bits = u64::from_be_bytes(clock.random());
    let order = Restore { from: arguments.file, to, existing, epoch_bits, now, told: progress::show() };
    let done = run(order).await.map_err(refused)?;
    output.print(&Restored {
        made_at: done.header.created_at,
        rows: done.header.rows(),
        epoch: done.epoch.to_string(),
        saved_to: saved_to.filter(|_| done.replaced),
        seconds: begun.elapsed().as_secs_f64(),
    })
}

fn place(folder: &Path, now: Timestamp) -> anyhow::Result<PathBuf> {
    if !folder.is_dir() {
        return Err(Refused(format!("{} is not a folder", folder.display())).into());
    }
    let second: String = now.to_string().chars().take(19).filter(|c| *c != ':' && *c != '-').collect();
    Ok(folder.join(format!("tidings-{second}Z.replaced.backup")))
}

/// Whoever replaces an installation names it.
fn confirm(url: &DatabaseUrl, given: Option<String>) -> anyhow::Result<()> {
    let name = database_name(url);
    let typed = match given {
        Some(given) => given,
        None if std::io::stdin().is_terminal() => ask(&name)?,
        None => return Err(Refused(format!("say which database is replaced: --confirm {name}")).into()),
    };
    if typed.trim() == name {
        Ok(())
    } else {
        Err(Refused(format!("this database is called {name}; nothing was done")).into())
    }
}

fn ask(name: &str) -> anyhow::Result<String> {
    write!(std::io::stderr(), "Everything in {name} is replaced. Type its name to go on: ")?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}
