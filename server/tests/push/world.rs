//! A company with an app, and people who have phones: in a real database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::json;
use tidings_protocol::Seq;
use tidings_protocol::app::{Platform, UpdateDevice};
use tidings_protocol::id::{AgentId, AppId, ConversationId, DeviceId, JobId, MessageId, UserId, WorkspaceId};
use tidings_protocol::inbox::{AgentRole, Ledger};
use tidings_protocol::message::Parts;
use tidings_protocol::push::{PushPrivacy, PushProvider, PushTarget};
use tidings_protocol::text::{Name, Text};
use tidings_protocol::time::Timestamp;
use tidings_server::clock::{Clock, ManualClock};
use tidings_server::push::PushConfig;
use tidings_server::push::seal::Seals;
use tidings_server::push::{Dispatcher, Outcome, PushJob};
use tidings_store::agents::CreateAgent;
use tidings_store::apps::{CreateApp, CreateTeam, CreateWorkspace};
use tidings_store::audit::By;
use tidings_store::conversations::OpenConversation;
use tidings_store::jobs::{BuryJob, ClaimJobs, DeferJob, FinishJob, Job, JobPayload, RetryJob};
use tidings_store::messages::AppendMessage;
use tidings_store::push_credentials::SetPushCredential;
use tidings_store::receipts::MoveUserReceipt;
use tidings_store::users::{Identity, NewDevice, NewSession, SignIn};
use tidings_store::{Actor, Db, Options};
use tokio::sync::Notify;

use crate::Stand;

pub(crate) struct World {
    pub(crate) stand: Arc<Stand>,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) app_id: AppId,
    pub(crate) agent_id: AgentId,
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) on_screen: Arc<AtomicBool>,
    pub(crate) wake: Arc<Notify>,
    hand: ManualClock,
    standin_clock: tidings_standins::Clock,
    number: AtomicU64,
    _folder: tempfile::TempDir,
}

/// Somebody with one conversation.
#[derive(Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "they are the ids of three other things")]
pub(crate) struct Person {
    pub(crate) user_id: UserId,
    pub(crate) device_id: DeviceId,
    pub(crate) conversation_id: ConversationId,
}

/// A message of the agent.
#[derive(Clone, Copy)]
pub(crate) struct Said {
    pub(crate) id: MessageId,
    pub(crate) seq: Seq,
}

impl World {
    pub(crate) async fn start(push_privacy: PushPrivacy) -> Self {
        Self::start_at(push_privacy, "2026-11-21T09:31:00Z".parse().unwrap()).await
    }

    /// The same at the time of the world outside.
    pub(crate) async fn start_now(push_privacy: PushPrivacy) -> Self {
        Self::start_at(push_privacy, Clock::system().now()).await
    }

    /// The same on PostgreSQL: in a new database of the server that `TIDINGS_TEST_POSTGRES` names.
    pub(crate) async fn start_on_postgres(push_privacy: PushPrivacy) -> Self {
        let start = "2026-11-21T09:31:00Z".parse().unwrap();
        Self::start_with(push_privacy, start, Some(create_database())).await
    }

    async fn start_at(push_privacy: PushPrivacy, start: Timestamp) -> Self {
        Self::start_with(push_privacy, start, None).await
    }

    async fn start_with(push_privacy: PushPrivacy, start: Timestamp, url: Option<String>) -> Self {
        let standin_clock = tidings_standins::Clock::manual(start.unix_ms());
        let (clock, hand) = Clock::manual(start);
        let folder = tempfile::tempdir().unwrap();
        let wake = Arc::new(Notify::new());
        let woken = wake.clone();
        let options = Options {
            url: url.unwrap_or_else(|| sqlite(&folder)).parse().unwrap(),
            epoch_bits: 7,
            on_commit: Arc::new(move |committed| {
                if committed.jobs {
                    woken.notify_one();
                }
            }),
            on_fatal: Arc::new(|why| panic!("{why}")),
        };
        let world = Self {
            stand: Stand::start_at(standin_clock.clone()).await,
            db: Db::open(options).await.unwrap(),
            app_id: AppId::from_parts(1, clock.random()),
            agent_id: AgentId::from_parts(1, clock.random()),
            workspace_id: WorkspaceId::from_parts(1, clock.random()),
            clock,
            on_screen: Arc::default(),
            wake,
            hand,
            standin_clock,
            number: AtomicU64::new(0),
            _folder: folder,
        };
        world.found(push_privacy).await;
        let apns = serde_json::to_string(&world.stand.apns_credential()).unwrap();
        let fcm = serde_json::to_string(&world.stand.fcm_credential()).unwrap();
        world.set_credential(PushProvider::Apns, apns).await;
        world.set_credential(PushProvider::Fcm, fcm).await;
        world
    }

