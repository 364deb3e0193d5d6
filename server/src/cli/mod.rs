//! The command line: `tidings <noun> <verb>`.
//!
//! Every command prints for people, or one JSON object with `--json`; errors go to standard error. Exit codes:
//! 0 done, 1 failed, 2 the command line or the configuration is wrong, 3 refused because of what is there already or
//! is not there; `doctor` also ends with 4 when it warns and 5 when it found an error. Commands work while a server
//! runs on the same database, except `restore` and `copy`.

mod access;
mod agent_add;
mod app_add;
mod audit;
mod backup;
mod copy;
mod doctor;
mod init;
mod key_rotate;
mod migrate;
mod new;
mod output;
mod progress;
mod prove;
mod push;
mod restore;
mod retention;
mod sandbox;
mod search;
mod serve;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use tidings_store::apps::Workspace;
use tidings_store::{Db, Options};

use self::output::{Output, Refused};
use crate::api::openapi;
use crate::clock::Clock;
use crate::config::Config;
use crate::lifecycle::Ending;

/// Asynchronous in-app messaging that a company hosts itself.
#[derive(Parser)]
#[command(name = "tidings", version, propagate_version = true)]
struct Cli {
    /// The configuration; `tidings.toml` of this folder when not said and there is one
    #[arg(long, global = true, value_name = "FILE", env = "TIDINGS_CONFIG")]
    config: Option<PathBuf>,

    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve,
    /// Set up an empty database: a workspace, a team, an app, keys and the first agent
    Init(init::Arguments),
    /// Agents, who answer
    #[command(subcommand)]
    Agent(AgentCommand),
    /// Users, who write
    #[command(subcommand)]
    User(UserCommand),
    /// Apps, whose users write
    #[command(subcommand)]
    App(AppCommand),
    /// Keys, which open what they are for
    #[command(subcommand)]
    Key(KeyCommand),
    /// Push notifications
    #[command(subcommand)]
    Push(push::Asked),
    /// How long things are kept
    #[command(subcommand)]
    Retention(retention::Asked),
    /// What can be found
    #[command(subcommand)]
    Search(search::Asked),
    /// Print who administered what, the newest first
    Audit(audit::Arguments),
    /// Look for what is wrong with this installation, and say what to do
    Doctor(doctor::Arguments),
    /// Save everything into one file, while the server runs
    Backup(backup::Arguments),
    /// Make a backup the content of the database; stop every server first
    Restore(restore::Arguments),
    /// Copy everything from one database to another, such as from SQLite to PostgreSQL
    Copy(copy::Arguments),
    /// Bring the database to the schema of this program, as every start of the server does
    Migrate(migrate::Arguments),
    /// Print the OpenAPI document
    Openapi,
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Subcommand)]
enum AgentCommand {
    /// Make an agent
    Add(agent_add::Arguments),
    #[command(flatten)]
    Access(access::OfAgent),
}

#[derive(Subcommand)]
enum UserCommand {
    /// Write everything about a user as JSON
    Export(user::Export),
    /// Erase a user and everything that was said with them
    Erase(user::Erase),
    #[command(flatten)]
    Access(access::OfUser),
}

#[derive(Subcommand)]
enum AppCommand {
    /// Make an app with an identity key
    Add(app_add::Arguments),
    #[command(flatten)]
    Access(access::OfApp),
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Make a new key, and revoke what it replaces when asked to
    #[command(subcommand)]
    Rotate(key_rotate::What),
    /// Revoke a key
    #[command(subcommand)]
    Revoke(access::Key),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print every key with its explanation and default
    Example,
}

/// Runs the command that the arguments of the process name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            output::error(json, &error);
            ExitCode::from(if error.is::<Refused>() {
                3
            } else if error.is::<WrongConfig>() {
                2
            } else {
                1
            })
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongConfig(String);

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Openapi => output::text(&openapi::document()?)?,
        Command::Config(ConfigCommand::Example) => output::text(&Config::example())?,
        Command::Push(push::Asked::Sandbox(arguments)) => return sandbox::sandbox(&arguments, cli.json),
        command => {
            let config =
                Config::read(cli.config.as_deref()).map_err(|error| WrongConfig(format!("{error:#}")))?;
            return runtime()?.block_on(run_with(command, config, Output::new(cli.json)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")
}

async fn run_with(command: Command, config: Config, output: Output) -> anyhow::Result<ExitCode> {
    if matches!(command, Command::Serve) {
        return Ok(match serve::serve(config).await? {
            Ending::Orderly => ExitCode::SUCCESS,
            Ending::Failed => ExitCode::FAILURE,
        });
    }
    let clock = Clock::system();
    // These look at a database as it is: it is not migrated, and need not be there.
    let command = match command {
        Command::Doctor(arguments) => return doctor::doctor(&config, &clock, &arguments, output).await,
        Command::Backup(arguments) => return done(backup::backup(&config, &clock, arguments, output).await),
        Command::Restore(arguments) => {
            return done(restore::restore(&config, &clock, arguments, output).await);
        }
        Command::Copy(arguments) => return done(copy::copy(&clock, arguments, output).await),
        Command::Migrate(arguments) => return done(migrate::migrate(&config, arguments, output).await),
        other => other,
    };
    let db = open(&config).await?;
    let outcome = match command {
        Command::Init(arguments) => init::init(&db, &clock, &config, arguments, output).await,
        Command::Agent(AgentCommand::Access(asked)) => {
            access::of_agent(&db, &clock, &config, asked, output).await
        }
        Command::User(UserCommand::Access(asked)) => access::of_user(&db, &clock, asked, output).await,
        Command::App(AppCommand::Access(asked)) => access::of_app(&db, &clock, asked, output).await,
        Command::Key(KeyCommand::Revoke(asked)) => access::of_key(&db, &clock, asked, output).await,
        Command::Agent(AgentCommand::Add(arguments)) => agent_add::add(&db, &clock, arguments, output).await,
        Command::App(AppCommand::Add(arguments)) => app_add::add(&db, &clock, arguments, output).await,
        Command::Key(KeyCommand::Rotate(what)) => key_rotate::rotate(&db, &clock, what, output).await,
        Command::User(UserCommand::Export(asked)) => user::export(&db, &clock, &config, asked, output).await,
        Command::User(UserCommand::Erase(asked)) => user::erase(&db, &clock, &config, asked, output).await,
        Command::Push(asked) => push::push(&db, &clock, &config, asked, output).await,
        Command::Retention(asked) => retention::retention(&db, &clock, asked, output).await,
        Command::Search(asked) => search::search(&db, &clock, asked, output).await,
        Command::Audit(arguments) => audit::audit(&db, arguments, output).await,
        _ => Ok(()),
    };
    db.close().await;
    done(outcome)
}

fn done(outcome: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    outcome.map(|()| ExitCode::SUCCESS)
}

/// The same database that the server uses, whether or not it runs.
async fn open(config: &Config) -> anyhow::Result<Db> {
    let options = Options {
        url: config.database()?,
        epoch_bits: u64::from_be_bytes(Clock::system().random()),
        // A server that runs finds what this process wrote by its sweep.
        on_commit: Arc::new(|_| {}),
        on_fatal: Arc::new(|why| {
            output::error(false, &anyhow::anyhow!("the database failed: {why}"));
            std::process::exit(1);
        }),
    };
    Ok(Db::open(options).await?)
}

/// The workspace of this installation.
async fn workspace(db: &Db) -> anyhow::Result<Workspace> {
    let found = db.workspace().await?;
    found.ok_or_else(|| Refused("nothing is set up yet: run `tidings init` first".to_owned()).into())
}
