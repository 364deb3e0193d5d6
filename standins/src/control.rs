//! A small HTTP API over both stand-ins, for programs in other languages and for people with `curl`.
//!
//! | | |
//! |---|---|
//! | `GET /received` | everything accepted: `{"apns": […], "fcm": […], "connections": {…}}` |
//! | `POST /reply` | `{"service": "apns" or "fcm", "token": "…", …}` and the fields of [`Reply`] |
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

use crate::{Apns, Fcm, Reply, Result};

const BODY_BYTES: usize = 16 * 1024;

/// The control API; it ends when it is dropped.
pub struct Control {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// Both stand-ins.
pub struct Services {
    /// Apple's.
    pub apns: Apns,
    /// Google's.
    pub fcm: Fcm,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    Apns,
    Fcm,
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
                "connections": { "apns": services.apns.connections(), "fcm": services.fcm.connections() },
            }),
        ),
        (&Method::DELETE, "/received") => {
            services.apns.clear();
            services.fcm.clear();
            json_response(200, &json!({}))
        }
        (&Method::POST, "/reply") => {
            let Ok(body) = Limited::new(body, BODY_BYTES).collect().await else {
                return json_response(413, &json!({ "error": "the body is too large" }));
            };
            match script(services, &body.to_bytes()) {
                Ok(()) => json_response(200, &json!({})),
                Err(error) => json_response(400, &json!({ "error": error.to_string() })),
            }
        }
        _ => json_response(404, &json!({ "error": "GET /received, DELETE /received or POST /reply" })),
    }
}

fn script(services: &Services, body: &[u8]) -> serde_json::Result<()> {
    let scripted: Scripted = serde_json::from_slice(body)?;
    // Through a value of its own, because `flatten` would let unknown fields pass.
    let reply: Reply = serde_json::from_value(Value::Object(scripted.reply))?;
    match scripted.service {
        Which::Apns => services.apns.reply(&scripted.token, reply),
        Which::Fcm => services.fcm.reply(&scripted.token, reply),
    }
    Ok(())
}

fn json_response(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::OK);
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    response
}
