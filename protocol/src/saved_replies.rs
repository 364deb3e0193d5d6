//! What agents say often, kept so that they need not write it again.

use serde::{Deserialize, Serialize};

use crate::id::{SavedReplyId, TeamId};
use crate::limits;
use crate::text::{Bounded, Text, Title};
use crate::time::Timestamp;

/// A language after BCP 47, such as `fr` or `pt-BR`.
pub type Language = Bounded<{ limits::LANGUAGE_BYTES }>;

/// The words of a saved reply in one language. `{{user.name}}` and its like stand for what is known when they are used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedText {
    /// Which.
    pub language: Language,
    /// The words.
    pub text: Text,
}

/// A saved reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedReply {
    /// Made by the inbox.
    pub id: SavedReplyId,
    /// Whose; absent: the agent's own, which nobody else sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// What it is found by.
    pub name: Title,
    /// The words, each language once; the first are used where none fits the user.
    pub texts: Vec<SavedText>,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// `PUT /inbox/v1/saved_replies/{id}`: makes a saved reply, or changes it. Whose it is stays as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PutSavedReply {
    /// For whom; absent: for the agent alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// What it is found by.
    pub name: Title,
    /// The words, in 1 to 12 languages, each once.
    pub texts: Vec<SavedText>,
}

/// `GET /inbox/v1/saved_replies`: those of the agent and of their teams, ordered by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedReplyList {
    /// At most 300 of the agent and 300 of each team.
    pub replies: Vec<SavedReply>,
    /// The language of the user of the conversation that was asked for, as their device said it last; absent when it is not
    /// known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}
