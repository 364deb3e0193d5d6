//! How the process ends.
//!
//! Two tokens: when `soft` is cancelled, everybody finishes what they began and takes on nothing new; when `hard`
//! is cancelled, everybody drops what they hold. Between the two lie at most [`GRACE`]; an orderly end takes under
//! 25 seconds, which is less than orchestrators wait before they kill. The first SIGTERM or SIGINT cancels `soft`,
//! a second one ends the process at once. A part that cannot go on calls [`Lifecycle::fail`]: the process then ends
//! in the same order, with exit code 1.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long requests and sockets may take to finish.
pub const GRACE: Duration = Duration::from_secs(20);

/// The life of the process, shared by everything that runs in it.
#[derive(Clone, Default)]
pub struct Lifecycle {
    soft: CancellationToken,
    hard: CancellationToken,
    tracker: TaskTracker,
    failed: Arc<AtomicBool>,
}

/// How the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody asked for it.
    Orderly,
    /// A part could not go on.
    Failed,
}

impl Lifecycle {
    /// A life that begins.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when nothing new is taken on.
    pub fn soft(&self) -> &CancellationToken {
        &self.soft
    }

    /// Cancelled when everything is dropped.
    pub fn hard(&self) -> &CancellationToken {
        &self.hard
    }

    /// Whether the process is about to end.
    pub fn is_draining(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Runs a task that the end waits for; the task itself reacts to [`Self::soft`] and [`Self::hard`].
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task);
    }

    /// A part cannot go on, so the process must not.
    pub fn fail(&self, why: &str) {
        tracing::error!(why, "cannot go on");
        self.failed.store(true, Ordering::SeqCst);
        self.soft.cancel();
    }

    /// Cancels `soft` on the first SIGTERM or SIGINT; a second one ends the process at once.
    ///
    /// # Errors
    /// When the operating system lets nobody listen to signals.
    pub fn heed_signals(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let soft = self.soft.clone();
        // Not tracked: it would keep the process alive.
        tokio::spawn(async move {
            for arrived in 0.. {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if arrived > 0 {
                    tracing::warn!("second signal: ending at once");
                    std::process::exit(130);
                }
                // Before anything that may fail.
                soft.cancel();
                tracing::info!("signal: finishing what was begun; a second signal ends at once");
            }
        });
        Ok(())
    }

    /// Waits until the process was asked to end and every task has finished, for at most [`GRACE`].
    pub async fn wait(&self) -> Ending {
        self.soft.cancelled().await;
        self.tracker.close();
        if tokio::time::timeout(GRACE, self.tracker.wait()).await.is_err() {
            tracing::warn!(tasks = self.tracker.len(), "some did not finish in time: dropping them");
            self.hard.cancel();
            // Nobody is owed an answer any more, so this is short.
            let _ = tokio::time::timeout(Duration::from_secs(2), self.tracker.wait()).await;
        }
        self.hard.cancel();
        if self.failed.load(Ordering::SeqCst) { Ending::Failed } else { Ending::Orderly }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_for_tasks_that_finish() {
        let lifecycle = Lifecycle::new();
        let done = Arc::new(AtomicBool::new(false));
        let (soft, flag) = (lifecycle.soft().clone(), done.clone());
        lifecycle.spawn(async move {
            soft.cancelled().await;
            tokio::time::sleep(Duration::from_secs(5)).await;
            flag.store(true, Ordering::SeqCst);
        });
        lifecycle.soft().cancel();
        assert_eq!(lifecycle.wait().await, Ending::Orderly);
        assert!(done.load(Ordering::SeqCst));
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_never_finishes_is_dropped_in_time() {
        let lifecycle = Lifecycle::new();
        let hard = lifecycle.hard().clone();
        lifecycle.spawn(async move { hard.cancelled().await });
        lifecycle.spawn(std::future::pending());
        let begun = tokio::time::Instant::now();
        lifecycle.soft().cancel();
        lifecycle.wait().await;
        assert!(begun.elapsed() < Duration::from_secs(25));
    }

    #[tokio::test]
    async fn a_part_that_fails_ends_the_process_as_failed() {
        let lifecycle = Lifecycle::new();
        lifecycle.fail("the disk is gone");
        assert_eq!(lifecycle.wait().await, Ending::Failed);
    }
}
