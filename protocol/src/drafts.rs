//! What agents have begun to write, kept so that they find it in every browser. Nobody else sees it.

use serde::{Deserialize, Serialize};

use crate::id::ConversationId;
use crate::text::Text;
use crate::time::Timestamp;

/// What a draft becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DraftKind {
    /// A reply to the user.
    Reply,
    /// A note.
    Note,
}

/// What an agent has begun to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Draft {
    /// Where.
    pub conversation_id: ConversationId,
    /// What it becomes.
    pub kind: DraftKind,
    /// The words; absent when it was sent or cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// When it was written.
    pub written_at: Timestamp,
    /// Greater than that of every draft of this agent that was changed before.
    pub revision: i64,
}

/// `PUT /inbox/v1/conversations/{id}/drafts/{kind}`: keeps what was written, unless something newer is there. The answer is what
/// is there afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PutDraft {
    /// The words; null when it was sent or cleared.
    pub text: Option<Text>,
    /// How many milliseconds ago it was written, by the client's own measure: the clock of a device may be wrong.
    #[serde(default)]
    pub written_ms_ago: u32,
}

/// `GET /inbox/v1/drafts`: the drafts of the agent that were changed after a revision, those that were sent or cleared included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftList {
    /// In the order of their changes.
    pub drafts: Vec<Draft>,
    /// Whether there are more.
    pub more: bool,
}
