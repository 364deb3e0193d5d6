//! The real protocols over connections that somebody else makes: a simulated network, a tunnel.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_service::Service;

use super::{Address, BoxFuture, RealTransport, Transport};
use crate::config::PlainHttp;

/// Makes connections to the server.
pub trait Dial: Send + Sync + 'static {
    /// One connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Makes one, within a time of its own.
    fn dial(&self) -> BoxFuture<io::Result<Self::Stream>>;
}

/// HTTP and WebSocket as over the system's network, on connections made by `dial`. Nothing is encrypted here: whoever
/// dials does that if it is needed.
///
/// # Errors
/// Says what is wrong with the address.
pub fn over<D: Dial>(server_url: &str, dial: D) -> Result<Arc<dyn Transport>, String> {
    let address = Address::parse(server_url, PlainHttp::Anywhere)?;
    Ok(Arc::new(RealTransport::by(address, Dialler(Arc::new(dial)))))
}

/// The same in hyper's words.
struct Dialler<D>(Arc<D>);

impl<D> Clone for Dialler<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: Dial> Service<Uri> for Dialler<D> {
    type Response = Dialled<D::Stream>;
    type Error = io::Error;
    type Future = BoxFuture<io::Result<Dialled<D::Stream>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let dialling = self.0.dial();
        Box::pin(async move { Ok(Dialled(TokioIo::new(dialling.await?))) })
    }
}

struct Dialled<S>(TokioIo<S>);

impl<S> Connection for Dialled<S> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl<S: AsyncRead + Unpin> Read for Dialled<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> Write for Dialled<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
