//! `tidings doctor`: looks at the installation as it is, while it runs, and says what to do.

mod content;
mod durability;
mod files;
mod finding;
mod mail;
mod place;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use redis::Client;
use serde::Serialize;
use tidings_store::DatabaseUrl;
use tidings_store::doctor::{Depth, commit_times, examine, scan};
use tokio::time::timeout;

use self::finding::{Finding, Level};
use super::output::Output;
use super::progress;
use crate::clock::Clock;
use crate::config::Config;
use crate::push::seal::{Seal, Seals};

/// How long Redis may take to answer.
const REDIS: Duration = Duration::from_secs(2);
/// Something hurts one day.
const EXIT_WARNING: u8 = 4;
/// Something hurts now.
const EXIT_ERROR: u8 = 5;

/// How closely.
#[derive(Args)]
pub(super) struct Arguments {
    /// Look at every conversation and feed, not only at the newest
    #[arg(long)]
    deep: bool,
    /// Leave a check out, by its name; may be given several times
    #[arg(long, value_name = "CHECK")]
    except: Vec<String>,
}

#[derive(Serialize)]
struct Report {
    worst: Level,
    findings: Vec<Finding>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { check, level, what, fix } in &self.findings {
            let word = match level {
                Level::Ok => "ok     ",
                Level::Notice => "notice ",
                Level::Warning => "WARNING",
                Level::Error => "ERROR  ",
            };
            writeln!(f, "{word} {check}: {what}")?;
            if let Some(fix) = fix {
                writeln!(f, "        {fix}")?;
            }
        }
        let count = |level| self.findings.iter().filter(|finding| finding.level == level).count();
        let (errors, warnings) = (count(Level::Error), count(Level::Warning));
        writeln!(f, "{} things looked at, {errors} errors, {warnings} warnings", self.findings.len())
    }
}

pub(super) async fn doctor(
    config: &Config,
    clock: &Clock,
    arguments: &Arguments,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let url = config.database()?;
    let mut findings = configuration(config);
    findings.extend(redis(config).await);
    let seal = Seals::of(config)?.to_open();
    findings.extend(database(&url, &seal, clock, arguments).await);
    findings.extend(files::look(config, clock).await);
    findings.extend(mail::look(config, clock).await);
    findings.retain(|finding| !arguments.except.iter().any(|name| name == finding.check));
    let worst = findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok);
    output.print(&Report { worst, findings })?;
    Ok(match worst {
        Level::Ok | Level::Notice => ExitCode::SUCCESS,
        Level::Warning => ExitCode::from(EXIT_WARNING),
        Level::Error => ExitCode::from(EXIT_ERROR),
    })
}

/// The configuration was read already, so every value is one that can be; this is about what is missing.
fn configuration(config: &Config) -> Vec<Finding> {
    let public = match &config.public_url {
        None => Finding::new(
            "config.public_url",
            Level::Notice,
            "public_url is not set",
            "set public_url (TIDINGS_PUBLIC_URL) to the address that people and phones use",
        ),
        Some(url) if !url.is_https() => Finding::new(
            "config.public_url",
            Level::Warning,
            format!("people and phones come by {}, which is not encrypted", url.origin()),
            "put a proxy that speaks TLS in front, and write https:// into public_url",
        ),
        Some(url) => Finding::ok("config.public_url", url.origin()),
    };
    let proxies = if config.public_url.as_ref().is_some_and(crate::config::PublicUrl::is_https)
        && config.http.trusted_proxies == 0
    {
        Finding::new(
            "config.trusted_proxies",
            Level::Warning,
            "people come by TLS, so there is a proxy, and http.trusted_proxies is 0: all share one rate limit",
            "set http.trusted_proxies to the number of proxies in front",
        )
    } else {
        Finding::ok("config.trusted_proxies", format!("{} proxies are trusted", config.http.trusted_proxies))
    };
    vec![public, proxies]
}

async fn redis(config: &Config) -> Option<Finding> {
    const CHECK: &str = "redis";
    let url = config.redis_url.as_deref()?;
    let asked = async {
        let mut connection = Client::open(url)?.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<String>(&mut connection).await
    };
    let why = match timeout(REDIS, asked).await {
        Ok(Ok(_)) => return Some(Finding::ok(CHECK, "answers")),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it does not answer".to_owned(),
    };
    Some(Finding::new(
        CHECK,
        Level::Error,
        format!("Redis is out of reach: {why}"),
        "start it, or take redis_url (REDIS_URL) out; nothing is lost, messages between nodes arrive later",
    ))
}

async fn database(url: &DatabaseUrl, seal: &Seal, clock: &Clock, arguments: &Arguments) -> Vec<Finding> {
    let missing = matches!(url, DatabaseUrl::Sqlite(file) if !file.exists());
    if missing {
        let what = format!("there is no database at {}", tidings_store::archive::database_name(url));
        let fix = "run `tidings init`, or look whether database_url (DATABASE_URL) is right";
        return vec![Finding::new("database", Level::Error, what, fix)];
    }
    let facts = match examine(url).await {
        Ok(facts) => facts,
        Err(error) => return vec![out_of_reach(&error)],
    };
    let mut findings = vec![Finding::ok("database", tidings_store::archive::database_name(url))];
    match url {
        DatabaseUrl::Sqlite(file) => {
            findings.extend(durability::sqlite(&facts.settings));
            findings.extend(folder(file));
        }
        DatabaseUrl::Postgres(_) => {
            findings.extend(durability::postgres(&facts.settings));
            match commit_times(url, durability::FLUSHES).await {
                Ok(taken) => findings.push(durability::flush(taken.unwrap_or_default())),
                Err(error) => findings.push(out_of_reach(&error)),
            }
        }
    }
    findings.push(content::schema(facts.versions));
    if let Some(installation) = &facts.installation {
        findings.extend(content::installation(installation, seal, clock.now()));
        let depth = if arguments.deep { Depth::All } else { Depth::Newest };
        findings.push(if facts.versions.found < facts.versions.known {
            Finding::ok("laws", "not looked at before the database is migrated")
        } else {
            match scan(url, depth, &progress::show()).await {
                Ok(scanned) => content::laws(&scanned, depth),
                Err(error) => out_of_reach(&error),
            }
        });
    }
    findings
}

fn out_of_reach(error: &tidings_store::Error) -> Finding {
    let fix = "see that the database runs, and that database_url (DATABASE_URL) is right";
    Finding::new("database", Level::Error, format!("it cannot be read: {error}"), fix)
}

/// What lies where the file of SQLite lies.
fn folder(file: &Path) -> Vec<Finding> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = |ending: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let mut paths = vec![file.to_owned(), beside("-wal"), beside("-shm")];
    paths.extend(tidings_store::snapshots(&DatabaseUrl::Sqlite(file.to_owned())));
    let bytes: u64 = paths[..2].iter().filter_map(|path| path.metadata().ok()).map(|found| found.len()).sum();
    let unseen = |check, error: std::io::Error| {
        let fix = "run the doctor as the user that the server runs as";
        Finding::new(check, Level::Error, format!("{}: {error}", folder.display()), fix)
    };
    vec![
        place::judge_file_system(place::file_system(folder).as_deref()),
        match place::free(folder) {
            Ok(free) => place::judge_space(free, bytes),
            Err(error) => unseen("disk.space", error),
        },
        match durability::measure(folder) {
            Ok(taken) => durability::flush(taken),
            Err(error) => unseen("disk.flush", error),
        },
        place::modes(&paths),
    ]
}
