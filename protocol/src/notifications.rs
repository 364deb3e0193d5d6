//! What a user wants to be told of by push: quiet hours, and conversations that are muted.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::ConversationId;
use crate::limits;
use crate::time::Timestamp;

const MINUTES_OF_DAY: i64 = 24 * 60;
const MINUTE_MS: i64 = 60_000;

/// `GET` and `PUT /app/v1/notifications`: replaces what was there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notifications {
    /// When pushes wait; null or absent: never.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
    /// Conversations for which there are no pushes; at most 200.
    #[serde(default)]
    pub muted: Muted,
}

/// A conversation for which there are no pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mute {
    /// Which.
    pub conversation_id: ConversationId,
    /// Until when; null or absent: until it is taken away.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// At most 200 muted conversations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Mute>", into = "Vec<Mute>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Vec<Mute>, max_items = 200))]
pub struct Muted(Vec<Mute>);

/// Why a list of muted conversations is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must have at most {max} conversations, has {0}", max = limits::MUTED)]
pub struct TooMany(usize);

impl TryFrom<Vec<Mute>> for Muted {
    type Error = TooMany;

    fn try_from(list: Vec<Mute>) -> Result<Self, TooMany> {
        if list.len() > limits::MUTED { Err(TooMany(list.len())) } else { Ok(Self(list)) }
    }
}

impl From<Muted> for Vec<Mute> {
    fn from(muted: Muted) -> Self {
        muted.0
    }
}

/// A part of each day in which pushes wait. It may go over midnight; from and until the same is the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuietHours {
    /// The first minute.
    pub from: TimeOfDay,
    /// The first minute after it.
    pub until: TimeOfDay,
    /// How far the user's clock is ahead of UTC, in minutes: -840 to 840. The SDK tells it again when it changes, as it
    /// does with summer time.
    pub utc_offset_minutes: UtcOffset,
}

/// A minute of the day, such as `22:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// Minutes since midnight: 0 to 1439.
    pub const fn minute(self) -> i16 {
        self.0.cast_signed()
    }
}

/// Why a text is not a minute of the day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a time of the day from 00:00 to 23:59")]
pub struct InvalidTimeOfDay;

impl TryFrom<String> for TimeOfDay {
    type Error = InvalidTimeOfDay;

    fn try_from(text: String) -> Result<Self, InvalidTimeOfDay> {
        let (hour, minute) = text.split_once(':').ok_or(InvalidTimeOfDay)?;
        let number = |part: &str, bound: u16| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u16>().ok().filter(|value| digits && *value < bound).ok_or(InvalidTimeOfDay)
        };
        Ok(Self(number(hour, 24)? * 60 + number(minute, 60)?))
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// Minutes ahead of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i16", into = "i16")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = i16, minimum = -840, maximum = 840))]
pub struct UtcOffset(i16);

/// Why a number is not an offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected minutes from -840 to 840")]
pub struct InvalidUtcOffset;

impl TryFrom<i16> for UtcOffset {
    type Error = InvalidUtcOffset;

    fn try_from(minutes: i16) -> Result<Self, InvalidUtcOffset> {
        if (-840..=840).contains(&minutes) { Ok(Self(minutes)) } else { Err(InvalidUtcOffset) }
    }
}

impl From<UtcOffset> for i16 {
    fn from(offset: UtcOffset) -> Self {
        offset.0
    }
}

impl QuietHours {
    /// When the quiet hours end in which this time lies; none when it lies in none.
    pub fn end_after(&self, time: Timestamp) -> Option<Timestamp> {
        let ahead_ms = i64::from(self.utc_offset_minutes.0) * MINUTE_MS;
        let local_ms = time.unix_ms() + ahead_ms;
        let (from, until) = (i64::from(self.from.0), i64::from(self.until.0));
        let length = match (until - from).rem_euclid(MINUTES_OF_DAY) {
            0 => MINUTES_OF_DAY,
            length => length,
        };
        let since_from_ms = (local_ms - from * MINUTE_MS).rem_euclid(MINUTES_OF_DAY * MINUTE_MS);
        let left_ms = length * MINUTE_MS - since_from_ms;
        (left_ms > 0).then(|| time.plus_ms(left_ms))
    }
}

impl Notifications {
    /// Whether a conversation is muted at this time.
    pub fn is_muted(&self, id: ConversationId, now: Timestamp) -> bool {
        let mute = self.muted.0.iter().find(|mute| mute.conversation_id == id);
        mute.is_some_and(|mute| mute.until.is_none_or(|until| until > now))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn quiet(from: &str, until: &str, offset: i16) -> QuietHours {
        serde_json::from_value(json!({ "from": from, "until": until, "utc_offset_minutes": offset })).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_hours_are_those_of_the_user_s_clock_and_go_over_midnight() {
        let night = quiet("22:00", "07:30", 60);
        for (now, end) in [
            ("2026-11-21T20:59:59.999Z", None),
            ("2026-11-21T21:00:00Z", Some("2026-11-22T06:30:00Z")),
            ("2026-11-22T03:00:00Z", Some("2026-11-22T06:30:00Z")),
            ("2026-11-22T06:30:00Z", None),
        ] {
            assert_eq!(night.end_after(at(now)), end.map(at), "{now}");
        }
        let west = quiet("12:00", "13:00", -300);
        assert_eq!(west.end_after(at("2026-11-21T17:15:00Z")), Some(at("2026-11-21T18:00:00Z")));
        assert_eq!(west.end_after(at("2026-11-21T12:15:00Z")), None);
        let always = quiet("08:00", "08:00", 0);
        assert_eq!(always.end_after(at("2026-11-21T08:00:00Z")), Some(at("2026-11-22T08:00:00Z")));
    }

    #[test]
    fn what_is_no_time_of_the_day_is_refused() {
        for text in ["", "7:00", "24:00", "12:60", "+1:00", "12:00:00", "ab:cd"] {
            assert!(TimeOfDay::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert!(UtcOffset::try_from(841).is_err());
        assert!(Muted::try_from(vec![mute(None); limits::MUTED + 1]).is_err());
    }

    fn mute(until: Option<Timestamp>) -> Mute {
        Mute { conversation_id: ConversationId::from_parts(1, [1; 10]), until }
    }

    #[test]
    fn a_mute_ends_when_it_says() {
        let now = at("2026-11-21T20:00:00Z");
        for (until, is_muted) in [(None, true), (Some(now.plus_ms(1)), true), (Some(now), false)] {
            let muted = Muted::try_from(vec![mute(until)]).unwrap();
            let wishes = Notifications { muted, ..Notifications::default() };
            assert_eq!(wishes.is_muted(mute(None).conversation_id, now), is_muted);
            assert!(!wishes.is_muted(ConversationId::from_parts(2, [2; 10]), now));
        }
    }
}
