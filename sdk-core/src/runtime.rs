//! The one file that starts tasks and threads.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tidings_protocol::id::{AttachmentId, MessageId};
use tokio::sync::oneshot;

use crate::clock::{Clock, Random, SystemClock, SystemRandom, ten};
use crate::error::Fault;
use crate::live::Dispatcher;
use crate::transport::Transport;

/// What the client stands on. [`Host::system`] is right for an app; tests and simulations bring their own parts.
#[derive(Clone)]
pub struct Host {
    /// Where tasks run; with I/O and time enabled.
    pub runtime: tokio::runtime::Handle,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The way to the server; `None` takes the real one.
    pub transport: Option<Arc<dyn Transport>>,
    /// Where the work with files is done.
    pub disk: DiskWork,
    /// Who calls the app's listeners.
    pub listeners: Listeners,
}

/// Who calls the app's listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listeners {
    /// A thread of their own.
    Thread,
    /// A task of the runtime, which has one thread: for a simulation, so that there is one order of events.
    Task,
}

/// Where the work with files is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskWork {
    /// On the runtime's threads for blocking work.
    Threads,
    /// In place, so that a simulation has one order of events only.
    InPlace,
}

impl Host {
    /// The system's clock, randomness and network, on the Tokio runtime that this is called in.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn system() -> Self {
        Self {
            runtime: tokio::runtime::Handle::current(),
            clock: Arc::new(SystemClock::default()),
            random: Arc::new(SystemRandom),
            transport: None,
            disk: DiskWork::Threads,
            listeners: Listeners::Thread,
        }
    }

    /// A fresh id for a message.
    pub(crate) fn message_id(&self) -> MessageId {
        let stamp = u64::try_from(self.clock.wall_ms()).unwrap_or_default();
        MessageId::from_parts(stamp, ten(self.random.as_ref()))
    }

    /// A fresh id for a file.
    pub(crate) fn attachment_id(&self) -> AttachmentId {
        let stamp = u64::try_from(self.clock.wall_ms()).unwrap_or_default();
        AttachmentId::from_parts(stamp, ten(self.random.as_ref()))
    }

    /// Tasks and work with files come to Tokio as one type each: what it makes for every type that it is given weighs more than
    /// the work.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> tokio::task::AbortHandle {
        let task: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(task);
        self.runtime.spawn(task).abort_handle()
    }

    pub(crate) async fn disk<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        match self.disk {
            DiskWork::InPlace => work(),
            DiskWork::Threads => {
                let (tell, told) = oneshot::channel();
                let work: Box<dyn FnOnce() + Send> = Box::new(move || drop(tell.send(work())));
                drop(self.runtime.spawn_blocking(work));
                // Whoever would have told has panicked.
                told.await.unwrap_or(Err(Fault::Panicked))
            }
        }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host")
    }
}

/// Starts the thread that calls listeners, or the task in its place; it ends when the dispatcher is stopped.
pub(crate) fn start_dispatcher(host: &Host, dispatcher: &Dispatcher) -> Result<(), Fault> {
    let driver = dispatcher.clone();
    if host.listeners == Listeners::Task {
        drop(host.spawn(driver.drive_in_place()));
        return Ok(());
    }
    std::thread::Builder::new().name("tidings-listeners".to_owned()).spawn(move || driver.drive())?;
    Ok(())
}
