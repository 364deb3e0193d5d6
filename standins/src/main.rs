//! The stand-ins as a program. It writes what a server needs to use them into a folder, prints where they listen,
//! and runs until it is interrupted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser;
use serde_json::json;
use tidings_standins::control::{Control, Services};
use tidings_standins::{Apns, ApnsOptions, Authority, Fcm, FcmOptions};

/// Apple's and Google's push services on loopback, for tests, demos and app developers.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to write `ca.pem`, `apns.p8`, `service-account.json` and `standins.json`; made if it is missing.
    folder: PathBuf,
    /// Port of APNs on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    apns_port: u16,
    /// Port of FCM and its token endpoint.
    #[arg(long, default_value_t = 0)]
    fcm_port: u16,
    /// Port of the control API.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// The app's bundle id.
    #[arg(long, default_value = "com.example.app")]
    topic: String,
    /// The id of the APNs key.
    #[arg(long, default_value = "KEY1234567")]
    key_id: String,
    /// The id of the team that the APNs key belongs to.
    #[arg(long, default_value = "TEAM123456")]
    team_id: String,
    /// The Firebase project.
    #[arg(long, default_value = "example-app")]
    project_id: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let authority = Authority::new()?;
    let services = Arc::new(start(&authority, &arguments).await?);
    let control = Control::start(services.clone(), arguments.control_port).await?;
    write(&arguments, &authority, &services, &control).context("cannot write into the folder")?;
    println!("APNs     {}", services.apns.url());
    println!("FCM      {}", services.fcm.url());
    println!("control  {}", control.url());
    println!("ready; the files for the server are in {}", arguments.folder.display());
    stopped().await
}

async fn start(authority: &Authority, arguments: &Arguments) -> anyhow::Result<Services> {
    let apns = ApnsOptions {
        key_id: arguments.key_id.clone(),
        team_id: arguments.team_id.clone(),
        topics: vec![arguments.topic.clone()],
        port: arguments.apns_port,
        ..ApnsOptions::default()
    };
    let fcm = FcmOptions {
        project_id: arguments.project_id.clone(),
        port: arguments.fcm_port,
        client_email: format!("push@{}.iam.gserviceaccount.com", arguments.project_id),
        ..FcmOptions::default()
    };
    Ok(Services { apns: Apns::start(authority, apns).await?, fcm: Fcm::start(authority, fcm).await? })
}

/// `standins.json` comes last: who waits for it finds everything else.
fn write(
    arguments: &Arguments,
    authority: &Authority,
    services: &Services,
    control: &Control,
) -> anyhow::Result<()> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder)?;
    let ca = folder.join("ca.pem");
    std::fs::write(&ca, authority.pem())?;
    std::fs::write(folder.join("apns.p8"), services.apns.private_key_pem())?;
    let account = serde_json::to_string_pretty(&services.fcm.service_account())?;
    std::fs::write(folder.join("service-account.json"), account)?;
    let summary = json!({
        "apns": services.apns.url(),
        "fcm": services.fcm.url(),
        "google_token_uri": services.fcm.token_uri(),
        "control": control.url(),
        "ca_pem_file": ca,
        "key_id": arguments.key_id,
        "team_id": arguments.team_id,
        "topic": arguments.topic,
    });
    replace(&folder.join("standins.json"), &serde_json::to_string_pretty(&summary)?)
}

/// Puts a file in its place whole, so that nobody reads half of it.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)?;
    Ok(())
}

async fn stopped() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
