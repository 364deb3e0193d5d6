//! The trial of load: started by `cargo xtask trials load`, which builds everything for release.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Serialize;
use tidings_trials::artefact;
use tidings_trials::load::trial::{self, Amount, Outcome};
use tidings_trials::scene::Database;

#[derive(Serialize)]
struct Report {
    sockets: usize,
    messages: u64,
    violations: u64,
    databases: Vec<Outcome>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut databases = Database::ALL.to_vec();
    let mut amount = Amount {
        sockets: 5_000,
        storms: 3,
        sluggish: 20,
        rate: 200,
        stretch: Duration::from_secs(20),
        beside_sluggish: Duration::from_mins(1),
        soak: Duration::ZERO,
    };
    let (mut json, mut results) = (false, PathBuf::from("target/load"));
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--sockets" => amount.sockets = value()?.parse().context("--sockets needs a number")?,
            "--rate" => amount.rate = value()?.parse().context("--rate needs a number")?,
            "--minutes" => {
                amount.soak = Duration::from_mins(value()?.parse().context("--minutes needs a number")?);
            }
            "--only" => {
                let name = value()?;
                databases.retain(|database| database.name() == name);
                anyhow::ensure!(
                    !databases.is_empty(),
                    "there is no database {name:?}; there are sqlite and postgres"
                );
            }
            "--results" => results = value()?.into(),
            "--json" => json = true,
            other => bail!(
                "`load` does not know {other:?}; it takes --sockets N, --rate N, --minutes N, --only sqlite|postgres, --json"
            ),
        }
    }
    anyhow::ensure!(amount.rate > 0, "--rate needs at least 1");
    std::fs::create_dir_all(&results)?;
    let outcomes = trial::run_all(&databases, &amount, &results).await?;
    for outcome in &outcomes {
        println!("{}", outcome.table());
    }
    let report = Report {
        sockets: amount.sockets,
        messages: outcomes.iter().map(|outcome| outcome.verdict.acknowledged).sum(),
        violations: outcomes.iter().map(|outcome| outcome.verdict.violations()).sum(),
        databases: outcomes,
    };
    let line = artefact::write("load", &report)?;
    if json {
        println!("{line}");
    }
    for outcome in &report.databases {
        outcome.verdict.kept().with_context(|| format!("on {}", outcome.database))?;
    }
    Ok(())
}
