//! A PostgreSQL of our own: own port, own data, gone afterwards.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use crate::place;
use crate::process::{self, Ending, Running};

/// A running server; it stops and its data goes when this value does.
pub(crate) struct Postgres {
    server: Option<Running>,
    data: PathBuf,
    port: u16,
}

impl Postgres {
    /// Makes a cluster and starts it. It flushes to disk like one in production: a figure or a test that leaves that
    /// out would prove nothing.
    pub(crate) fn start(logs: &Path) -> anyhow::Result<Self> {
        let programs = programs()?;
        let account = Account::choose();
        let data = account.folder()?;
        // From here on the folder is removed whatever happens.
        let mut postgres = Self { server: None, port: process::free_port()?, data };
        process::output(
            account
                .command(&programs.join("initdb"))
                .args([
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                ])
                .arg("--pgdata")
                .arg(&postgres.data),
        )?;
        let log = logs.join("postgres.log");
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut server = account.command(&programs.join("postgres"));
        server.arg("-D").arg(&postgres.data).arg("-p").arg(postgres.port.to_string());
        for setting in
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300", "fsync=on"]
        {
            server.args(["-c", setting]);
        }
        server.stdout(file.try_clone()?).stderr(file);
        let mut server = Running::start(&mut server, Ending::Interrupt)?;
        let ready = || {
            let port = postgres.port.to_string();
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.args(["--quiet", "--host=127.0.0.1", "--port", &port]).stdin(Stdio::null());
            ask.status().is_ok_and(|status| status.success())
        };
        server
            .wait_until(Duration::from_mins(1), ready)
            .with_context(|| format!("PostgreSQL did not start; its log is {}", log.display()))?;
        postgres.server = Some(server);
        Ok(postgres)
    }

    /// Its address, as a superuser who may create databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The process from which all its others descend.
    pub(crate) fn pid(&self) -> u32 {
        self.server.as_ref().map_or(0, Running::id)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.server.take());
        // A folder that stays behind costs space and nothing else.
        let _ = fs::remove_dir_all(&self.data);
    }
}

/// The newest installed version's programs; Debian does not put them on the `PATH`.
pub(crate) fn programs() -> anyhow::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("postgres").is_file())
        .max_by_key(|folder| folder.parent().and_then(Path::file_name)?.to_str()?.parse::<u32>().ok());
    newest
        .or_else(|| place::program("postgres").and_then(|file| Some(file.parent()?.to_path_buf())))
        .context("PostgreSQL's server programs are not installed")
}

/// Whose processes they are: PostgreSQL refuses to run as root.
enum Account {
    Ours,
    Other(&'static str),
}

impl Account {
    fn choose() -> Self {
        if !place::is_root() {
            return Self::Ours;
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let postgres = accounts.lines().any(|line| line.starts_with("postgres:"));
        Self::Other(if postgres { "postgres" } else { "nobody" })
    }

    /// The command under this account; it ends with us even if we are killed without a word.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.current_dir("/");
        if let Self::Other(name) = self {
            command.arg(format!("--reuid={name}"));
            command.arg(format!("--regid={}", if *name == "nobody" { "nogroup" } else { name }));
            command.arg("--clear-groups");
        }
        command.args(["--pdeathsig", "INT", "--"]).arg(program);
        command
    }

    /// An empty folder of this account: under `target/`, or among the temporary files where `target/` lies in a
    /// home that the account may not enter.
    fn folder(&self) -> anyhow::Result<PathBuf> {
        let name = format!("postgres-{}", std::process::id());
        let mut last = None;
        for base in [place::target().join("services"), std::env::temp_dir()] {
            match self.folder_in(&base, &name) {
                Ok(folder) => return Ok(folder),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("no folder")).context("no folder for PostgreSQL's data"))
    }

    fn folder_in(&self, base: &Path, name: &str) -> anyhow::Result<PathBuf> {
        fs::create_dir_all(base)?;
        remove_left_behind(base)?;
        let folder = base.join(name);
        fs::create_dir(&folder)?;
        if let Self::Other(account) = self {
            process::output(Command::new("chown").arg(account).arg(&folder))?;
        }
        let usable = process::output(self.command(Path::new("/usr/bin/test")).arg("-w").arg(&folder));
        if usable.is_err() {
            fs::remove_dir(&folder)?;
        }
        usable?;
        Ok(folder)
    }
}

/// Removes the data of tasks that were killed before they could.
fn remove_left_behind(base: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(base)?.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix("postgres-")?.parse::<u32>().ok());
        if owner.is_some_and(|owner| !Path::new(&format!("/proc/{owner}")).exists()) {
            // Another user's, perhaps; then it is theirs to remove.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}
