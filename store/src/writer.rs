//! Group commit: a writer takes all commands that wait, applies each so that it stands or falls alone, commits them
//! together, and only then answers. There is no timer: while one batch is being flushed, the next one gathers.
//!
//! SQLite has one writer. PostgreSQL may have several lanes, each a writer with its own connection; commands of one
//! conversation always take the same lane.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidings_protocol::cursor::Epoch;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::batch::{Batch, Care, Kind, Run, apply, arrange, unraced};
use crate::db::{Address, Connected};
use crate::distribution::Counting;
use crate::error::{Error, Meaning, Result};
use crate::in_place::{self, BatchFault, Faults};
use crate::messages::AppendMessage;
use crate::planted::{self, Bug};
use crate::thread::Opening;
use crate::tx::Tx;
use crate::{Command, Committed, OnCommit, OnFatal, migrate};

/// Commands of one batch.
const BATCH: usize = 256;
/// Commands that may wait in one lane.
pub(crate) const QUEUE: usize = 1024;
/// How often a batch that collided with another transaction is applied.
pub(crate) const ATTEMPTS: u32 = 3;
/// How long a batch may take on PostgreSQL, where the network can swallow an answer. SQLite has no such limit:
/// a slow disk is slow, and what it flushes is flushed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A command that waits, whatever its type.
pub(crate) trait Job: Send {
    fn lane(&self) -> Option<Uuid>;
    /// The command, if it is to append a message: all of a batch are applied together.
    fn as_append(&mut self) -> Option<&mut Queued<AppendMessage>>;
    /// The command with its type, for the few kinds of which those of a batch may be applied together.
    fn as_any(&mut self) -> &mut dyn Any;
    fn apply<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Pin<Box<dyn Future<Output = Applied> + Send + 'a>>;
    /// Answers what the last `apply` found; its batch is committed.
    fn answer(self: Box<Self>);
    fn fail(self: Box<Self>, error: Error);
}

/// What became of one command inside its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It stands.
    Done,
    /// It was refused: what it wrote is rolled back, the others go on.
    Refused,
    /// The batch cannot go on.
    Broken(Meaning),
}

/// A command with the way back to its caller.
pub(crate) struct Queued<C: Command> {
    pub(crate) command: C,
    pub(crate) outcome: Option<Result<C::Output>>,
    pub(crate) reply: oneshot::Sender<Result<C::Output>>,
}

impl<C: Command> Job for Queued<C> {
    fn lane(&self) -> Option<Uuid> {
        self.command.lane()
    }

    fn as_append(&mut self) -> Option<&mut Queued<AppendMessage>> {
        self.as_any().downcast_mut()
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn apply<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Pin<Box<dyn Future<Output = Applied> + Send + 'a>> {
        Box::pin(async move {
            let outcome = self.command.apply(tx).await;
            let applied = match &outcome {
                Ok(_) => Applied::Done,
                Err(error) => match error.meaning() {
                    None | Some(Meaning::Mistake) => Applied::Refused,
                    Some(meaning) => Applied::Broken(meaning),
                },
            };
            self.outcome = Some(outcome);
            applied
        })
    }

    fn answer(self: Box<Self>) {
        // The caller may have gone away; the command is done all the same.
        let _ = self.reply.send(self.outcome.unwrap_or(Err(Error::Unavailable)));
    }

    fn fail(self: Box<Self>, error: Error) {
        let _ = self.reply.send(Err(error));
    }
}

/// What is measured of all writers together.
pub(crate) struct Counters {
    /// Commands of a batch.
    pub(crate) sizes: Counting,
    /// Microseconds that it took to write what a batch has collected, and to commit it.
    pub(crate) commits: Counting,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            sizes: Counting::of([1, 2, 4, 8, 16, 32, 64, 128, 256], 1),
            commits: Counting::of(
                [500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000, 5_000_000],
                1_000_000,
            ),
        }
    }
}

impl Counters {
    fn count(&self, commands: usize, commit: Duration) {
        self.sizes.count(commands as u64);
        self.commits.count(u64::try_from(commit.as_micros()).unwrap_or(u64::MAX));
    }
}

