//! Firebase Cloud Messaging, HTTP v1, with the OAuth endpoint of Google accounts beside it.

mod check;
mod oauth;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use serde::Serialize;
use serde_json::{Value, json};

use crate::script::Script;
use crate::service::{Action, Handle, Kept, Service};
use crate::{Authority, Clock, Fault, Reply, Result};

/// The service account's private key. It opens nothing but this stand-in, so it may lie in the open; it is not
/// made anew because making an RSA key takes seconds.
pub const ACCOUNT_KEY_PEM: &str = include_str!("account-key.pem");

/// Which project an [`Fcm`] is, and how it behaves.
#[derive(Debug, Clone)]
pub struct FcmOptions {
    /// The Firebase project.
    pub project_id: String,
    /// The service account that may send.
    pub client_email: String,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The time by which grants and access tokens are judged.
    pub clock: Clock,
}

impl Default for FcmOptions {
    fn default() -> Self {
        Self {
            project_id: "example-app".to_owned(),
            client_email: "push@example-app.iam.gserviceaccount.com".to_owned(),
            port: 0,
            clock: Clock::system(),
        }
    }
}

/// A message that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FcmPush {
    /// The device.
    pub token: String,
    /// The whole `message`.
    pub message: Value,
    /// The name that it was given: `projects/…/messages/…`.
    pub name: String,
    /// Which connection brought it, from 1.
    pub connection: u64,
    /// When it came, before any delay, in unix milliseconds.
    pub arrived_at: i64,
    /// When its answer left, in unix milliseconds; none: it was lost on purpose.
    pub answered_at: Option<i64>,
}

/// The service; it ends when it is dropped.
pub struct Fcm {
    service: Service,
    state: Arc<State>,
}

struct State {
    options: FcmOptions,
    oauth: oauth::Oauth,
    script: Script,
    kept: Kept<FcmPush>,
}

/// FCM remembers nothing of a connection.
#[derive(Default)]
pub(crate) struct Connection;

impl Fcm {
    /// Starts the service and its token endpoint on one port.
    pub async fn start(authority: &Authority, options: FcmOptions) -> Result<Self> {
        let state = Arc::new(State {
            oauth: oauth::Oauth::new(ACCOUNT_KEY_PEM, &options)?,
            options,
            script: Script::default(),
            kept: Kept::new(),
        });
        let service = Service::start(authority, state.options.port, state.clone()).await?;
        state.oauth.set_audience(format!("{}/token", service.url()));
        Ok(Self { service, state })
    }

    /// Where it listens: `https://localhost:PORT`.
    pub fn url(&self) -> String {
        self.service.url()
    }

    /// Where access tokens are granted; the audience of grants.
    pub fn token_uri(&self) -> String {
        format!("{}/token", self.service.url())
    }

    /// The service account's file, as Google offers it for download.
    pub fn service_account(&self) -> Value {
        json!({
            "type": "service_account",
            "project_id": self.state.options.project_id,
            "private_key_id": oauth::KEY_ID,
            "private_key": ACCOUNT_KEY_PEM,
            "client_email": self.state.options.client_email,
            "client_id": "100000000000000000000",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": self.token_uri(),
            "universe_domain": "googleapis.com",
        })
    }

    /// Scripts what the next messages to this device get; several are used up in order.
    pub fn reply(&self, token: &str, reply: Reply) {
        self.state.script.add(token, reply);
    }

    /// The scripted replies that this device has got, in order; the first thousand of them.
    pub fn given(&self, token: &str) -> Vec<Reply> {
        self.state.script.given(token)
    }

    /// Scripts what the next requests for an access token get.
    pub fn reply_to_grants(&self, reply: Reply) {
        self.state.oauth.script.add("", reply);
    }

    /// Makes every access token granted so far invalid.
    pub fn revoke_access_tokens(&self) {
        self.state.oauth.revoke();
    }

    /// How often an access token was asked for.
    pub fn grants(&self) -> u64 {
        self.state.oauth.grants()
    }

    /// Those after the first `seen`.
    pub fn received_since(&self, seen: usize) -> Vec<FcmPush> {
        self.state.kept.since(seen)
    }

    /// Every message accepted so far, in order.
    pub fn received(&self) -> Vec<FcmPush> {
        self.state.kept.all()
    }

    /// All messages accepted, as soon as there are `count`.
    ///
    /// # Panics
    /// After 10 s.
    pub async fn wait_for(&self, count: usize) -> Vec<FcmPush> {
        self.state.kept.wait_for(count).await
    }

