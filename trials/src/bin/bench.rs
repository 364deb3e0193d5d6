//! Measures a server on each database: started by `cargo xtask bench`, which builds it for release.

use std::path::Path;
use std::process::ExitStatus;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use tempfile::TempDir;
use tidings_trials::agent::Agent;
use tidings_trials::furnish::{self, Installation};
use tidings_trials::load::beside::{self, Beside, Role};
use tidings_trials::load::contest::{self, Contender, Kind};
use tidings_trials::load::delivery::{self, Way};
use tidings_trials::load::figures::{Figures, Series};
use tidings_trials::load::options::{Measure, Options, Size};
use tidings_trials::load::pgbench::Pgbench;
use tidings_trials::load::proc::Measured;
use tidings_trials::load::{catchup, history, idle};
use tidings_trials::scene::{self, Database};
use tidings_trials::server::{Plan, Server};

#[derive(Serialize)]
struct Report {
    command: String,
    cores: usize,
    /// The generator against a server that answers at once: what it could do if nobody held it up.
    generator: Vec<Series>,
    /// Floor and databases, in turns.
    sends: Vec<Series>,
    databases: Vec<Figures>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(played) = beside::play(&arguments).await {
        return played;
    }
    let options = Options::parse(arguments.into_iter())?;
    std::fs::create_dir_all(&options.results)?;
    let mut report = Report {
        command: "cargo xtask bench".to_owned(),
        cores: std::thread::available_parallelism()?.get(),
        generator: Vec::new(),
        sends: Vec::new(),
        databases: Vec::new(),
    };
    let stands: anyhow::Result<Vec<Stand>> =
        options.databases.iter().map(|database| Stand::new(*database, &options.results)).collect();
    let stands = stands?;
    if options.wants(Measure::Generator) {
        report.generator = generator(&options.size).await?;
        show(&report.generator);
    }
    if options.wants(Measure::Sends) {
        report.sends = sends(&stands, &options).await?;
        show(&report.sends);
    }
    for stand in &stands {
        let figures = stand.measure(&options).await;
        let figures = figures.with_context(|| format!("measuring on {}", stand.database.name()))?;
        println!("\n{}", figures.table());
        report.databases.push(figures);
    }
    let file = options.results.join("bench.json");
    std::fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
    println!("\nbench: wrote {}", file.display());
    if options.json {
        println!("{}", serde_json::to_string(&report)?);
    }
    Ok(())
}

/// An installation on one database.
struct Stand {
    database: Database,
    plan: Plan,
    installation: Installation,
    folder: TempDir,
}

impl Stand {
    fn new(database: Database, results: &Path) -> anyhow::Result<Self> {
        // Beside the results, and so on a disk: temporary files may lie in memory, where flushing costs nothing.
        let folder = tempfile::tempdir_in(results)?;
        let url = match database {
            Database::Sqlite => format!("sqlite:{}", folder.path().join("tidings.db").display()),
            Database::Postgres => scene::create_database()?,
        };
        let plan = scene::plan(folder.path(), &url)?;
        let installation = furnish::install(&plan)?;
        Ok(Self { database, plan, installation, folder })
    }

    async fn measure(&self, options: &Options) -> anyhow::Result<Figures> {
        let size = &options.size;
        let app_id = self.installation.app_id;
        let mut figures = Figures { database: self.database.name().to_owned(), ..Figures::default() };
        if options.wants(Measure::Start) {
            self.progress("starting");
            for _ in 0..size.starts {
                let started = Instant::now();
                let server = Server::start(self.plan.clone()).await?;
                figures.start_ms.push(started.elapsed().as_secs_f64() * 1000.0);
                stopped(server.stop().await?)?;
            }
        }
        let server = Server::start(self.plan.clone()).await?;
        let measured = self.measured(&server)?;
        let mut agent =
            Agent::sign_in(self.plan.address, &self.installation.email, furnish::PASSWORD).await?;
        if options.wants(Measure::Delivery) {
            for (way, rate) in
                [(Way::ToAgent, 10), (Way::ToUser, 10), (Way::ToAgent, 500), (Way::ToUser, 500)]
            {
                self.progress(&format!("delivery of {rate} messages a second"));
                figures
                    .delivery
                    .push(delivery::paced(&mut agent, app_id, way, rate, size.delivering, &measured).await?);
            }
        }
        if options.wants(Measure::Catchup) {
            self.progress("catch-up");
            figures.catchup = Some(catchup::measure(&mut agent, app_id, size.catchups, &measured).await?);
        }
        if options.wants(Measure::History) {
            self.progress("history");
            let address = self.plan.address;
            figures.history = Some(history::measure(address, app_id, size.history, size.pages).await?);
        }
        stopped(server.stop().await?)?;
        if options.wants(Measure::Idle) {
            for count in &size.sockets {
                self.progress(&format!("{count} idle sockets"));
                // A fresh process: memory that earlier work left free inside it would hide what sockets take.
                let server = Server::start(self.plan.clone()).await?;
                let measured = self.measured(&server)?;
                let address = self.plan.address;
                figures.idle.push(idle::measure(address, app_id, *count, size.watch, &measured).await?);
                stopped(server.stop().await?)?;
            }
        }
        Ok(figures)
    }

    /// The server, and the database that was started for it.
    fn measured(&self, server: &Server) -> anyhow::Result<Measured> {
        let mut roots = vec![server.pid()];
        if self.database == Database::Postgres {
            roots.push(postgres_pid()?);
        }
        Ok(Measured::new(roots))
    }

    fn progress(&self, what: &str) {
        eprintln!("{}: {what}", self.database.name());
    }
}

fn postgres_pid() -> anyhow::Result<u32> {
    let pid = std::env::var("TIDINGS_POSTGRES_PID").context("TIDINGS_POSTGRES_PID: whose processor time?")?;
    Ok(pid.parse()?)
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
async fn sends(stands: &[Stand], options: &Options) -> anyhow::Result<Vec<Series>> {
    let folder = tempfile::tempdir_in(&options.results)?;
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
                measured: Measured::new(vec![postgres_pid()?]),
                kind: Kind::Pgbench(Pgbench::new(&scene::create_database()?, stand.folder.path())?),
            });
        }
    }
    let size = &options.size;
    let series = contest::run(&contenders, &size.senders, size.sending, size.rounds).await?;
    drop(contenders);
    for server in servers {
        stopped(server.stop().await?)?;
    }
    Ok(series)
}

fn show(series: &[Series]) {
    println!("\n{}", Series::HEAD);
    for series in series {
        println!("{}", series.table());
    }
}

fn stopped(status: ExitStatus) -> anyhow::Result<()> {
    anyhow::ensure!(status.success(), "the server ended with {status} when it was asked to stop");
    Ok(())
}
