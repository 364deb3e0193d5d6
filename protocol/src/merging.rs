//! Two threads of one user that are one matter. Messages never move: the one thread points to the other, and can be had back.

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::id::{AgentId, ConversationId};
use crate::text::Title;
use crate::time::Timestamp;

/// `PUT /inbox/v1/conversations/{id}/merge`: merges a conversation into another of the same user and team, or has it back as it
/// was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Merge {
    /// Where it goes on; null: it stands by itself again. Being so already is fine.
    pub into: Option<ConversationId>,
}

/// What a thread was merged into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergedInto {
    /// Where it goes on.
    pub conversation_id: ConversationId,
    /// What that one is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// When.
    pub at: Timestamp,
    /// The message of this thread after which that was; 0 before the first.
    pub after_seq: Seq,
    /// Who did it.
    pub agent_id: AgentId,
    /// The user has written in it since, so it stands by itself again; absent: it is merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parted: Option<Parted>,
}

/// A thread that was merged into this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergedThread {
    /// Which.
    pub conversation_id: ConversationId,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// When.
    pub at: Timestamp,
    /// The message of the thread that it was merged into after which that was; 0 before the first.
    pub after_seq: Seq,
    /// How many messages it had: the number of its last.
    pub messages: Seq,
    /// Who did it.
    pub agent_id: AgentId,
    /// The user has written in it since, so it stands by itself again; absent: it is merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parted: Option<Parted>,
}

/// How a merge ended because the user wrote in the thread that was merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Parted {
    /// When.
    pub at: Timestamp,
    /// The message, of the thread in whose header this stands, after which that was; 0 before the first.
    pub after_seq: Seq,
}
