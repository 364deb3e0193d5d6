//! Whether an agent is there: one switch that each agent has.

use serde::{Deserialize, Serialize};

use crate::id::AgentId;
use crate::text::Text;
use crate::time::Timestamp;

/// `PUT /inbox/v1/availability`: says whether the agent is there. While they are away nobody can assign anything to them, and
/// nothing tells them of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SetAvailability {
    /// There. (With braces, so that unknown fields are refused here too.)
    Available {},
    /// Not there.
    Away {
        /// When they are there again by themselves: a time to come, at most 366 days away; absent: when they say so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
}

/// An agent who is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AwayAgent {
    /// Who.
    pub agent_id: AgentId,
    /// Since when.
    pub since: Timestamp,
    /// When they are there again by themselves; absent: when they say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// `GET /inbox/v1/availability`: which agents of the workspace are away now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AwayAgents {
    /// All of them, the one first who is away for longest.
    pub agents: Vec<AwayAgent>,
}

/// `POST /inbox/v1/hand_over`: gives away what is assigned to the agent and not closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandOver {
    /// To whom; what is of a team that they are not in goes back to that team. Null: all goes back to its team.
    pub agent_id: Option<AgentId>,
    /// What is to be known: a note in each of them, which mentions the colleague in those that they get. They are told of
    /// it once, and find the others in their mentions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Answer to [`HandOver`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandedOver {
    /// How many conversations the colleague has got.
    pub assigned: i64,
    /// How many went back to their teams.
    pub unassigned: i64,
}
