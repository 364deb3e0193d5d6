//! Measures a server on each database: started by `cargo xtask bench`, which builds it for release.

use anyhow::Context as _;
use serde::Serialize;
use tidings_trials::clock;
use tidings_trials::load::beside::{self, Beside, Role};
use tidings_trials::load::contest::{self, Contender, Kind};
use tidings_trials::load::figures::{Figures, Series};
use tidings_trials::load::options::{self, Measure, Options, Size};
use tidings_trials::load::page;
use tidings_trials::load::pgbench::Pgbench;
use tidings_trials::load::proc::Measured;
use tidings_trials::load::scale::{self, Scale};
use tidings_trials::load::stand::{self, Stand};
use tidings_trials::load::verdict::{self, Verdict};
use tidings_trials::scene::{self, Database};
use tidings_trials::server::Server;

#[derive(Serialize)]
struct Report {
    command: String,
    cores: usize,
    /// The generator against a server that answers at once: what it could do if nobody held it up.
    generator: Vec<Series>,
    /// Floor and databases, in turns.
    sends: Vec<Series>,
    databases: Vec<Figures>,
    /// Sends into little, ten and a hundred times as much, in turns.
    scale: Vec<Scale>,
    /// Whether what was measured reaches what was aimed at.
    verdicts: Vec<Verdict>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(played) = beside::play(&arguments).await {
        return played;
    }
    let asked = Options::parse(arguments.iter().cloned())?;
    std::fs::create_dir_all(&asked.results)?;
    let mut report = Report {
        command: options::command("cargo xtask bench", &arguments),
        cores: std::thread::available_parallelism()?.get(),
        generator: Vec::new(),
        sends: Vec::new(),
        databases: Vec::new(),
        scale: Vec::new(),
        verdicts: Vec::new(),
    };
    let stands: anyhow::Result<Vec<Stand>> =
        asked.databases.iter().map(|database| Stand::new(*database, &asked.results)).collect();
    let stands = stands?;
    if asked.wants(Measure::Generator) {
        report.generator = generator(&asked.size).await?;
        show(&report.generator);
    }
    if asked.wants(Measure::Sends) {
        report.sends = sends(&stands, &asked).await?;
        show(&report.sends);
    }
    if asked.wants(Measure::Scale) {
        for stand in &stands {
            let scale = scale::measure(stand.database, &asked).await;
            report.scale.push(scale.with_context(|| format!("scale on {}", stand.database.name()))?);
        }
        for scale in &report.scale {
            show(&scale.sends);
        }
    }
    for stand in &stands {
        let figures = stand.measure(&asked).await;
        let figures = figures.with_context(|| format!("measuring on {}", stand.database.name()))?;
        println!("\n{}", figures.table());
        report.databases.push(figures);
    }
    report.verdicts = verdict::of(&report.sends, &report.databases);
    report.verdicts.extend(report.scale.iter().flat_map(Scale::verdicts));
    println!("\n{}", verdict::table(&report.verdicts));
    let file = asked.results.join("bench.json");
    std::fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
    println!("\nbench: wrote {}", file.display());
    if let Some(document) = &asked.page {
        let scale = report.scale.iter().flat_map(|scale| &scale.sends);
        let series: Vec<&Series> = report.sends.iter().chain(scale).chain(&report.generator).collect();
        let date = clock::now().to_string();
        let day = date.split('T').next().unwrap_or(&date);
        page::write(document, &page::figures(&report.command, day, report.cores, &series, &report.verdicts))?;
    }
    if asked.json {
        println!("{}", serde_json::to_string(&report)?);
    }
    Ok(())
}

/// The same senders against a process that answers at once.
async fn generator(size: &Size) -> anyhow::Result<Vec<Series>> {
    let answering = Beside::start(&Role::Answering)?;
    let contender = Contender {
        name: "generator".to_owned(),
        measured: answering.measured(),
        kind: Kind::Plain(answering.address),
    };
    contest::run(&[contender], &size.senders, size.sending / 2, size.rounds.min(3)).await
}

/// The floor, each database, and PostgreSQL itself.
async fn sends(stands: &[Stand], asked: &Options) -> anyhow::Result<Vec<Series>> {
    let folder = tempfile::tempdir_in(&asked.results)?;
    let floor = Beside::start(&Role::Floor(folder.path().join("floor.db")))?;
    let mut contenders = vec![Contender {
        name: "floor".to_owned(),
        measured: floor.measured(),
        kind: Kind::Plain(floor.address),
    }];
    let mut servers = Vec::new();
    for stand in stands {
        let server = Server::start(stand.plan.clone()).await?;
        contenders.push(Contender {
            name: stand.database.name().to_owned(),
            measured: stand.measured(&server)?,
            kind: Kind::Tidings(stand.plan.address, stand.installation.app_id),
        });
        servers.push(server);
        if stand.database == Database::Postgres {
            contenders.push(Contender {
                name: "pgbench".to_owned(),
                measured: Measured::new(vec![stand::postgres_pid()?]),
                kind: Kind::Pgbench(Pgbench::new(&scene::create_database()?, stand.folder())?),
            });
        }
    }
    let size = &asked.size;
    let series = contest::run(&contenders, &size.senders, size.sending, size.rounds).await?;
    drop(contenders);
    for server in servers {
        stand::stopped(server.stop().await?)?;
    }
    Ok(series)
}

fn show(series: &[Series]) {
    println!("\n{}", Series::HEAD);
    for series in series {
        println!("{}", series.table());
    }
}
