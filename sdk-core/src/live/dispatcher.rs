//! The one place from which the app's code is called.
//!
//! A listener is never called from the thread that made a change, never while a lock is held, and never twice at once. A
//! change only marks a watcher as stale and puts it in the queue, once; when its turn comes, the watcher reads how
//! things are *then* and tells the listener the difference. So a slow listener gets fewer, larger steps instead of a
//! growing queue, and the memory of the queue is bounded by the number of watchers.
//!
//! The calls come from one thread (see `runtime.rs` for who starts it), because a foreign runtime attaches
//! each thread that calls into it, and attaching a thread for every call is slow. In a simulation they come from one
//! task, so that there is one order of events.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;

use tidings_protocol::id::ConversationId;
use tokio::sync::Notify;

use super::Subscription;

/// What a watcher can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// The state of the connection, or who is signed in.
    Sync,
    /// The list of conversations, their headers and unread counts.
    Conversations,
    /// Who answers, and how soon.
    Answering,
    /// How the app looks.
    Appearance,
    /// The messages of one conversation.
    Messages(ConversationId),
    /// Who is writing in one conversation.
    Typing(ConversationId),
}

/// Reads how things are and tells a listener what is new to it.
pub(crate) type Step = Box<dyn FnMut() + Send>;

pub(super) struct Watcher {
    topics: Vec<Topic>,
    /// `None` once cancelled. Locked while the listener runs: whoever cancels waits here.
    step: Mutex<Option<Step>>,
}

enum Job {
    Refresh(u64),
    Once(Box<dyn FnOnce() + Send>),
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// In the order in which they came.
    watchers: BTreeMap<u64, (Arc<Watcher>, Queued)>,
    last_id: u64,
    stopped: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Queued {
    Yes,
    No,
}

/// Hands changes to listeners; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Dispatcher {
    inner: Arc<Inner>,
}

#[derive(Default)]
pub(super) struct Inner {
    queue: Mutex<Queue>,
    wake: Condvar,
    /// The same for a task.
    bell: Notify,
    thread: OnceLock<ThreadId>,
}

impl Dispatcher {
    /// Starts to watch; the first call of the step is queued at once.
    pub(crate) fn watch(&self, topics: Vec<Topic>, step: Step) -> Subscription {
        let watcher = Arc::new(Watcher { topics, step: Mutex::new(Some(step)) });
        let mut queue = self.inner.lock();
        queue.last_id += 1;
        let id = queue.last_id;
        queue.watchers.insert(id, (Arc::clone(&watcher), Queued::Yes));
        queue.jobs.push_back(Job::Refresh(id));
        drop(queue);
        self.inner.ring();
        Subscription::new(Arc::downgrade(&self.inner), id, watcher)
    }

    /// Something about these topics is new.
    pub(crate) fn notify(&self, topics: &[Topic]) {
        let mut queue = self.inner.lock();
        let Queue { jobs, watchers, .. } = &mut *queue;
        for (id, (watcher, queued)) in watchers.iter_mut() {
            if *queued == Queued::No && watcher.topics.iter().any(|topic| topics.contains(topic)) {
                *queued = Queued::Yes;
                jobs.push_back(Job::Refresh(*id));
            }
        }
        drop(queue);
        self.inner.ring();
    }

    /// Everything is new: another user, or none.
    pub(crate) fn notify_all(&self) {
        let mut queue = self.inner.lock();
        let Queue { jobs, watchers, .. } = &mut *queue;
        for (id, (_, queued)) in watchers.iter_mut() {
            if *queued == Queued::No {
                *queued = Queued::Yes;
                jobs.push_back(Job::Refresh(*id));
            }
        }
        drop(queue);
        self.inner.ring();
    }

    /// Runs this on the listeners' thread, in its turn.
    pub(crate) fn run(&self, job: impl FnOnce() + Send + 'static) {
        self.inner.lock().jobs.push_back(Job::Once(Box::new(job)));
        self.inner.ring();
    }

    /// The life of the listeners' thread; returns after [`stop`](Self::stop).
    pub(crate) fn drive(&self) {
        // A second thread would break "one at a time"; nobody starts one.
        self.inner.thread.get_or_init(|| std::thread::current().id());
        while let Some(job) = self.inner.next() {
            self.inner.call(job);
        }
    }

    /// The same as a task, for a runtime with one thread; ends after [`stop`](Self::stop).
    pub(crate) async fn drive_in_place(self) {
        self.inner.thread.get_or_init(|| std::thread::current().id());
        loop {
            while let Some(job) = self.inner.waiting() {
                self.inner.call(job);
            }
            if self.inner.lock().stopped {
                return;
            }
            self.inner.bell.notified().await;
        }
    }

    /// Ends the thread after the job it is at, and forgets every watcher.
    pub(crate) fn stop(&self) {
        let forgotten = {
            let mut queue = self.inner.lock();
            queue.stopped = true;
            queue.jobs.clear();
            std::mem::take(&mut queue.watchers)
        };
        drop(forgotten);
        self.inner.ring();
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing of the app's runs under this lock, so a poisoned one is still consistent.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever calls the listeners.
    fn ring(&self) {
        self.wake.notify_one();
        self.bell.notify_one();
    }

    fn call(&self, job: Job) {
        let work = || match job {
            Job::Refresh(id) => self.refresh(id),
            Job::Once(job) => job(),
        };
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            tracing::error!("a listener of the app panicked; it stays subscribed");
        }
    }

