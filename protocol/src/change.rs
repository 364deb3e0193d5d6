//! Changes: what a feed is made of.
//!
//! A change points at what changed and carries the message or note it is about. A page of changes carries, once
//! for each conversation it touches, that conversation's header as it stood when the page was read. So to apply
//! a page is: put each message in its place by id, then replace those headers. Applying a page twice, or a page
//! that overlaps what is known, ends the same.
//!
//! A header may be ahead of its page (`last_seq` 7 while the page ends at message 5): the next page brings the
//! rest.

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::conversation::{Conversation, InboxConversation};
use crate::cursor::Cursor;
use crate::id::{AgentId, ConversationId, NoteId};
use crate::message::Message;
use crate::text::{Name, Text};
use crate::time::Timestamp;

/// What happened. Clients that meet a kind they do not know still apply the header and go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChangeKind {
    /// A thread was opened.
    ConversationOpened,
    /// A thread was closed.
    ConversationClosed,
    /// A closed thread was opened again.
    ConversationReopened,
    /// A thread got another assignee, or lost its own.
    ConversationAssigned,
    /// A thread was put aside, or its time was changed; only in the feeds of teams.
    ConversationSnoozed,
    /// A thread that was put aside came back, by itself or by an agent; only in the feeds of teams.
    ConversationWoken,
    /// A thread got another priority; only in the feeds of teams.
    ConversationPrioritised,
    /// A thread got other tags; only in the feeds of teams.
    ConversationTagged,
    /// A thread was merged into another of its user, and is closed as long as it is.
    ConversationMerged,
    /// A thread that was merged stands by itself again.
    ConversationUnmerged,
    /// What is merged into a thread changed; only in the feeds of teams.
    MergesChanged,
    /// What is held of replies changed: one came, got another time, came back to its author, or is not held any more. Only
    /// in the feeds of teams.
    ReplyHeld,
    /// A message was added.
    MessageAdded,
    /// A message got other words.
    MessageEdited,
    /// A message was deleted: of it stay its number, its author and its times.
    MessageDeleted,
    /// A side has received or read further.
    ReceiptMoved,
    /// An internal note was added; only in the feeds of teams.
    NoteAdded,
    /// An agent has seen a note that mentions them; only in the feeds of teams.
    MentionRead,
    /// What is known of the user changed, such as their name; only in the feeds of teams.
    UserChanged,
    /// A thread and all that was in it was erased: drop it. No header of it follows. Only in the feeds of teams.
    ConversationErased,
    /// A kind of a later version.
    #[serde(other)]
    Unknown,
}

impl ChangeKind {
    /// Every kind that this version knows.
    pub const ALL: [Self; 20] = [
        Self::ConversationOpened,
        Self::ConversationClosed,
        Self::ConversationReopened,
        Self::ConversationAssigned,
        Self::ConversationSnoozed,
        Self::ConversationWoken,
        Self::ConversationPrioritised,
        Self::ConversationTagged,
        Self::ConversationMerged,
        Self::ConversationUnmerged,
        Self::MergesChanged,
        Self::ReplyHeld,
        Self::MessageAdded,
        Self::MessageEdited,
        Self::MessageDeleted,
        Self::ReceiptMoved,
        Self::NoteAdded,
        Self::MentionRead,
        Self::UserChanged,
        Self::ConversationErased,
    ];
}

/// One entry of a feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Its number in the feed, from 1, without holes.
    pub seq: Seq,
    /// What happened.
    pub kind: ChangeKind,
    /// Where.
    pub conversation_id: ConversationId,
    /// The message, when the change is about one; as it is now, not as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// The note, when the change is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// An internal note: colleagues read it, users never do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// Made by the inbox that wrote it.
    pub id: NoteId,
    /// The thread it stands in.
    pub conversation_id: ConversationId,
    /// The message after which it is shown; 0 before the first. Notes after the same message are ordered by id.
    pub after_seq: Seq,
    /// Who wrote it.
    pub agent_id: AgentId,
    /// The name of who wrote it.
    pub agent_name: Name,
    /// What it says.
    pub text: Text,
    /// Colleagues whom it mentions: where the text says `@` and one of their names, they are meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// When the server stored it.
    pub created_at: Timestamp,
}

/// A colleague whom a note mentions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mention {
    /// Who.
    pub agent_id: AgentId,
    /// What they were called when it was written.
    pub name: Name,
}

/// Changes of a feed, in order, with the headers of the conversations they touch. `C` is
/// [`Conversation`] for users and [`InboxConversation`] for agents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePage<C> {
    /// The changes, oldest first.
    pub changes: Vec<Change>,
    /// The headers, each once.
    pub conversations: Vec<C>,
    /// Where to go on from: the place of the last change of this page.
    pub cursor: Cursor,
    /// Whether there is more to fetch at once.
    pub more: bool,
}

/// A page of a user's feed.
pub type UserChangePage = ChangePage<Conversation>;
/// A page of a team's feed.
pub type TeamChangePage = ChangePage<InboxConversation>;

/// The answer to "what came after this cursor?".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Catchup<C> {
    /// This.
    Changes(ChangePage<C>),
    /// The cursor is of another history, or older than what is kept: bootstrap again, keep the outbox.
    Reset,
}
