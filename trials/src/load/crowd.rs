//! A crowd of sockets that only wait, and that can lose their connections all at once.
//!
//! It lives in a thread of its own: what five thousand handshakes cost the generator must not look like a server that
//! answers late to others.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::AppId;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock;
use crate::phone::Phone;

/// How many sign in at once.
const AT_ONCE: usize = 32;

/// Many phones in a thread; they go when this value does.
pub struct Crowd {
    size: usize,
    counts: Arc<Counts>,
    /// Each new number is a storm: everybody drops the connection and comes back.
    storm: watch::Sender<u64>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Counts {
    /// The last storm, and how many sockets were opened since.
    open: Mutex<(u64, usize)>,
    /// Connections and sign-ins that were refused or broke.
    refused: AtomicU64,
}

impl Crowd {
    /// Signs in so many users and says where each of them stands. Their sockets are not open yet.
    pub async fn sign_in(address: SocketAddr, app_id: AppId, size: usize) -> anyhow::Result<Members> {
        let mut tasks = JoinSet::new();
        let mut members = Vec::with_capacity(size);
        for _ in 0..size {
            if tasks.len() >= AT_ONCE
                && let Some(done) = tasks.join_next().await
            {
                members.push(done??);
            }
            tasks.spawn(async move {
                let mut phone = Phone::anonymous(address, app_id).await?;
                let cursor = phone.bootstrap().await?.cursor;
                // The connection that signed in closes; only the session is needed.
                anyhow::Ok((phone.beside(address)?, cursor))
            });
        }
        while let Some(done) = tasks.join_next().await {
            members.push(done??);
        }
        Ok(Members(members))
    }

    /// Opens everybody's socket, in a thread of its own, as fast as the server lets them.
    pub fn start(members: Members) -> anyhow::Result<Self> {
        let (storm, storms) = watch::channel(0);
        let counts = Arc::new(Counts::default());
        let size = members.0.len();
        let theirs = Arc::clone(&counts);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("crowd".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let mut tasks = JoinSet::new();
                for (phone, cursor) in members.0 {
                    tasks.spawn(be_there(phone, cursor, storms.clone(), Arc::clone(&theirs)));
                }
                drop(storms);
                // They end when the storms can come no more.
                while tasks.join_next().await.is_some() {}
            });
        })?;
        Ok(Self { size, counts, storm, thread: Some(thread) })
    }

    /// Waits until everybody is connected, and says how long that took.
    pub async fn wait_all_there(&self, limit: Duration) -> anyhow::Result<Duration> {
        let started = Instant::now();
        while self.counts.open() < self.size {
            ensure!(
                started.elapsed() < limit,
                "{} of {} sockets are open after {limit:?}, {} attempts were refused",
                self.counts.open(),
                self.size,
                self.refused()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(started.elapsed())
    }

    /// Everybody loses the connection without a word and comes back at once: the worst a network can do to a server.
    pub fn storm(&self) {
        let mut open = self.counts.open.lock().unwrap_or_else(PoisonError::into_inner);
        *open = (open.0 + 1, 0);
        self.storm.send_replace(open.0);
    }

    /// How many attempts to connect were refused so far.
    pub fn refused(&self) -> u64 {
        self.counts.refused.load(Ordering::Relaxed)
    }
}

impl Counts {
    fn open(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// Changes the count, unless a storm has come that the socket does not know of yet.
    fn change(&self, storm: u64, by: isize) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.0 == storm {
            open.1 = open.1.saturating_add_signed(by);
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // With the sender gone everybody leaves.
        self.storm = watch::channel(0).0;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Signed-in phones, and where each of them stands in its feed.
pub struct Members(Vec<(Phone, Cursor)>);

/// Connects again whenever the connection is lost, until there is nothing to wait for.
async fn be_there(mut phone: Phone, cursor: Cursor, mut storms: watch::Receiver<u64>, counts: Arc<Counts>) {
    loop {
        let storm = *storms.borrow_and_update();
        let Ok(mut socket) = phone.socket(cursor, false).await else {
            counts.refused.fetch_add(1, Ordering::Relaxed);
            // As the server asks with `Retry-After`: after a second, and not all in the same moment.
            let [random] = clock::random();
            tokio::time::sleep(Duration::from_millis(1000 + 8 * u64::from(random))).await;
            if storms.has_changed().is_err() {
                return;
            }
            continue;
        };
        counts.change(storm, 1);
        loop {
            tokio::select! {
                changed = storms.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
                text = socket.text() => if text.is_err() {
                    counts.change(storm, -1);
                    counts.refused.fetch_add(1, Ordering::Relaxed);
                    break;
                },
            }
        }
    }
}
