//! `tidings search rebuild`.

use std::fmt;

use clap::Subcommand;
use serde::Serialize;
use tidings_store::Db;
use tidings_store::audit::By;
use tidings_store::search::RebuildSearch;

use super::output::Output;
use crate::clock::Clock;

/// What to do.
#[derive(Subcommand)]
pub(super) enum Asked {
    /// Throw the index away; the server makes it again in the background, and finds less meanwhile
    Rebuild,
}

#[derive(Serialize)]
struct Emptied {
    emptied: bool,
}

impl fmt::Display for Emptied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The search index is empty. The server fills it again in the background.")
    }
}

pub(super) async fn search(db: &Db, clock: &Clock, asked: Asked, output: Output) -> anyhow::Result<()> {
    let workspace_id = super::workspace(db).await?.id;
    match asked {
        Asked::Rebuild => db.write(RebuildSearch { workspace_id, by: By::command_line(clock.now()) }).await?,
    }
    output.print(&Emptied { emptied: true })
}
