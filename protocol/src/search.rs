//! Search: `GET /app/v1/search` and `GET /inbox/v1/search`. The index follows what is written by a moment, and each answer
//! says by how much.

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::conversation::{Conversation, InboxConversation, UserSummary};
use crate::id::{AgentId, ConversationId, MessageId, NoteId};
use crate::message::Author;
use crate::text::Name;
use crate::time::Timestamp;

/// What agents look through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SearchIn {
    /// Messages of users and agents.
    #[default]
    Messages,
    /// Internal notes.
    Notes,
    /// Users, by name, address and id in the company's own system.
    People,
}

/// Which conversations agents look through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SearchAmong {
    /// Open, put aside or not, and assigned to the agent.
    Mine,
    /// Open, put aside or not, and assigned to nobody.
    Unassigned,
    /// Open, put aside or not.
    Open,
    /// Put aside.
    Snoozed,
    /// Closed.
    Closed,
}

/// A piece of a snippet. All pieces together are an excerpt of the text, as plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SnippetPiece {
    /// The words.
    pub text: String,
    /// Whether they are what was looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hit: bool,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageHit {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub message_id: MessageId,
    /// Its number.
    pub seq: Seq,
    /// Who wrote it.
    pub author: Author,
    /// When.
    pub sent_at: Timestamp,
    /// The part of it that was found.
    pub snippet: Vec<SnippetPiece>,
}

/// An internal note that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoteHit {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub note_id: NoteId,
    /// The message that it stands after.
    pub after_seq: Seq,
    /// Who wrote it.
    pub agent_id: AgentId,
    /// Their name when they wrote it.
    pub agent_name: Name,
    /// When.
    pub created_at: Timestamp,
    /// The part of it that was found.
    pub snippet: Vec<SnippetPiece>,
}

/// A user who was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserHit {
    /// Who.
    pub user: UserSummary,
    /// Their conversation that was active last, of those that the agent may see.
    pub conversation_id: ConversationId,
    /// The part of what is known of them that was found.
    pub snippet: Vec<SnippetPiece>,
}

/// Something that an agent found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum InboxHit {
    /// A message.
    Message(MessageHit),
    /// An internal note.
    Note(NoteHit),
    /// A user.
    User(UserHit),
}

/// `GET /app/v1/search`: messages of the user's own conversations, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppSearch {
    /// The page.
    pub hits: Vec<MessageHit>,
    /// The headers of their conversations, each once.
    pub conversations: Vec<Conversation>,
    /// For the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What was written before this can be found.
    pub indexed_until: Timestamp,
    /// False while the index is being made again: what is old may be missing too.
    pub complete: bool,
}

/// `GET /inbox/v1/search`: what is in the conversations of the agent's teams, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxSearch {
    /// The page.
    pub hits: Vec<InboxHit>,
    /// The headers of their conversations, each once.
    pub conversations: Vec<InboxConversation>,
    /// For the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What was written before this can be found.
    pub indexed_until: Timestamp,
    /// False while the index is being made again: what is old may be missing too.
    pub complete: bool,
}
