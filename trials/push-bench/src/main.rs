//! Measures what a push costs: started by `cargo xtask bench push`, which builds it for release.

mod client;
mod pipeline;
mod standin;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use tidings_trials::options::Options;

use crate::client::Client;
use crate::pipeline::Pipeline;
use crate::standin::Standin;

#[derive(Serialize)]
struct Report {
    cores: usize,
    client: Vec<Client>,
    /// The databases in turns.
    pipeline: Vec<Pipeline>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, folder] = &arguments[..]
        && role == "--standin"
    {
        return standin::play(Path::new(folder)).await;
    }
    let mut options = Options::new(arguments);
    let jobs = options.value("--jobs")?.unwrap_or(40_000);
    let rounds: usize = options.value("--rounds")?.unwrap_or(3);
    let seconds = options.value("--seconds")?.unwrap_or(3);
    let databases = options.databases()?;
    let json = options.flag("--json");
    options.end()?;
    let folder = tempfile::tempdir()?;
    let standin = Standin::start(folder.path())?;
    let mut report = Report {
        cores: std::thread::available_parallelism()?.get(),
        client: Vec::new(),
        pipeline: Vec::new(),
    };
    println!(
        "| client alone, in flight | pushes a second | CPU µs a push | p50 ms | p99 ms |\n|---|---|---|---|---|"
    );
    for _ in 0..rounds {
        report.client.extend(client::measure(&standin, Duration::from_secs(seconds)).await?);
    }
    report.client.sort_by(|a, b| {
        (a.in_flight, a.a_second).partial_cmp(&(b.in_flight, b.a_second)).unwrap_or(std::cmp::Ordering::Equal)
    });
    for one in &report.client {
        let Client { in_flight, a_second, cpu_us, p50_ms, p99_ms } = one;
        println!("| {in_flight} | {a_second:.0} | {cpu_us:.1} | {p50_ms:.2} | {p99_ms:.2} |");
    }
    println!(
        "\n| whole way | jobs | jobs a second | CPU µs a job | of the database, µs a job |\n|---|---|---|---|---|"
    );
    for _ in 0..rounds {
        for database in &databases {
            let place = tempfile::tempdir()?;
            let one = pipeline::measure(*database, &standin, place.path(), jobs).await?;
            let Pipeline { database, jobs, a_second, cpu_us, database_cpu_us } = &one;
            println!("| {database} | {jobs} | {a_second:.0} | {cpu_us:.1} | {database_cpu_us:.1} |");
            report.pipeline.push(one);
        }
    }
    if json {
        println!("{}", serde_json::to_string(&report)?);
    }
    Ok(())
}
