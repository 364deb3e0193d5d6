//! An installation of its own for a story: a folder, a database, an app, an agent, and a server that can be killed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tidings_protocol::id::AppId;

use crate::agent::Agent;
use crate::furnish::{self, Installation};
use crate::phone::Phone;
use crate::server::{self, Plan, Server};

/// Which database to keep messages in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file in the scene's folder.
    Sqlite,
    /// A new database on the server that `TIDINGS_TEST_POSTGRES` names.
    Postgres,
}

impl Database {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// `sqlite` or `postgres`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A place for one story.
pub struct Scene {
    folder: TempDir,
    /// How its server is started; the variables may be added to before that.
    pub plan: Plan,
    /// What was set up in it.
    pub installation: Installation,
}

impl Scene {
    /// A new database with a workspace, an app and an agent; no server yet.
    pub fn new(database: Database) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder")?;
        let url = match database {
            Database::Sqlite => format!("sqlite:{}", folder.path().join("tidings.db").display()),
            Database::Postgres => create_database()?,
        };
        Self::furnish(folder, &url)
    }

    /// The same in this database, which is empty.
    pub fn at(database_url: &str) -> anyhow::Result<Self> {
        Self::furnish(tempfile::tempdir().context("no temporary folder")?, database_url)
    }

    fn furnish(folder: TempDir, database_url: &str) -> anyhow::Result<Self> {
        let plan = plan(folder.path(), database_url)?;
        let installation = furnish::install(&plan)?;
        Ok(Self { folder, plan, installation })
    }

    /// Starts its server.
    pub async fn start(&self) -> anyhow::Result<Server> {
        Server::start(self.plan.clone()).await
    }

    /// How another node on the same database is started.
    pub fn other_node(&self) -> anyhow::Result<Plan> {
        let address = server::free_address()?;
        let mut plan = self.plan.clone();
        set(&mut plan.variables, "TIDINGS_LISTEN", &address.to_string());
        Ok(Plan { address, log: self.folder.path().join(format!("server-{}.log", address.port())), ..plan })
    }

    /// A folder in it for a phone's files, made when it is not there.
    pub fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Its app.
    pub const fn app_id(&self) -> AppId {
        self.installation.app_id
    }

    /// Signs its agent in.
    pub async fn agent(&self) -> anyhow::Result<Agent> {
        Agent::sign_in(self.plan.address, &self.installation.email, furnish::PASSWORD).await
    }

    /// A new anonymous user.
    pub async fn phone(&self) -> anyhow::Result<Phone> {
        Phone::anonymous(self.plan.address, self.app_id()).await
    }
}

/// How a server with this database is started in this folder, on a free port, without limits on rates.
pub fn plan(folder: &Path, database_url: &str) -> anyhow::Result<Plan> {
    let address = server::free_address()?;
    let variables = [
        ("DATABASE_URL", database_url.to_owned()),
        ("TIDINGS_LISTEN", address.to_string()),
        ("TIDINGS_RATES_ENABLED", "false".to_owned()),
        ("TIDINGS_LOG", "warn".to_owned()),
    ];
    Ok(Plan {
        program: server::program()?,
        arguments: vec!["serve".to_owned()],
        variables: variables.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        folder: folder.to_path_buf(),
        address,
        log: folder.join("server.log"),
    })
}

/// Sets a variable, once.
pub fn set(variables: &mut Vec<(String, String)>, name: &str, value: &str) {
    variables.retain(|(other, _)| other != name);
    variables.push((name.to_owned(), value.to_owned()));
}

/// A new, empty database on the server of the tests.
pub fn create_database() -> anyhow::Result<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("TIDINGS_TEST_POSTGRES").context(
        "TIDINGS_TEST_POSTGRES must hold the address of a PostgreSQL whose user may create databases, \
         such as postgres://postgres@127.0.0.1:5432/postgres; `cargo xtask test` starts one",
    )?;
    let name = format!("trial_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let sql = format!("CREATE DATABASE {name}");
    let output = Command::new("psql").args(["--no-psqlrc", "--quiet", "--command", &sql, &server]).output();
    let output = output.context("cannot start psql, which comes with PostgreSQL")?;
    ensure!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    let (address, _) = server.rsplit_once('/').context("TIDINGS_TEST_POSTGRES names no database")?;
    Ok(format!("{address}/{name}"))
}
