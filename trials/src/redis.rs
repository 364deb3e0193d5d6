//! A Redis that a story can kill.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::{server, wait};

/// A Redis of our own on a port of its own; killed when this value goes.
pub struct Redis {
    port: u16,
    folder: PathBuf,
    child: Option<Child>,
}

impl Redis {
    /// One that is not started yet.
    pub fn new(folder: PathBuf) -> anyhow::Result<Self> {
        Ok(Self { port: server::free_address()?.port(), folder, child: None })
    }

    /// Its port on loopback.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Starts it, empty.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let port = self.port.to_string();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.current_dir(&self.folder).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn();
        let child = child.context("cannot start redis-server, which Debian's package of that name has")?;
        self.child = Some(child);
        let port = self.port;
        let listens = || async move {
            Ok(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok().then_some(()))
        };
        wait::until("Redis to start", Duration::from_secs(10), listens).await
    }

    /// SIGKILL.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Sends it a command, such as `FLUSHALL`.
    pub fn command(&self, words: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new("redis-cli");
        let port = self.port.to_string();
        let output = command.args(["-p", &port]).args(words).output().context("cannot start redis-cli")?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success() && !said.starts_with("ERR"), "redis-cli {words:?}: {said}");
        Ok(())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
