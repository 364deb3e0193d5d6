//! `tidings audit`.

use std::fmt;

use clap::Args;
use serde::Serialize;
use tidings_protocol::audit::{AuditAct, AuditActor, AuditLog};
use tidings_protocol::limits;
use tidings_store::Db;
use tidings_store::audit::AuditFilter;

use super::output::Output;

/// Which lines.
#[derive(Args)]
pub(super) struct Arguments {
    /// Only what was done in this way, such as `agent_created`
    #[arg(long, value_parser = act)]
    act: Option<AuditAct>,
    /// Only what was done to this: an id
    #[arg(long, value_name = "ID")]
    target: Option<String>,
    /// Lines before this number
    #[arg(long, value_name = "NUMBER")]
    before: Option<u32>,
    /// How many
    #[arg(long, default_value_t = limits::PAGE_DEFAULT, value_parser = clap::value_parser!(i64).range(1..=limits::PAGE))]
    limit: i64,
}

fn act(text: &str) -> Result<AuditAct, String> {
    let word = serde_json::Value::String(text.to_owned());
    serde_json::from_value(word).map_err(|error| error.to_string())
}

#[derive(Serialize)]
struct Shown(AuditLog);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.0.entries {
            let actor = match entry.actor {
                AuditActor::ServerKey { id } => id.to_string(),
                AuditActor::Agent { id } => id.to_string(),
                AuditActor::CommandLine => "the command line".to_owned(),
                AuditActor::Server => "the server".to_owned(),
            };
            write!(f, "{:>6}  {}  {actor}: {}", entry.seq, entry.at, word(entry.act))?;
            if let Some(target) = &entry.target {
                write!(f, " {target}")?;
            }
            for (name, value) in &entry.details {
                write!(f, "  {name}={value}")?;
            }
            writeln!(f)?;
        }
        match self.0.next {
            Some(next) => writeln!(f, "There are more: --before {next}"),
            None => Ok(()),
        }
    }
}

fn word(act: AuditAct) -> String {
    serde_json::to_value(act).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(super) async fn audit(db: &Db, arguments: Arguments, output: Output) -> anyhow::Result<()> {
    let workspace = super::workspace(db).await?;
    let before = arguments.before.map(i64::from);
    let filter = AuditFilter { before, act: arguments.act, target: arguments.target };
    output.print(&Shown(db.audit_log(workspace.id, &filter, arguments.limit).await?))
}
