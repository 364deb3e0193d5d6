//! A fresh store for one test, with a clock and ids that repeat themselves, and a small company in it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tidings_protocol::app::Platform;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::id::{
    AgentId, AppId, ConversationId, DeviceId, MessageId, NoteId, TeamId, UserId, WorkspaceId,
};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::message::{Message, Parts};
use tidings_protocol::push::PushPrivacy;
use tidings_protocol::time::Timestamp;
use tidings_store::agents::CreateAgent;
use tidings_store::apps::{CreateApp, CreateTeam, CreateWorkspace};
use tidings_store::audit::By;
use tidings_store::conversations::OpenConversation;
use tidings_store::messages::AppendMessage;
use tidings_store::notes::AppendNote;
use tidings_store::users::{Identity, NewDevice, NewSession, SignIn, UserRow};
use tidings_store::{Actor, Committed, Created, DatabaseUrl, Db, Options, Result};
use uuid::Uuid;

/// Expands each test into `sqlite::name` and `postgres::name`.
macro_rules! both {
    ($($(#[doc = $doc:literal])* async fn $name:ident($trial:ident) $body:block)*) => {
        mod bodies {
            use super::*;
            $($(#[doc = $doc])* pub(super) async fn $name($trial: &crate::trial::Trial) $body)*
        }

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let trial = crate::trial::Trial::sqlite().await;
                super::bodies::$name(&trial).await;
                trial.end().await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let trial = crate::trial::Trial::postgres().await;
                super::bodies::$name(&trial).await;
                trial.end().await;
            })*
        }
    };
}

/// Where a test's database is.
enum Place {
    Folder(TempDir),
    Schema {
        server: String,
        name: String,
    },
    /// Of another trial.
    Another,
}

/// A fresh store and a clock.
pub(crate) struct Trial {
    pub(crate) db: Db,
    pub(crate) url: DatabaseUrl,
    place: Place,
    ids: AtomicU64,
    clock: AtomicI64,
    pub(crate) commits: Arc<Mutex<Vec<Committed>>>,
    pub(crate) fatal: Arc<Mutex<Vec<String>>>,
}

/// The epoch of every test.
pub(crate) const EPOCH_BITS: u64 = 0x9f3a_1c0b_7d2e_4f60;
/// When every test begins.
const START: i64 = 1_795_253_400_000;

impl Trial {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("made/when/missing/tidings.db"));
        Self::open(url, Place::Folder(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        let server = std::env::var("TIDINGS_TEST_POSTGRES").expect(
            "TIDINGS_TEST_POSTGRES must hold the address of a PostgreSQL server, such as \
             postgres://postgres@127.0.0.1:5432/postgres",
        );
        let name = format!("test_{:032x}", rand::random::<u128>());
        let mut admin =
            PgConnection::connect(&server).await.expect("the PostgreSQL of TIDINGS_TEST_POSTGRES");
        run(&mut admin, format!("CREATE SCHEMA {name}")).await;
        let mark = if server.contains('?') { '&' } else { '?' };
        let url = DatabaseUrl::Postgres(format!(
            "{server}{mark}options[search_path]={name}&application_name={name}"
        ));
        Self::open(url, Place::Schema { server, name }).await
    }

    async fn open(url: DatabaseUrl, place: Place) -> Self {
        let commits = Arc::default();
        let fatal = Arc::default();
        let db = Db::open(options(&url, EPOCH_BITS, &commits, &fatal)).await.expect("the store opens");
        Self { db, url, place, ids: AtomicU64::new(0), clock: AtomicI64::new(START), commits, fatal }
    }

    /// Opens the same database once more, as another process would.
    pub(crate) async fn another(&self, epoch_bits: u64) -> Result<Db> {
        Db::open(options(&self.url, epoch_bits, &Arc::default(), &Arc::default())).await
    }

    /// The same database at an address that says more.
    pub(crate) async fn another_at(&self, url: DatabaseUrl) -> Result<Db> {
        Db::open(options(&url, 1, &Arc::default(), &Arc::default())).await
    }

    /// Closes the store, as a server does that stops; the database stays.
    pub(crate) async fn shut(self) -> Self {
        self.db.clone().close().await;
        self
    }

    /// Opens the store again after [`Trial::shut`].
    pub(crate) async fn reopen(self) -> Self {
        let db = Db::open(options(&self.url, 2, &self.commits, &self.fatal)).await.expect("the store opens");
        Self { db, ..self }
    }

    /// A trial with a store of its own on the same place, opened now; whoever made the place clears it.
    pub(crate) async fn fresh(&self) -> Self {
        Self::open(self.url.clone(), Place::Another).await
    }

    /// Takes everything out of the place, as if nobody had ever opened it.
    pub(crate) async fn start_over(&self) {
        match (&self.url, &self.place) {
            (DatabaseUrl::Sqlite(file), _) => std::fs::remove_file(file).expect("the file goes"),
            (DatabaseUrl::Postgres(_), Place::Schema { server, name }) => {
                let mut admin = PgConnection::connect(server).await.expect("PostgreSQL");
                run(&mut admin, format!("DROP SCHEMA {name} CASCADE; CREATE SCHEMA {name}")).await;
            }
            (DatabaseUrl::Postgres(_), _) => panic!("whoever made the schema starts over"),
        }
    }

    /// Runs SQL that no command offers.
    pub(crate) async fn sql(&self, sql: &'static str) {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let file = SqliteConnectOptions::new().filename(path).create_if_missing(true);
                let mut c = SqliteConnection::connect_with(&file).await.expect("a connection");
                sqlx::raw_sql(sql).execute(&mut c).await.expect(sql);
                c.close().await.expect("closes");
            }
            DatabaseUrl::Postgres(url) => {
                let mut c = PgConnection::connect(url).await.expect("a connection");
                sqlx::raw_sql(sql).execute(&mut c).await.expect(sql);
            }
        }
    }

    /// One number, by SQL that no query offers.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let mut c =
                    SqliteConnection::connect(path.to_str().expect("UTF-8")).await.expect("a connection");
                sqlx::query_scalar(sql).fetch_one(&mut c).await.expect(sql)
            }
            DatabaseUrl::Postgres(url) => {
                let mut c = PgConnection::connect(url).await.expect("a connection");
                sqlx::query_scalar(sql).fetch_one(&mut c).await.expect(sql)
            }
        }
    }

    /// The bytes of every table and index of this test's schema, as PostgreSQL keeps them.
    pub(crate) async fn relation_bytes(&self) -> Vec<u8> {
        const SQL: &str = "
            SELECT pg_read_binary_file(pg_relation_filepath(c.oid)) FROM pg_class c
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'i')
            UNION ALL
            SELECT pg_read_binary_file(pg_relation_filepath(c.reltoastrelid)) FROM pg_class c
            WHERE c.relnamespace = current_schema()::regnamespace AND c.reltoastrelid <> 0";
        let DatabaseUrl::Postgres(url) = &self.url else { return Vec::new() };
        let mut c = PgConnection::connect(url).await.expect("a connection");
        // What is only in memory yet goes into the files.
        sqlx::raw_sql("CHECKPOINT").execute(&mut c).await.expect("a checkpoint");
        let files: Vec<Vec<u8>> = sqlx::query_scalar(SQL).fetch_all(&mut c).await.expect(SQL);
        files.concat()
    }

    pub(crate) async fn end(self) {
        let fatal = std::mem::take(&mut *self.fatal.lock().unwrap());
        assert!(fatal.is_empty(), "the store reported {fatal:?}");
        self.clear().await;
    }

    /// Ends a test in which the store had to fail.
    pub(crate) async fn clear(self) {
        self.db.close().await;
        match self.place {
            Place::Another => {}
            Place::Folder(folder) => folder.close().expect("the folder goes"),
            Place::Schema { server, name } => {
                let mut admin = PgConnection::connect(&server).await.expect("PostgreSQL");
                run(&mut admin, format!("DROP SCHEMA {name} CASCADE")).await;
            }
        }
    }

    /// A new id; the same one in the same place of every run.
    pub(crate) fn id<I: From<Uuid>>(&self) -> I {
        let n = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&n.to_be_bytes());
        MessageId::from_parts(START.unsigned_abs(), random).uuid().into()
    }

    /// A second later than the last time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.clock.fetch_add(1000, Ordering::Relaxed) + 1000)
    }

    /// Somebody with a shell, a second later.
    pub(crate) fn by(&self) -> By {
        By::command_line(self.now())
    }

    /// 32 bytes that nobody else has.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let id: Uuid = self.id();
        let mut hash = [7; 32];
        hash[..16].copy_from_slice(id.as_bytes());
        hash
    }
}

