//! Reports: how much there was to do, how soon it was done, what users thought of it, and what waits now.
//!
//! An answer is counted in the day in which it was given and a resolution in the day in which it was made, so that the
//! figures of a day that is over do not change; what users thought, in the day in which they were asked. Times are those
//! of a clock on the wall: nights and holidays count.

use serde::{Deserialize, Serialize};

use crate::hours::Day;
use crate::time::Timestamp;

/// Into which pieces of time a report is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReportStep {
    /// Days.
    #[default]
    Day,
    /// Weeks, which begin on Monday; the first and the last may be shorter.
    Week,
}

/// By what the figures of a report are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReportSplit {
    /// By team.
    Team,
    /// By agent: who answered, whose the conversation was when it was resolved, who wrote; otherwise whose it is now.
    Agent,
    /// By tag; what has several counts with each of them.
    Tag,
}

/// `GET /inbox/v1/reports`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// By whose clock days begin: a name of the IANA time zone database.
    pub time_zone: String,
    /// When it was counted.
    pub counted_at: Timestamp,
    /// Of the whole time.
    pub total: Figures,
    /// What waits for the company now, whatever the days are.
    pub backlog: Backlog,
    /// Each day or week, in order, also those in which nothing happened.
    pub periods: Vec<ReportPeriod>,
    /// Each team, agent or tag of which there is anything to tell, the busiest first; at most 500. Empty when nothing is told
    /// apart.
    pub groups: Vec<ReportGroup>,
}

/// A day or a week of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportPeriod {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// What happened.
    pub figures: Figures,
}

/// A team, an agent or a tag of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportGroup {
    /// The id of the team or agent, the name of the tag; absent: what is nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of the whole time.
    pub figures: Figures,
    /// What waits now.
    pub backlog: Backlog,
}

/// What happened in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// Conversations that users opened.
    pub opened: i64,
    /// Conversations that were closed and opened again.
    pub reopened: i64,
    /// Messages of users.
    pub received: i64,
    /// Messages of agents.
    pub sent: i64,
    /// From a user's first message that waited until the first answer by an agent, of conversations that got theirs in this
    /// time.
    pub first_answer: Took,
    /// From the opening of a conversation, or from when it was last opened again, until it was closed in this time.
    pub resolution: Took,
    /// What users thought, who were asked in this time.
    pub satisfaction: Satisfied,
}

/// How long something took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Took {
    /// How often.
    pub count: i64,
    /// Half of them took at most so many seconds; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_s: Option<i64>,
    /// Nine of ten took at most so many seconds; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_s: Option<i64>,
}

/// What users thought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Satisfied {
    /// How often somebody was asked.
    pub asked: i64,
    /// How often somebody answered.
    pub answered: i64,
    /// How often with 4 or 5 of 5.
    pub good: i64,
    /// All answers, from 1 to 5, added up: divided by `answered`, their average.
    pub sum: i64,
}

/// Conversations in which a user waits for an answer, open and not put aside, by how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Backlog {
    /// Less than an hour.
    pub under_1h: i64,
    /// From an hour to four.
    pub under_4h: i64,
    /// From four hours to a day.
    pub under_1d: i64,
    /// From a day to three.
    pub under_3d: i64,
    /// From three days to a week.
    pub under_7d: i64,
    /// A week or longer.
    pub older: i64,
}

impl Backlog {
    /// All of them.
    pub const fn sum(&self) -> i64 {
        self.under_1h + self.under_4h + self.under_1d + self.under_3d + self.under_7d + self.older
    }
}

/// A chart of a report, as a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReportTable {
    /// Conversations and messages.
    Volume,
    /// First answers.
    FirstAnswer,
    /// Resolutions.
    Resolution,
    /// What waits now.
    Backlog,
    /// What users thought.
    Satisfaction,
}
