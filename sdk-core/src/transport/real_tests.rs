//! The real transport against servers that behave and servers that do not.

use super::*;
use crate::config::PlainHttp;
use crate::transport::{Dial, over};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

#[test]
fn a_pem_without_a_certificate_is_refused() {
    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(tls(Some(pem)).is_err(), "{pem}");
    }
    assert!(tls(None).is_ok());
}

#[test]
fn retry_after_is_read_in_seconds() {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, "7".parse().unwrap());
    assert_eq!(super::retry_after(&headers), Some(Duration::from_secs(7)));
    headers.insert(RETRY_AFTER, "soon".parse().unwrap());
    assert_eq!(super::retry_after(&headers), None);
}

fn get() -> Request {
    Request {
        method: Method::Get,
        path: "/app/v1/bootstrap".to_owned(),
        bearer: Some("t".to_owned()),
        headers: Vec::new(),
        body: None,
    }
}

fn transport(url: &str, pem: Option<&str>) -> RealTransport {
    RealTransport::new(Address::parse(url, PlainHttp::LoopbackOnly).unwrap(), pem).unwrap()
}

/// Reads one request's head and writes an answer.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, answer: &[u8]) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { break };
        head.push(byte);
    }
    // A client that has had enough closes early; that is what some of these tests are about.
    drop(stream.write_all(answer).await);
    drop(stream.shutdown().await);
    String::from_utf8(head).unwrap()
}

/// A server that gives every connection this answer; plain.
async fn plain(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream, &answer).await;
        }
    });
    url
}

/// A server with a certificate that its own authority signed; the authority's certificate comes with it.
async fn secure() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let private = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private.into())
            .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
            }
        }
    });
    (url, certificate.pem())
}

#[tokio::test]
async fn a_company_s_own_authority_is_trusted_when_the_app_says_so() {
    let (url, pem) = secure().await;
    let answer = transport(&url, Some(&pem)).request(get()).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"{}".as_slice()));
    let refused = transport(&url, None).request(get()).await.unwrap_err();
    assert!(matches!(refused, TransportError::Insecure(_)), "{refused:?}");
    let socket = transport(&url, None).open_socket().await.unwrap_err();
    assert!(matches!(socket, TransportError::Insecure(_)), "{socket:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (url, pem) = secure().await;
    let other = url.replace("localhost", "127.0.0.1");
    let refused = transport(&other, Some(&pem)).request(get()).await.unwrap_err();
    assert!(matches!(refused, TransportError::Insecure(_)), "{refused:?}");
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", ANSWER_BYTES + 1).into_bytes();
    answer.resize(answer.len() + ANSWER_BYTES + 1, b' ');
    let url = plain(answer).await;
    assert_eq!(transport(&url, None).request(get()).await.unwrap_err(), TransportError::TooLarge);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    for broken in
        ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}", "SSH-2.0-OpenSSH_9.2\r\n"]
    {
        let url = plain(broken.as_bytes().to_vec()).await;
        let error = transport(&url, None).request(get()).await.unwrap_err();
        assert!(matches!(error, TransportError::Unreachable(_)), "{broken:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_token() {
    let url =
        plain(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec())
            .await;
    assert_eq!(transport(&url, None).request(get()).await.unwrap().status, 302);
}

#[tokio::test]
async fn a_page_instead_of_a_socket_is_told() {
    let url = plain(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".to_vec()).await;
    let error = transport(&url, None).open_socket().await.unwrap_err();
    assert_eq!(error, TransportError::Unreachable("the socket was answered by 200".to_owned()));
}

#[tokio::test]
async fn nobody_there_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = transport(&url, None).request(get()).await.unwrap_err();
    assert!(matches!(error, TransportError::Unreachable(_)), "{error:?}");
}

/// Connections whose other end somebody plays.
struct Played<F>(F);

impl<F: Fn(DuplexStream) -> BoxFuture<()> + Send + Sync + 'static> Dial for Played<F> {
    type Stream = DuplexStream;

    fn dial(&self) -> BoxFuture<std::io::Result<DuplexStream>> {
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn((self.0)(far));
        Box::pin(async move { Ok(near) })
    }
}

/// A server that answers with ten bytes, one every ten seconds, until it has written so many; then it is silent.
async fn trickle(mut far: DuplexStream, bytes: usize) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(far.read_u8().await.unwrap());
    }
    far.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n").await.unwrap();
    for _ in 0..bytes {
        tokio::time::sleep(Duration::from_secs(10)).await;
        far.write_all(b"x").await.unwrap();
    }
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_slowly_is_read_to_its_end_and_a_silent_one_is_given_up() {
    let began = tokio::time::Instant::now();
    let slow =
        over("http://chat.example.org", Played(|far| Box::pin(trickle(far, 10)) as BoxFuture<()>)).unwrap();
    assert_eq!(slow.request(get()).await.unwrap().body, b"xxxxxxxxxx");
    assert_eq!(began.elapsed().as_secs(), 100);
    let began = tokio::time::Instant::now();
    let silent =
        over("http://chat.example.org", Played(|far| Box::pin(trickle(far, 4)) as BoxFuture<()>)).unwrap();
    let error = silent.request(get()).await.unwrap_err();
    assert_eq!(error, TransportError::Unreachable("the answer broke off".to_owned()));
    assert_eq!(began.elapsed().as_secs(), 40 + SILENCE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_chunk_gets_the_time_that_the_slowest_line_needs_and_a_question_half_a_minute() {
    for (body, seconds) in [(None, 30), (Some(64 * 1024), 62), (Some(512 * 1024), 62)] {
        let deaf = |far: DuplexStream| -> BoxFuture<()> {
            Box::pin(async move {
                let _far = far;
                std::future::pending::<()>().await;
            })
        };
        let began = tokio::time::Instant::now();
        let request = Request { body: body.map(|bytes| vec![0; bytes]), ..get() };
        let error =
            over("http://chat.example.org", Played(deaf)).unwrap().request(request).await.unwrap_err();
        assert_eq!(error, TransportError::Unreachable("no answer in time".to_owned()));
        assert_eq!(began.elapsed().as_secs(), seconds, "{body:?}");
    }
}
