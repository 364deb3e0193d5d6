//! Claims jobs and does them. A claim is a lease: who dies gives the job back by doing nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::id::AppId;
use tidings_protocol::time::Timestamp;
use tidings_store::Db;
use tidings_store::jobs::{BuryJob, ClaimJobs, DeferJob, FinishJob, Job, RetryJob};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::jobs::work::push_job;
use crate::lifecycle::Lifecycle;
use crate::push::verdict::ATTEMPTS;
use crate::push::{Dispatcher, Look, Outcome};

/// Jobs in flight at the same time.
const IN_FLIGHT: usize = 6144;
/// Of those, how many may be of one app: a service that hangs keeps its own app waiting and no other.
const OF_ONE_APP: i64 = 1024;
/// When much waits, so many hands are filled at once: a claim costs as much for one job as for many.
const WORTH_A_CLAIM: usize = 256;
/// The same of one app's.
const WORTH_A_CLAIM_OF_ONE_APP: i64 = OF_ONE_APP / 2;
/// Jobs in one claim: what they need to know is read while nothing of it is done.
const CLAIMED_AT_ONCE: usize = 256;
/// How long a claim holds.
const LEASE: Duration = Duration::from_mins(1);
/// How long a job may take: less than its lease, so that nobody else begins it meanwhile.
const JOB: Duration = Duration::from_secs(50);
/// How long jobs may take to finish when the process ends.
const DRAIN: Duration = Duration::from_secs(19);
/// How often the queue is looked at without being told to: for what is due later, and for leases that ran out.
const LOOK: Duration = Duration::from_secs(1);
/// How often the queue is counted, for metrics.
const COUNT: Duration = Duration::from_secs(10);
/// The pause after a job that panicked, times the number of its attempts.
const PANIC_PAUSE_MS: i64 = 10_000;

/// Somebody who can do jobs. A seam for tests: in the product it is [`Dispatcher`].
trait Work: Send + Sync + 'static {
    /// What is looked at for a job, before it is done.
    type Look: Send + 'static;

    /// Looks for many at once; one answer for each, in order.
    fn look(&self, jobs: &[Job]) -> impl Future<Output = Vec<Option<Self::Look>>> + Send;

    fn work(&self, job: &Job, look: Option<Self::Look>) -> impl Future<Output = Outcome> + Send;
}

impl Work for Dispatcher {
    type Look = Look;

    async fn look(&self, jobs: &[Job]) -> Vec<Option<Look>> {
        let pushes: Vec<_> = jobs.iter().filter_map(push_job).collect();
        let mut looks = Dispatcher::look(self, &pushes).await.into_iter();
        jobs.iter().map(|job| push_job(job).and_then(|_| looks.next())).collect()
    }

    async fn work(&self, job: &Job, look: Option<Look>) -> Outcome {
        Dispatcher::work(self, job, look).await
    }
}

/// Starts to claim and to do jobs. `wake` is notified after each commit that wrote one.
///
/// When the process is asked to end, nothing more is claimed and what is in flight has 19 seconds to finish; what
/// does not is done by the next process, when its lease has run out.
pub fn spawn(db: Db, dispatcher: Dispatcher, wake: Arc<Notify>, clock: Clock, lifecycle: &Lifecycle) {
    describe();
    let counted = count(db.clone(), clock.clone(), lifecycle.clone());
    lifecycle.spawn(counted);
    lifecycle.spawn(Runner { db, work: Arc::new(dispatcher), wake, clock }.run(lifecycle.clone()));
}

fn describe() {
    metrics::describe_counter!("tidings_push_total", "Pushes by service and by what came of them");
    metrics::describe_counter!("tidings_push_receipts_total", "What devices told of pushes, once for each");
    metrics::describe_counter!(
        "tidings_push_skipped_total",
        "Messages for which nobody had to be woken, by why"
    );
    metrics::describe_counter!(
        "tidings_agent_push_skipped_total",
        "Messages for which an agent had not to be woken, by why"
    );
    metrics::describe_counter!("tidings_agent_mail_total", "E-mails to agents, by what came of them");
    metrics::describe_counter!(
        "tidings_fallback_total",
        "Messages told of in another way, by what came of it"
    );
    metrics::describe_counter!("tidings_fallback_skipped_total", "Messages that needed no other way, by why");
    metrics::describe_counter!(
        "tidings_held_replies_total",
        "Held replies whose time came, by what became of them"
    );
    metrics::describe_gauge!("tidings_jobs_waiting", "Jobs that are not done yet");
    metrics::describe_gauge!("tidings_jobs_oldest_due_seconds", "For how long the oldest job is overdue");
    metrics::describe_gauge!("tidings_jobs_dead", "Jobs that were given up");
}

/// How many jobs of each app are in flight.
type UnderWay = HashMap<Option<AppId>, i64>;

struct Runner<W> {
    db: Db,
    work: Arc<W>,
    wake: Arc<Notify>,
    clock: Clock,
}

impl<W: Work> Runner<W> {
    async fn run(self, lifecycle: Lifecycle) {
        let mut in_flight = JoinSet::new();
        let mut under_way = HashMap::new();
        // Whether the last look found as many as it could take.
        let mut more = true;
        while !lifecycle.is_draining() {
            // With most hands full, only jobs that end make a look worth while.
            let full = in_flight.len() + WORTH_A_CLAIM > IN_FLIGHT;
            if more && !full {
                more = self.claim(&mut in_flight, &mut under_way).await;
            }
            tokio::select! {
                biased;
                () = lifecycle.soft().cancelled() => {}
                Some(ended) = in_flight.join_next() => {
                    // `one` cannot panic: what it does runs in a task of its own.
                    more |= ended.is_ok_and(|app| give_back(&mut under_way, app));
                }
                () = self.wake.notified(), if !full => more = true,
                () = tokio::time::sleep(LOOK), if !full => more = true,
            }
        }
        let finished = async { while in_flight.join_next().await.is_some() {} };
        tokio::select! {
            () = finished => {}
            () = tokio::time::sleep(DRAIN) => tracing::warn!("jobs are left to the next process"),
            () = lifecycle.hard().cancelled() => {}
        }
    }