    async fn found(&self, push_privacy: PushPrivacy) {
        let now = self.clock.now();
        let workspace_id = self.workspace_id;
        let name = Name::try_from("Shop").unwrap();
        self.db
            .write(CreateWorkspace { id: workspace_id, name: name.clone(), by: By::command_line(now) })
            .await
            .unwrap();
        let id = tidings_protocol::id::TeamId::from_parts(1, self.clock.random());
        self.db
            .write(CreateTeam { id, workspace_id, name: name.clone(), by: By::command_line(now) })
            .await
            .unwrap();
        let id = self.app_id;
        let app = CreateApp {
            id,
            workspace_id,
            name: name.clone(),
            team_id: None,
            push_privacy,
            by: By::command_line(now),
        };
        self.db.write(app).await.unwrap();
        let agent = CreateAgent {
            id: self.agent_id,
            workspace_id,
            name: Name::try_from("Léa").unwrap(),
            email: "lea@example.org".parse().unwrap(),
            role: AgentRole::Agent,
            password_hash: "none".to_owned(),
            team_ids: None,
            by: By::command_line(now),
        };
        self.db.write(agent).await.unwrap();
    }

    pub(crate) async fn set_credential(&self, provider: PushProvider, config: String) {
        let now = self.clock.now();
        self.db
            .write(SetPushCredential { app_id: self.app_id, provider, config, by: By::command_line(now) })
            .await
            .unwrap();
    }

    /// Somebody signs in on a phone that can be woken.
    pub(crate) async fn person(&self, provider: PushProvider, token: &str) -> Person {
        let user_id = UserId::from_parts(1, self.clock.random());
        let external_id = format!("customer-{}", self.number.fetch_add(1, Ordering::SeqCst));
        let device_id = self.sign_in(user_id, &external_id).await;
        self.register(device_id, provider, token).await;
        let conversation_id = self.open(user_id).await;
        Person { user_id, device_id, conversation_id }
    }

    /// A person signs in on one more device.
    pub(crate) async fn sign_in(&self, user_id: UserId, external_id: &str) -> DeviceId {
        let id = DeviceId::from_parts(1, self.clock.random());
        let external_id = external_id.to_owned().try_into().unwrap();
        let sign_in = SignIn {
            app_id: self.app_id,
            user_id,
            identity: Identity::Known { external_id, name: None, email: None, key_id: None },
            device: NewDevice {
                id,
                secret_hash: self.clock.random(),
                platform: Platform::Ios,
                locale: None,
                app_version: None,
            },
            session: NewSession { token_hash: self.clock.random(), expires_at: Timestamp::MAX },
            now: self.clock.now(),
        };
        self.db.write(sign_in).await.unwrap();
        id
    }

    pub(crate) async fn open(&self, user_id: UserId) -> ConversationId {
        let id = ConversationId::from_parts(1, self.clock.random());
        self.db.write(OpenConversation { id, user_id, title: None, now: self.clock.now() }).await.unwrap();
        id
    }

    pub(crate) async fn register(&self, device_id: DeviceId, provider: PushProvider, token: &str) {
        let target = serde_json::from_value(json!({ "provider": provider, "token": token })).unwrap();
        self.register_target(device_id, target).await;
    }

    pub(crate) async fn register_target(&self, device_id: DeviceId, target: PushTarget) {
        let locale = Some("fr-CH".try_into().unwrap());
        let update = UpdateDevice { push: Some(target), locale, app_version: None };
        let now = self.clock.now();
        self.db.write(tidings_store::devices::UpdateDevice { device_id, update, now }).await.unwrap();
    }

    /// The user reads up to here, on this device.
    pub(crate) async fn read(&self, person: Person, device_id: DeviceId, read_seq: Seq) {
        let Person { user_id, conversation_id, .. } = person;
        let job_id = JobId::from_parts(self.clock.unix_ms(), self.clock.random());
        let (from, now) = (Some((device_id, job_id)), self.clock.now());
        let read = MoveUserReceipt { user_id, conversation_id, delivered_seq: read_seq, read_seq, from, now };
        self.db.write(read).await.unwrap();
    }

    /// A device of the user has stored up to here.
    pub(crate) async fn deliver(&self, person: Person, delivered_seq: Seq) {
        let Person { user_id, conversation_id, .. } = person;
        let now = self.clock.now();
        let stored =
            MoveUserReceipt { user_id, conversation_id, delivered_seq, read_seq: 0, from: None, now };
        self.db.write(stored).await.unwrap();
    }

    /// How many of the user's devices can be woken, and how often the first was struck.
    pub(crate) async fn tokens_of(&self, person: Person, conversation: ConversationId) -> (usize, i64) {
        let context = self.db.push_context(person.user_id, conversation, 1, self.clock.now()).await;
        let devices = context.unwrap().unwrap().devices;
        (devices.len(), devices.first().map_or(0, |device| device.strikes))
    }

    /// Runs everything that is due, again and again, until nothing is, and finishes it as the runner does.
    pub(crate) async fn run_all(&self, dispatcher: &Dispatcher) -> usize {
        let mut ran = 0;
        loop {
            let jobs = self.claim().await;
            if jobs.is_empty() {
                return ran;
            }
            for job in jobs {
                ran += 1;
                let (id, lease) = (job.id, job.lease);
                match dispatcher.work(&job, None).await {
                    Outcome::Done => self.db.write(FinishJob { id, lease }).await.unwrap(),
                    Outcome::Defer { at } => self.db.write(DeferJob { id, lease, run_at: at }).await.unwrap(),
                    Outcome::RetryAt { at, error } => {
                        self.db.write(RetryJob { id, lease, run_at: at, error }).await.unwrap()
                    }
                    Outcome::Bury { error } => {
                        self.db.write(BuryJob { id, lease, error, now: self.clock.now() }).await.unwrap()
                    }
                };
            }
        }
    }

