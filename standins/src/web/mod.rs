//! A push service of browsers, which checks VAPID and decrypts as the browser would, and a company's own service that
//! takes signed webhooks: both on one port.
//!
//! After RFC 8030, 8188, 8291 and 8292, and the specification of Standard Webhooks. It decrypts with another library than
//! the sender encrypts with.

mod check;
mod decrypt;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use serde::Serialize;
use serde_json::Value;

use crate::script::Script;
use crate::service::{Action, Handle, Kept, Service};
use crate::{Authority, Clock, Error, Fault, Reply, Result};

/// A push that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WebPushed {
    /// The subscription.
    pub id: String,
    /// `TTL`, in seconds.
    pub ttl: u64,
    /// `Urgency`.
    pub urgency: String,
    /// `Topic`.
    pub topic: Option<String>,
    /// What the browser reads.
    pub payload: Value,
    /// When it came, before any delay, in unix milliseconds.
    pub arrived_at: i64,
}

/// A webhook that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hooked {
    /// `webhook-id`.
    pub id: String,
    /// The body.
    pub body: Value,
}

/// A browser's subscription, as it gives it to the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its name here.
    pub id: String,
    /// Where pushes go.
    pub endpoint: String,
    /// The browser's public key.
    pub p256dh: String,
    /// The browser's secret.
    pub auth: String,
}

struct Browser {
    secret: p256::SecretKey,
    auth: [u8; 16],
    /// The key that the app subscribed with.
    application_key: String,
}

/// The service; it ends when it is dropped.
pub struct Web {
    service: Service,
    state: Arc<State>,
}

struct State {
    clock: Clock,
    origin: Mutex<String>,
    browsers: Mutex<HashMap<String, Arc<Browser>>>,
    hook_secret: Mutex<Vec<u8>>,
    script: Script,
    kept: Kept<WebPushed>,
    hooked: Kept<Hooked>,
}

impl Web {
    /// Starts the service.
    pub async fn start(authority: &Authority, port: u16, clock: Clock) -> Result<Self> {
        let state = Arc::new(State {
            clock,
            origin: Mutex::default(),
            browsers: Mutex::default(),
            hook_secret: Mutex::default(),
            script: Script::default(),
            kept: Kept::new(),
            hooked: Kept::new(),
        });
        let service = Service::start(authority, port, state.clone()).await?;
        service.url().clone_into(&mut state.origin.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Self { service, state })
    }

    /// Where it listens: `https://localhost:PORT`.
    pub fn url(&self) -> String {
        self.service.url()
    }

    /// Subscribes a browser with an app's public key, `applicationServerKey`.
    ///
    /// # Errors
    /// When no random bytes can be had.
    pub fn subscribe(&self, application_key: &str) -> Result<Subscription> {
        let random = ring::rand::SystemRandom::new();
        let mut bytes = [0; 64];
        ring::rand::SecureRandom::fill(&random, &mut bytes).map_err(|_| Error::Key("random number"))?;
        let secret = p256::SecretKey::from_slice(&bytes[..32]).map_err(|_| Error::Key("random number"))?;
        let mut auth = [0; 16];
        auth.copy_from_slice(&bytes[32..48]);
        let id = BASE64_URL_SAFE_NO_PAD.encode(&bytes[48..]);
        let point = p256::EncodedPoint::from(secret.public_key());
        let subscription = Subscription {
            endpoint: format!("{}/push/{id}", self.url()),
            p256dh: BASE64_URL_SAFE_NO_PAD.encode(point.as_bytes()),
            auth: BASE64_URL_SAFE_NO_PAD.encode(auth),
            id: id.clone(),
        };
        let browser = Browser { secret, auth, application_key: application_key.to_owned() };
        self.state.browsers().insert(id, Arc::new(browser));
        Ok(subscription)
    }

    /// Where webhooks go.
    pub fn hook_url(&self) -> String {
        format!("{}/hook", self.url())
    }

    /// The secret that webhooks are signed with: `whsec_` and base 64.
    ///
    /// # Errors
    /// When it is not one.
    pub fn set_hook_secret(&self, secret: &str) -> Result<()> {
        let bytes = secret.strip_prefix("whsec_").and_then(|text| BASE64_STANDARD.decode(text).ok());
        let bytes = bytes.ok_or(Error::Key("webhook's secret"))?;
        *self.state.hook_secret.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
        Ok(())
    }

    /// Scripts what the next pushes to a subscription get; for webhooks, to a token.
    pub fn reply(&self, id: &str, reply: Reply) {
        self.state.script.add(id, reply);
    }

    /// Those after the first `seen`.
    pub fn received_since(&self, seen: usize) -> Vec<WebPushed> {
        self.state.kept.since(seen)
    }

    /// Every push accepted so far, in order.
    pub fn received(&self) -> Vec<WebPushed> {
        self.state.kept.all()
    }

    /// Those webhooks after the first `seen`.
    pub fn hooked_since(&self, seen: usize) -> Vec<Hooked> {
        self.state.hooked.since(seen)
    }

    /// Every webhook accepted so far, in order.
    pub fn hooked(&self) -> Vec<Hooked> {
        self.state.hooked.all()
    }

    /// Forgets what was accepted and scripted.
    pub fn clear(&self) {
        self.state.kept.clear();
        self.state.hooked.clear();
        self.state.script.clear();
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> u64 {
        self.service.connections()
    }
}

/// Nothing is remembered of a connection.
#[derive(Default)]
pub(crate) struct Connection;

impl Handle for State {
    type Connection = Connection;

    async fn handle(&self, _: u64, _: &Connection, request: Request<Bytes>) -> Action {
        if request.method() != Method::POST {
            return Action::Answer(respond(405, None, None));
        }
        let path = request.uri().path();
        if path == "/hook" {
            return match self.check_hook(&request) {
                Ok((token, hooked)) => self.play(&token, None, || self.hooked.add(hooked)).await,
                Err(status) => Action::Answer(respond(status, None, None)),
            };
        }
        let Some(id) = path.strip_prefix("/push/") else { return Action::Answer(respond(404, None, None)) };
        match self.check_push(id, &request) {
            Ok(pushed) => {
                let place = format!("/message/{}", self.kept.len() + 1);
                self.play(id, Some(&place), || self.kept.add(pushed)).await
            }
            Err(status) => Action::Answer(respond(status, None, None)),
        }
    }
}

impl State {
    fn browsers(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Browser>>> {
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn play(&self, id: &str, place: Option<&str>, keep: impl FnOnce()) -> Action {
        let reply = self.script.next(id);
        if reply.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
        }
        if let Some(Fault::RefuseStream) = reply.fault {
            return Action::Break(Fault::RefuseStream);
        }
        if !reply.accepts() {
            return Action::Answer(respond(reply.status, None, reply.retry_after.as_deref()));
        }
        keep();
        let accepted = respond(201, place, None);
        match reply.fault {
            None => Action::Answer(accepted),
            Some(Fault::GoAway) => Action::AnswerAndGoAway(accepted),
            Some(fault) => Action::Break(fault),
        }
    }
}

fn respond(status: u16, place: Option<&str>, retry_after: Option<&str>) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status);
    if let Some(place) = place {
        response = response.header("location", place);
    }
    if let Some(value) = retry_after {
        response = response.header("retry-after", value);
    }
    response.body(Full::default()).unwrap_or_else(|_| Response::new(Full::default()))
}
