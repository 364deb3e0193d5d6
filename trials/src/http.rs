//! A client that keeps one connection and sends one request at a time on it, as a phone's or a browser's
//! connection does. It is also what the load generator is made of, so it copies little.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

/// One connection, which is opened again when it broke.
pub struct Connection {
    address: SocketAddr,
    headers: HeaderMap,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

impl Answer {
    /// The body as a value; a status that is not 2xx is an error that shows the problem.
    pub fn json<T: DeserializeOwned>(self) -> anyhow::Result<T> {
        let body = self.success()?.body;
        serde_json::from_slice(&body)
            .with_context(|| format!("unexpected body: {}", String::from_utf8_lossy(&body)))
    }

    /// Itself, unless the status is not 2xx.
    pub fn success(self) -> anyhow::Result<Self> {
        if !self.status.is_success() {
            bail!("{}: {}", self.status, String::from_utf8_lossy(&self.body));
        }
        Ok(self)
    }
}

impl Connection {
    /// A connection that opens with its first request. `headers` travel with each.
    pub fn new(address: SocketAddr, mut headers: HeaderMap) -> anyhow::Result<Self> {
        headers.insert(HOST, address.to_string().parse()?);
        Ok(Self { address, headers, sender: None })
    }

    /// Another connection to the same place, with the same headers.
    pub fn another(&self) -> anyhow::Result<Self> {
        Self::new(self.address, self.headers.clone())
    }

    /// The headers that travel with each request.
    pub const fn headers(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Where it leads to.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks without a body.
    pub async fn get<T: DeserializeOwned>(&mut self, path: &str) -> anyhow::Result<T> {
        self.call(Method::GET, path, Bytes::new()).await?.json().with_context(|| format!("GET {path}"))
    }

    /// Sends a value and gives the answer's.
    pub async fn send<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        let answer = self.call(method.clone(), path, serde_json::to_vec(body)?.into()).await?;
        answer.json().with_context(|| format!("{method} {path}"))
    }

    /// One request and its answer. An error means that the outcome is unknown; the next call connects again.
    pub async fn call(&mut self, method: Method, path: &str, body: Bytes) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(headers) = request.headers_mut() {
            headers.clone_from(&self.headers);
            if !body.is_empty() {
                headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
            }
        }
        let result = self.exchange(request.body(Full::new(body))?).await;
        if result.is_err() {
            self.sender = None;
        }
        result
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let mut sender = match self.sender.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => self.open().await?,
        };
        sender.ready().await?;
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        self.sender = Some(sender);
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    async fn open(&self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(self.address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Its errors reach whoever waits for an answer.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }
}
