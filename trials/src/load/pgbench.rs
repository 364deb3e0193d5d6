//! How many single rows a second PostgreSQL itself commits: the floor of everything that is kept in it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::load::figures::SendFigures;
use crate::load::proc::{self, Measured};
use crate::load::sends::TEXT;

/// A database of its own on the cluster that is measured, with a table as narrow as a message can be.
pub struct Pgbench {
    url: String,
    script: PathBuf,
}

impl Pgbench {
    /// Makes the table in this database, and the script in this folder.
    pub fn new(url: &str, folder: &std::path::Path) -> anyhow::Result<Self> {
        let table = "CREATE TABLE rows (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), parts TEXT NOT NULL)";
        let psql = Command::new("psql").args(["--no-psqlrc", "--quiet", "--command", table, url]).output();
        let psql = psql.context("cannot start psql, which comes with PostgreSQL")?;
        ensure!(psql.status.success(), "{}", String::from_utf8_lossy(&psql.stderr));
        let script = folder.join("single-rows.sql");
        let text = TEXT.replace('\'', "''");
        std::fs::write(&script, format!("INSERT INTO rows (parts) VALUES ('{text}');\n"))?;
        Ok(Self { url: url.to_owned(), script })
    }

    /// Lets so many clients commit one row after the other.
    pub async fn measure(
        &self,
        clients: usize,
        duration: Duration,
        measured: &Measured,
    ) -> anyhow::Result<SendFigures> {
        let mut command = tokio::process::Command::new(program());
        command
            .args(["--no-vacuum", "--protocol=prepared", "--file"])
            .arg(&self.script)
            .args(["--client", &clients.to_string(), "--time", &duration.as_secs().max(1).to_string()])
            .arg(&self.url)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let (cpu, own, started) = (measured.cpu_seconds(), proc::own_cpu_seconds(), Instant::now());
        let output = command.output().await.context("cannot start pgbench, which comes with PostgreSQL")?;
        ensure!(output.status.success(), "pgbench: {}", String::from_utf8_lossy(&output.stderr));
        let generator = (proc::own_cpu_seconds() - own) / started.elapsed().as_secs_f64();
        let cpu = measured.cpu_seconds() - cpu;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let rows = figure(&text, "number of transactions actually processed:")?;
        let milliseconds = figure(&text, "latency average =")?;
        Ok(SendFigures {
            senders: clients,
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
            messages: rows as u64,
            per_second: figure(&text, "tps =")?,
            p50_ms: milliseconds,
            p95_ms: None,
            p99_ms: None,
            cpu_seconds_per_1000: cpu * 1000.0 / rows.max(1.0),
            generator_cores: generator,
        })
    }
}

/// Debian does not put it on the `PATH`; whoever starts us knows where it lies.
fn program() -> PathBuf {
    std::env::var_os("TIDINGS_PGBENCH").map_or_else(|| "pgbench".into(), PathBuf::from)
}

fn figure(text: &str, name: &str) -> anyhow::Result<f64> {
    let rest = text.lines().find_map(|line| line.trim().strip_prefix(name));
    let number = rest.and_then(|rest| rest.trim().split([' ', '/']).next()?.parse().ok());
    number.with_context(|| format!("pgbench does not say {name:?}:\n{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_in_what_pgbench_prints() {
        let text = "number of clients: 64\nnumber of transactions actually processed: 30411\n\
                    latency average = 4.201 ms\ntps = 15231.500000 (without initial connection time)\n";
        assert!((figure(text, "tps =").unwrap() - 15231.5).abs() < 0.01);
        assert!((figure(text, "latency average =").unwrap() - 4.201).abs() < 0.001);
        assert!((figure(text, "number of transactions actually processed:").unwrap() - 30411.0).abs() < 0.1);
        assert!(figure("", "tps =").is_err());
    }
}
