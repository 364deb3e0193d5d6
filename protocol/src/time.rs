//! Points in time: unix milliseconds inside, RFC 3339 in UTC (`2026-11-21T09:30:00.250Z`) on the wire.
//!
//! Time is shown to people and never sorted by: order is the business of sequence numbers.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time in unix milliseconds, from 1970 to the end of 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Why a text is not a point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a time in UTC after RFC 3339, such as 2026-11-21T09:30:00.250Z")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// 9999-12-31T23:59:59.999Z, the last time that RFC 3339 can write.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// A time from unix milliseconds; what lies outside the range is moved to its nearer end.
    pub const fn from_unix_ms(ms: i64) -> Self {
        if ms < 0 {
            Self(0)
        } else if ms > Self::MAX.0 {
            Self::MAX
        } else {
            Self(ms)
        }
    }

    /// Unix milliseconds.
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// This time moved by `ms` milliseconds, which may be negative.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self::from_unix_ms(self.0.saturating_add(ms))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since_epoch = Duration::from_millis(self.0.unsigned_abs());
        fmt::Display::fmt(&humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + since_epoch), f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let time = humantime::parse_rfc3339(text).map_err(|_| InvalidTimestamp)?;
        let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| InvalidTimestamp)?;
        i64::try_from(since_epoch.as_millis()).map(Self::from_unix_ms).map_err(|_| InvalidTimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Timestamp {
    fn name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_milliseconds_agree() {
        let text = "2026-11-21T09:30:00.250Z";
        let time: Timestamp = text.parse().unwrap();
        assert_eq!(time.unix_ms(), 1_795_253_400_250);
        assert_eq!(time.to_string(), text);
    }

    #[test]
    fn the_ends_of_the_range_can_be_written() {
        assert_eq!(Timestamp::from_unix_ms(i64::MIN).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_unix_ms(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn what_is_not_utc_is_refused() {
        for text in
            ["", "2026-11-21", "2026-11-21T09:30:00+01:00", "2026-13-21T09:30:00Z", "1969-01-01T00:00:00Z"]
        {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
