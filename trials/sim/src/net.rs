//! Connections over the simulated network, and one-request-at-a-time HTTP on them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tidings_sdk_core::transport::{BoxFuture, Dial};
use tidings_server::listen::Listener;
use turmoil::net::{TcpListener, TcpStream};

use crate::dice::Dice;

const PORT: u16 = 80;
const CONNECT: Duration = Duration::from_secs(10);
const EXCHANGE: Duration = Duration::from_secs(30);

/// A way to any of the nodes, as a balancer chooses them: at random.
pub(crate) struct Balancer {
    nodes: Vec<String>,
    dice: Mutex<Dice>,
}

impl Balancer {
    pub(crate) fn new(nodes: &[String], dice: Dice) -> Self {
        Self { nodes: nodes.to_vec(), dice: Mutex::new(dice) }
    }

    pub(crate) fn choose(&self) -> String {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner).pick(&self.nodes).clone()
    }
}

pub(crate) async fn connect(node: String) -> io::Result<TcpStream> {
    match tokio::time::timeout(CONNECT, TcpStream::connect((node, PORT))).await {
        Ok(connected) => connected,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

impl Dial for Balancer {
    type Stream = TcpStream;

    fn dial(&self) -> BoxFuture<io::Result<TcpStream>> {
        Box::pin(connect(self.choose()))
    }
}

/// Where a host listens.
pub(crate) struct Door(TcpListener);

impl Door {
    pub(crate) async fn open() -> io::Result<Self> {
        Ok(Self(TcpListener::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT)).await?))
    }

    pub(crate) async fn next(&mut self) -> io::Result<TcpStream> {
        Ok(self.0.accept().await?.0)
    }
}

impl Listener for Door {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        self.0.accept().await
    }
}

/// One request on a connection of its own; an error means that nobody knows what became of it.
pub(crate) async fn call(
    node: String,
    method: Method,
    path: &str,
    headers: &HeaderMap,
    body: Vec<u8>,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let exchange = async {
        let stream = connect(node).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let driven = tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).body(Full::new(Bytes::from(body)))?;
        request.headers_mut().clone_from(headers);
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        driven.abort();
        anyhow::Ok((parts.status, body))
    };
    tokio::time::timeout(EXCHANGE, exchange).await?
}
