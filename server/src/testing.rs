//! For tests of the API: an app on a new database with a clock that stands still, and requests through the router.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_protocol::id::{
    AgentId, AppId, ConversationId, DeviceId, IdentityKeyId, MessageId, ServerKeyId, TeamId, WorkspaceId,
};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::push::PushPrivacy;
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;
use tidings_store::agents::{CreateAgent, StartAgentSession};
use tidings_store::apps::{CreateApp, CreateTeam, CreateWorkspace};
use tidings_store::audit::By;
use tidings_store::keys::{AddIdentityKeys, AddServerKey, IdentityAlgorithm, NewIdentityKey};
use tidings_store::staff::SetAgentRole;
use tokio::sync::Notify;
use tower::ServiceExt as _;

use crate::Ground;
use crate::app::App;
use crate::auth::agent::COOKIE;
use crate::auth::{SERVER_KEY_PREFIX, new_token, password, token_hash};
use crate::clock::{Clock, ManualClock};
use crate::config::Config;
use crate::lifecycle::Lifecycle;

pub(crate) const AGENT_EMAIL: &str = "ana@example.org";
pub(crate) const AGENT_PASSWORD: &str = "correct horse battery";
const SECRET: [u8; 32] = [7; 32];
/// 2026-11-21T09:30:00Z.
const START: i64 = 1_795_253_400_000;

/// A server with a workspace, a team, an app and an agent.
pub(crate) struct Harness {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) hand: ManualClock,
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) team_id: TeamId,
    pub(crate) app_id: AppId,
    pub(crate) agent_id: AgentId,
    pub(crate) server_key: String,
    _folder: TempDir,
}

/// An installation of the SDK, told apart by a number.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) secret: String,
}

impl Device {
    pub(crate) fn new(number: u8) -> Self {
        Self { id: DeviceId::from_parts(1, [number; 10]), secret: URL_SAFE_NO_PAD.encode([number; 32]) }
    }
}