    /// Claims what there are hands for; the answer is whether there may be more.
    async fn claim(&self, in_flight: &mut JoinSet<Option<AppId>>, under_way: &mut UnderWay) -> bool {
        let hands = (IN_FLIGHT - in_flight.len()).min(CLAIMED_AT_ONCE);
        let lease_ms = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
        let limit = i64::try_from(hands).unwrap_or(i64::MAX);
        let claim = ClaimJobs {
            limit,
            of_one_app: OF_ONE_APP,
            under_way: under_way.clone(),
            lease_ms,
            now: self.clock.now(),
        };
        let jobs = match self.db.write(claim).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::warn!(%error, "cannot claim jobs");
                return false;
            }
        };
        let more = jobs.len() >= hands;
        let looks = if jobs.is_empty() { Vec::new() } else { self.work.look(&jobs).await };
        for (job, look) in jobs.into_iter().zip(looks) {
            let (db, work, clock) = (self.db.clone(), self.work.clone(), self.clock.clone());
            let app_id = job.app_id;
            *under_way.entry(app_id).or_default() += 1;
            in_flight.spawn(async move {
                one(&db, work, &clock, job, look).await;
                app_id
            });
        }
        more
    }
}

/// A job has ended. The answer is whether its app, which may have had as many as it may, can take several again.
fn give_back(under_way: &mut UnderWay, app: Option<AppId>) -> bool {
    let Some(count) = under_way.get_mut(&app) else { return false };
    *count -= 1;
    let takes_several = *count == OF_ONE_APP - WORTH_A_CLAIM_OF_ONE_APP;
    if *count == 0 {
        under_way.remove(&app);
    }
    takes_several
}

async fn one<W: Work>(db: &Db, work: Arc<W>, clock: &Clock, job: Job, look: Option<W::Look>) {
    let (id, lease) = (job.id, job.lease);
    let attempts = job.attempts;
    // A task of its own, so that a panic ends this job and nothing else; aborted with this one.
    let mut task = JoinSet::new();
    task.spawn(async move { tokio::time::timeout(JOB, work.work(&job, look)).await });
    let outcome = match task.join_next().await {
        Some(Ok(Ok(outcome))) => outcome,
        Some(Ok(Err(_))) => failed("took too long", attempts, clock.now()),
        Some(Err(error)) if error.is_panic() => {
            tracing::error!(job_id = %id, "a job panicked");
            failed("panicked", attempts, clock.now())
        }
        Some(Err(_)) | None => return,
    };
    let kept = match outcome {
        Outcome::Done => db.write(FinishJob { id, lease }).await,
        Outcome::Defer { at } => db.write(DeferJob { id, lease, run_at: at }).await,
        Outcome::RetryAt { at, error } => db.write(RetryJob { id, lease, run_at: at, error }).await,
        Outcome::Bury { error } => {
            tracing::warn!(job_id = %id, error, "gave a job up");
            db.write(BuryJob { id, lease, error, now: clock.now() }).await
        }
    };
    match kept {
        Ok(true) => {}
        Ok(false) => tracing::warn!(job_id = %id, "another worker has taken this job over"),
        // The lease runs out, and the job is done again: that is what ids that do not change are for.
        Err(error) => tracing::warn!(job_id = %id, %error, "cannot write down what became of a job"),
    }
}

fn failed(error: &str, attempts: i64, now: Timestamp) -> Outcome {
    let error = error.to_owned();
    if attempts >= ATTEMPTS {
        Outcome::Bury { error }
    } else {
        Outcome::RetryAt { at: now.plus_ms(PANIC_PAUSE_MS * attempts.max(1)), error }
    }
}

/// Keeps the gauges of the queue.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float, and nobody counts 2^52 jobs")]
async fn count(db: Db, clock: Clock, lifecycle: Lifecycle) {
    loop {
        if let Ok(counts) = db.job_counts().await {
            let late_ms =
                counts.oldest_run_at.map_or(0, |due| (clock.now().unix_ms() - due.unix_ms()).max(0));
            metrics::gauge!("tidings_jobs_waiting").set(counts.waiting as f64);
            metrics::gauge!("tidings_jobs_oldest_due_seconds").set(late_ms as f64 / 1000.0);
            metrics::gauge!("tidings_jobs_dead").set(counts.dead as f64);
        }
        tokio::select! {
            () = lifecycle.soft().cancelled() => return,
            () = tokio::time::sleep(COUNT) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_that_was_full_is_looked_at_again_when_several_of_its_places_are_free() {
        let app = Some(AppId::from_parts(1, [1; 10]));
        let mut under_way = UnderWay::from([(app, OF_ONE_APP)]);
        let told: Vec<i64> = (1..=OF_ONE_APP).filter(|_| give_back(&mut under_way, app)).collect();
        assert_eq!(told, [WORTH_A_CLAIM_OF_ONE_APP], "once, and not for each that ends");
        assert!(under_way.is_empty(), "{under_way:?}");
        assert!(!give_back(&mut under_way, app), "one of which nothing is known");
    }
}