    /// Forgets what was accepted and scripted.
    pub fn clear(&self) {
        self.state.kept.clear();
        self.state.script.clear();
        self.state.oauth.script.clear();
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> u64 {
        self.service.connections()
    }
}

impl Handle for State {
    type Connection = Connection;

    async fn handle(&self, number: u64, _: &Connection, request: Request<Bytes>) -> Action {
        if request.uri().path() == "/token" {
            return self.oauth.grant(&request).await;
        }
        match self.check(&request) {
            Ok(accepted) => self.play(number, accepted).await,
            Err(problem) => Action::Answer(problem.response(None)),
        }
    }
}

impl State {
    fn check(&self, request: &Request<Bytes>) -> std::result::Result<check::Accepted, Problem> {
        let path = request.uri().path();
        let project = path.strip_prefix("/v1/projects/").and_then(|rest| rest.strip_suffix("/messages:send"));
        let Some(project) = project.filter(|_| request.method() == Method::POST) else {
            return Err(Problem::new(404, "", "The requested URL was not found on this server."));
        };
        if !self.oauth.knows(bearer(request)) {
            let message = "Request had invalid authentication credentials.";
            return Err(Problem::new(401, "", message));
        }
        if project != self.options.project_id {
            return Err(Problem::new(404, "", "Requested entity was not found."));
        }
        check::message(request.body())
    }

    async fn play(&self, connection: u64, accepted: check::Accepted) -> Action {
        let arrived_at = self.options.clock.unix_ms();
        let reply = self.script.next(&accepted.token);
        if reply.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
        }
        if let Some(Fault::RefuseStream) = reply.fault {
            return Action::Break(Fault::RefuseStream);
        }
        if !reply.accepts() {
            let message = reply.message.as_deref().unwrap_or_else(|| usual_message(&reply.reason));
            let problem = Problem::new(reply.status, &reply.reason, message);
            return Action::Answer(problem.response(reply.retry_after.as_deref()));
        }
        let number = self.kept.len() + 1;
        let name = format!("projects/{}/messages/0:{number:020}", self.options.project_id);
        if !accepted.validate_only {
            let check::Accepted { token, message, .. } = accepted;
            let answered_at = reply.answers().then(|| self.options.clock.unix_ms());
            let name = name.clone();
            self.kept.add(FcmPush { token, message, name, connection, arrived_at, answered_at });
        }
        let response = respond(200, None, &json!({ "name": name }));
        match reply.fault {
            None => Action::Answer(response),
            Some(Fault::GoAway) => Action::AnswerAndGoAway(response),
            Some(fault) => Action::Break(fault),
        }
    }
}

fn bearer(request: &Request<Bytes>) -> Option<&str> {
    request.headers().get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")
}

/// An error body of Google's APIs.
pub(crate) struct Problem {
    status: u16,
    message: String,
    details: Vec<Value>,
}

impl Problem {
    /// An error that names FCM's code, if there is one.
    fn new(status: u16, code: &str, message: &str) -> Self {
        let detail = (!code.is_empty()).then(
            || json!({ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code }),
        );
        Self { status, message: message.to_owned(), details: detail.into_iter().collect() }
    }

    /// An error in the request's own form.
    fn bad_request(field: &str, description: &str) -> Self {
        let violation = json!({ "field": field, "description": description });
        let detail = json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [violation],
        });
        Self { status: 400, message: description.to_owned(), details: vec![detail] }
    }

    fn response(&self, retry_after: Option<&str>) -> Response<Full<Bytes>> {
        let status = match self.status {
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            _ => "INTERNAL",
        };
        let body = json!({ "error": {
            "code": self.status, "message": self.message, "status": status, "details": self.details,
        }});
        respond(self.status, retry_after, &body)
    }
}

fn usual_message(code: &str) -> &'static str {
    match code {
        "UNREGISTERED" => "Requested entity was not found.",
        "SENDER_ID_MISMATCH" => "SenderId mismatch",
        "INVALID_ARGUMENT" => "The registration token is not a valid FCM registration token",
        "QUOTA_EXCEEDED" => "Quota exceeded.",
        "THIRD_PARTY_AUTH_ERROR" => "Auth error from APNS or Web Push Service",
        "UNAVAILABLE" => "The service is currently unavailable.",
        _ => "Internal error encountered.",
    }
}

pub(crate) fn respond(status: u16, retry_after: Option<&str>, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status).header("content-type", "application/json");
    if let Some(value) = retry_after {
        response = response.header("retry-after", value);
    }
    response.body(Full::new(Bytes::from(body.to_string()))).unwrap_or_else(|_| {
        let mut broken = Response::new(Full::new(Bytes::new()));
        *broken.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}
