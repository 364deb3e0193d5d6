//! `tidings user export` and `tidings user erase`.

use std::fmt;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{AppId, UserId};
use tidings_protocol::text::ExternalId;
use tidings_store::Db;
use tidings_store::audit::{By, Line, Record};
use tidings_store::erase::BeginErasure;
use tidings_store::export::Person;
use tidings_store::scrub::Depth;

use super::output::{self, Output, Refused};
use super::prove::{self, Proof};
use crate::clock::Clock;
use crate::config::Config;
use crate::files::Files;
use crate::{export, upkeep};

/// Whom, and where to.
#[derive(Args)]
pub(super) struct Export {
    #[command(flatten)]
    user: Whom,
    /// The file to write; it must not be there yet. Standard output when not said
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

#[derive(Args)]
struct Whom {
    /// Their id (`usr_…`), or the one that your own system gave them
    user: String,
    /// The app, when your own ids are not enough to tell its users from another app's
    #[arg(long)]
    app: Option<AppId>,
}

/// Whom, and how thoroughly.
#[derive(Args)]
pub(super) struct Erase {
    #[command(flatten)]
    user: Whom,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Write the files of the database anew, while nobody can read or write. PostgreSQL needs it to lose the bytes at
    /// once; SQLite overwrites them anyway
    #[arg(long)]
    rewrite: bool,
    /// Look for what the person left in the raw bytes of the database and its folder, before and after; exit code 1 when
    /// anything is found after
    #[arg(long)]
    prove: bool,
    /// A file or folder more to look into, such as one of logs or backups; may be given several times
    #[arg(long = "also", value_name = "PATH", requires = "prove")]
    also: Vec<PathBuf>,
}

impl Whom {
    async fn find(&self, db: &Db) -> anyhow::Result<Person> {
        let nobody = || Refused(format!("there is no user {}", self.user));
        let workspace = super::workspace(db).await?;
        let id = match self.user.parse::<UserId>() {
            Ok(id) => id,
            Err(_) => self.by_external_id(db).await?.ok_or_else(nobody)?,
        };
        let person = db.person(id).await?.filter(|person| person.workspace_id == workspace.id);
        Ok(person.ok_or_else(nobody)?)
    }

    async fn by_external_id(&self, db: &Db) -> anyhow::Result<Option<UserId>> {
        let Ok(external_id) = ExternalId::try_from(self.user.as_str()) else { return Ok(None) };
        let apps = db.apps(super::workspace(db).await?.id).await?;
        let mut found = Vec::new();
        for app in apps.iter().filter(|app| self.app.is_none_or(|wanted| wanted == app.id)) {
            found.extend(db.user_by_external_id(app.id, &external_id).await?);
        }
        match found.as_slice() {
            [] => Ok(None),
            [id] => Ok(Some(*id)),
            _ => Err(Refused(format!("several apps have a user {}: say which with --app", self.user)).into()),
        }
    }
}

#[derive(Serialize)]
struct Exported {
    user_id: UserId,
    file: PathBuf,
    bytes: u64,
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Everything about {} is in {} ({} bytes).", self.user_id, self.file.display(), self.bytes)
    }
}

pub(super) async fn export(
    db: &Db,
    clock: &Clock,
    config: &Config,
    asked: Export,
    output: Output,
) -> anyhow::Result<()> {
    let person = asked.user.find(db).await?;
    let user_id = person.user.id;
    let mut target: Box<dyn std::io::Write + Send> = match &asked.to {
        None => Box::new(std::io::stdout()),
        Some(path) => {
            let file = new_private_file(path);
            Box::new(file.with_context(|| format!("cannot write {}", path.display()))?)
        }
    };
    let line = Line::new(person.workspace_id, By::command_line(clock.now()), AuditAct::UserExported);
    db.write(Record(line.target(user_id))).await?;
    let mut pieces = export::start(db.clone(), Files::open(config)?, person, clock.now());
    let mut bytes = 0;
    while let Some(piece) = pieces.recv().await {
        let piece = piece?;
        target.write_all(piece.as_bytes()).context("cannot write the export")?;
        bytes += piece.len() as u64;
    }
    target.flush().context("cannot write the export")?;
    match asked.to {
        Some(file) => output.print(&Exported { user_id, file, bytes }),
        None => Ok(()),
    }
}

/// A file that only its owner reads, and that was not there.
fn new_private_file(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[derive(Serialize)]
struct Erased {
    fingerprint: String,
    rows: u64,
    rewritten: bool,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<Proof>,
}

impl fmt::Display for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Erased: {} rows in {:.1} s. What stays is {}.",
            self.rows, self.seconds, self.fingerprint
        )?;
        self.proof.as_ref().map_or(Ok(()), |proof| proof.fmt(f))
    }
}

pub(super) async fn erase(
    db: &Db,
    clock: &Clock,
    config: &Config,
    asked: Erase,
    output: Output,
) -> anyhow::Result<()> {
    let person = asked.user.find(db).await?;
    let user_id = person.user.id;
    confirm(&person, asked.yes)?;
    let traces =
        if asked.prove { Some(prove::traces(db, &Files::open(config)?, &person).await?) } else { None };
    let places = prove::places(config, &asked.also)?;
    let before = match &traces {
        Some(traces) => prove::look(db, traces, &places).await?,
        None => Vec::new(),
    };
    let started = Instant::now();
    let begin = BeginErasure { user_id, workspace_id: None, by: By::command_line(clock.now()) };
    let fingerprint = db.write(begin).await?;
    let rows = upkeep::erase::to_the_end(db, &Files::open(config)?, clock, user_id, progress(output)).await?;
    if asked.rewrite {
        db.scrub(Depth::Rewrite).await?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let proof = match traces {
        Some(traces) => Some(Proof::new(before, prove::look(db, &traces, &places).await?, &traces)),
        None => None,
    };
    let found = proof.as_ref().is_some_and(|proof| !proof.is_clean());
    output.print(&Erased { fingerprint, rows, rewritten: asked.rewrite, seconds, proof })?;
    if found {
        anyhow::bail!("erased, but traces are left: see above");
    }
    Ok(())
}

/// Says how far it is, once a second, when somebody watches.
fn progress(output: Output) -> impl FnMut(u64) {
    let watched = output == Output::Text && std::io::stderr().is_terminal();
    let mut told = Instant::now();
    move |rows| {
        if watched && told.elapsed() > Duration::from_secs(1) {
            told = Instant::now();
            output::progress(&format!("{rows} rows erased"));
        }
    }
}

/// Asks twice, because nothing brings them back.
fn confirm(person: &Person, yes: bool) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Refused("nobody is there to be asked: say --yes".to_owned()).into());
    }
    let user = &person.user;
    let name = user.name.as_deref().unwrap_or("a user without a name");
    let id = user.external_id.as_deref().map_or_else(|| user.id.to_string(), str::to_owned);
    let question = format!("Erase {name} ({id}) and everything that was said with them? Type `erase`: ");
    let again = format!("There is no way back. Type {id}: ");
    if ask(&question)? == "erase" && ask(&again)? == id {
        return Ok(());
    }
    Err(Refused("nothing was erased".to_owned()).into())
}

fn ask(question: &str) -> anyhow::Result<String> {
    let mut stderr = std::io::stderr();
    stderr.write_all(question.as_bytes())?;
    stderr.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the answer")?;
    Ok(line.trim().to_owned())
}