    /// The agent writes.
    pub(crate) async fn say(&self, conversation_id: ConversationId, text: &str) -> Said {
        let id = MessageId::from_parts(self.clock.unix_ms(), self.clock.random());
        let append = AppendMessage {
            id,
            conversation_id,
            actor: Actor::Agent { agent_id: self.agent_id },
            parts: Parts::text(Text::try_from(text).unwrap()),
            quote: None,
            seen_seq: None,
            now: self.clock.now(),
            job_id: JobId::from_parts(self.clock.unix_ms(), self.clock.random()),
        };
        Said { id, seq: self.db.write(append).await.unwrap().value.seq }
    }

    pub(crate) fn dispatcher(&self) -> Dispatcher {
        self.dispatcher_with(Seals::none())
    }

    /// With another configuration.
    pub(crate) fn dispatcher_of(&self, config: &PushConfig) -> Dispatcher {
        let (db, clock) = (self.db.clone(), self.clock.clone());
        Dispatcher::new(config, Seals::none(), db, clock, Arc::new(|_| false)).unwrap()
    }

    pub(crate) fn dispatcher_with(&self, seals: Seals) -> Dispatcher {
        let on_screen = self.on_screen.clone();
        let foreground = Arc::new(move |_| on_screen.load(Ordering::SeqCst));
        let (db, clock) = (self.db.clone(), self.clock.clone());
        Dispatcher::new(&self.stand.config, seals, db, clock, foreground).unwrap()
    }

    pub(crate) async fn claim(&self) -> Vec<Job> {
        let (under_way, now) = (std::collections::HashMap::new(), self.clock.now());
        let claim = ClaimJobs { limit: 10, of_one_app: 10, under_way, lease_ms: 60_000, now };
        self.db.write(claim).await.unwrap()
    }

    /// Claims the one job that is due, and does it; it is not finished.
    pub(crate) async fn run(&self, dispatcher: &Dispatcher) -> Outcome {
        let jobs = self.claim().await;
        let [job] = &jobs[..] else { panic!("expected one job, got {jobs:?}") };
        dispatcher.work(job, None).await
    }

    /// Ends everything that waits, whenever it is due, without doing it.
    pub(crate) async fn forget_jobs(&self) {
        loop {
            let (under_way, now) = (std::collections::HashMap::new(), self.clock.now().plus_ms(1 << 40));
            let claim = ClaimJobs { limit: 100, of_one_app: 100, under_way, lease_ms: 60_000, now };
            let jobs = self.db.write(claim).await.unwrap();
            if jobs.is_empty() {
                return;
            }
            for Job { id, lease, .. } in jobs {
                self.db.write(FinishJob { id, lease }).await.unwrap();
            }
        }
    }

    /// The addresses at which a user can be woken, who has been written to.
    pub(crate) async fn tokens_held(&self, person: Person) -> Vec<String> {
        let now = self.clock.now();
        let known = self.db.push_context(person.user_id, person.conversation_id, 1, now).await.unwrap();
        known.unwrap().devices.iter().map(|device| device.target.token.to_string()).collect()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.hand.advance_ms(seconds * 1000);
        self.standin_clock.set(self.clock.now().unix_ms());
    }

    pub(crate) async fn ledger(&self, person: Person, said: Said) -> Ledger {
        self.db.ledger(self.agent_id, person.conversation_id, said.id).await.unwrap().unwrap()
    }

    pub(crate) async fn tokens(&self, person: Person) -> usize {
        let now = self.clock.now();
        let said = self.db.push_context(person.user_id, person.conversation_id, 1, now).await.unwrap();
        said.unwrap().devices.len()
    }
}

fn sqlite(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}", folder.path().join("push.db").display())
}

fn create_database() -> String {
    let server = std::env::var("TIDINGS_TEST_POSTGRES").expect(
        "TIDINGS_TEST_POSTGRES must hold the address of a PostgreSQL whose user may create databases, such as \
         postgres://postgres@127.0.0.1:5432/postgres",
    );
    let number = u64::from_be_bytes(Clock::system().random());
    let name = format!("push_{number:016x}");
    let sql = format!("CREATE DATABASE {name}");
    let mut psql = std::process::Command::new("psql");
    let status = psql.args(["--no-psqlrc", "--quiet", "--command", &sql, &server]).status().unwrap();
    assert!(status.success(), "{sql}");
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

pub(crate) fn push_job(job: &Job) -> PushJob {
    let (JobPayload::Push { user_id, conversation_id, message_id, seq }
    | JobPayload::Fallback { user_id, conversation_id, message_id, seq }) = job.payload
    else {
        panic!("expected a push, got {job:?}")
    };
    PushJob { user_id, conversation_id, message_id, seq, attempt: job.attempts, created_at: job.created_at }
}