pub(crate) fn name(text: &str) -> Name {
    text.try_into().unwrap()
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let mut harness = Self::empty(change).await;
        harness.furnish().await;
        harness
    }

    /// Nothing is set up.
    pub(crate) async fn start_empty() -> Self {
        Self::empty(|_| {}).await
    }

    async fn empty(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::defaults().unwrap();
        config.database_url = format!("sqlite:{}", folder.path().join("tidings.db").display());
        config.rates.enabled = false;
        change(&mut config);
        let (clock, hand) = Clock::manual(Timestamp::from_unix_ms(START));
        let app = crate::assemble(config, Ground::with(clock), Lifecycle::new(), &Arc::new(Notify::new()))
            .await
            .unwrap();
        Self {
            router: crate::router(app.clone()),
            app,
            hand,
            workspace_id: WorkspaceId::from_parts(1, [1; 10]),
            team_id: TeamId::from_parts(1, [1; 10]),
            app_id: AppId::from_parts(1, [1; 10]),
            agent_id: AgentId::from_parts(1, [1; 10]),
            server_key: String::new(),
            _folder: folder,
        }
    }

    async fn furnish(&mut self) {
        let (db, now) = (&self.app.db, self.app.clock.now());
        let workspace_id = self.workspace_id;
        db.write(CreateWorkspace { id: workspace_id, name: name("Acme"), by: By::command_line(now) })
            .await
            .unwrap();
        db.write(CreateTeam {
            id: self.team_id,
            workspace_id,
            name: name("Support"),
            by: By::command_line(now),
        })
        .await
        .unwrap();
        self.app_id = self.new_app(workspace_id, self.app_id).await;
        self.new_agent(self.agent_id, workspace_id, AGENT_EMAIL, None).await;
        self.server_key = self.new_server_key(workspace_id).await;
    }

    pub(crate) async fn new_app(&self, workspace_id: WorkspaceId, id: AppId) -> AppId {
        let (db, now) = (&self.app.db, self.app.clock.now());
        let push_privacy = PushPrivacy::default();
        db.write(CreateApp {
            id,
            workspace_id,
            name: name("App"),
            team_id: None,
            push_privacy,
            by: By::command_line(now),
        })
        .await
        .unwrap();
        let key = NewIdentityKey {
            id: IdentityKeyId::from_parts(1, self.app.clock.random()),
            algorithm: IdentityAlgorithm::Hs256,
            kid: None,
            material: SECRET.to_vec(),
        };
        db.write(AddIdentityKeys { app_id: id, keys: vec![key], by: By::command_line(now) }).await.unwrap();
        id
    }

    pub(crate) async fn new_agent(
        &self,
        id: AgentId,
        workspace_id: WorkspaceId,
        email: &str,
        teams: Option<Vec<TeamId>>,
    ) {
        // One hash for all of them: it takes a tenth of a second.
        static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        let password_hash = HASH.get_or_init(|| password::hash_now(AGENT_PASSWORD, [1; 16]).unwrap()).clone();
        let (email, now) = (email.parse().unwrap(), self.app.clock.now());
        let (name, role) = (name("Ana"), AgentRole::Agent);
        let command = CreateAgent {
            id,
            workspace_id,
            name,
            email,
            role,
            password_hash,
            team_ids: teams,
            by: By::command_line(now),
        };
        self.app.db.write(command).await.unwrap();
    }

    pub(crate) async fn set_role(&self, agent_id: AgentId, role: AgentRole) {
        let (workspace_id, by) = (self.workspace_id, By::command_line(self.app.clock.now()));
        self.app.db.write(SetAgentRole { workspace_id, agent_id, role, by }).await.unwrap();
    }

    pub(crate) async fn new_server_key(&self, workspace_id: WorkspaceId) -> String {
        let key = new_token(&self.app.clock, SERVER_KEY_PREFIX);
        let command = AddServerKey {
            id: ServerKeyId::from_parts(1, self.app.clock.random()),
            workspace_id,
            label: "test".to_owned(),
            secret_hash: token_hash(&key),
            by: By::command_line(self.app.clock.now()),
        };
        self.app.db.write(command).await.unwrap();
        key
    }

    /// The cookie's token of a new session of an agent.
    pub(crate) async fn session_of(&self, agent_id: AgentId) -> String {
        let (token, now) = (new_token(&self.app.clock, ""), self.app.clock.now());
        let expires_at = now.plus_ms(168 * 60 * 60 * 1_000);
        let command = StartAgentSession { agent_id, token_hash: token_hash(&token), expires_at, now };
        self.app.db.write(command).await.unwrap();
        token
    }

    pub(crate) async fn agent_cookie(&self) -> String {
        self.session_of(self.agent_id).await
    }

    pub(crate) async fn agent_of_another_team(&self) -> String {
        let (id, team_id) = (AgentId::from_parts(2, [2; 10]), TeamId::from_parts(2, [2; 10]));
        let (workspace_id, now) = (self.workspace_id, self.app.clock.now());
        self.app
            .db
            .write(CreateTeam { id: team_id, workspace_id, name: name("Sales"), by: By::command_line(now) })
            .await
            .unwrap();
        self.new_agent(id, workspace_id, "outside@example.org", Some(vec![team_id])).await;
        self.session_of(id).await
    }

    /// An identity token for a user of an app.
    pub(crate) fn identity_token(&self, app: AppId, sub: &str) -> String {
        self.identity_token_with(app, sub, &json!({}))
    }

    /// A token with more claims than it needs.
    pub(crate) fn identity_token_with(&self, app: AppId, sub: &str, more: &Value) -> String {
        let now = self.app.clock.now().unix_ms() / 1_000;
        let mut claims = json!({ "sub": sub, "aud": app.to_string(), "iat": now, "exp": now + 900 });
        for (claim, value) in more.as_object().into_iter().flatten() {
            claims[claim] = value.clone();
        }
        let key = EncodingKey::from_secret(&SECRET);
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
    }

    pub(crate) async fn sign_in(&self, device: &Device, sub: Option<&str>) -> Answer {
        self.sign_in_to(self.app_id, device, sub).await
    }

    pub(crate) async fn sign_in_to(&self, app: AppId, device: &Device, sub: Option<&str>) -> Answer {
        let token = sub.map(|sub| self.identity_token(app, sub));
        let device = json!({ "id": device.id, "secret": device.secret, "platform": "ios" });
        self.post("/app/v1/sessions", &json!({ "app_id": app, "identity_token": token, "device": device }))
            .await
    }

    /// The session token of an anonymous user.
    pub(crate) async fn anonymous(&self, number: u8) -> String {
        self.sign_in(&Device::new(number), None).await.session_token()
    }

    /// The session token of a vouched-for user.
    pub(crate) async fn user(&self, sub: &str) -> String {
        let device = Device { id: DeviceId::from_parts(2, self.app.clock.random()), ..Device::new(99) };
        self.sign_in(&device, Some(sub)).await.session_token()
    }

    /// The id of a new conversation.
    pub(crate) async fn conversation(&self, token: &str, number: u8) -> String {
        let id = ConversationId::from_parts(1, [number; 10]);
        let answer = self.post("/app/v1/conversations", &json!({ "id": id })).bearer(token).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        id.to_string()
    }

    pub(crate) async fn send(&self, token: &str, conversation: &str, number: u8, text: &str) -> Answer {
        let body = draft(number, text);
        self.post(&format!("/app/v1/conversations/{conversation}/messages"), &body).bearer(token).await
    }

    /// A message of the agent.
    pub(crate) async fn reply(&self, conversation: &str, number: u8, text: &str) -> Answer {
        let cookie = self.agent_cookie().await;
        let body = draft(number + 100, text);
        let path = format!("/inbox/v1/conversations/{conversation}/replies");
        let answer = self.post(&path, &body).cookie(&cookie).same_origin().await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer
    }

    pub(crate) fn get(&self, path: &str) -> Ask<'_> {
        self.ask(Method::GET, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Ask<'_> {
        self.ask(Method::DELETE, path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Ask<'_> {
        self.ask(Method::POST, path).json(body)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Ask<'_> {
        self.ask(Method::PUT, path).json(body)
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Ask<'_> {
        self.ask(Method::PATCH, path).json(body)
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "tidings.test");
        Ask { router: &self.router, request, body: Body::empty() }
    }
}

fn draft(number: u8, text: &str) -> Value {
    json!({ "id": MessageId::from_parts(1, [number; 10]), "parts": [{ "type": "text", "text": text }] })
}

/// A request that is being made; `.await` sends it.
pub(crate) struct Ask<'a> {
    router: &'a Router,
    request: axum::http::request::Builder,
    body: Body,
}

impl Ask<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn cookie(self, token: &str) -> Self {
        self.header("cookie", &format!("{COOKIE}={token}"))
    }

    pub(crate) fn same_origin(self) -> Self {
        self.header("sec-fetch-site", "same-origin")
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string())
    }

    pub(crate) fn bytes(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }
}

impl<'a> IntoFuture for Ask<'a> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = self.request.body(self.body).unwrap();
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
            Answer { status: parts.status.as_u16(), headers: parts.headers, body }
        })
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.body.clone()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// A header's value, or nothing.
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    /// The code of a problem; nothing when it is none.
    pub(crate) fn code(&self) -> String {
        if self.header("content-type") != "application/problem+json" {
            return String::new();
        }
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        problem["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn session_token(&self) -> String {
        assert_eq!(self.status, 201, "{}", self.text());
        self.json()["session_token"].as_str().unwrap().to_owned()
    }
}
