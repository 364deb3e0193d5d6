//! Measures a server on each database: started by `cargo xtask bench`, which builds it for release.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Serialize;
use tidings_protocol::id::AppId;
use tidings_trials::agent::Agent;
use tidings_trials::furnish;
use tidings_trials::load::delivery::{self, Way};
use tidings_trials::load::figures::{Figures, SendFigures};
use tidings_trials::load::proc::Measured;
use tidings_trials::load::sends::{self, Sender};
use tidings_trials::load::{answering, catchup, history, idle};
use tidings_trials::phone;
use tidings_trials::scene::{self, Database};
use tidings_trials::server::{Plan, Server};
use tokio::net::TcpListener;

/// How long and how large.
struct Size {
    sending: Duration,
    delivering: Duration,
    catchups: u32,
    history: usize,
    pages: u32,
    sockets: &'static [usize],
    starts: usize,
    watch: Duration,
}

const FULL: Size = Size {
    sending: Duration::from_secs(10),
    delivering: Duration::from_secs(20),
    catchups: 15,
    history: 100_000,
    pages: 60,
    sockets: &[1_000, 5_000],
    starts: 5,
    watch: Duration::from_secs(10),
};

const QUICK: Size = Size {
    sending: Duration::from_secs(2),
    delivering: Duration::from_secs(4),
    catchups: 3,
    history: 5_000,
    pages: 10,
    sockets: &[200],
    starts: 2,
    watch: Duration::from_secs(2),
};

const SENDERS: [usize; 3] = [1, 16, 64];

#[derive(Serialize)]
struct Report {
    command: String,
    cores: usize,
    /// The generator against a server that answers at once: what it could do if nobody held it up.
    generator: Vec<SendFigures>,
    databases: Vec<Figures>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut databases = Database::ALL.to_vec();
    let mut size = FULL;
    let mut results = PathBuf::from("target/bench");
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--answering" => return answer().await,
            "--quick" => size = QUICK,
            "--results" => results = value()?.into(),
            "--only" => {
                let name = value()?;
                databases.retain(|database| database.name() == name);
                anyhow::ensure!(
                    !databases.is_empty(),
                    "there is no database {name:?}; there are sqlite and postgres"
                );
            }
            other => bail!("bench does not know {other:?}"),
        }
    }
    std::fs::create_dir_all(&results)?;
    let mut report = Report {
        command: "cargo xtask bench".to_owned(),
        cores: std::thread::available_parallelism()?.get(),
        generator: measure_generator(&size).await?,
        databases: Vec::new(),
    };
    println!("generator alone, against a server that answers at once");
    println!("  senders   msg/s    p50 ms   p95 ms   p99 ms   CPU s/1000   generator cores");
    for figures in &report.generator {
        println!("{}", figures.line());
    }
    for database in databases {
        let figures = measure(database, &size, &results).await;
        let figures = figures.with_context(|| format!("measuring on {}", database.name()))?;
        println!("\n{}", figures.table());
        report.databases.push(figures);
    }
    let file = results.join("bench.json");
    std::fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
    println!("\nbench: wrote {}", file.display());
    Ok(())
}