async fn run(admin: &mut PgConnection, sql: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(admin).await.expect("administration");
}

fn options(
    url: &DatabaseUrl,
    epoch_bits: u64,
    commits: &Arc<Mutex<Vec<Committed>>>,
    fatal: &Arc<Mutex<Vec<String>>>,
) -> Options {
    let (commits, fatal) = (Arc::clone(commits), Arc::clone(fatal));
    Options {
        url: url.clone(),
        epoch_bits,
        on_commit: Arc::new(move |committed| commits.lock().unwrap().push(committed.clone())),
        on_fatal: Arc::new(move |reason| fatal.lock().unwrap().push(reason.to_owned())),
    }
}

/// A company with one app, two agents who answer in it, one agent of another team, and two users.
pub(crate) struct World {
    pub(crate) workspace: WorkspaceId,
    pub(crate) team: TeamId,
    pub(crate) app: AppId,
    pub(crate) ana: AgentId,
    pub(crate) ben: AgentId,
    pub(crate) other_team: TeamId,
    pub(crate) stranger: AgentId,
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    pub(crate) other_user: UserId,
    pub(crate) other_device: DeviceId,
}

pub(crate) fn text(text: &str) -> Parts {
    Parts::text(text.try_into().expect("a text"))
}

pub(crate) fn name<T: for<'s> TryFrom<&'s str>>(text: &str) -> T {
    T::try_from(text).unwrap_or_else(|_| panic!("{text} is good"))
}

