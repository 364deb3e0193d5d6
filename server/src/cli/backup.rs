//! `tidings backup`.

use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use tidings_protocol::time::Timestamp;
use tidings_store::archive::{ArchiveError, Backup, backup as make, verify};

use super::output::{Output, Refused};
use super::progress;
use crate::clock::Clock;
use crate::config::Config;

/// Where to.
#[derive(Args)]
pub(super) struct Arguments {
    /// A file that is not there yet, or a folder, in which it is named after the time
    #[arg(long, value_name = "FILE|FOLDER", default_value = ".")]
    to: PathBuf,
    /// Make none: read this one to its end and compare its checksums
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    verify: Option<PathBuf>,
}

#[derive(Serialize)]
struct Saved {
    file: PathBuf,
    made_at: Timestamp,
    schema: i64,
    epoch: String,
    rows: u64,
    messages: u64,
    /// Files that the rows speak of; their bytes are not in the backup.
    files: u64,
    /// Where those lie.
    files_place: String,
    bytes: u64,
    seconds: f64,
}

impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, messages, seconds, made_at, .. } = self;
        #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
        let megabytes = self.bytes as f64 / 1e6;
        writeln!(f, "{}", self.file.display())?;
        writeln!(
            f,
            "  {rows} rows, {messages} of them messages, as they were at {made_at}; {megabytes:.1} MB, verified, {seconds:.1} s"
        )?;
        if self.files > 0 {
            let Self { files, files_place, .. } = self;
            writeln!(f, "  the bytes of {files} files are not in it: copy {files_place} too, after this")?;
        }
        Ok(())
    }
}

pub(super) async fn backup(
    config: &Config,
    clock: &Clock,
    arguments: Arguments,
    output: Output,
) -> anyhow::Result<()> {
    let (begun, now) = (Instant::now(), clock.now());
    let (file, header) = if let Some(file) = arguments.verify {
        let header = verify(&file, &progress::show()).await.map_err(refused)?;
        (file, header)
    } else {
        let file = name_in(arguments.to, now);
        let order = Backup { from: config.database()?, to: file.clone(), now, told: progress::show() };
        (file, make(order).await.map_err(refused)?.header)
    };
    let rows =
        |name: &str| header.tables.iter().find(|table| table.name == name).map_or(0, |table| table.rows);
    let (messages, files) = (rows("messages"), rows("attachments"));
    output.print(&Saved {
        bytes: std::fs::metadata(&file)?.len(),
        file,
        made_at: header.created_at,
        schema: header.schema,
        epoch: header.epoch.to_string(),
        rows: header.rows(),
        messages,
        files,
        files_place: crate::files::place(config)?.to_string(),
        seconds: begun.elapsed().as_secs_f64(),
    })
}

/// A file; in a folder, one that is named after the time.
pub(super) fn name_in(to: PathBuf, now: Timestamp) -> PathBuf {
    if !to.is_dir() {
        return to;
    }
    let second: String = now.to_string().chars().take(19).filter(|c| *c != ':' && *c != '-').collect();
    to.join(format!("tidings-{second}Z.backup"))
}

/// What is refused because of what is there ends with another exit code than what fails.
pub(super) fn refused(error: ArchiveError) -> anyhow::Error {
    if error.is_refusal() { Refused(error.to_string()).into() } else { error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_folder_a_backup_is_named_after_the_time() {
        let now: Timestamp = "2026-11-21T09:30:00.250Z".parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(name_in(folder.path().into(), now), folder.path().join("tidings-20261121T093000Z.backup"));
        assert_eq!(name_in("a/file".into(), now), PathBuf::from("a/file"));
    }
}
