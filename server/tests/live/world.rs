//! A server on loopback with one user, one agent and one conversation, and clients for its sockets.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_protocol::app::Platform;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::{
    AgentId, AppId, ConversationId, DeviceId, JobId, MessageId, TeamId, UserId, WorkspaceId,
};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::message::Parts;
use tidings_protocol::push::PushPrivacy;
use tidings_protocol::time::Timestamp;
use tidings_server::app::{App, Parts as AppParts};
use tidings_server::auth::password::Passwords;
use tidings_server::auth::token_hash;
use tidings_server::bus::{Bus, Ways, sweep};
use tidings_server::clock::Clock;
use tidings_server::config::Config;
use tidings_server::files::Files;
use tidings_server::lifecycle::Lifecycle;
use tidings_server::live::Hub;
use tidings_server::rates::Rates;
use tidings_store::agents::{CreateAgent, StartAgentSession};
use tidings_store::apps::{CreateApp, CreateTeam, CreateWorkspace};
use tidings_store::audit::By;
use tidings_store::conversations::OpenConversation;
use tidings_store::messages::AppendMessage;
use tidings_store::users::{Identity, NewDevice, NewSession, SignIn};
use tidings_store::{Actor, Committed, DatabaseUrl, Db, Options};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};
use uuid::Uuid;

pub(crate) const AGENT_TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Where messages are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    Sqlite,
    /// A new database of the server that `TIDINGS_TEST_POSTGRES` names.
    Postgres,
}

impl Ground {
    fn url(self, folder: &TempDir) -> DatabaseUrl {
        match self {
            Self::Sqlite => DatabaseUrl::Sqlite(folder.path().join("t.db")),
            Self::Postgres => DatabaseUrl::Postgres(create_database()),
        }
    }
}

fn create_database() -> String {
    let server = std::env::var("TIDINGS_TEST_POSTGRES").expect(
        "TIDINGS_TEST_POSTGRES must hold the address of a PostgreSQL whose user may create databases, such as \
         postgres://postgres@127.0.0.1:5432/postgres",
    );
    let name = format!("live_{}", Uuid::from(MessageId::from_parts(0, Clock::system().random())).simple());
    let sql = format!("CREATE DATABASE {name}");
    let mut psql = Command::new("psql");
    let status = psql.args(["--no-psqlrc", "--quiet", "--command", &sql, &server]).status().unwrap();
    assert!(status.success(), "{sql}");
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

/// Whether commits are told to the sockets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hints {
    Told,
    Lost,
}

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) hub: Arc<Hub>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) user: UserId,
    pub(crate) user_token: String,
    pub(crate) conversation: ConversationId,
    pub(crate) other_team: TeamId,
    pub(crate) team: TeamId,
    device: DeviceId,
    workspace: WorkspaceId,
    pub(crate) agent: AgentId,
    clock: Clock,
    address: SocketAddr,
    _folder: TempDir,
}

impl World {
    /// A server that works.
    pub(crate) async fn new() -> Self {
        Self::on(Ground::Sqlite, Hints::Told, |_| ()).await
    }

    /// A server whose every hint is lost: only the sweep delivers.
    pub(crate) async fn deaf() -> Self {
        Self::on(Ground::Sqlite, Hints::Lost, |_| ()).await
    }

    pub(crate) async fn on(ground: Ground, hints: Hints, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::defaults().unwrap();
        change(&mut config);
        config.files.place = Some(folder.path().join("files").display().to_string());
        let (hub, lifecycle, clock) = (Hub::new(), Lifecycle::new(), Clock::system());
        let bus = Bus::start(Ways::default(), &hub, &clock).unwrap();
        let told = (Arc::clone(&hub), bus.clone());
        let db = Db::open(Options {
            url: ground.url(&folder),
            epoch_bits: 1,
            on_commit: Arc::new(move |committed: &Committed| {
                if hints == Hints::Told {
                    told.1.committed(&told.0, committed);
                }
            }),
            on_fatal: Arc::new(|why: &str| panic!("{why}")),
        })
        .await
        .unwrap();
        let app = App::new(AppParts {
            db: db.clone(),
            clock: clock.clone(),
            hub: Arc::clone(&hub),
            bus,
            rates: Rates::new(&config.rates),
            files: Files::open(&config).unwrap(),
            cards: tidings_server::cards::Cards::new(&config).unwrap(),
            oidc: tidings_server::auth::oidc::Oidc::new(&config).unwrap(),
            receipts: tidings_server::push::receipt::Receipts::default(),
            links: Arc::default(),
            expectations: tidings_server::answering::Expectations::default(),
            looks: tidings_server::looks::Looks::default(),
            reports: tokio::sync::Mutex::default(),
            config,
            passwords: Passwords::new(),
            lifecycle: lifecycle.clone(),
        });
        sweep::spawn(&app);
        let address = serve(app).await;
        Self::people(folder, db, hub, lifecycle, clock, address).await
    }

