//! Apple's service as a process of its own, so that what it costs is not counted as ours.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tidings_protocol::admin::ApnsCredential;
use tidings_server::push::PushConfig;
use tidings_standins::{Apns, ApnsOptions, Authority};

/// What it says when it has started.
#[derive(Serialize, Deserialize)]
struct Said {
    url: String,
    ca: PathBuf,
    key_id: String,
    team_id: String,
    topic: String,
    private_key_pem: String,
}

/// A running one; it ends with this value.
pub(crate) struct Standin {
    child: Child,
    said: Said,
}

impl Standin {
    /// Starts this program once more, in that role.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("--standin").arg(folder).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let said = serde_json::from_str(&line).context("the stand-in did not start")?;
        Ok(Self { child, said })
    }

    /// How a server finds it.
    pub(crate) fn config(&self) -> PushConfig {
        PushConfig {
            apns_url: self.said.url.clone(),
            apns_sandbox_url: self.said.url.clone(),
            extra_ca: Some(self.said.ca.clone()),
            ..PushConfig::default()
        }
    }

    /// The key that it takes.
    pub(crate) fn credential(&self) -> anyhow::Result<ApnsCredential> {
        let Said { key_id, team_id, topic, private_key_pem, .. } = &self.said;
        let key = json!({
            "key_id": key_id, "team_id": team_id, "topic": topic, "private_key_pem": private_key_pem,
        });
        Ok(serde_json::from_value(key)?)
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Plays the role until somebody ends the process.
pub(crate) async fn play(folder: &Path) -> anyhow::Result<()> {
    let authority = Authority::new()?;
    let apns = Apns::start(&authority, ApnsOptions::default()).await?;
    let ca = folder.join("ca.pem");
    std::fs::write(&ca, authority.pem())?;
    let options = apns.options();
    let said = Said {
        url: apns.url(),
        ca,
        key_id: options.key_id.clone(),
        team_id: options.team_id.clone(),
        topic: options.topics[0].clone(),
        private_key_pem: apns.private_key_pem().to_owned(),
    };
    println!("{}", serde_json::to_string(&said)?);
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        // What it keeps of each push would grow for as long as it runs.
        apns.clear();
    }
}