async fn measure(database: Database, size: &Size, results: &Path) -> anyhow::Result<Figures> {
    let mut figures = Figures { database: database.name().to_owned(), ..Figures::default() };
    // Beside the results, and so on a disk: temporary files may lie in memory, where flushing costs nothing.
    let folder = tempfile::tempdir_in(results)?;
    let url = match database {
        Database::Sqlite => format!("sqlite:{}", folder.path().join("tidings.db").display()),
        Database::Postgres => scene::create_database()?,
    };
    let plan = scene::plan(folder.path(), &url)?;
    let installation = furnish::install(&plan)?;
    let app_id = installation.app_id;

    progress(database, "starting");
    for _ in 0..size.starts {
        let started = Instant::now();
        let server = Server::start(plan.clone()).await?;
        figures.start_ms.push(started.elapsed().as_secs_f64() * 1000.0);
        stopped(server.stop().await?)?;
    }

    let server = Server::start(plan.clone()).await?;
    let measured = measured(database, &server)?;
    for senders in SENDERS {
        progress(database, &format!("{senders} senders"));
        let senders = make_senders(&plan, app_id, senders).await?;
        figures.sends.push(sends::measure(senders, size.sending, &measured).await?);
    }
    let mut agent = Agent::sign_in(plan.address, &installation.email, furnish::PASSWORD).await?;
    for (way, rate) in [(Way::ToAgent, 10), (Way::ToUser, 10), (Way::ToAgent, 500), (Way::ToUser, 500)] {
        progress(database, &format!("delivery of {rate} messages a second"));
        figures
            .delivery
            .push(delivery::paced(&mut agent, app_id, way, rate, size.delivering, &measured).await?);
    }
    progress(database, "catch-up");
    figures.catchup = Some(catchup::measure(&mut agent, app_id, size.catchups, &measured).await?);
    progress(database, "history");
    figures.history = Some(history::measure(plan.address, app_id, size.history, size.pages).await?);
    stopped(server.stop().await?)?;

    for count in size.sockets {
        progress(database, &format!("{count} idle sockets"));
        // A fresh process: memory that earlier work left free inside it would hide what sockets take.
        let server = Server::start(plan.clone()).await?;
        let measured = self::measured(database, &server)?;
        figures.idle.push(idle::measure(plan.address, app_id, *count, size.watch, &measured).await?);
        stopped(server.stop().await?)?;
    }
    Ok(figures)
}

/// The server, and the database that was started for it.
fn measured(database: Database, server: &Server) -> anyhow::Result<Measured> {
    let mut roots = vec![server.pid()];
    if database == Database::Postgres {
        let pid =
            std::env::var("TIDINGS_POSTGRES_PID").context("TIDINGS_POSTGRES_PID: whose processor time?")?;
        roots.push(pid.parse()?);
    }
    Ok(Measured::new(roots))
}

async fn make_senders(plan: &Plan, app_id: AppId, count: usize) -> anyhow::Result<Vec<Sender>> {
    let mut senders = Vec::with_capacity(count);
    for _ in 0..count {
        senders.push(Sender::new(plan.address, app_id).await?);
    }
    Ok(senders)
}

/// The same senders against a process that answers at once.
async fn measure_generator(size: &Size) -> anyhow::Result<Vec<SendFigures>> {
    use std::io::BufRead as _;
    eprintln!("measuring the generator");
    let mut command = std::process::Command::new(std::env::current_exe()?);
    let mut answering = command.arg("--answering").stdout(std::process::Stdio::piped()).spawn()?;
    let output = answering.stdout.take().context("no output")?;
    let result = async {
        let mut address = String::new();
        std::io::BufReader::new(output).read_line(&mut address)?;
        let address = address.trim().parse()?;
        let mut figures = Vec::new();
        for count in SENDERS {
            let path = phone::messages_path(tidings_trials::clock::new_id(
                tidings_protocol::id::ConversationId::from_parts,
            ));
            let senders: anyhow::Result<Vec<Sender>> =
                (0..count).map(|_| Sender::without_session(address, &path)).collect();
            let measured = Measured::new(vec![answering.id()]);
            figures.push(sends::measure(senders?, size.sending / 2, &measured).await?);
        }
        Ok(figures)
    }
    .await;
    answering.kill()?;
    answering.wait()?;
    result
}

/// This program as the server that answers at once: it says where, and goes on until it is killed.
async fn answer() -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    answering::serve(listener).await
}

fn stopped(status: ExitStatus) -> anyhow::Result<()> {
    anyhow::ensure!(status.success(), "the server ended with {status} when it was asked to stop");
    Ok(())
}

fn progress(database: Database, what: &str) {
    eprintln!("{}: {what}", database.name());
}
