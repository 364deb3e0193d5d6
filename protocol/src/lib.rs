//! The wire types of Tidings: what phone, inbox and server agree on.
//!
//! No I/O, no clock, no randomness: a value of these types is valid by its type, because it was parsed at the
//! edge. `docs/protocol.md` tells the same story in prose, for somebody who writes another client.
//!
//! | module | what it holds |
//! |---|---|
//! | [`id`] | one newtype for each kind of thing, `cnv_01j…` as text |
//! | [`message`] | [`Message`](message::Message), its parts, its author |
//! | [`markup`] | the marks by which agents set words off, and how they are shown |
//! | [`conversation`] | the header of a thread, as its user and as an agent see it |
//! | [`context`] | where somebody was when they wrote, and custom fields |
//! | [`change`] | what a feed is made of, and pages of it |
//! | [`cursor`] | a place in a feed: `epoch.seq` |
//! | [`held`], [`drafts`] | replies that wait before anybody sees them; what was begun |
//! | [`frame`] | what travels on a socket, and why one is closed |
//! | [`app`], [`inbox`], [`admin`] | bodies of requests and answers, one module for each API |
//! | [`account`], [`staff`] | how agents prove who they are; who they are, and who is invited |
//! | [`upload`] | files on their way in and out |
//! | [`devices`] | the devices of a user, and test pushes to them |
//! | [`fallback`] | what is done for messages that do not arrive |
//! | [`notifications`], [`alerts`] | what a user, and what an agent wants to be told of |
//! | [`hours`], [`availability`] | when a team answers, and what a user may expect; who of it is away |
//! | [`assigning`] | how conversations come to agents by themselves |
//! | [`tags`] | the words by which teams sort, as who administers sees them |
//! | [`merging`] | two threads of one user that are one matter |
//! | [`search`] | what was found |
//! | [`audit`] | who administered what |
//! | [`reports`] | how much there was to do, and how soon it was done |
//! | [`satisfaction`] | asking users what they think |
//! | [`appearance`] | how an app looks to its users |
//! | [`retention`] | how long messages are kept, how far an erasure is |
//! | [`cards`] | what a company's own systems say of a user |
//! | [`webhooks`] | what a company's own systems are told of |
//! | [`problem`] | every error a client can meet, with a stable code |
//! | [`limits`] | every number that bounds something |

pub mod account;
pub mod admin;
pub mod alerts;
pub mod app;
pub mod appearance;
pub mod assigning;
pub mod audit;
pub mod availability;
pub mod cards;
pub mod change;
pub mod context;
pub mod conversation;
pub mod cursor;
pub mod devices;
pub mod drafts;
pub mod fallback;
pub mod frame;
pub mod held;
pub mod hours;
pub mod id;
pub mod inbox;
pub mod limits;
mod live_place;
pub mod markup;
pub mod merging;
pub mod message;
pub mod notifications;
mod parts;
pub mod passkeys;
pub mod problem;
pub mod push;
pub mod reports;
pub mod retention;
pub mod satisfaction;
pub mod saved_replies;
pub mod saved_views;
pub mod search;
pub mod single_sign_on;
pub mod staff;
pub mod tags;
pub mod text;
pub mod time;
pub mod upload;
pub mod webhooks;

/// A message's number in its conversation, or a change's number in its feed: 1, 2, 3 … without a hole.
/// 0 stands for "before the first".
pub type Seq = i64;

/// The version of this protocol that the crate speaks; it travels in `hello` and in bootstrap answers.
///
/// It grows when a client that ignores unknown fields and parts could no longer follow.
pub const VERSION: u32 = 1;
