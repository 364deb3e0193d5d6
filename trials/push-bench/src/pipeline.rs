//! The whole way of a job: claimed, looked at, rendered, sent, written down, ended.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::json;
use tidings_protocol::app::{Platform, UpdateDevice};
use tidings_protocol::id::{
    AgentId, AppId, ConversationId, DeviceId, JobId, MessageId, TeamId, UserId, WorkspaceId,
};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::message::Parts;
use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_protocol::text::{Name, Text};
use tidings_protocol::time::Timestamp;
use tidings_server::clock::Clock;
use tidings_server::jobs;
use tidings_server::lifecycle::Lifecycle;
use tidings_server::push::Dispatcher;
use tidings_server::push::seal::Seals;
use tidings_store::agents::CreateAgent;
use tidings_store::apps::{CreateApp, CreateTeam, CreateWorkspace};
use tidings_store::audit::By;
use tidings_store::conversations::OpenConversation;
use tidings_store::messages::AppendMessage;
use tidings_store::push_credentials::SetPushCredential;
use tidings_store::users::{Identity, NewDevice, NewSession, SignIn};
use tidings_store::{Actor, Db, Options};
use tidings_trials::load::proc::{Measured, own_cpu_seconds};
use tidings_trials::scene::{self, Database};
use tokio::sync::Notify;

use crate::client::count;
use crate::standin::Standin;

/// Messages to each phone: fewer than make a burst.
const EACH: usize = 4;
/// People who are signed in, or messages that are written, at the same time.
const AT_ONCE: usize = 256;

/// What came of one measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Pipeline {
    pub(crate) database: &'static str,
    pub(crate) jobs: usize,
    pub(crate) a_second: f64,
    /// Microseconds of processor time for each job: of the process that does them, SQLite included.
    pub(crate) cpu_us: f64,
    /// The same of PostgreSQL.
    pub(crate) database_cpu_us: f64,
}

/// Writes jobs, and then measures how they are done.
pub(crate) async fn measure(
    database: Database,
    standin: &Standin,
    folder: &Path,
    jobs: usize,
) -> anyhow::Result<Pipeline> {
    let url = match database {
        Database::Sqlite => format!("sqlite:{}", folder.join("push.db").display()),
        Database::Postgres => scene::create_database()?,
    };
    let wake = Arc::new(Notify::new());
    let woken = wake.clone();
    let options = Options {
        url: url.parse()?,
        epoch_bits: 7,
        on_commit: Arc::new(move |committed| {
            if committed.jobs {
                woken.notify_one();
            }
        }),
        on_fatal: Arc::new(|why| panic!("{why}")),
    };
    let db = Db::open(options).await?;
    let town = Town { db: db.clone(), clock: Clock::system() };
    let people = jobs.div_ceil(EACH);
    town.settle(standin, people).await?;
    let jobs = people * EACH;
    ensure!(db.job_counts().await?.waiting == i64::try_from(jobs)?, "not every message wrote its job");

    let dispatcher = Dispatcher::new(
        &standin.config(),
        Seals::none(),
        db.clone(),
        town.clock.clone(),
        Arc::new(|_| false),
    )?;
    let postgres = std::env::var("TIDINGS_POSTGRES_PID").ok().and_then(|pid| pid.parse().ok());
    let postgres = postgres.filter(|_| database == Database::Postgres).map(|pid| Measured::new(vec![pid]));
    let of_postgres = || postgres.as_ref().map_or(0.0, Measured::cpu_seconds);
    let lifecycle = Lifecycle::new();
    let (begun, own, other) = (Instant::now(), own_cpu_seconds(), of_postgres());
    jobs::spawn(db.clone(), dispatcher, wake, town.clock.clone(), &lifecycle);
    loop {
        let waiting = db.job_counts().await?.waiting;
        if waiting == 0 {
            break;
        }
        ensure!(begun.elapsed() < Duration::from_mins(5), "the jobs do not end");
        // Counting many costs as much as doing some.
        tokio::time::sleep(Duration::from_millis(if waiting > 2000 { 250 } else { 10 })).await;
    }
    let (seconds, own, other) =
        (begun.elapsed().as_secs_f64(), own_cpu_seconds() - own, of_postgres() - other);
    lifecycle.soft().cancel();
    lifecycle.wait().await;
    ensure!(db.job_counts().await?.dead == 0, "jobs were given up");
    db.close().await;
    let each = count(jobs);
    Ok(Pipeline {
        database: database.name(),
        jobs,
        a_second: each / seconds,
        cpu_us: own * 1e6 / each,
        database_cpu_us: other * 1e6 / each,
    })
}

