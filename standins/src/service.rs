//! HTTP/2 over TLS on a loopback port: connections are counted, and can be broken on purpose.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::{Authority, Fault, Result};

/// More than any request that could be accepted.
const BODY_BYTES: usize = 64 * 1024;

/// What becomes of a request.
pub(crate) enum Action {
    Answer(Response<Full<Bytes>>),
    AnswerAndGoAway(Response<Full<Bytes>>),
    Break(Fault),
}

/// One of the services. `Connection` is what it remembers of each connection.
pub(crate) trait Handle: Send + Sync + 'static {
    type Connection: Default + Send + Sync + 'static;

    fn handle(
        &self,
        number: u64,
        connection: &Self::Connection,
        request: Request<Bytes>,
    ) -> impl Future<Output = Action> + Send;
}

enum End {
    Politely,
    AtOnce,
}

/// A service that listens until it is dropped; its connections end with it.
pub(crate) struct Service {
    address: SocketAddr,
    connections: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Service {
    pub(crate) async fn start<H: Handle>(authority: &Authority, port: u16, handler: Arc<H>) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(authority.server_config()?);
        let connections = Arc::new(AtomicU64::new(0));
        let count = connections.clone();
        let task = tokio::spawn(async move {
            // Dropping the set with the task ends the connections too.
            let mut open = tokio::task::JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => {
                            let (acceptor, handler, count) = (acceptor.clone(), handler.clone(), count.clone());
                            open.spawn(serve(stream, acceptor, handler, count));
                        }
                        // Out of file descriptors, say: wait for some to return.
                        Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                    },
                    Some(_) = open.join_next() => {}
                }
            }
        });
        Ok(Self { address, connections, task })
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Connections whose TLS handshake succeeded, since the start.
    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve<H: Handle>(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    handler: Arc<H>,
    connections: Arc<AtomicU64>,
) {
    let _ = stream.set_nodelay(true);
    let Ok(tls) = acceptor.accept(stream).await else { return };
    if tls.get_ref().1.alpn_protocol() != Some(b"h2") {
        return;
    }
    let number = connections.fetch_add(1, Ordering::SeqCst) + 1;
    let state = Arc::new(H::Connection::default());
    let (end, mut ending) = mpsc::unbounded_channel();
    let service = service_fn(move |request| {
        let (handler, state, end) = (handler.clone(), state.clone(), end.clone());
        async move { exchange(&*handler, number, &state, request, &end).await }
    });
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(tls), service);
    let mut connection = std::pin::pin!(connection);
    loop {
        tokio::select! {
            _ = &mut connection => return,
            Some(end) = ending.recv() => match end {
                End::Politely => connection.as_mut().graceful_shutdown(),
                End::AtOnce => return,
            },
        }
    }
}

async fn exchange<H: Handle>(
    handler: &H,
    number: u64,
    state: &H::Connection,
    request: Request<Incoming>,
    end: &mpsc::UnboundedSender<End>,
) -> std::result::Result<Response<Full<Bytes>>, h2::Error> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_BYTES).collect().await;
    let body = body.map_err(|_| h2::Error::from(h2::Reason::ENHANCE_YOUR_CALM))?.to_bytes();
    match handler.handle(number, state, Request::from_parts(head, body)).await {
        Action::Answer(response) => Ok(response),
        Action::AnswerAndGoAway(response) => {
            let _ = end.send(End::Politely);
            Ok(response)
        }
        Action::Break(Fault::RefuseStream) => Err(h2::Reason::REFUSED_STREAM.into()),
        Action::Break(Fault::HangUp) => {
            let _ = end.send(End::AtOnce);
            std::future::pending().await
        }
        Action::Break(Fault::Silence) => std::future::pending().await,
        Action::Break(Fault::Reset | Fault::GoAway) => Err(h2::Reason::INTERNAL_ERROR.into()),
    }
}

/// What a service accepted, for tests to wait for.
pub(crate) struct Kept<T>(tokio::sync::watch::Sender<Vec<T>>);

impl<T: Clone> Kept<T> {
    pub(crate) fn new() -> Self {
        Self(tokio::sync::watch::Sender::new(Vec::new()))
    }

    pub(crate) fn add(&self, push: T) {
        self.0.send_modify(|pushes| pushes.push(push));
    }

    pub(crate) fn all(&self) -> Vec<T> {
        self.0.borrow().clone()
    }

    /// Those after the first `seen`.
    pub(crate) fn since(&self, seen: usize) -> Vec<T> {
        self.0.borrow().get(seen..).unwrap_or_default().to_vec()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn clear(&self) {
        self.0.send_modify(Vec::clear);
    }

    /// All, as soon as there are `count`.
    ///
    /// # Panics
    /// After 10 s, saying how many there are: a test must not wait for ever.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<T> {
        let mut receiver = self.0.subscribe();
        let enough = receiver.wait_for(|pushes| pushes.len() >= count);
        let waited = tokio::time::timeout(Duration::from_secs(10), enough).await;
        match waited {
            Ok(Ok(pushes)) => pushes.clone(),
            _ => panic!("waited 10 s for {count} pushes, got {}", self.0.borrow().len()),
        }
    }
}
