//! A proxy between a phone and the real server that does to requests what hotels, tunnels and overloaded proxies do.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What is done to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mischief {
    /// The connection ends before the server hears of it.
    CutBefore,
    /// The server obeys, and the connection ends before the answer.
    CutAfter,
    /// The server hears of it late.
    Late,
    /// It waits until another request has been answered.
    Overtaken,
    /// The server hears of it twice.
    Twice,
    /// The server is busy, somebody says.
    Unavailable,
    /// A proxy's page with an error.
    BadGateway,
    /// The page on which a hotel's guests say who they are.
    Portal,
    /// The first half of the answer, then the connection ends.
    Torn,
    /// A socket that opens, and ends after a moment.
    SocketCut,
    /// A bit of a file is another one when it comes.
    Flipped,
}

impl Mischief {
    const FOR_REQUESTS: [Self; 9] = [
        Self::CutBefore,
        Self::CutAfter,
        Self::Late,
        Self::Overtaken,
        Self::Twice,
        Self::Unavailable,
        Self::BadGateway,
        Self::Portal,
        Self::Torn,
    ];
    const FOR_FILES: [Self; 10] = [
        Self::CutBefore,
        Self::CutAfter,
        Self::Late,
        Self::Overtaken,
        Self::Twice,
        Self::Unavailable,
        Self::BadGateway,
        Self::Portal,
        Self::Torn,
        Self::Flipped,
    ];
    const FOR_SOCKETS: [Self; 4] = [Self::CutBefore, Self::Unavailable, Self::Portal, Self::SocketCut];
    /// Those that happen by chance.
    pub(crate) const BY_CHANCE: usize = Self::FOR_REQUESTS.len() + 1;
}

struct State {
    server: SocketAddr,
    /// Requests of a hundred that something is done to.
    percent: AtomicU64,
    /// What is done to the next so many that it can be done to.
    aimed: Mutex<Option<(Mischief, u32)>>,
    /// Rings when open sockets are to end.
    cut: Notify,
    dice: AtomicU64,
    done: Mutex<BTreeMap<Mischief, u32>>,
    answered: Notify,
}

/// A running proxy; it ends with this value.
pub(crate) struct Meddler {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

type Body = BoxBody<Bytes, Infallible>;

/// The connection is to end.
#[derive(Debug, thiserror::Error)]
#[error("cut")]
struct Cut;

impl Meddler {
    /// In front of this port; the seed decides what happens.
    pub(crate) async fn before(port: u16, seed: u64) -> Self {
        Self::start(port, seed, 40).await
    }

    /// In front of this port; everything passes until it is told otherwise.
    pub(crate) async fn at_rest(port: u16) -> Self {
        Self::start(port, 1, 0).await
    }

    async fn start(port: u16, seed: u64, percent: u64) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            server: SocketAddr::from(([127, 0, 0, 1], port)),
            percent: AtomicU64::new(percent),
            aimed: Mutex::default(),
            cut: Notify::new(),
            dice: AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            done: Mutex::default(),
            answered: Notify::new(),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { address, state, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on everything passes.
    pub(crate) fn behave(&self) {
        self.state.percent.store(0, Ordering::Relaxed);
        *self.state.aimed.lock().unwrap() = None;
    }

    /// Does this to the next so many requests, or sockets, that it can be done to. Sockets that are open end now.
    pub(crate) fn aim(&self, mischief: Mischief, times: u32) {
        *self.state.aimed.lock().unwrap() = Some((mischief, times));
        if mischief == Mischief::SocketCut {
            self.state.cut.notify_waiters();
        }
    }

    /// How often it did what.
    pub(crate) fn done(&self) -> BTreeMap<Mischief, u32> {
        self.state.done.lock().unwrap().clone()
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            stream.set_nodelay(true).unwrap();
            let service = service_fn(|request| answer(Arc::clone(&state), request));
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            // That connections end badly is what it is for.
            drop(connection.await);
        });
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
    if request.headers().contains_key("upgrade") {
        return state.socket(request).await;
    }
    let (parts, body) = request.into_parts();
    let can = if parts.uri.path().starts_with("/files/") {
        &Mischief::FOR_FILES[..]
    } else {
        &Mischief::FOR_REQUESTS
    };
    let mischief = state.choose(can);
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let request = || Request::from_parts(parts.clone(), Full::new(body.clone()));
    match mischief {
        Some(Mischief::CutBefore) => return Err(Cut),
        Some(Mischief::Unavailable) => return Ok(page(503, "text/plain", "busy")),
        Some(Mischief::BadGateway) => return Ok(page(502, "text/html", "<h1>Bad Gateway</h1>")),
        Some(Mischief::Portal) => return Ok(page(200, "text/html", "<h1>Welcome, dear guest</h1>")),
        Some(Mischief::Late) => tokio::time::sleep(Duration::from_millis(200)).await,
        Some(Mischief::Overtaken) => {
            let somebody = state.answered.notified();
            // Nobody may come.
            drop(tokio::time::timeout(Duration::from_millis(400), somebody).await);
        }
        Some(Mischief::Twice) => drop(state.ask(request()).await?),
        _ => {}
    }
    let (head, body) = state.ask(request()).await?.into_parts();
    state.answered.notify_waiters();
    match mischief {
        Some(Mischief::CutAfter) => Err(Cut),
        // Of nothing there is no half.
        Some(Mischief::Torn) if body.len() < 2 => Err(Cut),
        Some(Mischief::Flipped) if head.status.is_success() => {
            let mut changed = body.to_vec();
            if let Some(byte) = changed.last_mut() {
                *byte ^= 1;
            }
            Ok(Response::from_parts(head, Full::new(changed.into()).boxed()))
        }
        Some(Mischief::Torn) => {
            let half: Result<_, Infallible> = Ok(Frame::data(body.slice(..body.len() / 2)));
            let mut torn = Response::from_parts(head, StreamBody::new(stream::iter([half])).boxed());
            torn.headers_mut().insert("content-length", body.len().into());
            Ok(torn)
        }
        _ => Ok(Response::from_parts(head, Full::new(body).boxed())),
    }
}

fn page(status: u16, kind: &str, text: &'static str) -> Response<Body> {
    let page = Response::builder().status(status).header("content-type", kind);
    page.body(Full::new(Bytes::from_static(text.as_bytes())).boxed()).unwrap()
}

impl State {
    fn roll(&self) -> u64 {
        // xorshift: the same seed, the same weather, as far as requests come in the same order.
        let next = |mut x: u64| {
            x ^= x << 13;
            x ^= x >> 7;
            Some(x ^ (x << 17))
        };
        self.dice.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap()
    }

