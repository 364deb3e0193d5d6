//! Views that agents keep: a list of conversations, and what narrows it down.

use serde::{Deserialize, Serialize};

use crate::conversation::Priority;
use crate::id::{AgentId, AppId, SavedViewId};
use crate::inbox::View;
use crate::text::{Tag, Title};
use crate::time::Timestamp;

/// Which conversations: those of a view, as far as the rest says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Filter {
    /// The view; `approvals` and `mentions` are not narrowed down.
    #[serde(default)]
    pub view: View,
    /// Only those with this tag, whatever its case and accents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// Only those that this agent has taken on; of the views `all`, `snoozed` and `closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Only those of this app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AppId>,
    /// Only those of this priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// In which order.
    #[serde(default, skip_serializing_if = "Order::is_newest")]
    pub order: Order,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Order {
    /// The most recently active first.
    #[default]
    Newest,
    /// Whoever waits longest for an answer first, and only those in which somebody waits; of the views `mine`, `unassigned` and
    /// `all`.
    Waiting,
}

impl Order {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    const fn is_newest(&self) -> bool {
        matches!(self, Self::Newest)
    }
}

/// A view that somebody keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedView {
    /// Made by the inbox.
    pub id: SavedViewId,
    /// What it is called.
    pub name: Title,
    /// What it shows.
    pub filter: Filter,
    /// Who made it.
    pub agent_id: AgentId,
    /// Whether everybody of the workspace has it.
    pub shared: bool,
    /// How many conversations of the asking agent it shows; 1,000 stands for that many or more.
    pub count: i64,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// `PUT /inbox/v1/saved_views/{id}`: keeps a view, or changes one. Somebody else's is changed by who administers, if it is
/// shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PutSavedView {
    /// What it is called.
    pub name: Title,
    /// What it shows.
    pub filter: Filter,
    /// Whether everybody of the workspace has it.
    pub shared: bool,
}

/// `GET /inbox/v1/saved_views`: the agent's own and those that are shared, ordered by their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedViewList {
    /// At most 20 of the agent, and 30 that are shared.
    pub views: Vec<SavedView>,
}
