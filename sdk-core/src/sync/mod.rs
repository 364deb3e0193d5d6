//! Staying in step with the server.
//!
//! The connection is a pure state machine (`machine.rs`): it is told what happened and says what to do. The socket opens
//! before anything is fetched; what comes through it meanwhile is kept, and taken over by cursor once the fetching has
//! caught up, so there is no moment in which a change could slip between the two. Every attempt has a number, and what
//! belongs to an earlier one is ignored.
//!
//! The engine (`engine.rs`) is the one task of a session. It carries out what this machine and that of the outbox say, and does the
//! chores (`chores.rs`): receipts, the push address, older pages. `guard.rs` starts it again if it should ever fall.

pub(crate) mod backoff;
mod chores;
mod effects;
mod engine;
mod event;
mod guard;
mod machine;
mod sign_in;

pub(crate) use engine::DRAIN_MS;
pub(crate) use guard::run;