    fn choose(&self, among: &[Mischief]) -> Option<Mischief> {
        let aimed = self.aimed.lock().unwrap().as_mut().and_then(|(mischief, left)| {
            let hits = among.contains(mischief) && *left > 0;
            *left -= u32::from(hits);
            hits.then_some(*mischief)
        });
        if let Some(mischief) = aimed {
            *self.done.lock().unwrap().entry(mischief).or_default() += 1;
            return Some(mischief);
        }
        if self.roll() % 100 >= self.percent.load(Ordering::Relaxed) {
            return None;
        }
        // Of a file, a part that was flipped costs all of it; by chance that would be too often.
        let chances = among.strip_suffix(&[Mischief::Flipped]).unwrap_or(among);
        let place = usize::try_from(self.roll() % 1_000_003).unwrap() % chances.len();
        *self.done.lock().unwrap().entry(chances[place]).or_default() += 1;
        Some(chances[place])
    }

    /// Asks the server, on a connection for this alone.
    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Cut> {
        let stream = TcpStream::connect(self.server).await.map_err(|_| Cut)?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| Cut)?;
        tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await.map_err(|_| Cut)?.into_parts();
        let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
        Ok(Response::from_parts(head, body))
    }

    async fn socket(self: Arc<Self>, mut request: Request<Incoming>) -> Result<Response<Body>, Cut> {
        let mischief = self.choose(&Mischief::FOR_SOCKETS);
        match mischief {
            Some(Mischief::CutBefore) => return Err(Cut),
            Some(Mischief::Unavailable) => return Ok(page(503, "text/plain", "busy")),
            Some(Mischief::Portal) => return Ok(page(200, "text/html", "<h1>Welcome, dear guest</h1>")),
            _ => {}
        }
        let life = match mischief {
            Some(_) => Duration::from_millis(50 + self.roll() % 800),
            None => Duration::from_hours(1),
        };
        let stream = TcpStream::connect(self.server).await.map_err(|_| Cut)?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| Cut)?;
        tokio::spawn(connection.with_upgrades());
        let mut onwards = Request::new(Empty::<Bytes>::new());
        *onwards.uri_mut() = request.uri().clone();
        onwards.headers_mut().clone_from(request.headers());
        let mut answer = sender.send_request(onwards).await.map_err(|_| Cut)?;
        let (phone, server) = (hyper::upgrade::on(&mut request), hyper::upgrade::on(&mut answer));
        tokio::spawn(async move {
            let (Ok(phone), Ok(server)) = tokio::join!(phone, server) else { return };
            let (mut phone, mut server) = (TokioIo::new(phone), TokioIo::new(server));
            tokio::select! {
                () = self.cut.notified() => {}
                () = tokio::time::sleep(life) => {}
                _ = tokio::io::copy_bidirectional(&mut phone, &mut server) => {}
            }
        });
        let (head, _) = answer.into_parts();
        Ok(Response::from_parts(head, Empty::new().boxed()))
    }
}
