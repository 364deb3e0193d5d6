//! An hour in which nothing happens, in virtual time: how often the phone wakes, and what it sends.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tidings_sdk_core::protocol::app::{Bootstrap, SignedIn};
use tidings_sdk_core::protocol::change::{Catchup, ChangePage};
use tidings_sdk_core::protocol::conversation::Conversation;
use tidings_sdk_core::protocol::frame::{AppFrame, AppServerFrame, Hello, ReconnectWindow};
use tidings_sdk_core::transport::{
    Answer, BoxFuture, Incoming, Method, Request, Socket, Transport, TransportError,
};
use tidings_sdk_core::{
    Client, Clock, DiskWork, Host, Listeners, SyncState, SystemClock, SystemRandom, User, Visibility,
};
use tokio::sync::mpsc;

use crate::{config, cursor, me, ok};

/// What a phone did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hour {
    pub(crate) requests: u64,
    pub(crate) sockets: u64,
    /// Frames that it sent.
    pub(crate) frames: u64,
    /// Timers that ran out.
    pub(crate) timers: u64,
}

#[derive(Default)]
struct Counted {
    requests: AtomicU64,
    sockets: AtomicU64,
    frames: AtomicU64,
    timers: AtomicU64,
}

impl Counted {
    /// What was counted since it was asked last.
    fn take(&self) -> Hour {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        Hour {
            requests: take(&self.requests),
            sockets: take(&self.sockets),
            frames: take(&self.frames),
            timers: take(&self.timers),
        }
    }
}

/// A clock that counts the timers that run out.
struct Watched(SystemClock, Arc<Counted>);

impl Clock for Watched {
    fn wall_ms(&self) -> i64 {
        self.0.wall_ms()
    }

    fn steady_ms(&self) -> u64 {
        self.0.steady_ms()
    }

    fn sleep_until(&self, steady_ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (sleep, counted) = (self.0.sleep_until(steady_ms), Arc::clone(&self.1));
        Box::pin(async move {
            sleep.await;
            counted.timers.fetch_add(1, Ordering::Relaxed);
        })
    }
}

/// A server that has nothing to say.
struct Quiet(Arc<Counted>);

impl Transport for Quiet {
    fn request(&self, request: Request) -> BoxFuture<Result<Answer, TransportError>> {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        let user = me();
        let answer = match (request.method, request.path.as_str()) {
            (Method::Post, "/app/v1/sessions") => ok(&SignedIn { user, session_token: "t".to_owned() }),
            (Method::Get, "/app/v1/bootstrap") => ok(&Bootstrap {
                version: 1,
                user,
                conversations: Vec::new(),
                next: None,
                unread: 0,
                cursor: cursor(0),
            }),
            _ => ok(&Catchup::<Conversation>::Changes(ChangePage {
                changes: Vec::new(),
                conversations: Vec::new(),
                cursor: cursor(0),
                more: false,
            })),
        };
        Box::pin(async move { Ok(answer) })
    }

    fn open_socket(&self) -> BoxFuture<Result<Socket, TransportError>> {
        let counted = Arc::clone(&self.0);
        counted.sockets.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            let (outgoing, mut from_app) = mpsc::channel::<String>(32);
            let (to_app, incoming) = mpsc::channel(32);
            let pump = async move {
                while let Some(text) = from_app.recv().await {
                    counted.frames.fetch_add(1, Ordering::Relaxed);
                    let answer = match serde_json::from_str(&text).unwrap() {
                        AppFrame::Authenticate { .. } => AppServerFrame::Hello(Hello {
                            version: 1,
                            reconnect: ReconnectWindow { min_ms: 100, max_ms: 1_000 },
                            ping_ms: 25_000,
                        }),
                        AppFrame::Ping {} => AppServerFrame::Pong,
                        _ => continue,
                    };
                    let answer = serde_json::to_string(&answer).unwrap();
                    if to_app.send(Incoming::Text(answer)).await.is_err() {
                        break;
                    }
                }
            };
            Ok(Socket { outgoing, incoming, pump: Box::pin(pump) })
        })
    }
}

/// An hour on the screen, and an hour in the background.
pub(crate) fn hours(folder: &Path) -> (Hour, Hour) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let counted = Arc::new(Counted::default());
        let host = Host {
            transport: Some(Arc::new(Quiet(Arc::clone(&counted)))),
            clock: Arc::new(Watched(SystemClock::default(), Arc::clone(&counted))),
            random: Arc::new(SystemRandom),
            disk: DiskWork::InPlace,
            listeners: Listeners::Task,
            runtime: tokio::runtime::Handle::current(),
        };
        let client = Client::open(config(folder), host).await.unwrap();
        client.sign_in(User::Anonymous).await.unwrap();
        client.set_visibility(Visibility::Foreground);
        while client.sync_state() != SyncState::Live {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        counted.take();
        tokio::time::sleep(Duration::from_hours(1)).await;
        let on_screen = counted.take();
        client.set_visibility(Visibility::Background);
        while client.sync_state() != SyncState::Suspended {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        tokio::time::sleep(Duration::from_secs(30)).await;
        counted.take();
        tokio::time::sleep(Duration::from_hours(1)).await;
        let in_background = counted.take();
        client.close().await;
        (on_screen, in_background)
    })
}
