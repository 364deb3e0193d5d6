//! A PostgreSQL that a story can crash and start again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::{server, wait};

/// A cluster of our own on a port of its own; it and its data go when this value does.
pub struct Postgres {
    programs: PathBuf,
    account: Option<&'static str>,
    data: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Postgres {
    /// Makes a cluster; it is not started yet.
    pub fn new() -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        // PostgreSQL refuses to run as root.
        let is_root =
            fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        let postgres = Self {
            programs: programs()?,
            account: is_root.then_some("postgres"),
            data,
            port: server::free_address()?.port(),
            child: None,
        };
        if let Some(account) = postgres.account {
            done(Command::new("chown").arg(account).arg(postgres.data.path()))?;
        }
        let mut initdb = postgres.command("initdb");
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]);
        done(initdb.arg("--pgdata").arg(postgres.data.path()))?;
        Ok(postgres)
    }

    /// The address of its database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it and waits until it answers.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data.path()).args(["-p", &self.port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100"] {
            command.args(["-c", setting]);
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().context("cannot start PostgreSQL")?);
        let port = self.port.to_string();
        let ready = || async {
            let mut ask = Command::new(self.programs.join("pg_isready"));
            let ask = ask.args(["--quiet", "--host=127.0.0.1", "--port", &port]).status()?;
            Ok(ask.success().then_some(()))
        };
        wait::until("PostgreSQL to start", Duration::from_mins(1), ready).await
    }

    /// Ends it at once; it recovers from its log when it starts again.
    pub fn crash(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            done(Command::new("kill").args(["-s", "QUIT", &child.id().to_string()]))?;
            child.wait()?;
        }
        Ok(())
    }

    fn command(&self, program: &str) -> Command {
        // It ends with us even if we are killed without a word.
        let mut command = Command::new("setpriv");
        command.current_dir("/").args(["--pdeathsig", "QUIT"]);
        if let Some(account) = self.account {
            command.args([&format!("--reuid={account}"), &format!("--regid={account}"), "--clear-groups"]);
        }
        command.arg("--").arg(self.programs.join(program));
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.crash();
    }
}

/// The newest installed version's programs; Debian does not put them on the `PATH`.
fn programs() -> anyhow::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("postgres").is_file())
        .max_by_key(|folder| folder.parent().and_then(Path::file_name)?.to_str()?.parse::<u32>().ok())
        .context("PostgreSQL's server programs are not installed")
}

fn done(command: &mut Command) -> anyhow::Result<()> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
