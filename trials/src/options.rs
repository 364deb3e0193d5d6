//! The few options that trials take.

use std::str::FromStr;

use anyhow::{Context as _, bail};

use crate::scene::Database;

/// What was asked for; each trial reads those it knows and refuses the others.
#[derive(Debug)]
pub struct Options {
    left: Vec<String>,
}

impl Options {
    /// Those of a command line.
    pub const fn new(arguments: Vec<String>) -> Self {
        Self { left: arguments }
    }

    /// Takes `--name VALUE`.
    pub fn value<T: FromStr>(&mut self, name: &str) -> anyhow::Result<Option<T>> {
        let Some(at) = self.left.iter().position(|argument| argument == name) else { return Ok(None) };
        anyhow::ensure!(at + 1 < self.left.len(), "{name} needs a value");
        let value = self.left.remove(at + 1);
        self.left.remove(at);
        value.parse().ok().map(Some).with_context(|| format!("{name} does not take {value:?}"))
    }

    /// Takes `--name`.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.left.len();
        self.left.retain(|argument| argument != name);
        self.left.len() < before
    }

    /// Takes `--database sqlite|postgres|both`; both when nothing is said.
    pub fn databases(&mut self) -> anyhow::Result<Vec<Database>> {
        match self.value::<String>("--database")?.as_deref() {
            None | Some("both") => Ok(Database::ALL.to_vec()),
            Some("sqlite") => Ok(vec![Database::Sqlite]),
            Some("postgres") => Ok(vec![Database::Postgres]),
            Some(other) => bail!("--database takes sqlite, postgres or both, not {other:?}"),
        }
    }

    /// Refuses what nobody took.
    pub fn end(self) -> anyhow::Result<()> {
        anyhow::ensure!(self.left.is_empty(), "unknown: {}", self.left.join(" "));
        Ok(())
    }
}
