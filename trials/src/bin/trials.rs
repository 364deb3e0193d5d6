//! The trials that break a real server: started by `cargo xtask trials`, which builds what they need.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::json;
use tidings_trials::options::Options;
use tidings_trials::{artefact, kill};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let result = tokio::select! {
        result = run() => result,
        // Everything that was started or mounted ends with the values that hold it.
        () = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let trial = arguments.next().context("which trial?")?;
    let options = Options::new(arguments.collect());
    match trial.as_str() {
        "kill" => kill_loop(options).await,
        other => bail!("there is no trial {other:?}"),
    }
}

async fn interrupted() {
    let wait = async {
        let mut end = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = end.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        anyhow::Ok(())
    };
    // Without signals it ends when it is over.
    if wait.await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn kill_loop(mut options: Options) -> anyhow::Result<ExitCode> {
    let limit = Duration::from_secs(options.value("--seconds")?.unwrap_or(30));
    let databases = options.databases()?;
    let file: Option<std::path::PathBuf> = options.value("--history")?;
    let _ = options.flag("--json");
    options.end()?;
    let (mut kills, mut violations, mut acknowledged, mut results) = (0, 0, 0, serde_json::Map::new());
    for database in databases {
        let file = file.as_ref().map(|file| file.with_extension(format!("{}.jsonl", database.name())));
        let outcome = kill::run(database, limit, file.as_deref()).await?;
        let verdict = &outcome.verdict;
        eprintln!(
            "{}: {} kills in {:.0} s, {} acknowledged, {} broken laws",
            database.name(),
            outcome.kills,
            outcome.seconds,
            verdict.acknowledged,
            verdict.violations()
        );
        for example in &verdict.examples {
            eprintln!("  {example}");
        }
        kills += outcome.kills;
        violations += verdict.violations();
        acknowledged += verdict.acknowledged;
        artefact::write(&format!("kill-{}", database.name()), &outcome)?;
        results.insert(database.name().to_owned(), serde_json::to_value(&outcome)?);
    }
    let line = json!({ "kills": kills, "acknowledged": acknowledged, "violations": violations, "databases": results });
    println!("{line}");
    Ok(if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
