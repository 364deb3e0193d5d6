//! Push under faults: thousands of messages to phones of which a quarter meets a service that is busy, out of order,
//! slow, or does not know them; the server is killed in between; another app's service hangs. Then the stand-ins' books
//! are held against what was said and read.

mod fleet;
mod judge;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use tidings_protocol::admin;
use tidings_protocol::id::ConversationId;
use tidings_standins::{Apns, ApnsOptions, Authority, Fcm, FcmOptions};

use self::fleet::{Fleet, Handset, Trouble};
use self::judge::Books;
pub use self::judge::Verdict;
use crate::agent::Agent;
use crate::backend::Backend;
use crate::clock;
use crate::scene::{Database, Scene, set};
use crate::server::Server;

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    /// Phones.
    pub devices: usize,
    /// Messages to them, shared out evenly.
    pub messages: usize,
}

/// Phones that are asked how long a push takes, and messages to each: fewer than make a burst.
const PROBES: (usize, usize) = (50, 4);
/// Messages to the app whose service hangs.
const HANGING: usize = 300;
/// How long everything may take to arrive after the last message was said: leases of what was killed run out within it.
const SETTLE: Duration = Duration::from_secs(400);

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
    /// From the acknowledged reply to the service, milliseconds.
    latency_alone: Latency,
    /// The same while the service of another app does not answer.
    latency_beside_one_that_hangs: Latency,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
struct Latency {
    p50_ms: i64,
    p99_ms: i64,
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

    let mut fleet = Fleet::gather(server.address(), scene.app_id(), amount.devices, "phone").await?;
    let probes = Fleet::gather(server.address(), scene.app_id(), 2 * PROBES.0, "probe").await?;
    let silent = Fleet::gather(server.address(), hanging_app.id, HANGING.div_ceil(4), "silent").await?;
    silent.script(&stand, |_| Trouble::Silence);
    fleet.script(&stand, Trouble::of);

    let (first, second) = probes.handsets.split_at(PROBES.0);
    let latency_alone = measure(&scene, &stand, first).await?;
    let rounds = amount.messages.div_ceil(amount.devices.max(1));
    let mut kills = 0;
    let mut killed_at = Vec::new();
    for round in 0..rounds {
        say_to_all(&scene, &fleet.threads()).await?;
        if round == rounds / 2 {
            fleet.read_some(server.address()).await?;
            killed_at.push(clock::now().unix_ms());
            kill(&mut server).await?;
            kills += 1;
        }
    }
    let mut books = Books::of(&stand, &fleet, rounds, &killed_at);
    let limit = Instant::now() + SETTLE;
    while books.missed() > 0 && Instant::now() < limit {
        tokio::time::sleep(Duration::from_millis(500)).await;
        books = Books::of(&stand, &fleet, rounds, &killed_at);
    }
    for _ in 0..4 {
        say_to_all(&scene, &silent.threads()).await?;
    }
    let latency_beside_one_that_hangs = measure(&scene, &stand, second).await?;
    // A repeat that should not be would come now.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let tokens = tokens(&scene.plan.variables, database, Path::new(&scene.plan.folder))?;
    let given_up = backend.dead_pushes().await?.pushes.len();
    let verdict = Books::of(&stand, &fleet, rounds, &killed_at).judge(&fleet, &tokens, given_up);
    Ok(Outcome {
        database: database.name(),
        devices: fleet.handsets.len(),
        messages: rounds * fleet.handsets.len(),
        troubled: fleet.handsets.iter().filter(|one| one.trouble != Trouble::None).count(),
        kills,
        seconds: begun.elapsed().as_secs_f64(),
        verdict,
        latency_alone,
        latency_beside_one_that_hangs,
    })
}

async fn kill(server: &mut Server) -> anyhow::Result<()> {
    server.kill()?;
    server.start_again().await
}

/// Several agents answer everybody once.
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

/// One message after the other to phones without trouble, each timed.
async fn measure(scene: &Scene, stand: &Stand, phones: &[Handset]) -> anyhow::Result<Latency> {
    let mut agent: Agent = scene.agent().await?;
    let mut taken = Vec::new();
    for _ in 0..PROBES.1 {
        for phone in phones {
            let message = agent.reply(phone.conversation, "How long does this take?").await?;
            taken.push((message.id, clock::now().unix_ms()));
        }
    }
    let limit = Instant::now() + Duration::from_mins(1);
    loop {
        let arrivals = judge::arrivals(stand);
        let times: Vec<_> =
            taken.iter().filter_map(|(id, said)| Some((arrivals.get(id)? - said).max(0))).collect();
        if times.len() == taken.len() {
            return Ok(percentiles(times));
        }
        ensure!(
            Instant::now() < limit,
            "{} of {} probes have not arrived",
            taken.len() - times.len(),
            taken.len()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn percentiles(mut times: Vec<i64>) -> Latency {
    times.sort_unstable();
    let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len() - 1)).copied();
    Latency { p50_ms: at(50).unwrap_or_default(), p99_ms: at(99).unwrap_or_default() }
}

/// The tokens that the database still holds.
fn tokens(variables: &[(String, String)], database: Database, folder: &Path) -> anyhow::Result<Vec<String>> {
    const SQL: &str = "SELECT push_token FROM devices WHERE push_token IS NOT NULL";
    match database {
        Database::Sqlite => {
            let db = rusqlite::Connection::open(folder.join("tidings.db"))?;
            let mut statement = db.prepare(SQL)?;
            let found = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            Ok(found)
        }
        Database::Postgres => {
            let url = variables.iter().find(|(name, _)| name == "DATABASE_URL");
            let url = &url.context("no database")?.1;
            let told = Command::new("psql").args(["--no-psqlrc", "-At", "--command", SQL, url]).output()?;
            ensure!(told.status.success(), "psql: {}", String::from_utf8_lossy(&told.stderr));
            Ok(String::from_utf8(told.stdout)?.lines().map(str::to_owned).collect())
        }
    }
}