    fn waiting(&self) -> Option<Job> {
        let mut queue = self.lock();
        if queue.stopped { None } else { queue.jobs.pop_front() }
    }

    fn next(&self) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if queue.stopped {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn refresh(&self, id: u64) {
        let watcher = {
            let mut queue = self.lock();
            let Some((watcher, queued)) = queue.watchers.get_mut(&id) else { return };
            // Before reading: a change from here on must queue it again.
            *queued = Queued::No;
            Arc::clone(watcher)
        };
        let mut step = watcher.step.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = step.as_mut() {
            step();
        }
    }

    pub(super) fn cancel(&self, id: u64, watcher: &Watcher) {
        let removed = self.lock().watchers.remove(&id);
        drop(removed);
        // From inside a listener the lock below is our own; no other call can be running then.
        if self.thread.get() != Some(&std::thread::current().id()) {
            *watcher.step.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    fn started() -> Dispatcher {
        let dispatcher = Dispatcher::default();
        let driver = dispatcher.clone();
        std::thread::spawn(move || driver.drive());
        dispatcher
    }

    const WAIT: Duration = Duration::from_secs(5);

    #[test]
    fn changes_during_a_slow_call_become_one_more_call() {
        let dispatcher = started();
        let (entered, at_entry) = mpsc::channel();
        let (release, gate) = mpsc::channel::<()>();
        let step = move || {
            entered.send(()).unwrap();
            gate.recv_timeout(WAIT).unwrap();
        };
        let _subscription = dispatcher.watch(vec![Topic::Sync], Box::new(step));
        at_entry.recv_timeout(WAIT).unwrap();
        for _ in 0..1000 {
            dispatcher.notify(&[Topic::Sync]);
        }
        release.send(()).unwrap();
        at_entry.recv_timeout(WAIT).unwrap();
        release.send(()).unwrap();
        assert!(at_entry.recv_timeout(Duration::from_millis(100)).is_err(), "a thousand changes, one call");
        dispatcher.stop();
    }

    #[tokio::test]
    async fn a_task_calls_in_the_place_of_the_thread_and_ends_when_it_is_stopped() {
        let dispatcher = Dispatcher::default();
        let task = tokio::spawn(dispatcher.clone().drive_in_place());
        let (seen, log) = mpsc::channel();
        let here = std::thread::current().id();
        let step = move || seen.send(std::thread::current().id() == here).unwrap();
        let _subscription = dispatcher.watch(vec![Topic::Sync], Box::new(step));
        for _ in 0..2 {
            dispatcher.notify(&[Topic::Sync]);
            tokio::task::yield_now().await;
            assert_eq!(log.try_recv(), Ok(true), "called at its turn, on this thread");
        }
        dispatcher.stop();
        tokio::time::timeout(WAIT, task).await.unwrap().unwrap();
    }

    #[test]
    fn a_panic_in_a_listener_stops_nothing() {
        let dispatcher = started();
        let (seen, log) = mpsc::channel();
        let calls = AtomicU32::new(0);
        let step = move || {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            seen.send(call).unwrap();
            assert!(call != 0, "the first call panics");
        };
        let _subscription = dispatcher.watch(vec![Topic::Sync], Box::new(step));
        assert_eq!(log.recv_timeout(WAIT), Ok(0));
        dispatcher.notify(&[Topic::Sync]);
        assert_eq!(log.recv_timeout(WAIT), Ok(1));
        dispatcher.stop();
    }

    #[test]
    fn no_call_comes_after_cancel_returned() {
        let dispatcher = started();
        let calls = Arc::new(AtomicU32::new(0));
        for _ in 0..50 {
            let counter = Arc::clone(&calls);
            let step = move || {
                counter.fetch_add(1, Ordering::SeqCst);
            };
            let subscription = dispatcher.watch(vec![Topic::Sync], Box::new(step));
            dispatcher.notify(&[Topic::Sync]);
            subscription.cancel();
            let before = calls.load(Ordering::SeqCst);
            dispatcher.notify(&[Topic::Sync]);
            std::thread::sleep(Duration::from_millis(1));
            assert_eq!(calls.load(Ordering::SeqCst), before);
        }
        dispatcher.stop();
    }

    #[test]
    fn a_listener_may_cancel_itself() {
        let dispatcher = started();
        let (seen, log) = mpsc::channel();
        let own: Arc<Mutex<Option<Subscription>>> = Arc::default();
        let slot = Arc::clone(&own);
        let step = move || {
            drop(slot.lock().unwrap().take());
            seen.send(()).unwrap();
        };
        // The slot is locked until the subscription is in it, so the first call finds it.
        let mut filled = own.lock().unwrap();
        *filled = Some(dispatcher.watch(vec![Topic::Sync], Box::new(step)));
        drop(filled);
        log.recv_timeout(WAIT).unwrap();
        dispatcher.notify(&[Topic::Sync]);
        assert!(log.recv_timeout(Duration::from_millis(50)).is_err());
        dispatcher.stop();
    }
}
