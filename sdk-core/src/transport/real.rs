//! The real way: HTTP/1.1 and a WebSocket over TLS (rustls, ring), the public roots of Mozilla and the app's own.
//!
//! The system's verifier is not used on purpose: on Android it reports certificates of Let's Encrypt as revoked
//! (rustls-platform-verifier issue 221), and a server that a company hosts itself has one of those more often than not.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, DATE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::rt::{Read, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tidings_protocol::limits;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tower_service::Service;

use super::packed::{ACCEPTED, unpacked};
use super::{
    Address, Answer, BoxFuture, Incoming, Method, Request, Socket, Transport, TransportError, allowance,
};

/// Without a byte of the body for so long, an answer has broken off.
const SILENCE: Duration = Duration::from_secs(30);
/// However slowly an answer comes, it has come by then: from its first byte on.
const ANSWER_TIME: Duration = Duration::from_mins(5);
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// A page of 100 changes whose texts are all of the largest size and need escaping.
const ANSWER_BYTES: usize = limits::SERVER_FRAME_BYTES * 32;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Messages that wait inside the process, either way.
const QUEUE: usize = 32;

/// HTTP and WebSocket over the network of the system, or over other connections ([`over`](super::over)).
pub(crate) struct RealTransport<C = HttpsConnector<HttpConnector>> {
    address: Address,
    connector: C,
    client: Client<C, Full<Bytes>>,
}

impl RealTransport {
    /// A transport to this server. The error says what is wrong with the certificates.
    pub(crate) fn new(address: Address, extra_roots_pem: Option<&str>) -> Result<Self, String> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIME));
        tcp.set_keepalive(Some(Duration::from_mins(1)));
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls(extra_roots_pem)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Self::by(address, connector))
    }
}

impl<C: Connect + Clone> RealTransport<C> {
    /// A transport over the connections that the connector makes.
    pub(super) fn by(address: Address, connector: C) -> Self {
        // Servers close idle connections after a minute or so; a request on one that is just being closed would fail.
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .pool_max_idle_per_host(4)
            .build(connector.clone());
        Self { address, connector, client }
    }
}

