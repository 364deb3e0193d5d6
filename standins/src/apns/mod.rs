//! Apple Push Notification service, token-based.

mod check;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde::Serialize;
use serde_json::{Value, json};

use crate::script::Script;
use crate::service::{Action, Handle, Kept, Service};
use crate::{Authority, Clock, Fault, Reply, Result};
pub(crate) use check::Refusal;

/// Whose keys an [`Apns`] knows, and how it behaves.
#[derive(Debug, Clone)]
pub struct ApnsOptions {
    /// The `kid` of its one key: ten characters.
    pub key_id: String,
    /// The `iss` of provider tokens: ten characters.
    pub team_id: String,
    /// The topics that the key may send to.
    pub topics: Vec<String>,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The time by which tokens are judged.
    pub clock: Clock,
}

impl Default for ApnsOptions {
    fn default() -> Self {
        Self {
            key_id: "KEY1234567".to_owned(),
            team_id: "TEAM123456".to_owned(),
            topics: vec!["com.example.app".to_owned()],
            port: 0,
            clock: Clock::system(),
        }
    }
}

/// A push that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApnsPush {
    /// The device, from the path.
    pub token: String,
    /// `apns-topic`.
    pub topic: String,
    /// `apns-push-type`.
    pub push_type: String,
    /// `apns-priority`; 10 if it was not said.
    pub priority: u8,
    /// `apns-expiration`, in unix seconds; 0 if it was not said.
    pub expiration: i64,
    /// `apns-collapse-id`.
    pub collapse_id: Option<String>,
    /// `apns-id`, the sender's or one of the service's own.
    pub apns_id: String,
    /// The provider token that vouched for it.
    pub provider_token: String,
    /// Which connection brought it, from 1.
    pub connection: u64,
    /// When it came, before any delay, in unix milliseconds.
    pub arrived_at: i64,
    /// When its answer left, in unix milliseconds; none: it was lost on purpose.
    pub answered_at: Option<i64>,
    /// The payload.
    pub payload: Value,
}

/// The service; it ends when it is dropped.
pub struct Apns {
    service: Service,
    state: Arc<State>,
    private_key_pem: String,
}

struct State {
    options: ApnsOptions,
    public_key: Vec<u8>,
    script: Script,
    kept: Kept<ApnsPush>,
    /// For each key, when the token in use was made, in unix seconds.
    tokens: Mutex<HashMap<String, i64>>,
    /// The provider token whose signature was found good last: to check one costs more than all the rest of a push.
    verified: Mutex<String>,
}

/// What Apple remembers of a connection.
#[derive(Default)]
pub(crate) struct Connection {
    authorised: AtomicBool,
    in_flight: AtomicU32,
}

impl Apns {
    /// Starts the service with a new key.
    pub async fn start(authority: &Authority, options: ApnsOptions) -> Result<Self> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let state = Arc::new(State {
            options,
            public_key: key.public_key_raw().to_vec(),
            script: Script::default(),
            kept: Kept::new(),
            tokens: Mutex::default(),
            verified: Mutex::default(),
        });
        let service = Service::start(authority, state.options.port, state.clone()).await?;
        Ok(Self { service, state, private_key_pem: key.serialize_pem() })
    }

    /// Where it listens: `https://localhost:PORT`.
    pub fn url(&self) -> String {
        self.service.url()
    }

    /// The key that signs provider tokens, as the `.p8` file that Apple offers for download.
    pub fn private_key_pem(&self) -> &str {
        &self.private_key_pem
    }

    /// What it was started with.
    pub fn options(&self) -> &ApnsOptions {
        &self.state.options
    }

    /// Scripts what the next pushes to this device get; several are used up in order.
    pub fn reply(&self, token: &str, reply: Reply) {
        self.state.script.add(token, reply);
    }

    /// The scripted replies that this device has got, in order; the first thousand of them.
    pub fn given(&self, token: &str) -> Vec<Reply> {
        self.state.script.given(token)
    }

    /// Those after the first `seen`.
    pub fn received_since(&self, seen: usize) -> Vec<ApnsPush> {
        self.state.kept.since(seen)
    }

    /// Every push accepted so far, in order.
    pub fn received(&self) -> Vec<ApnsPush> {
        self.state.kept.all()
    }

    /// All pushes accepted, as soon as there are `count`.
    ///
    /// # Panics
    /// After 10 s.
    pub async fn wait_for(&self, count: usize) -> Vec<ApnsPush> {
        self.state.kept.wait_for(count).await
    }

    /// Forgets what was accepted and scripted.
    pub fn clear(&self) {
        self.state.kept.clear();
        self.state.script.clear();
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> u64 {
        self.service.connections()
    }
}

