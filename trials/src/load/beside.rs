//! This program once more, as one of the servers that Tidings is compared with: a process of its own, so that its processor
//! time can be told from the generator's.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use tokio::net::TcpListener;

use crate::load::proc::Measured;
use crate::load::{answering, floor};

/// Which server.
#[derive(Debug, Clone)]
pub enum Role {
    /// Answers at once and stores nothing.
    Answering,
    /// Stores in this new file.
    Floor(PathBuf),
}

/// A running one; it ends with this value.
pub struct Beside {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Beside {
    /// Starts this program in that role.
    pub fn start(role: &Role) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        match role {
            Role::Answering => command.arg("--answering"),
            Role::Floor(file) => command.arg("--floor").arg(file),
        };
        let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start this program again")?;
        let mut line = String::new();
        let output = child.stdout.take().context("no output")?;
        let read = BufReader::new(output).read_line(&mut line);
        // From here on it ends with the value.
        let mut beside = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        read?;
        beside.address = line.trim().parse().context("it did not say where it listens")?;
        Ok(beside)
    }

    /// Its processor time and memory.
    pub fn measured(&self) -> Measured {
        Measured::new(vec![self.child.id()])
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Plays the role that the arguments name, if they name one: it says where it listens, and goes on until it is killed.
pub async fn play(arguments: &[String]) -> Option<anyhow::Result<()>> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let role = match words[..] {
        ["--answering"] => Role::Answering,
        ["--floor", file] => Role::Floor(Path::new(file).to_path_buf()),
        _ => return None,
    };
    Some(serve(role).await)
}

async fn serve(role: Role) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    match role {
        Role::Answering => answering::serve(listener).await,
        Role::Floor(file) => floor::serve(listener, &file).await,
    }
}
