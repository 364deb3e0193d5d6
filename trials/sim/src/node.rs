//! A node of the server: the real one, on a simulated network, a SQLite file that all nodes share, and a time of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tidings_protocol::id::{AgentId, AppId, IdentityKeyId, ServerKeyId, TeamId, WorkspaceId};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::push::PushPrivacy;
use tidings_protocol::time::Timestamp;
use tidings_server::bus::given::Exchange;
use tidings_server::clock::Clock;
use tidings_server::config::Config;
use tidings_server::lifecycle::Lifecycle;
use tidings_server::{Ground, listen};
use tidings_store::agents::{CreateAgent, StartAgentSession};
use tidings_store::apps::{CreateApp, CreateTeam, CreateWorkspace};
use tidings_store::archive::BeginAnew;
use tidings_store::audit::By;
use tidings_store::keys::{AddIdentityKeys, AddServerKey, IdentityAlgorithm, NewIdentityKey};
use tidings_store::set_up::SetUp;
use tidings_store::{BatchFault, Db, Faults};
use tokio::sync::Notify;

use crate::clock::{Senses, Skew, true_ms};
use crate::exchange::ToExchange;
use crate::judge;
use crate::net::Door;
use crate::world::World;

/// With which the app's backend vouches for its users.
pub(crate) const SECRET: [u8; 32] = [7; 32];

pub(crate) fn app_id() -> AppId {
    AppId::from_parts(1, [1; 10])
}

pub(crate) fn team_id() -> TeamId {
    TeamId::from_parts(1, [1; 10])
}

fn workspace_id() -> WorkspaceId {
    WorkspaceId::from_parts(1, [1; 10])
}

/// What outlives a crash of a node, and what faults reach it by.
#[derive(Default)]
pub(crate) struct Node {
    pub(crate) skew: Skew,
    pub(crate) disk: Arc<Mutex<Disk>>,
    pub(crate) life: Mutex<Lifecycle>,
    lives: AtomicU64,
}

/// What the disk of a node does to the next commits.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) full: bool,
    pub(crate) lost_before: u32,
    pub(crate) lost_after: u32,
}

impl Disk {
    fn next(&mut self) -> Option<BatchFault> {
        if self.full {
            return Some(BatchFault::Full);
        }
        if self.lost_before > 0 {
            self.lost_before -= 1;
            return Some(BatchFault::LostBeforeCommit);
        }
        if self.lost_after > 0 {
            self.lost_after -= 1;
            return Some(BatchFault::LostAfterCommit);
        }
        None
    }
}

pub(crate) fn agent_id(number: usize) -> AgentId {
    AgentId::from_parts(2, [u8::try_from(number).unwrap_or_default() + 1; 10])
}

/// The secret of an agent's session.
pub(crate) fn agent_token(number: usize) -> String {
    format!("{number:043}")
}

/// One life of a node.
pub(crate) async fn run(world: Arc<World>, number: usize) -> turmoil::Result {
    let node = &world.nodes[number];
    let life = node.lives.fetch_add(1, Ordering::Relaxed);
    let lifecycle = Lifecycle::new();
    *node.life.lock().unwrap_or_else(PoisonError::into_inner) = lifecycle.clone();
    let senses = Senses::new(world.plan.seed, &format!("node {number}"), life, &node.skew);
    let disk = Arc::clone(&node.disk);
    let faults: Faults = Arc::new(move || disk.lock().unwrap_or_else(PoisonError::into_inner).next());
    let exchange = (world.nodes.len() > 1).then(|| Arc::new(ToExchange) as Arc<dyn Exchange>);
    let ground = Ground { clock: Clock::given(Arc::new(senses)), in_place: Some(faults), exchange };
    let mut config = Config::defaults()?;
    begin_anew(&world, number).await?;
    config.database_url = world.database_url();
    config.rates.enabled = false;
    let wake = Arc::new(Notify::new());
    let app = tidings_server::assemble(config, ground, lifecycle.clone(), &wake).await?;
    if app.db.workspace().await?.is_none() {
        set_up(&app.db, world.plan.agents).await?;
    }
    tidings_server::start(&app, wake)?;
    let router = tidings_server::router(app.clone());
    listen::serve(Door::open().await?, router, &app.config.http, &lifecycle).await;
    lifecycle.wait().await;
    app.db.clone().close().await;
    Ok(())
}

/// After a restore, the first node begins another history, and the agents sign in again; the others wait for it.
async fn begin_anew(world: &World, number: usize) -> anyhow::Result<()> {
    while world.begins_anew.load(Ordering::Relaxed) {
        if number == 0 {
            let db = judge::open(world).await?;
            db.write(BeginAnew { epoch_bits: world.epoch_bits() }).await?;
            sign_agents_in(&db, world.plan.agents, Timestamp::from_unix_ms(true_ms())).await?;
            db.close().await;
            world.begins_anew.store(false, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn sign_agents_in(db: &Db, agents: usize, now: Timestamp) -> anyhow::Result<()> {
    for number in 0..agents {
        let token_hash = tidings_server::auth::token_hash(&agent_token(number));
        let expires_at = now.plus_ms(365 * 24 * 60 * 60 * 1_000);
        db.write(StartAgentSession { agent_id: agent_id(number), token_hash, expires_at, now }).await?;
    }
    Ok(())
}

async fn set_up(db: &Db, agents: usize) -> anyhow::Result<()> {
    let now = Timestamp::from_unix_ms(true_ms());
    let by = By::command_line(now);
    let key = NewIdentityKey {
        id: IdentityKeyId::from_parts(1, [1; 10]),
        algorithm: IdentityAlgorithm::Hs256,
        kid: None,
        material: SECRET.to_vec(),
    };
    let first = SetUp {
        workspace: CreateWorkspace { id: workspace_id(), name: "Acme".to_owned().try_into()?, by },
        team: CreateTeam {
            id: team_id(),
            workspace_id: workspace_id(),
            name: "Support".to_owned().try_into()?,
            by,
        },
        app: CreateApp {
            id: app_id(),
            workspace_id: workspace_id(),
            name: "App".to_owned().try_into()?,
            team_id: None,
            push_privacy: PushPrivacy::default(),
            by,
        },
        identity_keys: AddIdentityKeys { app_id: app_id(), keys: vec![key], by },
        server_key: AddServerKey {
            id: ServerKeyId::from_parts(1, [1; 10]),
            workspace_id: workspace_id(),
            label: "simulation".to_owned(),
            secret_hash: [9; 32],
            by,
        },
        agent: agent(0, now)?,
    };
    db.write(first).await?;
    for number in 1..agents {
        db.write(agent(number, now)?).await?;
    }
    sign_agents_in(db, agents, now).await
}

fn agent(number: usize, now: Timestamp) -> anyhow::Result<CreateAgent> {
    Ok(CreateAgent {
        id: agent_id(number),
        workspace_id: workspace_id(),
        name: format!("Agent {number}").try_into()?,
        email: format!("a{number}@example.org").try_into()?,
        role: AgentRole::Agent,
        password_hash: String::new(),
        team_ids: None,
        by: By::command_line(now),
    })
}