impl Handle for State {
    type Connection = Connection;

    async fn handle(&self, number: u64, connection: &Connection, request: Request<Bytes>) -> Action {
        let others = connection.in_flight.fetch_add(1, Ordering::SeqCst);
        let action = if others > 0 && !connection.authorised.load(Ordering::SeqCst) {
            // "Only one stream is allowed until a push with a valid provider token was sent."
            Action::Break(Fault::RefuseStream)
        } else {
            self.judge(number, connection, &request).await
        };
        connection.in_flight.fetch_sub(1, Ordering::SeqCst);
        action
    }
}

impl State {
    async fn judge(&self, number: u64, connection: &Connection, request: &Request<Bytes>) -> Action {
        let mut push = match self.check(number, request) {
            Ok(push) => push,
            Err(refusal) => return Action::Answer(answer(&refusal, &Reply::default(), None)),
        };
        connection.authorised.store(true, Ordering::SeqCst);
        let reply = self.script.next(&push.token);
        if reply.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
        }
        if let Some(Fault::RefuseStream) = reply.fault {
            return Action::Break(Fault::RefuseStream);
        }
        let id = push.apns_id.clone();
        if !reply.accepts() {
            let refusal = Refusal::new(reply.status, &reply.reason);
            return Action::Answer(answer(&refusal, &reply, Some(&id)));
        }
        push.answered_at = reply.answers().then(|| self.options.clock.unix_ms());
        self.kept.add(push);
        let accepted = respond(200, Some(&id), None, Bytes::new());
        match reply.fault {
            None => Action::Answer(accepted),
            Some(Fault::GoAway) => Action::AnswerAndGoAway(accepted),
            Some(fault) => Action::Break(fault),
        }
    }

    /// A token may be replaced every 20 minutes, by a newer one. Two of the same `iat` count as one: ECDSA makes
    /// another signature each time, and Apple's documentation speaks of updates.
    fn token_may_be_used(&self, key_id: &str, issued_at: i64) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match tokens.get(key_id) {
            Some(known) if *known == issued_at => return true,
            Some(known) if issued_at - known < 20 * 60 => return false,
            _ => {}
        }
        tokens.insert(key_id.to_owned(), issued_at);
        true
    }
}

fn answer(refusal: &Refusal, reply: &Reply, id: Option<&str>) -> Response<Full<Bytes>> {
    let mut body = json!({ "reason": refusal.reason });
    if let Some(timestamp) = reply.timestamp {
        body["timestamp"] = timestamp.into();
    }
    respond(refusal.status, id, reply.retry_after.as_deref(), Bytes::from(body.to_string()))
}

fn respond(status: u16, id: Option<&str>, retry_after: Option<&str>, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status);
    if let Some(id) = id {
        response = response.header("apns-id", id);
    }
    if let Some(value) = retry_after {
        response = response.header("retry-after", value);
    }
    response.body(Full::new(body)).unwrap_or_else(|_| {
        let mut broken =
            Response::new(Full::new(Bytes::from_static(b"{\"reason\":\"InternalServerError\"}")));
        *broken.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}
