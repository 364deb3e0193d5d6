//! Ending sessions at the server that are over on the phone. It may take days until there is a network; the list is on disk.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::client::Network;
use crate::clock::roll;
use crate::session::Surroundings;
use crate::sync::backoff::{self, Moment, SetBy};
use crate::transport::CallError;

/// The task that says farewell.
pub(crate) struct Farewells {
    shared: Arc<Shared>,
    task: AbortHandle,
}

struct Shared {
    wake: Notify,
    network: Mutex<Network>,
}

impl Farewells {
    pub(crate) fn start(around: Surroundings) -> Self {
        let shared = Arc::new(Shared { wake: Notify::new(), network: Mutex::new(Network::Available) });
        let host = around.host.clone();
        let task = host.spawn(run(around, Arc::clone(&shared)));
        Self { shared, task }
    }

    /// There is a new one, or the app came to the screen: try at once.
    pub(crate) fn hurry(&self) {
        self.shared.wake.notify_one();
    }

    pub(crate) fn set_network(&self, network: Network) {
        *self.shared.network.lock().unwrap_or_else(PoisonError::into_inner) = network;
        self.hurry();
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
    let mut failures = 0;
    loop {
        let offline = *shared.network.lock().unwrap_or_else(PoisonError::into_inner) == Network::Unavailable;
        let outcome = if offline { Outcome::NothingToDo } else { say_all(&around).await };
        match outcome {
            Outcome::NothingToDo => {
                failures = 0;
                shared.wake.notified().await;
            }
            Outcome::Failed { retry_after_ms } => {
                failures += 1;
                let clock = &around.host.clock;
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
