//! Live delivery: one task per socket, no queue per socket.
//!
//! A socket's task holds a cursor for each feed it follows. A commit rings the bell of every socket that
//! follows a touched feed; the task then sends what comes after its cursor: the frame that the commit left in the
//! tail, if it goes on from there, or else a page that it reads. A lost ring, a full buffer, a slow reader: the cursor
//! says what is still to be sent, so nothing is kept in memory for anybody.
//!
//! - [`bell`]: what wakes a socket
//! - `tail.rs`: the newest frames, shared by all sockets of a feed; `frame.rs` makes them of what a commit knew
//! - [`hub`]: who follows which feed, who has the app on the screen, which sockets end with a session
//! - [`session`]: what a frame means, as a state machine without a socket
//! - [`socket`]: the upgrade and the pump
//! - [`views`]: who looks at which conversation

pub mod bell;
pub(crate) mod frame;
pub mod hub;
mod line;
pub mod presence;
pub mod session;
mod side;
pub mod socket;
pub(crate) mod tail;
pub mod views;

pub use hub::{Follower, Hub, Typing};