/// What the store calls back.
#[derive(Clone)]
pub(crate) struct Hooks {
    pub(crate) on_commit: OnCommit,
    pub(crate) on_fatal: OnFatal,
    pub(crate) counters: Arc<Counters>,
    /// The identity of the database's history, for cursors.
    pub(crate) epoch: Epoch,
    /// Only in a simulation.
    pub(crate) faults: Option<Faults>,
}

/// A running writer.
pub(crate) struct Lane {
    pub(crate) queue: mpsc::Sender<Box<dyn Job>>,
    pub(crate) closing: Arc<Notify>,
    pub(crate) task: JoinHandle<()>,
}

/// Starts a writer. Its panic is reported, because without it every write would wait in vain.
pub(crate) fn start(address: Address, connected: Connected, hooks: Hooks) -> Lane {
    let (queue, jobs) = mpsc::channel(QUEUE);
    let closing = Arc::new(Notify::new());
    let on_fatal = Arc::clone(&hooks.on_fatal);
    let writer = Writer { address, connected: Some(connected), jobs, closing: Arc::clone(&closing), hooks };
    let running = tokio::spawn(writer.run());
    let task = tokio::spawn(async move {
        if running.await.is_err_and(|error| error.is_panic()) {
            on_fatal("a database writer panicked");
        }
    });
    Lane { queue, closing, task }
}

struct Writer {
    address: Address,
    /// None after it was lost; the next batch connects again.
    connected: Option<Connected>,
    jobs: mpsc::Receiver<Box<dyn Job>>,
    closing: Arc<Notify>,
    hooks: Hooks,
}

impl Writer {
    async fn run(mut self) {
        let mut batch = Batch::with_capacity(BATCH);
        loop {
            tokio::select! {
                taken = self.jobs.recv_many(&mut batch, BATCH) => {
                    if taken == 0 {
                        break;
                    }
                }
                () = self.closing.notified() => {
                    // No new ones; what waits is still taken.
                    self.jobs.close();
                    continue;
                }
            }
            if in_place::finish(self.serve(&mut batch)).await == Verdict::Stop {
                self.jobs.close();
                return;
            }
        }
        if let Some(connected) = self.connected.take()
            && let Err(error) = in_place::finish(connected.close()).await
        {
            tracing::warn!(%error, "the database connection was not closed properly");
        }
    }

    /// Commits the batch and answers each of its commands.
    async fn serve(&mut self, batch: &mut Batch) -> Verdict {
        let runs = arrange(batch);
        let (mut attempt, mut care) = (1, Care::Trust);
        let meaning = loop {
            match self.attempt_in_time(batch, &runs, care).await {
                Ok(committed) => {
                    if let Some(committed) = committed {
                        (self.hooks.on_commit)(&committed);
                    }
                    batch.drain(..).for_each(Job::answer);
                    return Verdict::GoOn;
                }
                Err(Meaning::Collision | Meaning::Raced) if attempt < ATTEMPTS => attempt += 1,
                Err(Meaning::Mistake) if care != Care::Alone => care = Care::Alone,
                Err(meaning) => break meaning,
            }
        };
        if meaning == Meaning::Raced {
            // A command alone in its batch met the same constraint each time: that is its answer.
            batch.drain(..).for_each(Job::answer);
            return Verdict::GoOn;
        }
        let full = meaning == Meaning::Full;
        batch.drain(..).for_each(|job| job.fail(if full { Error::Full } else { Error::Unavailable }));
        if meaning == Meaning::FlushFailed {
            (self.hooks.on_fatal)(
                "the database could not flush: what it holds is uncertain until it is recovered",
            );
            return Verdict::Stop;
        }
        if meaning == Meaning::Lost {
            self.refuse_what_waits();
        }
        Verdict::GoOn
    }

    /// While the database is away nobody waits longer than the batch that found out.
    fn refuse_what_waits(&mut self) {
        while let Ok(job) = self.jobs.try_recv() {
            job.fail(Error::Unavailable);
        }
    }

    async fn attempt_in_time(
        &mut self,
        batch: &mut Batch,
        runs: &[Run],
        care: Care,
    ) -> Result<Option<Committed>, Meaning> {
        if matches!(self.address, Address::Sqlite(_)) {
            return self.attempt(batch, runs, care).await;
        }
        if let Ok(result) = tokio::time::timeout(PATIENCE, self.attempt(batch, runs, care)).await {
            result
        } else {
            self.connected = None;
            Err(Meaning::Lost)
        }
    }

