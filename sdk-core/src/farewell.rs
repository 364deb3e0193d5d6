//! Ending sessions at the server that are over on the phone. It may take days until there is a network; the list is on disk.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::client::{Network, Visibility};
use crate::clock::{Clock, roll};
use crate::session::Surroundings;
use crate::sync::DRAIN_MS;
use crate::sync::backoff::{self, Moment, SetBy};
use crate::transport::CallError;

/// The task that says farewell.
pub(crate) struct Farewells {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    task: AbortHandle,
}

struct Shared {
    wake: Notify,
    present: Mutex<Present>,
}

/// What decides whether anything is tried.
struct Present {
    network: Network,
    visibility: Visibility,
    /// In the background it goes on until then, by the steady clock: a phone that nobody looks at is left asleep, however
    /// long the server is away.
    drain_until: u64,
}

impl Shared {
    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn may_try(&self, now: u64) -> bool {
        let present = self.present();
        let is_awake = present.visibility == Visibility::Foreground || now < present.drain_until;
        is_awake && present.network == Network::Available
    }
}

impl Farewells {
    pub(crate) fn start(around: Surroundings) -> Self {
        let (host, clock) = (around.host.clone(), Arc::clone(&around.host.clock));
        let present = Present {
            network: Network::Available,
            visibility: Visibility::Background,
            // What an earlier process left is tried once.
            drain_until: clock.steady_ms() + DRAIN_MS,
        };
        let shared = Arc::new(Shared { wake: Notify::new(), present: Mutex::new(present) });
        let task = host.spawn(run(around, Arc::clone(&shared)));
        Self { shared, clock, task }
    }

    /// There is a new one, or the phone is awake for a moment: try at once.
    pub(crate) fn hurry(&self) {
        self.shared.present().drain_until = self.clock.steady_ms() + DRAIN_MS;
        self.shared.wake.notify_one();
    }

    pub(crate) fn set_visibility(&self, visibility: Visibility) {
        let before = std::mem::replace(&mut self.shared.present().visibility, visibility);
        // Whoever comes to the screen has them tried at once, whoever leaves it has a moment to finish, as everything else.
        if visibility == Visibility::Foreground || before != visibility {
            self.hurry();
        }
    }

    pub(crate) fn set_network(&self, network: Network) {
        self.shared.present().network = network;
        self.shared.wake.notify_one();
    }

    pub(crate) fn end(&self) {
        self.task.abort();
    }
}

impl Drop for Farewells {
    fn drop(&mut self) {
        self.end();
    }
}

async fn run(around: Surroundings, shared: Arc<Shared>) {
    let clock = Arc::clone(&around.host.clock);
    let mut failures = 0;
    loop {
        let outcome =
            if shared.may_try(clock.steady_ms()) { say_all(&around).await } else { Outcome::NothingToDo };
        match outcome {
            Outcome::NothingToDo => {
                failures = 0;
                shared.wake.notified().await;
            }
            Outcome::Failed { retry_after_ms } => {
                failures += 1;
                let moment = Moment { now: clock.steady_ms(), roll: roll(around.host.random.as_ref()) };
                let wait = backoff::wait(moment, failures, retry_after_ms);
                if wait.set_by == SetBy::Server {
                    // Asked for by the server: good news does not cut it short.
                    clock.sleep_until(wait.until).await;
                    continue;
                }
                tokio::select! {
                    () = clock.sleep_until(wait.until) => {}
                    () = shared.wake.notified() => {}
                }
            }
        }
    }
}

enum Outcome {
    NothingToDo,
    Failed { retry_after_ms: Option<u64> },
}

async fn say_all(around: &Surroundings) -> Outcome {
    let accounts = Arc::clone(&around.accounts);
    let Ok(tokens) = around.host.disk(move || accounts.farewells()).await else {
        return Outcome::Failed { retry_after_ms: None };
    };
    for token in tokens {
        match around.api.sign_out(&token).await {
            Err(error @ CallError::Unclear { .. }) => {
                return Outcome::Failed { retry_after_ms: error.retry_after_ms() };
            }
            // A session that the server does not know has ended already.
            Ok(()) | Err(CallError::Unauthenticated { .. } | CallError::Refused(_)) => {}
        }
        let accounts = Arc::clone(&around.accounts);
        if around.host.disk(move || accounts.said(&token)).await.is_err() {
            return Outcome::Failed { retry_after_ms: None };
        }
    }
    Outcome::NothingToDo
}
