//! `tidings copy`.

use std::fmt;
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use tidings_store::DatabaseUrl;
use tidings_store::archive::{Copy, copy as run};

use super::backup::refused;
use super::output::Output;
use super::progress;
use crate::clock::Clock;

/// From where, to where.
#[derive(Args)]
pub(super) struct Arguments {
    /// The database that is read, `sqlite:PATH` or `postgres://…`; stop its servers first
    #[arg(long, value_name = "URL")]
    from: DatabaseUrl,
    /// The database that is filled; it must be empty
    #[arg(long, value_name = "URL")]
    to: DatabaseUrl,
}

#[derive(Serialize)]
struct Copied {
    rows: u64,
    tables: usize,
    epoch: String,
    seconds: f64,
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, tables, epoch, seconds } = self;
        writeln!(
            f,
            "Copied {rows} rows of {tables} tables in {seconds:.1} s; each table was read back and is the same."
        )?;
        writeln!(
            f,
            "The epoch {epoch} is kept. Point database_url (DATABASE_URL) at the new database and start the server."
        )
    }
}

pub(super) async fn copy(clock: &Clock, arguments: Arguments, output: Output) -> anyhow::Result<()> {
    let begun = Instant::now();
    let order = Copy { from: arguments.from, to: arguments.to, now: clock.now(), told: progress::show() };
    let header = run(order).await.map_err(refused)?.header;
    output.print(&Copied {
        rows: header.rows(),
        tables: header.tables.len(),
        epoch: header.epoch.to_string(),
        seconds: begun.elapsed().as_secs_f64(),
    })
}
