//! A Redis of our own, which keeps nothing.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::process::{self, Ending, Running};

/// A running server; it stops when this value goes.
pub(crate) struct Redis {
    _server: Running,
    port: u16,
}

impl Redis {
    /// Starts it on a port of its own.
    pub(crate) fn start(logs: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(logs)?;
        let port = process::free_port()?;
        let log = File::create(logs.join("redis.log")).context("cannot write Redis' log")?;
        let number = port.to_string();
        let mut command = process::command("setpriv", &["--pdeathsig", "TERM", "--", "redis-server"]);
        command.args(["--port", &number, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.current_dir(logs).stdout(log.try_clone()?).stderr(log);
        let mut server = Running::start(&mut command, Ending::Terminate)?;
        server.wait_until(Duration::from_secs(20), || process::listens(port))?;
        Ok(Self { _server: server, port })
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }
}
