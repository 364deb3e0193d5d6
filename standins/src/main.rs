//! The sandbox: push services and a mail server on this machine, so that an app can be tried without an account anywhere.
//! It writes what a server needs to use them into a folder, prints the settings, and then a line for all that arrives.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use serde_json::{Value, json};
use tidings_standins::arrivals::{Arrivals, Form};
use tidings_standins::control::{Control, Services};
use tidings_standins::{Apns, ApnsOptions, Authority, Clock, Fcm, FcmOptions, Smtp, SmtpOptions, Web};

/// How often it is looked what has arrived.
const LOOK: Duration = Duration::from_millis(100);

/// Apple's, Google's and browsers' push services and a mail server on this machine, to try an app without any account.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to write `ca.pem`, `apns.p8`, `service-account.json` and `standins.json`; made if it is missing.
    #[arg(default_value = "tidings-sandbox")]
    folder: PathBuf,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
    /// Port of APNs on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    apns_port: u16,
    /// Port of FCM and its token endpoint.
    #[arg(long, default_value_t = 0)]
    fcm_port: u16,
    /// Port of Web Push, and of the receiver of webhooks.
    #[arg(long, default_value_t = 0)]
    web_port: u16,
    /// Port of the mail server.
    #[arg(long, default_value_t = 0)]
    smtp_port: u16,
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
    let summary =
        write(&arguments, &authority, &services, &control).context("cannot write into the folder")?;
    if arguments.json {
        say(&json!({ "ready": summary }).to_string())?;
    } else {
        say(&settings(&arguments, &summary))?;
    }
    let form = if arguments.json { Form::Json } else { Form::Text };
    tokio::select! {
        told = tell(&services, form) => told,
        stopped = stopped() => stopped,
    }
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
    let smtp = SmtpOptions { port: arguments.smtp_port, ..SmtpOptions::default() };
    Ok(Services {
        apns: Apns::start(authority, apns).await?,
        fcm: Fcm::start(authority, fcm).await?,
        web: Web::start(authority, arguments.web_port, Clock::system()).await?,
        smtp: Smtp::start(authority, smtp).await?,
    })
}

/// `standins.json` comes last: who waits for it finds everything else.
fn write(
    arguments: &Arguments,
    authority: &Authority,
    services: &Services,
    control: &Control,
) -> anyhow::Result<Value> {
    let folder = std::path::absolute(&arguments.folder)?;
    std::fs::create_dir_all(&folder)?;
    let ca = folder.join("ca.pem");
    std::fs::write(&ca, authority.pem())?;
    std::fs::write(folder.join("apns.p8"), services.apns.private_key_pem())?;
    let account = serde_json::to_string_pretty(&services.fcm.service_account())?;
    std::fs::write(folder.join("service-account.json"), account)?;
    let summary = json!({
        "apns": services.apns.url(),
        "fcm": services.fcm.url(),
        "google_token_uri": services.fcm.token_uri(),
        "web_push": services.web.url(),
        "webhook": services.web.hook_url(),
        "smtp_port": services.smtp.port(),
        "control": control.url(),
        "ca_pem_file": ca,
        "folder": folder,
        "key_id": arguments.key_id,
        "team_id": arguments.team_id,
        "topic": arguments.topic,
    });
    replace(&folder.join("standins.json"), &serde_json::to_string_pretty(&summary)?)?;
    Ok(summary)
}

/// What to tell the server, ready to be copied.
fn settings(arguments: &Arguments, summary: &Value) -> String {
    let of = |key: &str| summary[key].as_str().unwrap_or_default().to_owned();
    let Arguments { key_id, team_id, topic, .. } = arguments;
    let (apns, fcm, token, ca) = (of("apns"), of("fcm"), of("google_token_uri"), of("ca_pem_file"));
    let (folder, control, hook, smtp) = (of("folder"), of("control"), of("webhook"), &summary["smtp_port"]);
    format!(
        r#"# Start the server with
export TIDINGS_PUSH_APNS_URL={apns} TIDINGS_PUSH_APNS_SANDBOX_URL={apns}
export TIDINGS_PUSH_FCM_URL={fcm} TIDINGS_PUSH_GOOGLE_TOKEN_URL={token}
export TIDINGS_PUSH_EXTRA_CA='{ca}' TIDINGS_PUSH_INSIDE=true
export TIDINGS_MAIL_HOST=localhost TIDINGS_MAIL_PORT={smtp} TIDINGS_MAIL_EXTRA_CA='{ca}' TIDINGS_MAIL_FROM=sandbox@example.com

# and put the keys (with $TIDINGS, $APP and $SERVER_KEY of `tidings init`)
curl -X PUT "$TIDINGS/admin/v1/apps/$APP/push/apns" -H "Authorization: Bearer $SERVER_KEY" -H 'Content-Type: application/json' \
  --data "$(jq -n --rawfile key '{folder}/apns.p8' '{{key_id: "{key_id}", team_id: "{team_id}", topic: "{topic}", private_key_pem: $key}}')"
curl -X PUT "$TIDINGS/admin/v1/apps/$APP/push/fcm" -H "Authorization: Bearer $SERVER_KEY" -H 'Content-Type: application/json' \
  --data "$(jq -n --slurpfile account '{folder}/service-account.json' '{{service_account: $account[0]}}')"
curl -X PUT "$TIDINGS/admin/v1/apps/$APP/push/web" -H "Authorization: Bearer $SERVER_KEY" -H 'Content-Type: application/json' \
  --data '{{"contact": "mailto:sandbox@example.com"}}'

# A device's token is 64 hexadecimal digits for APNs and any text for FCM; a browser's subscription is made with the answer's
# public_key by: curl {control}/subscribe --data '{{"application_key": "…"}}'
# Webhooks: {hook}, after curl {control}/hook_secret --data '{{"secret": "whsec_…"}}'
# What to answer next: curl {control}/reply --data '{{"service": "apns", "token": "…", "status": 410, "reason": "Unregistered"}}'

# What arrives:"#
    )
}

async fn tell(services: &Services, form: Form) -> anyhow::Result<()> {
    let mut arrivals = Arrivals::default();
    let mut look = tokio::time::interval(LOOK);
    loop {
        look.tick().await;
        for line in arrivals.next(services, form) {
            say(&line)?;
        }
    }
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
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
