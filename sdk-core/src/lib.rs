//! The phone's half of Tidings.

mod accounts;
mod cache;
mod client;
mod clock;
mod config;
mod conversation;
mod error;
mod farewell;
mod identity;
mod item;
mod live;
mod outbox;
mod push;
mod runtime;
mod session;
mod sync;
pub mod transport;
mod views;

pub use client::{Client, Network, Visibility};
pub use clock::{Clock, Random, SystemClock, SystemRandom};
pub use config::{Config, PlainHttp, Platform};
pub use conversation::{Conversation, Timeline};
pub use error::{Error, ErrorCode, Refusal};
pub use identity::{Account, SignOut, TokenFailure, TokenProvider, TokenRequest, User};
pub use item::{
    Author, ConversationItem, ConversationState, Discarded, MessageItem, Older, Opening, Part, SendState,
    SyncState, Typing, Visit,
};
pub use live::{ListDiff, Subscription};
pub use push::{PushContent, parse_push};
pub use runtime::{DiskWork, Host};
pub use tidings_protocol as protocol;
