//! For tests: a process that dies at a chosen step. A step is a commit, before and after it, a file that is put in its place
//! or taken away, or a request, before it leaves and after it was answered. From that step on nothing is written and nothing is answered any more, as after a kill.
//!
//! It belongs to the thread, so that tests beside each other do not meet; such a test runs on one thread.

use std::cell::Cell;

use crate::error::Fault;

thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
    static LAST: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// The process may take so many steps from now on.
pub(crate) fn burn_after(steps: u64) {
    TAKEN.set(0);
    LAST.set(steps);
}

/// How many steps were taken since.
pub(crate) fn taken() -> u64 {
    TAKEN.get()
}

/// Whether the process has died.
pub(crate) fn is_dead() -> bool {
    TAKEN.get() > LAST.get()
}

/// Takes a step, if the process still lives afterwards.
pub(crate) fn step() -> Result<(), Fault> {
    TAKEN.set(TAKEN.get() + 1);
    if is_dead() { Err(Fault::Closed) } else { Ok(()) }
}
