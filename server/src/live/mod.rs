//! Live delivery: one task per socket, no queue per socket.
//!
//! A socket's task holds a cursor for each feed it follows. A commit rings the bell of every socket that
//! follows a touched feed; the task then reads the changes after its cursor and sends them. A lost ring, a full
//! buffer, a slow reader: the cursor says what is still to be sent, so nothing is kept in memory for anybody.
//!
//! - [`hub`]: who follows which feed, who has the app on the screen, which sockets end with a session
//! - [`session`]: what a frame means, as a state machine without a socket
//! - [`socket`]: the upgrade and the pump

pub mod hub;
mod line;
pub mod presence;
pub mod session;
mod side;
pub mod socket;

pub use hub::{Follower, Hub, Typing};
