//! An installation on one database, for everything that is measured on it.

use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tempfile::TempDir;

use crate::agent::Agent;
use crate::furnish::{self, Installation};
use crate::load::delivery::{self, Course, Way};
use crate::load::figures::Figures;
use crate::load::options::{Measure, Options};
use crate::load::proc::Measured;
use crate::load::{catchup, history, idle};
use crate::scene::{self, Database};
use crate::server::{self, Plan, Server};

/// How long a server has to fall silent before its memory is read.
const SILENCE: Duration = Duration::from_secs(3);

const POSTGRES_PID: &str = "TIDINGS_POSTGRES_PID";

/// An installation; nothing runs yet.
pub struct Stand {
    /// Where its messages are.
    pub database: Database,
    /// How its server is started.
    pub plan: Plan,
    /// What was set up in it.
    pub installation: Installation,
    folder: TempDir,
}

impl Stand {
    /// A new one, its files below `results`: temporary files may lie in memory, where flushing costs nothing.
    pub fn new(database: Database, results: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(results)?;
        let url = match database {
            Database::Sqlite => format!("sqlite:{}", folder.path().join("tidings.db").display()),
            Database::Postgres => scene::create_database()?,
        };
        let mut plan = scene::plan(folder.path(), &url)?;
        if database == Database::Postgres
            && let Ok(redis) = std::env::var("TIDINGS_TEST_REDIS")
        {
            scene::set(&mut plan.variables, "REDIS_URL", &redis);
        }
        let installation = furnish::install(&plan)?;
        Ok(Self { database, plan, installation, folder })
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The server, and its database where somebody told us which process that is.
    pub fn measured(&self, server: &Server) -> anyhow::Result<Measured> {
        let measured = Measured::new(vec![server.pid()]);
        if self.database == Database::Postgres && std::env::var_os(POSTGRES_PID).is_some() {
            return Ok(measured.and(postgres_pid()?));
        }
        Ok(measured)
    }

    /// Where its database is.
    pub fn database_url(&self) -> anyhow::Result<String> {
        let url = self.plan.variables.iter().find(|(name, _)| name == "DATABASE_URL");
        Ok(url.context("a plan without a database")?.1.clone())
    }

    /// Its agent, signed in.
    pub async fn agent(&self) -> anyhow::Result<Agent> {
        Agent::sign_in(self.plan.address, &self.installation.email, furnish::PASSWORD).await
    }

    /// Everything that is asked for, except sends: those are a contest.
    pub async fn measure(&self, options: &Options) -> anyhow::Result<Figures> {
        let mut figures = Figures { database: self.database.name().to_owned(), ..Figures::default() };
        let (size, app_id, address) = (&options.size, self.installation.app_id, self.plan.address);
        if options.wants(Measure::Start) {
            self.start(size.starts, &mut figures).await?;
        }
        let server = Server::start(self.plan.clone()).await?;
        let measured = self.measured(&server)?;
        if options.wants(Measure::Delivery) {
            self.deliver(size.delivering, &server, &mut figures).await?;
        }
        if options.wants(Measure::Catchup) {
            self.progress("catch-up");
            let mut agent = self.agent().await?;
            figures.catchup = Some(catchup::measure(&mut agent, app_id, size.catchups, &measured).await?);
        }
        if options.wants(Measure::History) {
            self.progress("history");
            figures.history = Some(history::measure(address, app_id, size.history, size.pages).await?);
        }
        stopped(server.stop().await?)?;
        if options.wants(Measure::Idle) {
            for count in &size.sockets {
                self.progress(&format!("{count} idle sockets"));
                // A fresh process: memory that earlier work left free inside it would hide what sockets take.
                let server = Server::start(self.plan.clone()).await?;
                let measured = self.measured(&server)?;
                figures.idle.push(idle::measure(address, app_id, *count, size.watch, &measured).await?);
                stopped(server.stop().await?)?;
            }
        }
        Ok(figures)
    }

    async fn start(&self, times: usize, figures: &mut Figures) -> anyhow::Result<()> {
        self.progress("starting");
        for turn in 1..=times {
            let started = Instant::now();
            let server = Server::start(self.plan.clone()).await?;
            figures.start_ms.push(started.elapsed().as_secs_f64() * 1000.0);
            if turn == times {
                tokio::time::sleep(SILENCE).await;
                figures.rest_kib = Some(self.measured(&server)?.memory_kib());
            }
            stopped(server.stop().await?)?;
        }
        Ok(())
    }

    async fn deliver(&self, duration: Duration, one: &Server, figures: &mut Figures) -> anyhow::Result<()> {
        let mut agent = self.agent().await?;
        let mut nodes = vec![None];
        if self.plan.variables.iter().any(|(name, _)| name == "REDIS_URL") {
            nodes.push(Some(self.other_node().await?));
        }
        for two in nodes {
            let measured = match &two {
                None => self.measured(one)?,
                Some(two) => self.measured(one)?.and(two.pid()),
            };
            let heard_at = two.as_ref().map_or(self.plan.address, Server::address);
            for rate in [10, 500] {
                for way in [Way::ToAgent, Way::ToUser] {
                    self.progress(&format!("delivery of {rate} messages a second"));
                    let course = Course { way, rate, duration, heard_at };
                    let app_id = self.installation.app_id;
                    figures.delivery.push(delivery::paced(&mut agent, app_id, &course, &measured).await?);
                }
            }
            if let Some(two) = two {
                stopped(two.stop().await?)?;
            }
        }
        Ok(())
    }

    async fn other_node(&self) -> anyhow::Result<Server> {
        let address = server::free_address()?;
        let mut plan = Plan { address, log: self.folder().join("other-node.log"), ..self.plan.clone() };
        scene::set(&mut plan.variables, "TIDINGS_LISTEN", &address.to_string());
        Server::start(plan).await
    }

    fn progress(&self, what: &str) {
        eprintln!("{}: {what}", self.database.name());
    }
}

/// KiB of a server's memory once it has nothing to do any more.
pub async fn memory_in_silence(measured: &Measured) -> u64 {
    tokio::time::sleep(SILENCE).await;
    measured.memory_kib()
}

/// The process of PostgreSQL from which all its others descend.
pub fn postgres_pid() -> anyhow::Result<u32> {
    let pid = std::env::var(POSTGRES_PID).context("TIDINGS_POSTGRES_PID: whose processor time?")?;
    pid.parse().context("TIDINGS_POSTGRES_PID is no process id")
}

/// An error unless a server ended well.
pub fn stopped(status: ExitStatus) -> anyhow::Result<()> {
    anyhow::ensure!(status.success(), "the server ended with {status} when it was asked to stop");
    Ok(())
}
