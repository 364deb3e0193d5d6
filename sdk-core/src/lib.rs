//! The phone's half of Tidings: conversations that are always readable, and messages that are never lost.
//!
//! # How to think of it
//!
//! The app holds a [`Client`]. It says who the user is ([`Client::sign_in`]), whether it is on the screen
//! ([`Client::set_visibility`]) and whether there is a network ([`Client::set_network`]); everything else happens by
//! itself. There is nothing to connect, to retry or to refresh.
//!
//! **Writing** ([`Conversation::send`]) puts the message on disk and returns. From there it goes to the server, once, in the
//! order of its conversation, whenever that is possible; what becomes of it is the message's [`SendState`].
//!
//! **Reading** is always reading what is on the phone: [`Client::observe_conversations`] and [`Timeline::observe`] first give the
//! whole list and then each change to it, whoever made it. A message of one's own is one row from the first moment on;
//! being sent changes its state and not its place.
//!
//! # How it is built
//!
//! ```text
//! client, conversation      what the app holds: small handles
//!   session                 one signed-in user; nothing of another one is reachable from it
//!     cache                 one SQLite file: messages, outbox and cursor move in one transaction
//!     sync/engine           the one task; feeds two pure state machines and carries out what they say:
//!       sync/machine          the connection     outbox/machine   what is sent when
//!     live                  one thread that calls listeners with differences
//!   accounts, farewell      who has signed in here; goodbyes that outlive a store
//!   files                   photos and files: taken in, fetched, kept for a while
//!   push                    what a push says, and what is to be done about it
//!   live_place              sharing where one is for a while
//!   context                 where in the app the person is, and custom fields
//!   appearance              how the company wants the app to look
//!   compose                 what an app says in a message, checked before it is accepted
//!   diagnosis, log          what is wrong and what to do about it; nothing of what anybody wrote
//! transport                 HTTP and a socket, behind a trait
//! clock, runtime            the only files that read the time, make random numbers, start tasks or threads
//! ```
//!
//! Time, randomness and transport are parameters ([`Host`]), so whole sessions run in tests, in a time of their own.

mod accounts;
mod appearance;
mod cache;
mod client;
mod clock;
mod compose;
mod config;
mod context;
mod conversation;
#[cfg(test)]
mod crash_tests;
mod diagnosis;
mod error;
mod farewell;
mod files;
#[cfg(test)]
mod fuse;
mod identity;
mod item;
mod live;
mod live_place;
mod log;
mod outbox;
mod push;
mod runtime;
mod session;
mod sync;
mod text_form;
mod timeline;
pub mod transport;
mod views;
mod visit;

pub use appearance::{Accent, Appearance, Tone};
pub use client::{Client, Network, StorageUsage, Visibility};
pub use clock::{Clock, Random, SystemClock, SystemRandom};
pub use compose::{AnswerValue, Content, FieldAnswer, Place, Point, Precision};
pub use config::{Config, FILE_CACHE_BYTES, Locations, PlainHttp, Platform};
pub use context::{ContextOptions, ContextSharing, Field, FieldValue, NetworkKind, Screen};
pub use conversation::Conversation;
pub use diagnosis::{Diagnosis, Facts, Finding, Queue, Reach, Severity, Storage};
pub use error::{Error, ErrorCode, Refusal};
pub use files::{FileSource, FileToSend, LONGEST_EDGE, LocalFile};
pub use identity::{Account, SignOut, TokenFailure, TokenProvider, TokenRequest, User};
pub use item::{
    Amending, Author, ConversationItem, ConversationState, Discarded, FileProgress, MergedInto, MessageItem,
    Newer, Older, OlderState, Opening, Part, Quote, QuoteHead, SendState, SyncState, Typing, Visit,
};
pub use live::{ListDiff, Subscription};
pub use live_place::{LiveShare, ShareFor};
pub use log::{LogLevel, LogLine, set_log_sink};
pub use push::{Notification, PushContent, PushDeed, parse_push};
pub use runtime::{DiskWork, Host, Listeners};
pub use tidings_protocol as protocol;
pub use tidings_protocol::hours::Answering;
pub use tidings_protocol::markup::{Block, Run};
pub use tidings_protocol::upload::Variant;
#[cfg(test)]
extern crate self as tidings_sdk_core;
pub use timeline::Timeline;
