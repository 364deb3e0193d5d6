//! When a team answers, and what a user is told of it: who answers, how soon, and when they are back. Nothing is ever
//! closed to a user: outside of these hours a message waits, and the app says until when.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::ConversationId;
use crate::limits;
use crate::notifications::TimeOfDay;
use crate::text::{Label, Name};
use crate::time::Timestamp;

/// `PUT /admin/v1/teams/{id}/hours`: replaces what was there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetTeamHours {
    /// The hours; null or absent: at all times.
    #[serde(default)]
    pub hours: Option<TeamHours>,
}

/// The hours of a team, by the clock of a place: they stay what they are when summer time begins and ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamHours {
    /// Whose clock: a name of the IANA time zone database, such as `Europe/Paris`.
    pub time_zone: Label,
    /// When somebody answers; at most 42, and at least one.
    pub week: Spans,
    /// Days on which nobody answers; at most 100.
    #[serde(default)]
    pub holidays: Holidays,
    /// Whether what waits for an answer goes back from its agents to the team when the hours end, and through the rules again:
    /// those for outside of the hours at once, the others when the hours begin again. Less than four hours without anybody are
    /// a break, and no end. Absent: it stays with its agents.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hands_back: bool,
}

/// From when until when somebody answers on one day of each week. What goes over midnight is two of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Span {
    /// Which day.
    pub day: Weekday,
    /// The first minute.
    pub from: TimeOfDay,
    /// The first minute after it, later than `from`; `00:00` is the end of the day.
    pub until: TimeOfDay,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "their names say what they are")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A day on which nobody answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Holiday {
    /// Which day, by the team's clock.
    pub date: Day,
    /// What it is, for those who look after the list.
    pub name: Label,
}

/// A day of the calendar, such as `2026-12-25`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
pub struct Day((i16, i8, i8));

impl Day {
    /// The year, 1970 to 9999; the month, 1 to 12; the day of the month, 1 to 31, and there in this one.
    pub const fn parts(self) -> (i16, i8, i8) {
        self.0
    }
}

/// Why a text is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a day such as 2026-12-25")]
pub struct InvalidDay;

impl TryFrom<String> for Day {
    type Error = InvalidDay;

    fn try_from(text: String) -> Result<Self, InvalidDay> {
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts[..] else { return Err(InvalidDay) };
        let number = |part: &str, length: usize| -> Result<i16, InvalidDay> {
            let digits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|_| digits).ok_or(InvalidDay)
        };
        let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return Err(InvalidDay),
        };
        let small = |number: i16| i8::try_from(number).map_err(|_| InvalidDay);
        if year < 1970 || day < 1 || day > days {
            return Err(InvalidDay);
        }
        Ok(Self((year, small(month)?, small(day)?)))
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.0;
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Why a list is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidList {
    /// Nobody would ever answer.
    #[error("must not be empty")]
    Empty,
    /// There is no room for so many.
    #[error("must have at most {max}, has {actual}")]
    TooMany {
        /// How many there are.
        actual: usize,
        /// How many there may be.
        max: usize,
    },
    /// A span ends before it begins.
    #[error("`until` must be later than `from`; what goes over midnight is two spans")]
    Backwards,
}

/// The spans of a week: 1 to 42, in any order; where two overlap, they are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Span>", into = "Vec<Span>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Vec<Span>, min_items = 1, max_items = 42))]
pub struct Spans(Vec<Span>);

impl TryFrom<Vec<Span>> for Spans {
    type Error = InvalidList;

    fn try_from(list: Vec<Span>) -> Result<Self, InvalidList> {
        if list.is_empty() {
            return Err(InvalidList::Empty);
        }
        if list.iter().any(|span| span.minutes().is_empty()) {
            return Err(InvalidList::Backwards);
        }
        at_most(list, limits::SPANS_PER_WEEK).map(Self)
    }
}

impl From<Spans> for Vec<Span> {
    fn from(spans: Spans) -> Self {
        spans.0
    }
}

impl Spans {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Span> {
        self.0.iter()
    }
}

/// At most 100 holidays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Holiday>", into = "Vec<Holiday>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Vec<Holiday>, max_items = 100))]
pub struct Holidays(Vec<Holiday>);

impl TryFrom<Vec<Holiday>> for Holidays {
    type Error = InvalidList;

    fn try_from(list: Vec<Holiday>) -> Result<Self, InvalidList> {
        at_most(list, limits::HOLIDAYS).map(Self)
    }
}

impl From<Holidays> for Vec<Holiday> {
    fn from(holidays: Holidays) -> Self {
        holidays.0
    }
}

impl Holidays {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Holiday> {
        self.0.iter()
    }
}

fn at_most<T>(list: Vec<T>, max: usize) -> Result<Vec<T>, InvalidList> {
    if list.len() > max { Err(InvalidList::TooMany { actual: list.len(), max }) } else { Ok(list) }
}

impl Span {
    /// The minutes of the day that it covers; empty when it ends before it begins.
    pub const fn minutes(&self) -> std::ops::Range<i16> {
        let until = self.until.minute();
        self.from.minute()..if until == 0 { 24 * 60 } else { until }
    }
}

/// `GET /app/v1/answering`, and a frame after `hello`: what a user may expect. Each field is absent when it is not known,
/// and is shown as such, never as a promise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answering {
    /// In how many seconds half of the answers of the last 28 days came, of the time in which the team answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usually_within_s: Option<u32>,
    /// When somebody is there again; absent: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_at: Option<Timestamp>,
    /// Who has answered last, at most three, the last first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Name>,
}

/// `GET /inbox/v1/conversations/{id}/expected`: when an answer is due in a conversation, and what its user is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Expected {
    /// By when half of the last answers would have come, of the time in which the team answers, since the user waits; absent:
    /// they do not wait, or too few answers are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// What the app tells the user now.
    pub told: Answering,
}

/// `GET /inbox/v1/due`: when answers are due in some conversations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DueAnswers {
    /// Of those in which somebody waits and enough answers are known, in the order of their ids.
    pub conversations: Vec<DueAnswer>,
}

/// When an answer is due in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DueAnswer {
    /// In which.
    pub conversation_id: ConversationId,
    /// As [`Expected::due_at`].
    pub due_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_day_is_there_in_its_month() {
        for good in ["2026-12-25", "2024-02-29", "2000-02-29", "1970-01-01"] {
            assert_eq!(Day::try_from(good.to_owned()).unwrap().to_string(), good);
        }
        for bad in [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-4-01",
            "2026-04-31",
            "2026-00-10",
            "26-01-01",
            "x",
        ] {
            assert_eq!(Day::try_from(bad.to_owned()), Err(InvalidDay), "{bad}");
        }
    }

    #[test]
    fn a_span_goes_forward_and_may_end_with_the_day() {
        let spans = |from: &str, until: &str| {
            serde_json::from_value::<Spans>(json!([{ "day": "friday", "from": from, "until": until }]))
        };
        assert!(spans("09:00", "17:30").is_ok() && spans("22:00", "00:00").is_ok());
        for (from, until) in [("17:00", "09:00"), ("09:00", "09:00")] {
            assert!(spans(from, until).unwrap_err().to_string().contains("two spans"));
        }
    }
}