    async fn people(
        folder: TempDir,
        db: Db,
        hub: Arc<Hub>,
        lifecycle: Lifecycle,
        clock: Clock,
        address: SocketAddr,
    ) -> Self {
        let now = clock.now();
        let workspace_id = WorkspaceId::from_parts(1, [1; 10]);
        let (team, other_team) = (TeamId::from_parts(1, [1; 10]), TeamId::from_parts(1, [2; 10]));
        let app_id = AppId::from_parts(1, [1; 10]);
        let name = |text: &str| text.try_into().unwrap();
        db.write(CreateWorkspace { id: workspace_id, name: name("Acme"), by: By::command_line(now) })
            .await
            .unwrap();
        db.write(CreateTeam { id: team, workspace_id, name: name("Help"), by: By::command_line(now) })
            .await
            .unwrap();
        db.write(CreateTeam { id: other_team, workspace_id, name: name("Other"), by: By::command_line(now) })
            .await
            .unwrap();
        let create = CreateApp {
            id: app_id,
            workspace_id,
            name: name("App"),
            team_id: Some(team),
            push_privacy: PushPrivacy::Generic,
            by: By::command_line(now),
        };
        db.write(create).await.unwrap();
        let agent = AgentId::from_parts(1, [1; 10]);
        let create = CreateAgent {
            id: agent,
            workspace_id,
            name: name("Ana"),
            email: "ana@example.org".parse().unwrap(),
            role: AgentRole::Agent,
            password_hash: "none".to_owned(),
            team_ids: Some(vec![team]),
            by: By::command_line(now),
        };
        db.write(create).await.unwrap();
        let expires_at = now.plus_ms(3_600_000);
        let start =
            StartAgentSession { agent_id: agent, token_hash: token_hash(AGENT_TOKEN), expires_at, now };
        db.write(start).await.unwrap();
        let (user, device) = (UserId::from_parts(1, [9; 10]), DeviceId::from_parts(1, [1; 10]));
        let user_token = "tds_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned();
        let sign_in = SignIn {
            app_id,
            user_id: user,
            identity: Identity::Anonymous,
            device: NewDevice {
                id: device,
                secret_hash: [1; 32],
                platform: Platform::Ios,
                locale: None,
                app_version: None,
            },
            session: NewSession { token_hash: token_hash(&user_token), expires_at },
            now,
        };
        db.write(sign_in).await.unwrap();
        let conversation = ConversationId::from_parts(1, [1; 10]);
        db.write(OpenConversation { id: conversation, user_id: user, title: None, now }).await.unwrap();
        Self {
            db,
            hub,
            lifecycle,
            user,
            user_token,
            conversation,
            other_team,
            team,
            device,
            workspace: workspace_id,
            agent,
            clock,
            address,
            _folder: folder,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn user_token_hash(&self) -> [u8; 32] {
        token_hash(&self.user_token)
    }

    pub(crate) fn cursor(&self, seq: i64) -> String {
        Cursor { epoch: self.db.epoch(), seq }.to_string()
    }

    pub(crate) async fn user_says(&self, text: &str) {
        self.say(Actor::User { user_id: self.user, device_id: self.device }, text).await;
    }

    pub(crate) async fn agent_says(&self, text: &str) {
        self.say(Actor::Agent { agent_id: self.agent }, text).await;
    }

    async fn say(&self, actor: Actor, text: &str) {
        let ms = self.clock.unix_ms();
        let append = AppendMessage {
            id: MessageId::from_parts(ms, self.clock.random()),
            conversation_id: self.conversation,
            actor,
            parts: Parts::text(text.try_into().unwrap()),
            quote: None,
            seen_seq: None,
            now: self.clock.now(),
            job_id: JobId::from_parts(ms, self.clock.random()),
        };
        self.db.write(append).await.unwrap();
    }

    /// A phone that has seen everything up to the opening of the conversation.
    pub(crate) async fn phone(&self) -> Socket {
        let mut socket = self.app_socket().await;
        socket.authenticate(&self.user_token, &self.cursor(1)).await;
        socket.frame("hello").await;
        socket
    }

    /// An inbox that has seen everything up to the opening of the conversation.
    pub(crate) async fn inbox(&self) -> Socket {
        self.inbox_after(1).await
    }

    /// An inbox that has seen everything up to this change.
    pub(crate) async fn inbox_after(&self, seq: i64) -> Socket {
        let mut socket = self.inbox_socket().await;
        let follow =
            json!({ "type": "follow", "teams": [{ "team_id": self.team, "cursor": self.cursor(seq) }] });
        socket.send(&follow).await;
        socket.frame("hello").await;
        socket
    }

    /// A new colleague of a team, with an inbox that has seen everything up to the opening of the conversation.
    pub(crate) async fn colleague(&self, n: u8, team: TeamId) -> (AgentId, Socket) {
        let (id, now, token) = (
            AgentId::from_parts(1, [n; 10]),
            self.now(),
            char::from(b'A' + n).to_string().repeat(AGENT_TOKEN.len() - 1) + "A",
        );
        let create = CreateAgent {
            id,
            workspace_id: self.workspace,
            name: "Ben".try_into().unwrap(),
            email: format!("ben{n}@example.org").parse().unwrap(),
            role: AgentRole::Agent,
            password_hash: "none".to_owned(),
            team_ids: Some(vec![team]),
            by: By::command_line(now),
        };
        self.db.write(create).await.unwrap();
        let token_hash = token_hash(&token);
        let start = StartAgentSession { agent_id: id, token_hash, expires_at: now.plus_ms(3_600_000), now };
        self.db.write(start).await.unwrap();
        let mut socket = Socket::open(self.address, "/inbox/v1/socket", Some(&token)).await;
        let cursor = self.cursor(i64::from(team == self.team));
        socket.send(&json!({ "type": "follow", "teams": [{ "team_id": team, "cursor": cursor }] })).await;
        socket.frame("hello").await;
        (id, socket)
    }

    /// What a request for a socket that is not let in is answered: the status, and when to come back.
    pub(crate) async fn refused(&self) -> Option<(u16, u64)> {
        let request = format!("ws://{}/app/v1/socket", self.address).into_client_request().unwrap();
        let stream = TcpStream::connect(self.address).await.unwrap();
        match client_async(request, stream).await {
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => {
                let later = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
                Some((answer.status().as_u16(), later))
            }
            other => other.map(|_| None).unwrap(),
        }
    }

    pub(crate) async fn app_socket(&self) -> Socket {
        Socket::open(self.address, "/app/v1/socket", None).await
    }

    pub(crate) async fn inbox_socket(&self) -> Socket {
        Socket::open(self.address, "/inbox/v1/socket", Some(AGENT_TOKEN)).await
    }

    pub(crate) async fn until(&self, condition: impl Fn(&Self) -> bool) {
        let wait = async {
            while !condition(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect("it never came true");
    }
}

async fn serve(app: App) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, _) = tidings_server::api::routes().with_state(app).split_for_parts();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A client's end of a socket.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    async fn open(address: SocketAddr, path: &str, cookie: Option<&str>) -> Self {
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", format!("__Host-tidings={cookie}").parse().unwrap());
            request.headers_mut().insert("origin", format!("http://{address}").parse().unwrap());
        }
        let stream = TcpStream::connect(address).await.unwrap();
        let (socket, _) = client_async(request, stream).await.unwrap();
        Self(socket)
    }

