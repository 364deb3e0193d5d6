//! The way to the server: requests and one socket. Nothing here knows what travels.

mod address;
mod api;
mod date;
mod dial;
mod files;
mod packed;
mod real;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tidings_protocol::limits;
use tokio::sync::mpsc;

pub(crate) use address::Address;
pub(crate) use api::{Api, CallError, Spent};
pub use dial::{Dial, over};
pub(crate) use files::{Announcement, Stretch};
pub(crate) use real::RealTransport;

/// The least that a line is expected to carry upwards, in bytes in a second: less than the slowest of mobile networks.
const LEAST_RATE: u64 = 2 * 1024;

/// How long it may take until an answer begins, from the first byte asked, when the request brings so many bytes.
///
/// Half a minute for a question. What goes up cannot be seen going, because the system takes it all at once and sends it when it
/// can: so the least chunk of a file that the server takes gets the time that it needs on the slowest line. A larger one gets
/// no more than that: a line that is dead must be noticed.
pub fn allowance(body: usize) -> Duration {
    let counted = u64::try_from(body.min(limits::CHUNK_BYTES_MIN)).unwrap_or(u64::MAX);
    Duration::from_secs(30 + counted / LEAST_RATE)
}

/// A boxed future, as the traits here need it.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The way to the server.
pub trait Transport: Send + Sync + 'static {
    /// Makes one request and reads the whole answer, within the transport's own limits of time and size.
    fn request(&self, request: Request) -> BoxFuture<Result<Answer, TransportError>>;
    /// Opens the socket.
    fn open_socket(&self) -> BoxFuture<Result<Socket, TransportError>>;
}

/// What is done to the thing at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read it.
    Get,
    /// Add to it.
    Post,
    /// Replace it.
    Put,
    /// Change it.
    Patch,
    /// Remove it.
    Delete,
}

/// One request.
#[derive(Clone)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Path and query, from the first slash.
    pub path: String,
    /// The session's token.
    pub bearer: Option<String>,
    /// Further headers, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, unless a header `content-type` says otherwise.
    pub body: Option<Vec<u8>>,
}

/// Tokens and contents never reach a log; paths hold ids only, but a query may be what opens a file.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.method, self.path.split('?').next().unwrap_or_default())
    }
}

/// One answer.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// From the header `Retry-After`, in seconds.
    pub retry_after: Option<Duration>,
    /// From the header `Date`, in unix milliseconds: the server's clock, to the second.
    pub date_ms: Option<i64>,
    /// From the header `Upload-Offset`, in bytes.
    pub upload_offset: Option<u64>,
    /// All of it.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

/// An open socket. Whoever has it polls `pump` until it ends.
pub struct Socket {
    /// Towards the server; dropping it closes the socket.
    pub outgoing: mpsc::Sender<String>,
    /// From the server; ends with [`Incoming::Closed`].
    pub incoming: mpsc::Receiver<Incoming>,
    /// Moves the bytes.
    pub pump: BoxFuture<()>,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Socket")
    }
}

/// What comes out of a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text message.
    Text(String),
    /// A ping or pong of the socket itself: the other end is alive.
    Alive,
    /// It is over, with the server's close code if there was one.
    Closed(Option<u16>),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection: no network, no such name, refused, broken off, out of time.
    #[error("the server could not be reached: {0}")]
    Unreachable(String),
    /// The other end's certificate is not trusted, or is for another name.
    #[error("the connection is not secure: {0}")]
    Insecure(String),
    /// The answer is larger than anything the protocol allows.
    #[error("the answer is larger than it may be")]
    TooLarge,
}
