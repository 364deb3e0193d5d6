//! A phone for people without one: a terminal program on nothing but the public API of the SDK's core.
//!
//! ```text
//! cargo run -p tidings-sdk-core --example phone -- --app app_…
//! ```
//! With a script instead of a person (`--script FILE`, `--script -`, or a standard input that is no terminal) it reads a command
//! from each line and prints plain text.

mod args;
mod list;
mod model;
mod screen;
mod script;
mod text;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use args::{Args, Input};
use tidings_sdk_core::{Client, Config, Host, Platform, TokenRequest, User, Visibility};

fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(Some(args)) => args,
        Ok(None) => {
            println!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("error: {why}\n\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let client = runtime.block_on(open(args))?;
    let result = match &args.input {
        Input::Script(path) if path != "-" => {
            let text = std::fs::read_to_string(path)?;
            script::run(&runtime, &client, text.lines().map(|line| Ok(line.to_owned())))
        }
        Input::Person if std::io::stdin().is_terminal() => screen::run(&runtime, &client),
        _ => script::run(&runtime, &client, std::io::stdin().lines()),
    };
    runtime.block_on(client.close());
    result
}

async fn open(args: &Args) -> anyhow::Result<Client> {
    let config = Config {
        server_url: args.server.clone(),
        app_id: args.app,
        data_dir: args.data.clone(),
        platform: Platform::Other,
        locale: None,
        app_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        extra_root_certificates_pem: None,
        plain_http: args.plain_http,
        locations: tidings_sdk_core::Locations::Allowed,
        file_cache_bytes: tidings_sdk_core::FILE_CACHE_BYTES,
        context: tidings_sdk_core::ContextOptions {
            os: Some(std::env::consts::OS.to_owned()),
            time_zone: std::env::var("TZ").ok(),
            ..tidings_sdk_core::ContextOptions::default()
        },
    };
    let client = Client::open(config, Host::system()).await?;
    let user = match &args.user {
        None => User::Anonymous,
        Some((key, token)) => {
            let token = token.clone();
            let tokens = move |request: TokenRequest| request.resolve(token.clone());
            User::Identified { key: key.clone(), tokens: Arc::new(tokens) }
        }
    };
    client.sign_in(user).await?;
    client.set_visibility(Visibility::Foreground);
    Ok(client)
}
