//! The listener: accepts connections and serves a router on them until the process drains.
//!
//! Our own rather than `axum::serve`, which leaves Nagle's algorithm on and bounds neither the headers nor the time
//! that a client takes to send them nor the number of connections.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tidings_protocol::limits;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::Service as _;

use crate::config::Http;
use crate::edge::Peer;
use crate::lifecycle::Lifecycle;

/// hyper refuses longer heads by itself, without a body: so it is given more than we accept.
const HEAD_BYTES: usize = 4 * limits::HEADER_BYTES;

/// Where connections come from: the network, or a simulated one.
pub trait Listener: Send {
    /// One connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection, and who made it.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = Self::accept(self).await?;
        // A frame of a few bytes must not wait for the acknowledgement of the one before it.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        Ok((stream, peer))
    }
}

/// Serves until the lifecycle drains; requests under way are finished by tasks that the lifecycle waits for.
pub async fn serve<L: Listener>(mut listener: L, router: Router, http: &Http, lifecycle: &Lifecycle) {
    let places = Arc::new(Semaphore::new(usize::try_from(http.connections).unwrap_or(usize::MAX)));
    let head_time = Duration::from_secs(http.header_seconds.into());
    loop {
        let accepted = tokio::select! {
            () = lifecycle.soft().cancelled() => return,
            accepted = accept(&mut listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let (router, life) = (router.clone(), lifecycle.clone());
        lifecycle.spawn(async move {
            connection(stream, peer, router, head_time, &life).await;
            drop(place);
        });
    }
}

type Place = tokio::sync::OwnedSemaphorePermit;

async fn accept<L: Listener>(
    listener: &mut L,
    places: &Arc<Semaphore>,
) -> Option<(L::Stream, SocketAddr, Place)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            // Out of file descriptors, most likely: others have to end first.
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: SocketAddr,
    router: Router,
    head_time: Duration,
    lifecycle: &Lifecycle,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        let mut router = router.clone();
        async move { Ok::<_, Infallible>(infallible(router.call(request).await)) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_time).max_buf_size(HEAD_BYTES);
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    let mut draining = false;
    loop {
        tokio::select! {
            () = lifecycle.hard().cancelled() => return,
            () = lifecycle.soft().cancelled(), if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
        }
    }
}

fn infallible<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}