/// A company with an app, and people with phones.
struct Town {
    db: Db,
    clock: Clock,
}

impl Town {
    async fn settle(&self, standin: &Standin, people: usize) -> anyhow::Result<()> {
        let (app_id, agent_id) = self.found(standin).await?;
        let numbers: Vec<usize> = (0..people).collect();
        let mut threads = Vec::with_capacity(people);
        for some in numbers.chunks(AT_ONCE) {
            threads.extend(try_join_all(some.iter().map(|number| self.join(app_id, *number))).await?);
        }
        for _ in 0..EACH {
            for some in threads.chunks(AT_ONCE) {
                try_join_all(some.iter().map(|thread| self.say(agent_id, *thread))).await?;
            }
        }
        Ok(())
    }

    async fn found(&self, standin: &Standin) -> anyhow::Result<(AppId, AgentId)> {
        let by = || By::command_line(self.now());
        let workspace_id = self.id(WorkspaceId::from_parts);
        let name = Name::try_from("Shop")?;
        self.db.write(CreateWorkspace { id: workspace_id, name: name.clone(), by: by() }).await?;
        let team = CreateTeam { id: self.id(TeamId::from_parts), workspace_id, name: name.clone(), by: by() };
        self.db.write(team).await?;
        let app_id = self.id(AppId::from_parts);
        let app = CreateApp {
            id: app_id,
            workspace_id,
            name,
            team_id: None,
            push_privacy: PushPrivacy::Preview,
            by: by(),
        };
        self.db.write(app).await?;
        let agent_id = self.id(AgentId::from_parts);
        let agent = CreateAgent {
            id: agent_id,
            workspace_id,
            name: Name::try_from("Léa")?,
            email: "lea@example.org".parse().context("not an address")?,
            role: AgentRole::Agent,
            password_hash: "none".to_owned(),
            team_ids: None,
            by: by(),
        };
        self.db.write(agent).await?;
        let config = serde_json::to_string(&standin.credential()?)?;
        self.db.write(SetPushCredential { app_id, provider: PushProvider::Apns, config, by: by() }).await?;
        Ok((app_id, agent_id))
    }

    async fn join(&self, app_id: AppId, number: usize) -> anyhow::Result<ConversationId> {
        let (user_id, device_id) = (self.id(UserId::from_parts), self.id(DeviceId::from_parts));
        let external_id = format!("customer-{number}").try_into()?;
        let sign_in = SignIn {
            app_id,
            user_id,
            identity: Identity::Known { external_id, name: None, email: None, key_id: None },
            device: NewDevice {
                id: device_id,
                secret_hash: self.clock.random(),
                platform: Platform::Ios,
                locale: None,
                app_version: None,
            },
            session: NewSession { token_hash: self.clock.random(), expires_at: Timestamp::MAX },
            now: self.now(),
        };
        self.db.write(sign_in).await?;
        let target =
            serde_json::from_value(json!({ "provider": "apns", "token": format!("{number:064x}") }))?;
        let update = UpdateDevice { push: Some(target), locale: None, app_version: None };
        let now = self.now();
        self.db.write(tidings_store::devices::UpdateDevice { device_id, update, now }).await?;
        let id = self.id(ConversationId::from_parts);
        self.db.write(OpenConversation { id, user_id, title: None, now: self.now() }).await?;
        Ok(id)
    }

    async fn say(&self, agent_id: AgentId, conversation_id: ConversationId) -> anyhow::Result<()> {
        let append = AppendMessage {
            id: self.id(MessageId::from_parts),
            conversation_id,
            actor: Actor::Agent { agent_id },
            parts: Parts::text(Text::try_from("Your parcel is on its way and will be there tomorrow.")?),
            quote: None,
            seen_seq: None,
            now: self.now(),
            job_id: self.id(JobId::from_parts),
        };
        self.db.write(append).await?;
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn id<T>(&self, make: fn(u64, [u8; 10]) -> T) -> T {
        make(self.clock.unix_ms(), self.clock.random())
    }
}
