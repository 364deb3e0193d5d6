//! Push under faults: thousands of messages to phones of which a quarter meets a service that is busy, out of order,
//! slow, or does not know them; the server is killed in between; another app's service hangs. Then the stand-ins' books
//! are held against what was said and read.

mod books;
mod fleet;
mod judge;
mod latency;

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use tidings_protocol::admin;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_standins::{Apns, ApnsOptions, Authority, Fcm, FcmOptions};
use uuid::Uuid;

use self::books::{History, Kill};
use self::fleet::{Fleet, Trouble};
pub use self::judge::Verdict;
use self::latency::Latency;
use crate::backend::Backend;
use crate::clock;
use crate::scene::{Database, Scene, set};

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    /// Phones.
    pub devices: usize,
    /// Messages to them, shared out evenly.
    pub messages: usize,
}

/// Phones of the app whose service hangs, and messages to each of them in a round.
const SILENT: (usize, usize) = (75, 4);
/// How long everything may take to arrive after the last message was said: what is tried a fifth time has waited for
/// minutes.
const SETTLE: Duration = Duration::from_mins(15);

/// What a run came to.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    database: &'static str,
    devices: usize,
    messages: usize,
    /// Phones with trouble.
    troubled: usize,
    kills: u64,
    seconds: f64,
    /// What must be zero, and what is told besides.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// From the acknowledged reply to the service.
    latency_alone: Latency,
    /// The same while the service of another app does not answer.
    latency_beside_one_that_hangs: Latency,
    /// Pushes that took so long then that they must have waited for the one that hangs.
    pub held_up: usize,
}

impl Outcome {
    /// Whether everything is as it must be.
    pub const fn kept(&self) -> bool {
        self.verdict.kept() && self.held_up == 0
    }
}

struct Stand {
    apns: Apns,
    fcm: Fcm,
}

impl Stand {
    /// Starts the services, and tells the scene's server of them.
    async fn start(scene: &mut Scene) -> anyhow::Result<Self> {
        let authority = Authority::new()?;
        let apns = Apns::start(&authority, ApnsOptions::default()).await?;
        let fcm = Fcm::start(&authority, FcmOptions::default()).await?;
        let ca = scene.folder("standins")?.join("ca.pem");
        std::fs::write(&ca, authority.pem())?;
        for (name, value) in [
            ("TIDINGS_PUSH_APNS_URL", apns.url()),
            ("TIDINGS_PUSH_APNS_SANDBOX_URL", apns.url()),
            ("TIDINGS_PUSH_FCM_URL", fcm.url()),
            ("TIDINGS_PUSH_GOOGLE_TOKEN_URL", fcm.token_uri()),
            ("TIDINGS_PUSH_EXTRA_CA", ca.display().to_string()),
        ] {
            set(&mut scene.plan.variables, name, &value);
        }
        Ok(Self { apns, fcm })
    }
}

/// Runs it.
pub async fn run(database: Database, amount: Amount) -> anyhow::Result<Outcome> {
    let begun = Instant::now();
    let mut scene = Scene::new(database)?;
    let stand = Stand::start(&mut scene).await?;
    let mut server = scene.start().await?;
    let key = scene.installation.server_key.clone();
    let mut backend = Backend::new(server.address(), &key, scene.app_id())?;
    backend.set_push(&stand.apns, &stand.fcm).await?;
    let hanging_app: admin::App = backend.create_app("Hanging").await?;
    Backend::new(server.address(), &key, hanging_app.id)?.set_push(&stand.apns, &stand.fcm).await?;

    let rounds = amount.messages.div_ceil(amount.devices.max(1));
    let mut fleet = Fleet::gather(server.address(), scene.app_id(), amount.devices, "phone").await?;
    let mut probes = Fleet::gather(server.address(), scene.app_id(), 2 * latency::PHONES, "probe").await?;
    let mut silent = Fleet::gather(server.address(), hanging_app.id, SILENT.0, "silent").await?;
    silent.script(&stand, 0, |_| Trouble::Silence);
    fleet.script(&stand, rounds, Trouble::of);

    let (first, second) = probes.handsets.split_at_mut(latency::PHONES);
    let latency_alone = latency::measure(&scene, &stand, first).await?;
    let mut kills = Vec::new();
    for round in 0..rounds {
        // The other app's service hangs all the while.
        say_to_all(&scene, &silent.turn(round)).await?;
        say_to_all(&scene, &fleet.turn(round)).await?;
        // Once while there is much to do, and once when all has been said.
        let all_said = round + 1 == rounds;
        if round == rounds / 2 {
            fleet.read_some(server.address()).await?;
        }
        if round == rounds / 2 || all_said {
            server.kill()?;
            let written = written(&scene, database)?;
            // Not before: what it sent in its last moment must have arrived by then.
            kills.push(Kill { at: clock::now().unix_ms(), written });
            server.start_again().await?;
        }
    }
    settle(&scene, database).await?;
    for round in 0..SILENT.1 {
        say_to_all(&scene, &silent.turn(round)).await?;
    }
    let latency_beside_one_that_hangs = latency::measure(&scene, &stand, second).await?;
    // A repeat that should not be would come now.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let history = History {
        tokens: ask(&scene, database, "SELECT push_token FROM devices WHERE push_token IS NOT NULL")?,
        others: [&probes, &silent]
            .iter()
            .flat_map(|fleet| &fleet.handsets)
            .map(|one| one.token.clone())
            .collect(),
        given_up: backend.dead_pushes().await?.pushes.len(),
        ..History::of(&stand, &fleet, &kills)
    };
    Ok(Outcome {
        database: database.name(),
        devices: fleet.handsets.len(),
        messages: rounds * fleet.handsets.len(),
        troubled: fleet.handsets.iter().filter(|one| one.trouble != Trouble::None).count(),
        kills: kills.len() as u64,
        seconds: begun.elapsed().as_secs_f64(),
        verdict: history.judge(),
        latency_alone,
        latency_beside_one_that_hangs,
        held_up: latency_beside_one_that_hangs.held_up,
    })
}

