//! The store as a whole: opening, writing, reading, closing.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tidings_protocol::cursor::{Cursor, Epoch};
use tidings_protocol::{Seq, limits};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::database_url::DatabaseUrl;
use crate::db::{Address, Connected, Readers, Reading};
use crate::distribution::Distribution;
use crate::error::{Error, Fault, Result};
use crate::in_place::{self, Faults};
use crate::writer::{Counters, Hooks, Job, Lane, QUEUE, Queued, start};
use crate::{Command, OnCommit, OnFatal, migrate};

/// How to open a store.
pub struct Options {
    /// Which database.
    pub url: DatabaseUrl,
    /// Random bits for the epoch, used when the database is new.
    pub epoch_bits: u64,
    /// Called after each commit.
    pub on_commit: OnCommit,
    /// Called when the process must end.
    pub on_fatal: OnFatal,
}

/// Writers of one node on PostgreSQL. More commit smaller batches and wait for each other at the feed of a busy team:
/// measured, see `docs/decisions/0012-one-writer-a-node.md`.
const POSTGRES_LANES: usize = 1;
/// How long one read may take.
const READ: Duration = Duration::from_secs(5);
/// How long a command waits for a place in a full queue.
const QUEUE_WAIT: Duration = Duration::from_secs(5);
/// How long the database may take to show that it is there.
const PING: Duration = Duration::from_millis(1500);

/// The store. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    address: Address,
    epoch: Epoch,
    backend: &'static str,
    readers: Readers,
    queues: Vec<mpsc::Sender<Box<dyn Job>>>,
    lanes: Mutex<Vec<Lane>>,
    counters: Arc<Counters>,
}

/// What the writers have done since the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WriteMetrics {
    /// Commands of each batch; their number is that of the commits.
    pub batch_commands: Distribution,
    /// Seconds that each batch took to write the rows it has collected and to commit, which is mostly the flush. What its
    /// commands read and wrote before is not in it.
    pub commit_seconds: Distribution,
    /// Commands that wait now.
    pub queued: u64,
}

impl Db {
    /// Connects, migrates and starts the writers. A database of a newer version is refused.
    pub async fn open(options: Options) -> Result<Self> {
        Self::open_with(options, None).await
    }

    /// Opens a SQLite file for a simulation: from now on, all stores of this process finish each batch and each
    /// read inside one poll of whoever waits for it, so that virtual time stands still meanwhile and one order of
    /// events remains. `faults` says which batches fail, and where.
    pub async fn open_in_place(options: Options, faults: Faults) -> Result<Self> {
        in_place::begin();
        in_place::finish(Self::open_with(options, Some(faults))).await
    }

    async fn open_with(options: Options, faults: Option<Faults>) -> Result<Self> {
        let address = Address::of(&options.url)?;
        let open = |error| match error {
            Error::Unavailable => Fault::Open(format!("{:?} is out of reach", options.url)).into(),
            other => other,
        };
        let mut first = address.connect().await.map_err(open)?;
        let epoch = migrate::migrate(&address, &mut first, Epoch::from_bits(options.epoch_bits)).await?;
        first.be_writer().await?;
        let counters = Arc::new(Counters::default());
        let hooks = Hooks {
            on_commit: options.on_commit,
            on_fatal: options.on_fatal,
            counters: Arc::clone(&counters),
            epoch,
            faults,
        };
        let mut lanes = vec![start(address.clone(), first, hooks.clone())];
        if matches!(address, Address::Postgres(..)) {
            while lanes.len() < POSTGRES_LANES {
                lanes.push(start(address.clone(), address.connect().await?, hooks.clone()));
            }
        }
        Ok(Self(Arc::new(Inner {
            epoch,
            backend: address.backend(),
            readers: address.readers(),
            queues: lanes.iter().map(|lane| lane.queue.clone()).collect(),
            lanes: Mutex::new(lanes),
            counters,
            address,
        })))
    }

    /// Applies a command. `Ok` means that it is flushed; [`Error::Unavailable`] that the outcome is unknown, so
    /// repeat it with the same id. Dropping the future does no harm: the command is done or not.
    pub async fn write<C: Command>(&self, command: C) -> Result<C::Output> {
        let queue = self.queue(command.lane());
        let (reply, result) = oneshot::channel();
        let job = Box::new(Queued { command, outcome: None, reply });
        queue.send_timeout(job, QUEUE_WAIT).await.map_err(|_| Error::Unavailable)?;
        result.await.map_err(|_| Error::Unavailable)?
    }

    fn queue(&self, lane: Option<Uuid>) -> &mpsc::Sender<Box<dyn Job>> {
        let queues = &self.0.queues;
        // The low half of a UUIDv7 is random.
        let lane = lane.map_or(0, |lane| lane.as_u64_pair().1 % queues.len() as u64);
        &queues[usize::try_from(lane).unwrap_or_default()]
    }

    /// Waits for what is queued, and leaves the database tidy. Other clones can write no more.
    pub async fn close(self) {
        self.0.readers.close().await;
        let lanes = std::mem::take(&mut *self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner));
        for lane in &lanes {
            lane.closing.notify_one();
        }
        for lane in lanes {
            // A writer that panicked has already called `on_fatal`.
            let _ = lane.task.await;
        }
    }

    /// The identity of this database's history.
    pub fn epoch(&self) -> Epoch {
        self.0.epoch
    }

    /// A place in a feed of this database.
    pub(crate) fn cursor(&self, seq: Seq) -> Cursor {
        Cursor { epoch: self.0.epoch, seq }
    }

    /// Whether the database answers, within 2 seconds.
    pub async fn ping(&self) -> Result<()> {
        let ping = async { self.single().await?.conn().run("SELECT 1").await };
        tokio::time::timeout(PING, in_place::finish(ping)).await.map_err(|_| Error::Unavailable)?
    }

    /// `sqlite` or `postgres`.
    pub fn backend(&self) -> &'static str {
        self.0.backend
    }

    /// What the writers have done.
    pub fn write_metrics(&self) -> WriteMetrics {
        let counters = &self.0.counters;
        let queued: usize = self.0.queues.iter().map(|queue| QUEUE - queue.capacity()).sum();
        WriteMetrics {
            batch_commands: counters.sizes.now(),
            commit_seconds: counters.commits.now(),
            queued: queued as u64,
        }
    }

    /// A connection of its own, for what runs outside of transactions.
    pub(crate) async fn connect_anew(&self) -> Result<Connected> {
        self.0.address.connect().await
    }

    /// A connection for one statement that reads.
    pub(crate) async fn single(&self) -> Result<Reading> {
        self.0.readers.single().await
    }

    /// A connection for statements that must see one moment.
    pub(crate) async fn snapshot(&self) -> Result<Reading> {
        self.0.readers.snapshot().await
    }
}

/// Bounds a read in time.
pub(crate) async fn in_time<T>(read: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(READ, in_place::finish(read)).await.map_err(|_| Error::Unavailable)?
}

/// A page's size as asked for, within what is allowed.
pub(crate) fn page(limit: i64) -> i64 {
    limit.clamp(1, limits::PAGE)
}

/// Cuts the row that was read only to see whether there is more.
pub(crate) fn cut<T>(rows: &mut Vec<T>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or_default();
    let more = rows.len() > limit;
    rows.truncate(limit);
    more
}
