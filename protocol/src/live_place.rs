//! A place that is shared for a while: one message, whose place moves until its time is over and is forgotten then.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::message::Location;
use crate::parts::{InvalidParts, check_location};
use crate::time::Timestamp;

/// A place that moves for a while. Who sends it says for how long and nothing else; the server writes the rest, and
/// forgets the place when the time is over or its author ends it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveLocation {
    /// For how many seconds from `sent_at` on: 60 to 28,800.
    pub for_s: i64,
    /// When it ends, or ended, by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether it is over. There is no place then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
    /// Where the person was last; absent before the first place has come, and after the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LivePlace>,
}

impl LiveLocation {
    /// What is sent to begin one. Whether the time is one that may be shared is checked with the parts of the message.
    pub const fn for_seconds(for_s: i64) -> Self {
        Self { for_s, until: None, ended: false, last: None }
    }

    /// The same as it was sent.
    #[must_use]
    pub const fn as_sent(&self) -> Self {
        Self::for_seconds(self.for_s)
    }

    /// The same from its beginning on.
    #[must_use]
    pub fn begun_at(&self, now: Timestamp) -> Self {
        Self { until: Some(now.plus_ms(self.for_s.saturating_mul(1000))), ..self.as_sent() }
    }

    /// The same when it is over: without a place.
    #[must_use]
    pub fn ended_at(&self, now: Timestamp) -> Self {
        let until = self.until.map_or(now, |until| until.min(now));
        Self { until: Some(until), ended: true, ..self.as_sent() }
    }
}

/// Where somebody who shares their place was last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LivePlace {
    /// The device's own count of the places it measured; the greatest is the newest.
    pub number: i64,
    /// When the server got it: its age is counted from here.
    pub received_at: Timestamp,
    /// The place; it has no label.
    pub location: Location,
}

/// `PUT …/messages/{message_id}/place`: where the author of a live place is now. A number that is not greater than the
/// last one changes nothing.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SentPlace")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MoveLivePlace {
    /// From 1 on, one more for each place.
    pub number: i64,
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// Radius of the circle that the place lies in with 68 % confidence, in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f64>,
    /// When the device measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<Timestamp>,
}

/// Where somebody is never reaches a log by accident: only the number is shown.
impl fmt::Debug for MoveLivePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "place number {}", self.number)
    }
}

impl MoveLivePlace {
    /// The place by itself.
    pub const fn location(&self) -> Location {
        let Self { latitude, longitude, accuracy_m, measured_at, .. } = *self;
        Location { latitude, longitude, accuracy_m, label: None, measured_at }
    }
}

/// A place on its way in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentPlace {
    number: i64,
    latitude: f64,
    longitude: f64,
    #[serde(default)]
    accuracy_m: Option<f64>,
    #[serde(default)]
    measured_at: Option<Timestamp>,
}

impl TryFrom<SentPlace> for MoveLivePlace {
    type Error = InvalidParts;

    fn try_from(sent: SentPlace) -> Result<Self, InvalidParts> {
        let SentPlace { number, latitude, longitude, accuracy_m, measured_at } = sent;
        let place = Self { number, latitude, longitude, accuracy_m, measured_at };
        check_location(&place.location())?;
        let max = limits::LIVE_PLACES;
        if (1..=max).contains(&number) {
            Ok(place)
        } else {
            Err(InvalidParts::Range { field: "number", min: 1, max })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_is_is_not_printed() {
        let sent = MoveLivePlace {
            number: 3,
            latitude: 12.345_678,
            longitude: -98.765_432,
            accuracy_m: Some(4.25),
            measured_at: None,
        };
        let last = LivePlace {
            number: 3,
            received_at: Timestamp::from_unix_ms(1),
            location: Location { label: Some("home".try_into().unwrap()), ..sent.location() },
        };
        let live = LiveLocation { last: Some(last), ..LiveLocation::for_seconds(900) };
        let printed = format!("{sent:?} {:?} {live:?}", sent.location());
        for secret in ["12.345", "98.765", "4.25", "home"] {
            assert!(!printed.contains(secret), "{secret}: {printed}");
        }
    }

    #[test]
    fn the_end_comes_once_and_takes_the_place_along() {
        let start = Timestamp::from_unix_ms(1_000_000);
        let location =
            Location { latitude: 0.0, longitude: 0.0, accuracy_m: None, label: None, measured_at: None };
        let last = Some(LivePlace { number: 1, received_at: start, location });
        let running = LiveLocation { last, ..LiveLocation::for_seconds(900).begun_at(start) };
        assert_eq!(running.until, Some(start.plus_ms(900_000)));
        let early = running.ended_at(start.plus_ms(5));
        assert_eq!((early.until, early.ended, &early.last), (Some(start.plus_ms(5)), true, &None));
        let late = running.ended_at(start.plus_ms(900_007));
        assert_eq!(late.until, running.until, "it was over at its time, whenever that was noticed");
        assert_eq!(late.as_sent(), LiveLocation::for_seconds(900));
    }
}