impl Trial {
    pub(crate) async fn world(&self) -> World {
        let workspace = self.id();
        self.db.write(CreateWorkspace { id: workspace, name: name("Acme"), by: self.by() }).await.unwrap();
        let team = self.team(workspace, "Support").await;
        let other_team = self.team(workspace, "Sales").await;
        let app = self.app(workspace, team).await;
        let ana = self.agent(workspace, "Ana", vec![team]).await;
        let ben = self.agent(workspace, "Ben", vec![team]).await;
        let stranger = self.agent(workspace, "Stranger", vec![other_team]).await;
        let (user, device) = self.user(app, "customer-1").await;
        let (other_user, other_device) = self.user(app, "customer-2").await;
        World { workspace, team, app, ana, ben, other_team, stranger, user, device, other_user, other_device }
    }

    pub(crate) async fn team(&self, workspace_id: WorkspaceId, called: &str) -> TeamId {
        let id = self.id();
        self.db.write(CreateTeam { id, workspace_id, name: name(called), by: self.by() }).await.unwrap();
        id
    }

    pub(crate) async fn app(&self, workspace_id: WorkspaceId, team: TeamId) -> AppId {
        let create = CreateApp {
            id: self.id(),
            workspace_id,
            name: name("Acme for iPhone"),
            team_id: Some(team),
            push_privacy: PushPrivacy::Generic,
            by: self.by(),
        };
        self.db.write(create).await.unwrap().id
    }