    /// Applies and commits the batch once. An error leaves nothing behind, except that after a lost commit the
    /// outcome is unknown; none when there was nothing to commit.
    async fn attempt(
        &mut self,
        batch: &mut Batch,
        runs: &[Run],
        care: Care,
    ) -> Result<Option<Committed>, Meaning> {
        let result = match self.open(runs, care).await {
            Ok(opening) => self.apply_and_commit(batch, runs, care, opening).await,
            Err(error) => Err(error.into()),
        };
        if let Err(meaning) = result {
            tracing::warn!(?meaning, commands = batch.len(), "a batch was not committed");
            self.roll_back(meaning).await;
        }
        result
    }

    /// A connection that cannot roll back is of no more use.
    async fn roll_back(&mut self, meaning: Meaning) {
        let rolled_back = match &mut self.connected {
            Some(connected) if meaning != Meaning::Lost => connected.conn().run("ROLLBACK").await.is_ok(),
            _ => false,
        };
        if !rolled_back {
            self.connected = None;
        }
    }

    /// Begins, unless the batch's first statement can do it.
    async fn open(&mut self, runs: &[Run], care: Care) -> Result<Opening> {
        let appends = care == Care::Trust && runs.first().is_some_and(|run| run.kind == Kind::Appends);
        if appends && matches!(self.connected, Some(Connected::Sqlite(_))) {
            return Ok(Opening::Together);
        }
        self.begin().await?;
        Ok(Opening::Begun)
    }

    /// Begins, on a new connection if the old one is gone. Nothing was applied yet, so this may be tried twice.
    async fn begin(&mut self) -> Result<()> {
        if let Some(connected) = &mut self.connected {
            match connected.begin().await {
                Err(Error::Unavailable) => self.connected = None,
                other => return other,
            }
        }
        let mut connected = self.address.connect().await?;
        self.check_history(&mut connected).await?;
        connected.be_writer().await?;
        self.connected.insert(connected).begin().await
    }

    /// While a node was cut off, its database may have been restored. What it remembers then belongs to another history:
    /// its cursors would let readers skip what is numbered anew.
    async fn check_history(&mut self, connected: &mut Connected) -> Result<()> {
        if migrate::epoch(&mut connected.conn()).await? == Some(self.hooks.epoch) {
            return Ok(());
        }
        (self.hooks.on_fatal)(
            "the database has another epoch than before: it was restored or replaced meanwhile",
        );
        self.jobs.close();
        Err(Error::Unavailable)
    }

    async fn apply_and_commit(
        &mut self,
        batch: &mut Batch,
        runs: &[Run],
        care: Care,
        opening: Opening,
    ) -> Result<Option<Committed>, Meaning> {
        let connected = self.connected.as_mut().ok_or(Meaning::Lost)?;
        let Some(collected) = apply(connected, batch, runs, care, opening).await? else {
            connected.conn().run("ROLLBACK").await?;
            return Ok(None);
        };
        // Only messages: with sign-ins nobody would come as far as to send one.
        if planted::is(Bug::AcknowledgeBeforeCommit) && runs.iter().all(|run| run.kind == Kind::Appends) {
            batch.drain(..).for_each(Job::answer);
            tokio::time::sleep(planted::COMMITS_LATER).await;
        }
        let fault = self.hooks.faults.as_ref().and_then(|faults| faults());
        if let Some(meaning) = fault.and_then(BatchFault::before_commit) {
            return Err(meaning);
        }
        let started = Instant::now();
        let committed = collected.commit(&mut connected.conn(), self.hooks.epoch).await.map_err(unraced)?;
        self.hooks.counters.count(batch.len(), started.elapsed());
        if fault == Some(BatchFault::LostAfterCommit) {
            return Err(Meaning::Lost);
        }
        Ok(Some(committed))
    }
}

/// Whether a writer takes another batch.
#[derive(PartialEq, Eq)]
enum Verdict {
    GoOn,
    Stop,
}
