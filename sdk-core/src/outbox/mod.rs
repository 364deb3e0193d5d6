//! The outbox: which row is sent when.
//!
//! A message is written into the store and into the outbox in one transaction, and only then is `send()` done. From there
//! on the rows of a conversation form a lane. The first row of a lane is posted; the others wait behind it, so that
//! the server numbers them as they were written. If the conversation was started on this phone, the row that opens it is the first of its
//! lane.
//!
//! Four things can come back. *Confirmed*: the row goes away, the echo has become the message. *Refused for good*: the row
//! is marked with the reason and steps aside; the next one goes on. *No sense in it* - no network, a broken connection, a server
//! in trouble, the page of a captive portal: the lane waits and tries the same row again, with the same id, for as long as it takes.
//! *Not signed in*: everything waits for a session, and the try does not count.
//!
//! A message with files is a row like any other, except that it is not ready before the server has them all. Their way there
//! (`uploads.rs`) runs ahead of its turn, two files at a time, chunk after chunk; the rows behind it wait, so that the order holds.
//!
//! When the process dies, nothing of this is remembered but the rows, and that is enough: what was on its way is posted again, and the
//! server knows its id.

mod machine;
mod post;
mod upload;
mod uploads;

pub(crate) use machine::{Effect, Ended, Event, Gate, Outbox};
pub(crate) use post::Posted;
pub(crate) use post::{begin, post, settle};
pub(crate) use upload::{Brought, bring, note};
pub(crate) use uploads::{Came, Errand, Uploads, UploadsEffect, UploadsEvent};
