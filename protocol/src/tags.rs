//! The words by which teams sort their conversations, as who administers looks after them. A tag is the same in every team that
//! has it, whatever its case and accents: what is done with it is done in all of them.

use serde::{Deserialize, Serialize};

use crate::id::TeamId;
use crate::text::{Name, Tag};

/// `GET /admin/v1/tags`: the tags of all teams, ordered by their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TagUses {
    /// Each once, however many teams have it; at most 500 of each team.
    pub tags: Vec<TagUse>,
}

/// A tag, and what would be another without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TagUse {
    /// What it is called.
    pub name: Tag,
    /// The teams that have it.
    pub team_ids: Vec<TeamId>,
    /// Conversations that have it, open or closed.
    pub conversations: i64,
    /// Saved views that ask for it, whoever keeps them.
    pub views: i64,
    /// The rules of assigning that ask for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Name>,
    /// Whether it is being changed: `conversations` are gone through, and nothing else can be done with it before they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changing: bool,
}

/// `POST /admin/v1/tags/rename`: calls a tag something else, everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenameTag {
    /// Which, whatever its case and accents.
    pub tag: Tag,
    /// What it is to be called. That of another tag is `already_exists`.
    pub to: Tag,
}

/// `POST /admin/v1/tags/merge`: what had one tag has another from then on. It cannot be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergeTag {
    /// The one that goes.
    pub tag: Tag,
    /// The one that stays.
    pub into: Tag,
}

/// What is done with a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TagChanged {
    /// Conversations that had it.
    pub conversations: i64,
    /// Whether all of them were gone through. Otherwise the server goes on by itself; [`TagUse::changing`] says when it is done.
    pub done: bool,
}
