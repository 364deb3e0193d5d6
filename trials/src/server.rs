//! The server as a process: started, killed without a word, started again on the same port and data.

use std::ffi::OsStr;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use hyper::{HeaderMap, Method, StatusCode};

use crate::http::Connection;

/// Everything that a start of the server needs, so that it can be started again.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program.
    pub program: PathBuf,
    /// Its arguments after `serve`'s place.
    pub arguments: Vec<String>,
    /// Variables of its environment, besides ours.
    pub variables: Vec<(String, String)>,
    /// Its working folder.
    pub folder: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its output goes; appended to.
    pub log: PathBuf,
}

/// A running server; killed when this value goes.
pub struct Server {
    plan: Plan,
    child: Child,
}

impl Server {
    /// Starts it and waits until it says that it is ready.
    pub async fn start(plan: Plan) -> anyhow::Result<Self> {
        let child = plan.command()?.spawn();
        let child = child.with_context(|| format!("cannot start {}", plan.program.display()))?;
        let mut server = Self { plan, child };
        server.wait_ready(Duration::from_secs(30)).await?;
        Ok(server)
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.plan.address
    }

    /// Its address for clients that want a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.plan.address)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: it gets no chance to finish anything.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().context("cannot kill the server")?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again after [`Self::kill`], on the same port and data.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.child = self.plan.command()?.spawn().context("cannot start the server again")?;
        self.wait_ready(Duration::from_secs(30)).await
    }

    /// SIGTERM, and waits for it to finish what it does.
    pub async fn stop(mut self) -> anyhow::Result<ExitStatus> {
        self.terminate().await
    }

    /// The same; it may be started again afterwards.
    pub async fn terminate(&mut self) -> anyhow::Result<ExitStatus> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-s", "TERM", &pid]).status().context("cannot signal the server")?;
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > until {
                bail!("the server did not stop within 30 s of SIGTERM");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn wait_ready(&mut self, limit: Duration) -> anyhow::Result<()> {
        let until = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended at its start: {status}\n{}", tail(&self.plan.log));
            }
            if is_ready(self.plan.address).await {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("the server was not ready within {} s\n{}", limit.as_secs(), tail(&self.plan.log));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Plan {
    /// The program with other arguments, in the same folder and with the same configuration.
    pub fn command_line(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(&self.program);
        // What configures the server of somebody who runs this must not reach ours.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("TIDINGS_") || name == "DATABASE_URL" || name == "REDIS_URL" {
                command.env_remove(name);
            }
        }
        command.args(arguments).envs(self.variables.iter().cloned()).current_dir(&self.folder);
        command
    }

    fn command(&self) -> anyhow::Result<Command> {
        let log = std::fs::File::options().create(true).append(true).open(&self.log);
        let log = log.with_context(|| format!("cannot write {}", self.log.display()))?;
        let mut command = self.command_line(&self.arguments);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(command)
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut connection) = Connection::new(address, HeaderMap::new()) else { return false };
    let answer = connection.call(Method::GET, "/ready", Bytes::new()).await;
    answer.is_ok_and(|answer| answer.status == StatusCode::OK)
}

/// The program to start: the one that the environment names, or the one that was built beside us.
pub fn program() -> anyhow::Result<PathBuf> {
    if let Some(program) = std::env::var_os("TIDINGS_SERVER_BIN") {
        return Ok(PathBuf::from(program));
    }
    let ours = std::env::current_exe()?;
    // target/debug/tour, or target/debug/deps/kill-0123456789abcdef
    let beside = ours.ancestors().skip(1).take(2).map(|folder| folder.join("tidings"));
    let found = beside.into_iter().find(|file| file.is_file());
    found.context("no server to start: `cargo build -p tidings-server`, or name one in TIDINGS_SERVER_BIN")
}

/// A port on loopback that nobody listens on now.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// The end of a log, for an error that must be understood from the output of a test alone.
pub fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