    pub(crate) async fn authenticate(&mut self, token: &str, cursor: &str) {
        self.send(&json!({ "type": "authenticate", "token": token, "cursor": cursor, "foreground": true }))
            .await;
    }

    pub(crate) async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        // The server may have closed already; what it said is read next.
        let _ = self.0.send(Message::text(text)).await;
    }

    async fn message(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(Duration::from_secs(10), self.0.next());
        next.await.expect("nothing came for 10 seconds").and_then(Result::ok)
    }

    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match self.message().await {
                Some(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("expected a frame, got {other:?}"),
            }
        }
    }

    /// The next frame of this type, as it came; others before it are passed over.
    pub(crate) async fn text_of(&mut self, kind: &str) -> String {
        loop {
            match self.message().await {
                Some(Message::Text(text)) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if frame["type"] == kind {
                        return text.to_string();
                    }
                }
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("expected `{kind}`, got {other:?}"),
            }
        }
    }

    pub(crate) async fn frame(&mut self, kind: &str) -> Value {
        serde_json::from_str(&self.text_of(kind).await).unwrap()
    }

    pub(crate) async fn changes(&mut self) -> Value {
        self.frame("changes").await
    }

    pub(crate) async fn changes_until(&mut self, found: impl Fn(&Value) -> bool) -> Value {
        loop {
            let changes = self.changes().await;
            if found(&changes) {
                return changes;
            }
        }
    }

    /// The code with which the server closed; 1006 when it only hung up.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match self.message().await {
                Some(Message::Close(frame)) => return frame.map_or(1005, |frame| frame.code.into()),
                Some(_) => {}
                None => return 1006,
            }
        }
    }
}
