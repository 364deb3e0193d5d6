//! How conversations come to agents by themselves: the rules of a company, and what its agents can.

use serde::{Deserialize, Serialize};

use crate::hours::InvalidList;
use crate::id::{AgentId, AppId, ConversationId};
use crate::limits;
use crate::saved_replies::Language;
use crate::text::{Name, Tag};
use crate::time::Timestamp;

macro_rules! lists {
    ($($(#[doc = $doc:literal])* $name:ident of $item:ty, $max:path;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(try_from = "Vec<_>", into = "Vec<_>")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<$item>))]
        pub struct $name(Vec<$item>);

        impl TryFrom<Vec<$item>> for $name {
            type Error = InvalidList;

            fn try_from(list: Vec<$item>) -> Result<Self, InvalidList> {
                let (actual, max) = (list.len(), $max);
                if actual > max { Err(InvalidList::TooMany { actual, max }) } else { Ok(Self(list)) }
            }
        }

        impl From<$name> for Vec<$item> {
            fn from(list: $name) -> Self {
                list.0
            }
        }

        impl std::ops::Deref for $name {
            type Target = [$item];

            fn deref(&self) -> &[$item] {
                &self.0
            }
        }
    )*};
}

lists! {
    /// Rules in the order in which they are tried; at most 50.
    Rules of Rule, limits::RULES;
    /// Apps; at most 20.
    AppIds of AppId, limits::RULE_WORDS;
    /// Languages; at most 20. `fr` stands for `fr-CH`, too.
    Languages of Language, limits::RULE_WORDS;
    /// Tags, or what agents can; at most 20.
    Words of Tag, limits::RULE_WORDS;
}

/// `GET` and `PUT /admin/v1/assignment_rules`: by what conversations come to agents when they are opened, or when the user writes
/// in a closed one that nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssignmentRules {
    /// The first that fits, and finds somebody, decides; without one the conversation waits for whoever takes it.
    pub rules: Rules,
    /// After how many minutes, 1 to 1440, in which their agent is away conversations in which a user waits go back to the team,
    /// and through the rules again; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_after: Option<Minutes>,
}

/// A number of minutes, 1 to 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = i32, minimum = 1, maximum = 1440))]
pub struct Minutes(i64);

/// Why a number is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 1440")]
pub struct InvalidMinutes;

impl TryFrom<i64> for Minutes {
    type Error = InvalidMinutes;

    fn try_from(minutes: i64) -> Result<Self, InvalidMinutes> {
        if (1..=24 * 60).contains(&minutes) { Ok(Self(minutes)) } else { Err(InvalidMinutes) }
    }
}

impl From<Minutes> for i64 {
    fn from(minutes: Minutes) -> Self {
        minutes.0
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rule {
    /// What it is called where it explains an assignment.
    pub name: Name,
    /// Conversations of these apps; none: of all.
    #[serde(default)]
    pub apps: AppIds,
    /// Of users whose device speaks one of these languages; none: any.
    #[serde(default)]
    pub languages: Languages,
    /// With one of these tags, whatever their case; none: any.
    #[serde(default)]
    pub tags: Words,
    /// While the team answers, or while it does not; absent: at all times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Within>,
    /// Who gets them.
    pub to: Receiver,
}

/// Within the hours of the team, or outside of them. A team without hours is always within them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Within {
    /// Somebody answers now.
    Open,
    /// Nobody does.
    Closed,
}

/// Who gets a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Receiver {
    /// Of those of its team who answer, are not away and take one more: who has the fewest open ones.
    Agent {
        /// Only those who can this; absent: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skill: Option<Tag>,
        /// Only those who speak the language of the user's device, if that is known.
        #[serde(default)]
        speaks: bool,
    },
    /// Nobody: it stays with the team, and no later rule is tried. (With braces, so that unknown fields are refused here too.)
    Nobody {},
}

/// `PUT /admin/v1/agents/{id}/talents`: what an agent can, and how much they take.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Talents {
    /// What they can, in the company's own words.
    #[serde(default)]
    pub skills: Words,
    /// What they speak; none: rules that ask for a language pass them by.
    #[serde(default)]
    pub languages: Languages,
    /// With so many open conversations rules give them no more; 0: rules give them nothing; absent: as many as come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u16>,
}

/// How a conversation came to whom it is with: by a rule, because somebody was away for too long or the hours of their team
/// ended, or by an agent's hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Routed {
    /// When.
    pub at: Timestamp,
    /// The message after which that was; 0 before the first.
    pub after_seq: crate::Seq,
    /// The rule that chose the agent; absent: none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Name>,
    /// Who had it before, and was away for too long; absent when nobody had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_agent_id: Option<AgentId>,
    /// Who had it before, when the hours of the team ended; absent when nobody had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_agent_id: Option<AgentId>,
    /// Whose hand it was; absent: nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_agent_id: Option<AgentId>,
    /// Who had it when that hand gave it away, or took it; absent when nobody had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_agent_id: Option<AgentId>,
}

/// `POST /admin/v1/assignment_rules/trial`: what rules would have done with the last 100 conversations. The body is
/// [`AssignmentRules`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RulesTrial {
    /// Each, the newest first.
    pub conversations: Vec<Tried>,
}

/// What rules would have done with a conversation: with its tags of now, the hours of when it was opened, and everybody there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tried {
    /// Which.
    pub conversation_id: ConversationId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// What its user is called, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<Name>,
    /// The rule that decides; absent: none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Name>,
    /// Who might get it; nobody: it stays with the team.
    pub agent_ids: Vec<AgentId>,
}
