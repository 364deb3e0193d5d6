//! The demo: `cargo xtask demo` builds and starts it.
//!
//! `tour demo` runs Tidings with people in it until Ctrl-C; `tour check` starts an empty one, sends a message each
//! way, and says `demo ok`.

use std::io::{IsTerminal as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::json;
use tidings_protocol::push::{PushEnvironment, PushProvider, PushTarget};
use tidings_sdk_core::{Platform, SendState, Visibility};
use tidings_standins::{Apns, ApnsOptions, Authority, Fcm, FcmOptions};
use tidings_trials::agent::Agent;
use tidings_trials::backend::Backend;
use tidings_trials::furnish::{self, Installation, PASSWORD};
use tidings_trials::handset::{Handset, wait_sent, wait_shown};
use tidings_trials::history::text_of;
use tidings_trials::server::{Plan, Server};
use tidings_trials::{scene, seed};
use tokio::signal::unix::{SignalKind, signal};

/// The demo's address, when nobody else has it: people bookmark it.
const PORT: u16 = 8477;
const COLLEAGUE: (&str, &str) = ("Louis", "louis@example.com");

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["demo", "--folder", folder] => demo(Path::new(folder)).await,
        ["check", "--folder", folder] => check(Path::new(folder)).await,
        _ => bail!("usage: tour demo|check --folder FOLDER"),
    }
}

/// A running installation with stand-ins for Apple's and Google's push services.
struct Running {
    server: Server,
    installation: Installation,
    backend: Backend,
    apns: Apns,
    fcm: Fcm,
}

async fn start(folder: &Path) -> anyhow::Result<Running> {
    // Each demo begins anew: what is in it is written by this program.
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot clear {}", folder.display()));
        }
        _ => std::fs::create_dir_all(folder)?,
    }
    let folder = folder.canonicalize()?;
    let authority = Authority::new()?;
    let apns = Apns::start(&authority, ApnsOptions::default()).await?;
    let fcm = Fcm::start(&authority, FcmOptions::default()).await?;
    let ca = folder.join("stand-ins.pem");
    std::fs::write(&ca, authority.pem())?;

    let mut plan = scene::plan(&folder, &format!("sqlite:{}", folder.join("tidings.db").display()))?;
    listen_on_the_usual_port(&mut plan);
    for (name, value) in [
        ("TIDINGS_LOG", "info".to_owned()),
        ("TIDINGS_PUSH_APNS_URL", apns.url()),
        ("TIDINGS_PUSH_APNS_SANDBOX_URL", apns.url()),
        ("TIDINGS_PUSH_FCM_URL", fcm.url()),
        ("TIDINGS_PUSH_GOOGLE_TOKEN_URL", fcm.token_uri()),
        ("TIDINGS_PUSH_EXTRA_CA", ca.display().to_string()),
    ] {
        scene::set(&mut plan.variables, name, &value);
    }
    let installation = furnish::install(&plan)?;
    let server = Server::start(plan).await?;
    let mut backend = Backend::new(server.address(), &installation.server_key, installation.app_id)?;
    backend.set_push(&apns, &fcm).await?;
    Ok(Running { server, installation, backend, apns, fcm })
}

fn listen_on_the_usual_port(plan: &mut Plan) {
    let address = SocketAddr::from(([127, 0, 0, 1], PORT));
    if TcpListener::bind(address).is_ok() {
        plan.address = address;
        scene::set(&mut plan.variables, "TIDINGS_LISTEN", &address.to_string());
    }
}

async fn demo(folder: &Path) -> anyhow::Result<()> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut running = start(folder).await?;
    let Installation { app_id, email, .. } = running.installation.clone();
    let address = running.server.address();
    running.backend.create_agent(COLLEAGUE.0, COLLEAGUE.1, PASSWORD).await?;
    let identity = running.backend.identity().await?;
    let mut agents = [
        Agent::sign_in(address, &email, PASSWORD).await?,
        Agent::sign_in(address, COLLEAGUE.1, PASSWORD).await?,
    ];
    seed::people(address, app_id, &identity, &mut agents, progress).await?;

    // localhost, because browsers keep secure cookies for it without TLS.
    let url = format!("http://localhost:{}", address.port());
    let file =
        json!({ "server": running.server.url(), "app_id": app_id, "email": email, "password": PASSWORD });
    std::fs::write(folder.join("demo.json"), serde_json::to_vec_pretty(&file)?)?;
    println!(
        "\nTidings is running.\n\n  \
         the agents' inbox   {url}\n  \
         sign in as          {email} or {}\n  \
         password            {PASSWORD}\n  \
         a phone             cargo xtask phone      (in another terminal)\n  \
         logs and database   {}\n\n\
         Ctrl-C ends it.",
        COLLEAGUE.1,
        folder.display()
    );
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    println!("stopping");
    std::fs::remove_file(folder.join("demo.json"))?;
    running.server.stop().await?;
    Ok(())
}

fn progress(done: usize, all: usize) {
    if std::io::stdout().is_terminal() {
        print!("\rfurnishing: {done} of {all} people");
        // The next line follows anyway.
        let _ = std::io::stdout().flush();
    } else if done == all {
        println!("furnished with {all} people");
    }
}

/// One message each way, and a push to the phone once it sleeps.
async fn check(folder: &Path) -> anyhow::Result<()> {
    const SOON: Duration = Duration::from_secs(20);
    let started = Instant::now();
    let mut running = start(folder).await?;
    let identity = running.backend.identity().await?;
    let Installation { app_id, email, .. } = running.installation.clone();
    let mut agent = Agent::sign_in(running.server.address(), &email, PASSWORD).await?;

    let phone_folder: PathBuf = folder.join("phone");
    std::fs::create_dir_all(&phone_folder)?;
    let handset =
        Handset { server_url: running.server.url(), app_id, folder: phone_folder, platform: Platform::Ios };
    let phone = handset.open_as(&identity, "check-1", "Mia").await?;
    let token = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned().try_into()?;
    let environment = PushEnvironment::Production;
    phone
        .set_push_target(Some(PushTarget { provider: PushProvider::Apns, token, environment, keys: None }))
        .await?;
    let thread = phone.start_conversation(Some("The tour".to_owned())).await?;
    let question = thread.send_text("Does this work?").await?;
    wait_sent(&thread, question, SendState::Sent, SOON).await.context("from the phone to the server")?;
    let seen = agent.thread(thread.id()).await?;
    ensure!(seen.messages.iter().map(text_of).eq(["Does this work?"]), "the agent sees {:?}", seen.messages);
    println!("from the phone to the inbox: ok");

    let answer = agent.reply(thread.id(), "It does.").await?;
    let shown = wait_shown(&thread, answer.id, SOON).await.context("from the inbox to the phone")?;
    ensure!(shown.text() == "It does.", "the phone shows {:?}", shown.text());
    thread.mark_read().await?;
    println!("from the inbox to the phone: ok");

    phone.set_visibility(Visibility::Background);
    let asleep = tidings_sdk_core::SyncState::Suspended;
    tidings_trials::handset::wait_state(&phone, asleep, SOON).await?;
    tokio::time::sleep(Duration::from_millis(100)).await;
    agent.reply(thread.id(), "Sleep well.").await?;
    let pushes = running.apns.wait_for(1).await;
    ensure!(pushes.len() == 1 && running.fcm.received().is_empty(), "other pushes than expected: {pushes:?}");
    println!("a push to the sleeping phone: ok");

    phone.close().await;
    let status = running.server.stop().await?;
    ensure!(status.success(), "the server ended with {status}");
    println!("demo ok in {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}
