//! HTTP/2 to a push service: one connection that is kept, and errors that say whether a push may have arrived.

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::SetupError;
use super::resolve::Resolver;

/// How long an exchange may take, connecting included. A job's lease is three times as long.
const EXCHANGE: Duration = Duration::from_secs(20);
/// How long TCP may take to connect.
const CONNECT: Duration = Duration::from_secs(10);
/// A connection without traffic for this long is asked whether it is still there: NATs forget one after minutes.
const PING_INTERVAL: Duration = Duration::from_mins(1);
/// How long the answer to a ping may take.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is read. Real ones have a few hundred bytes.
const ANSWER_BYTES: usize = 64 * 1024;

/// Whom we trust to be a push service: the roots of Mozilla, and one file of the operator's.
#[derive(Clone)]
pub struct Trust(Arc<rustls::ClientConfig>);

impl Trust {
    /// Reads the operator's file of certificates in PEM, if there is one.
    pub fn load(extra_ca_pem_file: Option<&Path>) -> Result<Self, SetupError> {
        let mut roots = rustls::RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(path) = extra_ca_pem_file {
            let unreadable = |why: String| SetupError::ExtraCa { path: path.to_owned(), why };
            let certificates = CertificateDer::pem_file_iter(path).map_err(|e| unreadable(e.to_string()))?;
            let mut count = 0;
            for certificate in certificates {
                let certificate = certificate.map_err(|e| unreadable(e.to_string()))?;
                roots.add(certificate).map_err(|e| unreadable(e.to_string()))?;
                count += 1;
            }
            if count == 0 {
                return Err(unreadable("it holds no certificate".to_owned()));
            }
        }
        // Named, because a default provider exists only while exactly one is compiled in.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }
}

impl Trust {
    /// The same for another client.
    pub(crate) fn client_config(&self) -> rustls::ClientConfig {
        rustls::ClientConfig::clone(&self.0)
    }
}

/// What a service answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

/// Why there was no answer. The texts name no device and no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// No connection could be made, so nothing was sent.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// The service said that it did nothing with this request: repeating it at once is safe.
    #[error("not processed: {0}")]
    NotProcessed(String),
    /// The request may or may not have been acted upon.
    #[error("no answer: {0}")]
    Ambiguous(String),
}

type Http = Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// Which addresses may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those of the internet only: the address was named by somebody who must not reach into our own network.
    Public,
    /// All: the operator has named it.
    Anywhere,
}

/// Which HTTP the other side speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// HTTP/2, as Apple and Google do.
    Http2,
    /// Whatever it chooses.
    Either,
}

/// A client for one credential. Never share one between two: Apple ties a connection to one key, and the pool
/// knows addresses only.
pub struct Net {
    trust: Trust,
    reach: Reach,
    speaks: Speaks,
    client: RwLock<(u64, Http)>,
}

impl Net {
    /// A client that connects when it is first used.
    pub fn new(trust: &Trust) -> Self {
        Self::to(trust, Reach::Anywhere, Speaks::Http2)
    }

    /// The same for somebody else's addresses, or for services that may speak HTTP/1.1.
    pub fn to(trust: &Trust, reach: Reach, speaks: Speaks) -> Self {
        let client = RwLock::new((0, client(trust, reach, speaks)));
        Self { trust: trust.clone(), reach, speaks, client }
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, NetError> {
        let (number, client) = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Ok(answer) = tokio::time::timeout(EXCHANGE, exchange(&client, request)).await {
            return answer;
        }
        // The connection may be one that the network forgot: packets vanish, and nobody says so. The next push
        // makes a new one instead of waiting for the kernel to give up, which takes a quarter of an hour.
        let mut current = self.client.write().unwrap_or_else(PoisonError::into_inner);
        if current.0 == number {
            *current = (number + 1, self::client(&self.trust, self.reach, self.speaks));
        }
        Err(NetError::Ambiguous(format!("timeout after {} s", EXCHANGE.as_secs())))
    }
}

async fn exchange(client: &Http, request: Request<Full<Bytes>>) -> Result<Answer, NetError> {
    let response = client.request(request).await.map_err(|error| {
        if error.is_connect() { NetError::Unreachable(innermost(&error)) } else { classify(&error) }
    })?;
    let (head, body) = response.into_parts();
    // The status has come, so whatever happens to the body the request was processed.
    let body = Limited::new(body, ANSWER_BYTES).collect().await;
    let body = body.map_err(|error| NetError::Ambiguous(innermost(&*error)))?.to_bytes();
    Ok(Answer { status: head.status, headers: head.headers, body })
}

fn client(trust: &Trust, reach: Reach, speaks: Speaks) -> Http {
    let mut tcp = HttpConnector::new_with_resolver(Resolver(reach));
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(CONNECT));
    // HEADERS and DATA go out in two writes; with Nagle's algorithm the second waits 40 ms for an ACK.
    tcp.set_nodelay(true);
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(rustls::ClientConfig::clone(&trust.0)).https_only();
    let connector = match speaks {
        Speaks::Http2 => connector.enable_http2().wrap_connector(tcp),
        Speaks::Either => connector.enable_all_versions().wrap_connector(tcp),
    };
    Client::builder(TokioExecutor::new())
        // Without these two hyper's timers, PING among them, do nothing.
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        // Without it a burst into a cold client makes a connection for each request.
        .http2_only(speaks == Speaks::Http2)
        // APNs takes one stream until it has seen a valid token; its SETTINGS raise the number then.
        .http2_initial_max_send_streams(1)
        .http2_keep_alive_interval(PING_INTERVAL)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        .http2_keep_alive_while_idle(true)
        .build(connector)
}

/// Finds what HTTP/2 said. Only two things prove that nothing was done: `REFUSED_STREAM` (RFC 9113, 8.7), and a
/// GOAWAY of the peer whose last stream came before ours (6.8).
fn classify(error: &(dyn Error + 'static)) -> NetError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(h2) = error.downcast_ref::<h2::Error>() {
            let refused = h2.is_remote() && h2.reason() == Some(h2::Reason::REFUSED_STREAM);
            if refused || (h2.is_remote() && h2.is_go_away()) {
                return NetError::NotProcessed(h2.to_string());
            }
        }
        cause = error.source();
    }
    NetError::Ambiguous(innermost(error))
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
