//! The message store of Tidings: commands and queries over SQLite or PostgreSQL.
//!
//! A change is a value that implements [`Command`]; [`Db::write`] answers once it is flushed. A query is a method
//! of [`Db`]. No HTTP, no push, no clock: times and ids come from the caller.
//!
//! | module | what it holds |
//! |---|---|
//! | [`apps`], [`keys`], [`push_credentials`] | workspaces, teams, apps, their keys and what their pushes are signed with; [`set_up`] makes the first of each |
//! | [`users`], [`devices`], [`user_devices`], [`agents`] | who there is, and their sessions; `sessions.rs` asks which go on |
//! | [`agent_sessions`], [`second_factors`], [`passkeys`], [`challenges`], [`single_sign_on`], [`staff`], [`teams`], [`invitations`] | the door of the inbox, and who works there |
//! | [`conversations`], [`messages`], [`notes`], [`receipts`] | what is said |
//! | [`snooze`], [`priority`], [`tags`], [`tag_changes`] | how agents sort what waits; tags that are renamed, merged or deleted |
//! | [`mentions`] | colleagues whom notes mention |
//! | [`availability`], [`assigning`] | who is away; how conversations come to agents by themselves |
//! | [`held`], [`drafts`] | replies that wait before anybody sees them; what agents have begun |
//! | [`saved_replies`] | what agents say often |
//! | [`filtered`], [`saved_views`] | lists that are narrowed down, and those that agents keep |
//! | [`attachments`], [`uploads`] | what is known of files, and of those on their way in |
//! | [`feeds`] | snapshots, and changes after a cursor |
//! | [`notices`] | short texts between programs on one PostgreSQL |
//! | [`search`] | finding what was said, and who said it |
//! | [`erase`], [`scrub`], [`export`] | forgetting a user, to the bytes; handing out what is known of one |
//! | [`retention`] | what is too old goes |
//! | [`leases`] | background work that one node does at a time |
//! | [`audit`] | who administered what |
//! | [`jobs`], [`ledger`], [`push_contexts`] | work that outlives a crash, what became of it, and what it needs to know |
//! | [`reports`] | how much there is to do and how soon it is done, from what `milestones.rs` writes down |
//! | [`satisfaction`] | asking users what they think |
//! | [`appearance`] | how an app looks to its users |
//! | [`webhooks`], [`card_sources`] | telling a company's own systems what happens; asking them who somebody is |
//! | [`fallback`] | telling somebody of a message in another way |
//!
//! Inside: only `db.rs` and `columns.rs` know that there are two databases; `writer.rs` commits in groups, `batch.rs`
//! applies a group, `append.rs` all messages of it at once with `thread.rs` and `rows.rs`, `together.rs` the ends of its
//! jobs; `tx.rs` numbers the feeds,
//! `growth.rs` is what a commit tells and `news.rs` puts it together; `migrate.rs` makes the schema.

#[macro_use]
mod db;
pub mod access;
pub mod agent_sessions;
pub mod agents;
pub mod alerts;
pub mod amend;
pub mod appearance;
mod append;
pub mod apps;
pub mod archive;
pub mod assigning;
pub mod attachments;
pub mod audit;
pub mod availability;
mod batch;
pub mod browsers;
pub mod card_sources;
pub mod challenges;
mod columns;
pub mod contexts;
pub mod conversations;
mod database_url;
pub mod dead_jobs;
pub mod devices;
mod distribution;
pub mod doctor;
pub mod drafts;
pub mod erase;
mod error;
pub mod export;
pub mod fallback;
pub mod feeds;
pub mod filtered;
mod growth;
mod hand;
mod headers;
pub mod held;
pub mod hours;
mod in_place;
pub mod invitations;
pub mod jobs;
pub mod keys;
pub mod leases;
pub mod ledger;
pub mod live_places;
pub mod mentions;
pub mod merge;
pub mod merging;
pub mod messages;
pub mod migrate;
mod milestones;
mod news;
pub mod notes;
pub mod notices;
pub mod notifications;
mod open;
pub mod passkeys;
mod place;
pub mod planted;
pub mod priority;
pub mod push_contexts;
pub mod push_credentials;
pub mod push_options;
pub mod push_tests;
pub mod receipts;
pub mod reports;
pub mod retention;
mod rows;
mod same;
pub mod satisfaction;
pub mod saved_replies;
pub mod saved_views;
pub mod scrub;
pub mod search;
pub mod second_factors;
pub mod secrets;
mod sessions;
mod set_state;
pub mod set_up;
pub mod shifts;
pub mod single_sign_on;
mod snapshot;
pub mod snooze;
pub mod staff;
pub mod tag_changes;
pub mod tags;
pub mod teams;
mod thread;
mod together;
mod tx;
pub mod uploads;
mod user_card;
pub mod user_devices;
pub mod users;
pub mod waking;
pub mod webhooks;
mod words;
mod writer;

use std::future::Future;
use std::sync::Arc;

use tidings_protocol::id::{AgentId, DeviceId, FeedId, TeamId, UserId};
use uuid::Uuid;

pub use crate::database_url::{DatabaseUrl, InvalidDatabaseUrl};
pub use crate::distribution::Distribution;
pub use crate::error::{Error, Fault, Result};
pub use crate::growth::{Committed, Growth, News, NewsPage};
pub use crate::in_place::{BatchFault, Faults};
pub use crate::open::{Db, Options, WriteMetrics};
pub use crate::snapshot::snapshots;
pub use crate::tx::Tx;

/// Called after each commit and before any answer of its batch. It must not block.
pub type OnCommit = Arc<dyn Fn(&Committed) + Send + Sync>;

/// Called when a writer panicked or a flush failed: the process must end, and recover when it starts again.
pub type OnFatal = Arc<dyn Fn(&str) + Send + Sync>;

/// A session that ended before its time, by the SHA-256 of its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndedSession {
    /// Of a user's device.
    App(TokenHash),
    /// Of an agent.
    Agent(TokenHash),
    /// So many that nobody counts them: whoever holds sessions asks which of them go on.
    Many,
}

/// The SHA-256 of a token, a key or a device's secret; the text itself is never stored.
pub type TokenHash = [u8; 32];

/// One change to the store: all of it is committed, or none.
///
/// `apply` may run several times before one run is committed, and must touch nothing but the transaction: what
/// is slow in it stops all that wait behind it.
pub trait Command: Send + Sync + 'static {
    /// What it answers.
    type Output: Send + 'static;

    /// Writes inside the transaction.
    fn apply(&self, tx: &mut Tx<'_>) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Commands with the same lane are applied one after the other, in the order in which they came. For what
    /// happens in a conversation it is the conversation.
    fn lane(&self) -> Option<Uuid> {
        None
    }
}

/// Who acts in a conversation. Whether they may is checked in the database: if not, it is [`Error::NotFound`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The end user, on one of their devices.
    User {
        /// Who.
        user_id: UserId,
        /// On which device.
        device_id: DeviceId,
    },
    /// An agent: may act in the conversations of their teams.
    Agent {
        /// Who.
        agent_id: AgentId,
    },
}

/// What a command with an id made, now or the first time.
#[derive(Debug, Clone, PartialEq)]
pub struct Created<T> {
    /// The thing.
    pub value: T,
    /// False when the same request was repeated: this is the first result.
    pub is_new: bool,
}

/// The feed of a user; a feed's id is its owner's.
pub fn user_feed(id: UserId) -> FeedId {
    FeedId::from(id.uuid())
}

/// The feed of a team; a feed's id is its owner's.
pub fn team_feed(id: TeamId) -> FeedId {
    FeedId::from(id.uuid())
}
