//! Running without real time passing: for a simulation, in which a thread of the database's driver that answers a little
//! earlier or later would make another order of events.
//!
//! A driver's future is polled until it is done, inside one poll of whoever waits for it. So nothing else of the process
//! runs in between, a simulated crash never falls into the middle of a statement, and the order of events is that of
//! the polls alone. Connections come from no pool, because a pool gives them back in a task of its own.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};

use crate::error::{Meaning, Result};

/// Asked when a batch is about to be committed; what it answers happens to the batch.
pub type Faults = Arc<dyn Fn() -> Option<BatchFault> + Send + Sync>;

/// What can happen to a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchFault {
    /// The disk is full: nothing is stored.
    Full,
    /// The database is gone before the commit: nothing is stored.
    LostBeforeCommit,
    /// The database is gone after the commit: everything is stored, and nobody is told.
    LostAfterCommit,
}

impl BatchFault {
    /// What it is before the commit, if it comes then.
    pub(crate) const fn before_commit(self) -> Option<Meaning> {
        match self {
            Self::Full => Some(Meaning::Full),
            Self::LostBeforeCommit => Some(Meaning::Lost),
            Self::LostAfterCommit => None,
        }
    }
}

/// For the whole process, because a simulation is a process of its own: what happens in one store must not overtake
/// what happens in another.
static IN_PLACE: AtomicBool = AtomicBool::new(false);

/// From now on, everything is done in place.
pub(crate) fn begin() {
    IN_PLACE.store(true, Ordering::Relaxed);
}

pub(crate) fn is_on() -> bool {
    IN_PLACE.load(Ordering::Relaxed)
}

/// The future itself; in a simulation, done by the end of its first poll.
pub(crate) async fn finish<F: Future>(future: F) -> F::Output {
    if is_on() { block_on(future) } else { future.await }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls until it is done; the thread sleeps in between.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// The one connection that reads. Reads never overlap, since each is finished in one poll.
pub(crate) struct Reader {
    options: SqliteConnectOptions,
    idle: Mutex<Option<SqliteConnection>>,
}

impl Reader {
    pub(crate) fn new(options: SqliteConnectOptions) -> Arc<Self> {
        Arc::new(Self { options, idle: Mutex::default() })
    }

    pub(crate) async fn borrow(self: &Arc<Self>) -> Result<Borrowed> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Borrowed { connection: Some(connection), home: Arc::clone(self), snapshot: Snapshot::No })
    }

    pub(crate) fn close(&self) {
        drop(self.idle.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Whether a transaction is open that sees one moment.
#[derive(PartialEq, Eq)]
enum Snapshot {
    Yes,
    No,
}

/// The reader while somebody reads; dropping it gives it back and ends its transaction.
pub(crate) struct Borrowed {
    /// None only while it is dropped.
    connection: Option<SqliteConnection>,
    home: Arc<Reader>,
    snapshot: Snapshot,
}

impl Borrowed {
    pub(crate) async fn snapshot(mut self) -> Result<Self> {
        if let Some(connection) = &mut self.connection {
            sqlx::raw_sql("BEGIN").execute(connection).await?;
            self.snapshot = Snapshot::Yes;
        }
        Ok(self)
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("it is given back only when this is dropped")
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let ended = self.snapshot == Snapshot::No
            || block_on(sqlx::raw_sql("ROLLBACK").execute(&mut connection)).is_ok();
        if ended {
            *self.home.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        }
    }
}
