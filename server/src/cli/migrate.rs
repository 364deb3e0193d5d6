//! `tidings migrate`: what the server does by itself when it starts.

use std::fmt;

use clap::Args;
use serde::Serialize;
use tidings_store::migrate::{Versions, versions};
use tidings_store::{Error, Fault};

use super::output::{Output, Refused};
use crate::config::Config;
use crate::telemetry;

/// Whether to look or to do.
#[derive(Args)]
pub(super) struct Arguments {
    /// Only look; exit code 3 when something is to be done
    #[arg(long)]
    check: bool,
}

#[derive(Serialize)]
struct State {
    found: i64,
    known: i64,
    pending: i64,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pending {
            0 => writeln!(f, "The database has schema version {}, which is the newest.", self.found),
            n => writeln!(
                f,
                "The database has schema version {}; {n} steps lead to {}.",
                self.found, self.known
            ),
        }
    }
}

pub(super) async fn migrate(config: &Config, arguments: Arguments, output: Output) -> anyhow::Result<()> {
    if !arguments.check {
        telemetry::start(&config.log)?;
        super::open(config).await?.close().await;
    }
    let Versions { found, known } = versions(&config.database()?).await?;
    if found > known {
        return Err(Refused(Error::from(Fault::NewerSchema { found, known }).to_string()).into());
    }
    let state = State { found, known, pending: known - found };
    output.print(&state)?;
    if state.pending > 0 {
        return Err(Refused(
            "the database is to be migrated; the next start of the server does it".to_owned(),
        )
        .into());
    }
    Ok(())
}
