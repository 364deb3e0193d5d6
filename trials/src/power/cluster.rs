//! A PostgreSQL whose data lie on a volume.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::volume::run;
use crate::server;

/// A running server; ended without a word when this value goes.
pub(super) struct Cluster {
    child: Child,
    address: SocketAddr,
}

impl Cluster {
    /// Makes a new one in this folder, with a database for the trial.
    pub(super) fn create(folder: &Path, log: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir(folder)?;
        run(Command::new("chown").arg("postgres").arg(folder))?;
        let mut init = account(&programs()?.join("initdb"));
        init.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
        run(init.arg("--pgdata").arg(folder))?;
        let cluster = Self::start(folder, log)?;
        let mut create = Command::new("psql");
        create.args(["--no-psqlrc", "--quiet", "--command", "CREATE DATABASE tidings"]);
        run(create.arg(cluster.url("postgres")))?;
        Ok(cluster)
    }

    /// Starts what lies in this folder, recovering it if need be.
    pub(super) fn start(folder: &Path, log: &Path) -> anyhow::Result<Self> {
        let address = server::free_address()?;
        let file = File::options().create(true).append(true).open(log)?;
        let mut command = account(&programs()?.join("postgres"));
        command.arg("-D").arg(folder).arg("-p").arg(address.port().to_string());
        let settings =
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=on", "max_wal_size=64MB"];
        for setting in settings {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().context("cannot start PostgreSQL")?;
        let cluster = Self { child, address };
        cluster.wait_ready().with_context(|| server::tail(log))?;
        Ok(cluster)
    }

    /// The address of a database in it.
    pub(super) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.address)
    }

    /// Its processes: the first one and those it started.
    pub(super) fn processes(&self) -> anyhow::Result<Vec<u32>> {
        let first = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children"))?;
        Ok(std::iter::once(first)
            .chain(children.split_whitespace().filter_map(|id| id.parse().ok()))
            .collect())
    }

    fn wait_ready(&self) -> anyhow::Result<()> {
        let until = Instant::now() + Duration::from_mins(1);
        loop {
            let mut ask = Command::new("psql");
            ask.args(["--no-psqlrc", "--quiet", "--command", "SELECT 1"]).arg(self.url("postgres"));
            if TcpStream::connect(self.address).is_ok() && run(&mut ask).is_ok() {
                return Ok(());
            }
            ensure!(Instant::now() < until, "PostgreSQL did not start within a minute");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Its processes notice at once that the first one is gone only when it ends in order.
        let id = self.child.id().to_string();
        let _ = run(Command::new("kill").args(["-s", "QUIT", &id]));
        let _ = self.child.wait();
    }
}

/// A program under the account that PostgreSQL insists on; it ends with us even if we are killed.
fn account(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig", "QUIT", "--"]);
    command.arg(program).current_dir("/");
    command
}

/// Where Debian keeps the newest version's programs.
fn programs() -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let folders = versions.flatten().map(|version| version.path().join("bin"));
    let newest = folders.filter(|folder| folder.join("postgres").is_file()).max();
    newest.context("PostgreSQL's server programs are not installed")
}