    pub(crate) async fn agent(&self, workspace_id: WorkspaceId, called: &str, teams: Vec<TeamId>) -> AgentId {
        let create = CreateAgent {
            id: self.id(),
            workspace_id,
            name: name(called),
            email: format!("{called}@acme.example").parse().unwrap(),
            role: AgentRole::Agent,
            password_hash: "$argon2id$…".to_owned(),
            team_ids: Some(teams),
            by: self.by(),
        };
        self.db.write(create).await.unwrap().id
    }

    /// A user of the app's backend, signed in on one device.
    pub(crate) async fn user(&self, app: AppId, external_id: &str) -> (UserId, DeviceId) {
        let sign_in = self.sign_in(app, known(external_id));
        let device = sign_in.device.id;
        (self.db.write(sign_in).await.unwrap().id, device)
    }

    /// A sign-in of a new device.
    pub(crate) fn sign_in(&self, app_id: AppId, identity: Identity) -> SignIn {
        let device = NewDevice {
            id: self.id(),
            secret_hash: self.hash(),
            platform: Platform::Ios,
            locale: Some(name("fr-CH")),
            app_version: Some(name("4.2")),
        };
        let now = self.now();
        let session = NewSession { token_hash: self.hash(), expires_at: now.plus_ms(86_400_000) };
        SignIn { app_id, user_id: self.id(), identity, device, session, now }
    }

    /// The same sign-in once more, for which the server makes another token and another id.
    pub(crate) async fn sign_in_again(&self, first: &SignIn) -> Result<UserRow> {
        self.db.write(self.again(first)).await
    }

    pub(crate) fn again(&self, first: &SignIn) -> SignIn {
        let now = self.now();
        let session = NewSession { token_hash: self.hash(), expires_at: now.plus_ms(86_400_000) };
        SignIn { user_id: self.id(), session, now, ..first.clone() }
    }

    pub(crate) async fn open_conversation(&self, user_id: UserId) -> Conversation {
        let open =
            OpenConversation { id: self.id(), user_id, title: Some(name("My order")), now: self.now() };
        self.db.write(open).await.unwrap().value
    }

    pub(crate) fn message(
        &self,
        conversation_id: ConversationId,
        actor: Actor,
        words: &str,
    ) -> AppendMessage {
        AppendMessage {
            id: self.id(),
            conversation_id,
            actor,
            parts: text(words),
            quote: None,
            seen_seq: None,
            now: self.now(),
            job_id: self.id(),
        }
    }

    pub(crate) async fn send(&self, id: ConversationId, actor: Actor, words: &str) -> Message {
        let Created { value, is_new } = self.db.write(self.message(id, actor, words)).await.unwrap();
        assert!(is_new);
        value
    }

    pub(crate) async fn note(
        &self,
        conversation_id: ConversationId,
        agent_id: AgentId,
        words: &str,
    ) -> NoteId {
        let id = self.id();
        let note = AppendNote {
            id,
            conversation_id,
            agent_id,
            text: name(words),
            mentions: Vec::new(),
            now: self.now(),
        };
        self.db.write(note).await.unwrap();
        id
    }
}

impl World {
    pub(crate) fn user(&self) -> Actor {
        Actor::User { user_id: self.user, device_id: self.device }
    }

    pub(crate) fn other_user(&self) -> Actor {
        Actor::User { user_id: self.other_user, device_id: self.other_device }
    }

    pub(crate) fn ana(&self) -> Actor {
        Actor::Agent { agent_id: self.ana }
    }

    pub(crate) fn ben(&self) -> Actor {
        Actor::Agent { agent_id: self.ben }
    }

    pub(crate) fn stranger(&self) -> Actor {
        Actor::Agent { agent_id: self.stranger }
    }
}

pub(crate) fn known(external_id: &str) -> Identity {
    Identity::Known { external_id: name(external_id), name: None, email: None, key_id: None }
}