fn tls(extra_roots_pem: Option<&str>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = extra_roots_pem {
        let mut found = 0;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| "is not PEM".to_owned())?;
            roots
                .add(certificate)
                .map_err(|error| format!("holds a certificate that cannot be used: {error}"))?;
            found += 1;
        }
        if found == 0 {
            return Err("holds no certificate".to_owned());
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

impl<C, S> Transport for RealTransport<C>
where
    C: Service<Uri, Response = S, Future: Send + Unpin, Error: Into<BoxError>>
        + Clone
        + Send
        + Sync
        + 'static,
    S: Read + Write + Connection + Unpin + Send + 'static,
{
    fn request(&self, request: Request) -> BoxFuture<Result<Answer, TransportError>> {
        let client = self.client.clone();
        let time = allowance(request.body.as_ref().map_or(0, Vec::len));
        let built = build(&self.address, request);
        Box::pin(async move {
            let late = || TransportError::Unreachable("no answer in time".to_owned());
            let answer = tokio::time::timeout(time, client.request(built?)).await.map_err(|_| late())?;
            let answer = answer.map_err(|error| told(&error))?;
            let reading = async {
                let status = answer.status().as_u16();
                let retry_after = retry_after(answer.headers());
                let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
                let date_ms = date.and_then(super::date::unix_ms);
                let upload_offset = number(answer.headers(), "upload-offset");
                let (head, body) = answer.into_parts();
                let body = unpacked(&head.headers, read(body).await?, ANSWER_BYTES)?;
                Ok(Answer { status, retry_after, date_ms, upload_offset, body })
            };
            tokio::time::timeout(ANSWER_TIME, reading).await.map_err(|_| late())?
        })
    }

    fn open_socket(&self) -> BoxFuture<Result<Socket, TransportError>> {
        let mut connector = self.connector.clone();
        let address = self.address.clone();
        Box::pin(async move {
            let open = async {
                let uri: Uri = address.join("/app/v1/socket").parse().map_err(unusable)?;
                let stream = connector.call(uri).await.map_err(|error| told(error.into().as_ref()))?;
                let request = upgrade(&address)?;
                let config = WebSocketConfig::default()
                    .max_message_size(Some(limits::SERVER_FRAME_BYTES))
                    .max_frame_size(Some(limits::SERVER_FRAME_BYTES));
                let opened =
                    tokio_tungstenite::client_async_with_config(request, TokioIo::new(stream), Some(config))
                        .await;
                let (socket, _) = opened.map_err(|error| refused(&error))?;
                let (outgoing, to_send) = mpsc::channel(QUEUE);
                let (received, incoming) = mpsc::channel(QUEUE);
                Ok(Socket { outgoing, incoming, pump: Box::pin(pump(socket, to_send, received)) })
            };
            let late = || TransportError::Unreachable("no socket in time".to_owned());
            tokio::time::timeout(CONNECT_TIME * 2, open).await.map_err(|_| late())?
        })
    }
}

/// Reads a body to its end. It may take as long as it comes: what counts is the silence between two pieces of it.
async fn read(body: hyper::body::Incoming) -> Result<Vec<u8>, TransportError> {
    let broken = || TransportError::Unreachable("the answer broke off".to_owned());
    let (mut body, mut bytes) = (Limited::new(body, ANSWER_BYTES), Vec::new());
    loop {
        let frame = tokio::time::timeout(SILENCE, body.frame()).await.map_err(|_| broken())?;
        match frame {
            None => return Ok(bytes),
            Some(Ok(frame)) => {
                if let Some(piece) = frame.data_ref() {
                    bytes.extend_from_slice(piece);
                }
            }
            Some(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
                return Err(TransportError::TooLarge);
            }
            Some(Err(_)) => return Err(broken()),
        }
    }
}

fn build(address: &Address, request: Request) -> Result<http::Request<Full<Bytes>>, TransportError> {
    let method = match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    };
    let mut builder = http::Request::builder()
        .method(method)
        .uri(address.join(&request.path))
        .header(USER_AGENT, concat!("tidings-sdk/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, "application/json");
    // A part of a file is a part of it as it is.
    if !request.headers.iter().any(|(name, _)| *name == "range") {
        builder = builder.header(ACCEPT_ENCODING, ACCEPTED);
    }
    if let Some(token) = &request.bearer {
        builder = builder.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    if request.body.is_some() && !request.headers.iter().any(|(name, _)| *name == "content-type") {
        builder = builder.header(CONTENT_TYPE, "application/json");
    }
    for (name, value) in &request.headers {
        builder = builder.header(*name, value);
    }
    builder.body(Full::new(Bytes::from(request.body.unwrap_or_default()))).map_err(unusable)
}

fn upgrade(address: &Address) -> Result<http::Request<()>, TransportError> {
    let uri = address.join("/app/v1/socket").replacen("http", "ws", 1);
    http::Request::builder()
        .uri(uri)
        .header("host", address.authority())
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", tungstenite::handshake::client::generate_key())
        .header(USER_AGENT, concat!("tidings-sdk/", env!("CARGO_PKG_VERSION")))
        .body(())
        .map_err(unusable)
}

fn unusable(error: impl std::fmt::Display) -> TransportError {
    TransportError::Unreachable(format!("the address cannot be used: {error}"))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Seconds, as the protocol has it; a date is left to our own back-off.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, RETRY_AFTER.as_str()).map(Duration::from_secs)
}

/// An error in words, with its causes; and whether it is about trust.
fn told(error: &(dyn std::error::Error + 'static)) -> TransportError {
    let mut words = error.to_string();
    let mut untrusted = is_about_trust(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        untrusted |= is_about_trust(error);
        let text = error.to_string();
        if !words.ends_with(&text) {
            words = format!("{words}: {text}");
        }
        cause = error.source();
    }
    if untrusted { TransportError::Insecure(words) } else { TransportError::Unreachable(words) }
}

/// Looks into I/O errors too, which do not name what they wrap as their cause.
fn is_about_trust(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.is_some_and(|inner| is_about_trust(inner))
}

fn refused(error: &tungstenite::Error) -> TransportError {
    match error {
        // Not the body: it may be anybody's page.
        tungstenite::Error::Http(answer) => {
            TransportError::Unreachable(format!("the socket was answered by {}", answer.status().as_u16()))
        }
        other => told(other),
    }
}

/// Moves messages until either end is done.
async fn pump<S: AsyncRead + AsyncWrite + Unpin + Send>(
    mut socket: WebSocketStream<S>,
    mut to_send: mpsc::Receiver<String>,
    received: mpsc::Sender<Incoming>,
) {
    let code = loop {
        let message = tokio::select! {
            text = to_send.recv() => {
                let Some(text) = text else {
                    // Whether the farewell arrives is all the same: the server notices the end either way.
                    drop(tokio::time::timeout(Duration::from_secs(1), socket.close(None)).await);
                    return;
                };
                if socket.send(Message::text(text)).await.is_err() {
                    break None;
                }
                continue;
            }
            message = socket.next() => message,
        };
        let event = match message {
            Some(Ok(Message::Text(text))) => Incoming::Text(text.as_str().to_owned()),
            Some(Ok(Message::Close(frame))) => break frame.map(|frame| frame.code.into()),
            Some(Ok(_)) => Incoming::Alive,
            Some(Err(_)) | None => break None,
        };
        if received.send(event).await.is_err() {
            return;
        }
    };
    drop(received.send(Incoming::Closed(code)).await);
}

#[cfg(test)]
#[path = "real_tests.rs"]
mod tests;
