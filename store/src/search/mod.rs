//! Search over messages, notes and people.
//!
//! Sending a message writes nothing here: `index.rs` follows the teams' feeds in batches, from a place that it keeps. What
//! is indexed are words that `words.rs` has folded and cut; `query.rs` does the same to what is looked for, so both
//! databases find the same. Who may find a row is a word of the row too, and is asked of the tables again.

mod among;
mod entries;
mod find;
mod index;
mod query;
mod snippet;
mod words;

pub use among::Among;
pub(crate) use entries::{forget_conversation, forget_message, forget_messages, forget_user};
pub use find::{SearchPlace, SearchPosition};
pub use index::{IndexFeed, IndexScan, Indexed, RebuildSearch};
pub use query::{InvalidQuery, QUERY_BYTES, SearchQuery};
