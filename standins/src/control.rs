//! A small HTTP API over the stand-ins, for programs in other languages and for people with `curl`.
//!
//! | | |
//! |---|---|
//! | `GET /received` | everything accepted: `{"apns": […], "fcm": […], "web_push": […], "webhook": […], "mail": […], "connections": {…}}` |
//! | `POST /reply` | `{"service": "apns", "fcm", "web_push" or "smtp", "token": "…", …}` and the fields of [`Reply`] |
//! | `POST /subscribe` | `{"application_key": "…"}`: the subscription of a new browser |
//! | `POST /hook_secret` | `{"secret": "whsec_…"}`: what webhooks are signed with |
//! | `DELETE /received` | forgets what was accepted and scripted |
//!
//! Plain HTTP/1.1, on 127.0.0.1 alone. Requests with an `Origin` are refused, so that no web page can drive it.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::{Apns, Fcm, Reply, Result, Smtp, Web};

/// What a request comes to, or why it cannot be.
type Done<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const BODY_BYTES: usize = 16 * 1024;

/// The control API; it ends when it is dropped.
pub struct Control {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// The stand-ins.
pub struct Services {
    /// Apple's.
    pub apns: Apns,
    /// Google's.
    pub fcm: Fcm,
    /// Browsers', and the receiver of webhooks.
    pub web: Web,
    /// The mail server.
    pub smtp: Smtp,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    Apns,
    Fcm,
    WebPush,
    Smtp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscribe {
    application_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HookSecret {
    secret: String,
}

#[derive(Deserialize)]
struct Scripted {
    service: Which,
    token: String,
    #[serde(flatten)]
    reply: serde_json::Map<String, Value>,
}

impl Control {
    /// Starts the API on a port of 127.0.0.1; 0 takes a free one.
    pub async fn start(services: Arc<Services>, port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let services = services.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let services = services.clone();
                        async move { Ok::<_, std::convert::Infallible>(answer(&services, request).await) }
                    });
                    let mut http = hyper::server::conn::http1::Builder::new();
                    // A connection that breaks is its client's business.
                    let _ =
                        http.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(services: &Services, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    if head.headers.contains_key("origin") {
        return json_response(403, &json!({ "error": "not for web pages" }));
    }
    match (&head.method, head.uri.path()) {
        (&Method::GET, "/received") => json_response(
            200,
            &json!({
                "apns": services.apns.received(),
                "fcm": services.fcm.received(),
                "web_push": services.web.received(),
                "webhook": services.web.hooked(),
                "mail": services.smtp.received(),
                "connections": {
                    "apns": services.apns.connections(),
                    "fcm": services.fcm.connections(),
                    "web_push": services.web.connections(),
                    "smtp": services.smtp.connections(),
                },
            }),
        ),
        (&Method::DELETE, "/received") => {
            services.apns.clear();
            services.fcm.clear();
            services.web.clear();
            services.smtp.clear();
            json_response(200, &json!({}))
        }
        (&Method::POST, path @ ("/reply" | "/subscribe" | "/hook_secret")) => {
            let path = path.to_owned();
            let Ok(body) = Limited::new(body, BODY_BYTES).collect().await else {
                return json_response(413, &json!({ "error": "the body is too large" }));
            };
            let body = body.to_bytes();
            let done = match path.as_str() {
                "/reply" => script(services, &body).map(|()| json!({})),
                "/subscribe" => subscribe(services, &body),
                _ => hook_secret(services, &body).map(|()| json!({})),
            };
            match done {
                Ok(answer) => json_response(200, &answer),
                Err(error) => json_response(400, &json!({ "error": error.to_string() })),
            }
        }
        _ => {
            let known = "GET or DELETE /received, POST /reply, /subscribe or /hook_secret";
            json_response(404, &json!({ "error": known }))
        }
    }
}

fn subscribe(services: &Services, body: &[u8]) -> Done<Value> {
    let Subscribe { application_key } = serde_json::from_slice(body)?;
    let made = services.web.subscribe(&application_key)?;
    let keys = json!({ "p256dh": made.p256dh, "auth": made.auth });
    Ok(json!({ "provider": "web_push", "token": made.endpoint, "keys": keys }))
}

fn hook_secret(services: &Services, body: &[u8]) -> Done<()> {
    let HookSecret { secret } = serde_json::from_slice(body)?;
    Ok(services.web.set_hook_secret(&secret)?)
}

fn script(services: &Services, body: &[u8]) -> Done<()> {
    let scripted: Scripted = serde_json::from_slice(body)?;
    // Through a value of its own, because `flatten` would let unknown fields pass.
    let reply: Reply = serde_json::from_value(Value::Object(scripted.reply))?;
    match scripted.service {
        Which::Apns => services.apns.reply(&scripted.token, reply),
        Which::Fcm => services.fcm.reply(&scripted.token, reply),
        Which::WebPush => services.web.reply(&scripted.token, reply),
        Which::Smtp => services.smtp.reply(&scripted.token, reply),
    }
    Ok(())
}

fn json_response(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::OK);
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    response
}