/// Waits until no job of the fleet's app is left, or until it makes no sense to wait longer: what nobody was told of by
/// then is for the judge.
async fn settle(scene: &Scene, database: Database) -> anyhow::Result<()> {
    let app = scene.app_id().uuid();
    let jobs = match database {
        Database::Sqlite => format!("SELECT hex(id) FROM jobs WHERE hex(app_id) = '{:X}'", app.simple()),
        Database::Postgres => format!("SELECT id FROM jobs WHERE app_id = '{app}'"),
    };
    let limit = Instant::now() + SETTLE;
    while Instant::now() < limit {
        if ask(scene, database, &jobs)?.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

/// The pushes that the ledger says were accepted, as a server that was killed has left it.
fn written(scene: &Scene, database: Database) -> anyhow::Result<HashSet<(String, MessageId)>> {
    let id = match database {
        Database::Sqlite => "lower(hex(p.message_id))",
        Database::Postgres => "CAST(p.message_id AS TEXT)",
    };
    let sql = format!(
        "SELECT d.push_token || ' ' || {id} FROM pushes p JOIN devices d ON d.id = p.device_id
        WHERE p.accepted AND d.push_token IS NOT NULL"
    );
    let parse = |line: String| {
        let (token, id) = line.split_once(' ').context("a token and an id")?;
        Ok((token.to_owned(), MessageId::from(Uuid::parse_str(id)?)))
    };
    ask(scene, database, &sql)?.into_iter().map(parse).collect()
}

/// Several agents answer in each of these threads.
async fn say_to_all(scene: &Scene, threads: &[ConversationId]) -> anyhow::Result<()> {
    const AGENTS: usize = 8;
    let mut agent = scene.agent().await?;
    let mut speaking = tokio::task::JoinSet::new();
    for threads in threads.chunks(threads.len().div_ceil(AGENTS).max(1)) {
        let (mut agent, threads) = (agent.beside(agent.address())?, threads.to_vec());
        speaking.spawn(async move {
            for thread in threads {
                agent.reply(thread, "Your parcel is on its way.").await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(spoken) = speaking.join_next().await {
        spoken??;
    }
    Ok(())
}

/// The one column of a statement's rows, asked of the database itself.
fn ask(scene: &Scene, database: Database, sql: &str) -> anyhow::Result<Vec<String>> {
    match database {
        Database::Sqlite => {
            // Without the right to write: the file stays as the server has left it.
            let file = Path::new(&scene.plan.folder).join("tidings.db");
            let db = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            let mut statement = db.prepare(sql)?;
            let found = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            Ok(found)
        }
        Database::Postgres => {
            let url = scene.plan.variables.iter().find(|(name, _)| name == "DATABASE_URL");
            let url = &url.context("no database")?.1;
            let told = Command::new("psql").args(["--no-psqlrc", "-At", "--command", sql, url]).output()?;
            ensure!(told.status.success(), "psql: {}", String::from_utf8_lossy(&told.stderr));
            Ok(String::from_utf8(told.stdout)?.lines().map(str::to_owned).collect())
        }
    }
}
