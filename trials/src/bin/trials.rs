//! The trials that break a real server: started by `cargo xtask trials`, which builds what they need.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::json;
use tidings_trials::checker::Verdict;
use tidings_trials::options::Options;
use tidings_trials::planted::Found;
use tidings_trials::power::{Cuts, Flushing, NotSetUp, Outcome as PowerOutcome};
use tidings_trials::scene::Database;
use tidings_trials::{artefact, kill, net, planted, power, push, report};
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
        "power" => power_cuts(options).await,
        "planted" => plant(options).await,
        "net" => weather(options).await,
        "push" => pushes(options).await,
        "report" => write_report(options),
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

async fn power_cuts(mut options: Options) -> anyhow::Result<ExitCode> {
    let cuts = options.value("--cuts")?.unwrap_or(10);
    let databases = options.databases()?;
    let _ = options.flag("--json");
    options.end()?;
    let results = match cut_all(&databases, cuts).await {
        Err(error) if error.is::<NotSetUp>() => {
            let why = format!("{error:#}");
            eprintln!("NOT RUN: power cuts cannot be made here, so nothing is known of them: {why}");
            let result = json!({ "cuts": 0, "not_run": why });
            for database in databases {
                artefact::write(&format!("power-{}", database.name()), &result)?;
            }
            println!("{result}");
            return Ok(ExitCode::SUCCESS);
        }
        results => results?,
    };
    for database in databases {
        let runs: Vec<_> = results.iter().filter(|outcome| outcome.database == database.name()).collect();
        artefact::write(&format!("power-{}", database.name()), &json!({ "runs": runs }))?;
    }
    let of = |flushing| results.iter().filter(move |outcome| outcome.flushing == flushing);
    let violations: u64 = of(Flushing::Kept).map(|outcome| outcome.verdict.violations()).sum();
    let blind = of(Flushing::LeftOut).any(|outcome| outcome.cuts_that_lost == 0);
    let result = json!({
        "cuts": of(Flushing::Kept).map(|outcome| outcome.cuts).sum::<u64>(),
        "checked": of(Flushing::Kept).map(|outcome| outcome.checked).sum::<u64>(),
        "lost": of(Flushing::Kept).map(|outcome| outcome.lost).sum::<u64>(),
        "violations": violations,
        "control_lost": of(Flushing::LeftOut).map(|outcome| outcome.lost).sum::<u64>(),
        "runs": results,
    });
    println!("{result}");
    if blind {
        eprintln!("a control lost nothing: these cuts prove nothing");
    }
    Ok(if violations == 0 && !blind { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn cut_all(databases: &[Database], cuts: u64) -> anyhow::Result<Vec<PowerOutcome>> {
    if let Some(why) = power::missing() {
        return Err(anyhow::Error::msg(why).context(NotSetUp));
    }
    let mut results = Vec::new();
    for &database in databases {
        let outcome = power::run(database, cuts).await?;
        tell_cuts(&outcome);
        results.push(outcome);
        if let Some(program) = planted_program() {
            results.push(control(&program, database, cuts).await?);
        }
    }
    Ok(results)
}

/// The same without flushing, which must lose.
async fn control(program: &Path, database: Database, cuts: u64) -> anyhow::Result<PowerOutcome> {
    let cuts = Cuts { at_least: cuts.clamp(6, 20), until_lost: Some(Duration::from_secs(90)) };
    let outcome = power::run_with(program, database, Some(power::unflushed(database)), cuts).await?;
    tell_cuts(&outcome);
    Ok(outcome)
}

fn tell_cuts(outcome: &PowerOutcome) {
    eprintln!(
        "{}, flushing {:?}: {} cuts in {:.0} s, {} acknowledgements checked, {} lost in {} cuts, {} broken laws",
        outcome.database,
        outcome.flushing,
        outcome.cuts,
        outcome.seconds,
        outcome.checked,
        outcome.lost,
        outcome.cuts_that_lost,
        outcome.verdict.violations()
    );
    for example in outcome.verdict.examples.iter().take(5) {
        eprintln!("  {example}");
    }
}

/// The server that was built with bugs, if there is one.
fn planted_program() -> Option<PathBuf> {
    std::env::var_os("TIDINGS_PLANTED_BIN").map(PathBuf::from)
}

async fn plant(mut options: Options) -> anyhow::Result<ExitCode> {
    let only: Option<String> = options.value("--only")?;
    let _ = options.flag("--json");
    options.end()?;
    let program = planted_program().context(
        "TIDINGS_PLANTED_BIN must name a server that was built with `--features tidings-server/planted`",
    )?;
    let outcome = planted::run(&program, only.as_deref(), tell_bug).await?;
    println!("{}", artefact::write("planted", &outcome)?);
    // What needs a look stands last.
    for not_run in &outcome.not_run {
        eprintln!("NOT RUN    {not_run}");
    }
    for found in outcome.bugs.iter().filter(|found| !found.caught) {
        let (bug, attempts, seconds) = (found.bug, found.attempts, found.seconds);
        eprintln!("NOT CAUGHT {bug}: {attempts} attempts in {seconds:.0} s; the last: {}", sign(found));
    }
    Ok(if outcome.caught == outcome.planted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell_bug(found: &Found) {
    let fate = match found {
        Found { not_run: Some(_), .. } => "NOT RUN",
        Found { caught: true, .. } => "caught",
        Found { .. } => "NOT CAUGHT",
    };
    eprintln!("{fate:<10} {} by {:?} in {:.0} s: {}", found.bug, found.finder, found.seconds, sign(found));
}

fn sign(found: &Found) -> &str {
    found.not_run.as_deref().or(found.example.as_deref()).unwrap_or("nothing was noticed")
}

fn write_report(mut options: Options) -> anyhow::Result<ExitCode> {
    let docs: PathBuf = options.value("--to")?.unwrap_or_else(|| PathBuf::from("docs"));
    let _ = options.flag("--json");
    options.end()?;
    report::write(&artefact::folder(), &docs)?;
    eprintln!("wrote {0}/trust.md and {0}/trust.json", docs.display());
    Ok(ExitCode::SUCCESS)
}

async fn pushes(mut options: Options) -> anyhow::Result<ExitCode> {
    let devices = options.value("--devices")?.unwrap_or(2_000);
    let messages = options.value("--messages")?.unwrap_or(10_000);
    let databases = options.databases()?;
    let _ = options.flag("--json");
    options.end()?;
    let mut outcomes = Vec::new();
    for database in databases {
        let outcome = push::run(database, push::Amount { devices, messages }).await?;
        eprintln!("{}: {}", database.name(), serde_json::to_string(&outcome)?);
        outcomes.push(outcome);
    }
    let sum = |of: fn(&push::Verdict) -> usize| outcomes.iter().map(|one| of(&one.verdict)).sum::<usize>();
    let result = json!({
        "missed": sum(|verdict| verdict.missed),
        "twice": sum(|verdict| verdict.twice),
        "after_read": sum(|verdict| verdict.after_read),
        "dead_exact": outcomes.iter().all(|one| one.verdict.dead_exact),
        "given_up": sum(|verdict| verdict.given_up),
        "held_up": outcomes.iter().map(|one| one.held_up).sum::<usize>(),
        "runs": outcomes,
    });
    println!("{}", artefact::write("push", &result)?);
    let kept = outcomes.iter().all(push::Outcome::kept);
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn weather(mut options: Options) -> anyhow::Result<ExitCode> {
    let limit = Duration::from_secs(options.value("--seconds")?.unwrap_or(30));
    let seed = options.value("--seed")?.unwrap_or(1);
    let databases = options.databases()?;
    let file: Option<PathBuf> = options.value("--history")?;
    let _ = options.flag("--json");
    options.end()?;
    let (mut verdict, mut results) = (Verdict::default(), Vec::new());
    for database in databases {
        let file = file.as_ref().map(|file| file.with_extension(format!("{}.jsonl", database.name())));
        let outcome = net::run(database, limit, seed, file.as_deref()).await?;
        let (acknowledged, broken) = (outcome.verdict.acknowledged, outcome.verdict.violations());
        eprintln!("{}: {acknowledged} acknowledged, {broken} broken laws", outcome.database);
        for example in &outcome.verdict.examples {
            eprintln!("  {example}");
        }
        verdict.add(&outcome.verdict);
        results.push(outcome);
    }
    let violations = verdict.violations();
    let result = json!({ "seed": seed, "violations": violations, "verdict": verdict, "runs": results });
    println!("{}", artefact::write("net", &result)?);
    Ok(if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
