//! Signals to processes by system call: starting a program for it takes longer than the moments that are to be hit.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::Notify;

/// Processes that may stand still, and go on when this value goes.
#[derive(Debug)]
pub struct Standstill(Vec<Pid>);

impl Standstill {
    /// These, which still run.
    pub fn of(processes: &[u32]) -> anyhow::Result<Self> {
        let id = |process: &u32| i32::try_from(*process).ok().and_then(Pid::from_raw);
        let ids = processes.iter().map(|process| id(process).context("this is no process id"));
        Ok(Self(ids.collect::<anyhow::Result<_>>()?))
    }

    /// Stops them, now.
    pub fn begin(&self) {
        stop(&self.0);
    }

    /// Stops them as soon as the wire is touched.
    pub fn begin_at(&self, wire: &Tripwire) {
        wire.lay(self.0.clone());
    }
}

impl Drop for Standstill {
    fn drop(&mut self) {
        for process in &self.0 {
            // One that ended meanwhile cannot go on.
            let _ = kill_process(*process, Signal::CONT);
        }
    }
}

fn stop(processes: &[Pid]) {
    for process in processes {
        // One that ended meanwhile stands still.
        let _ = kill_process(*process, Signal::STOP);
    }
}

/// Whoever is told that a message is stored touches it; when it is laid, processes stop right there, in the thread
/// that saw the answer.
#[derive(Debug, Default)]
pub struct Tripwire {
    laid: AtomicBool,
    processes: Mutex<Vec<Pid>>,
    sprung: Notify,
}

impl Tripwire {
    fn lay(&self, processes: Vec<Pid>) {
        *self.processes.lock().unwrap_or_else(PoisonError::into_inner) = processes;
        self.laid.store(true, Ordering::Release);
    }

    /// An answer came.
    pub fn touch(&self) {
        if self.laid.load(Ordering::Relaxed) && self.laid.swap(false, Ordering::Acquire) {
            stop(&self.processes.lock().unwrap_or_else(PoisonError::into_inner));
            self.sprung.notify_one();
        }
    }

    /// Waits until it was touched.
    pub async fn sprung(&self) {
        self.sprung.notified().await;
    }

    /// Takes it away, if nobody touched it.
    pub fn take_up(&self) {
        self.laid.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};
    use std::time::Duration;

    use super::*;

    fn state(child: &Child) -> char {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        stat.rsplit_once(") ").unwrap().1.chars().next().unwrap()
    }

    #[tokio::test]
    async fn a_touch_stops_what_the_wire_was_laid_for_once() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let wire = Tripwire::default();
        wire.touch();
        let standstill = Standstill::of(&[child.id()]).unwrap();
        standstill.begin_at(&wire);
        assert_ne!(state(&child), 'T');
        wire.touch();
        tokio::time::timeout(Duration::from_secs(5), wire.sprung()).await.unwrap();
        let until = std::time::Instant::now() + Duration::from_secs(5);
        while state(&child) != 'T' && std::time::Instant::now() < until {}
        assert_eq!(state(&child), 'T');
        drop(standstill);
        wire.touch();
        assert_ne!(state(&child), 'T', "it goes on, and the wire is gone");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
