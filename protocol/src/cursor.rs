//! A place in a feed: `epoch.seq`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Seq;

/// The identity of a database's history, random, replaced when a backup is restored.
///
/// Without it, a phone that had seen changes 1 to 9 before a restore to 7 would take the new 8 and 9 for known
/// and never show them. The epoch differs, so the phone fetches its list again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// An epoch of random bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Epoch {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let plain = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !plain {
            return Err(InvalidCursor);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| InvalidCursor)
    }
}

/// "I have seen every change of this feed up to and including `seq`."
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The history that `seq` counts in.
    pub epoch: Epoch,
    /// The last change seen; 0 before the first.
    pub seq: Seq,
}

/// Why a text is not a cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a cursor of the form `epoch.seq`: 16 hexadecimal digits, a dot, a number")]
pub struct InvalidCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.seq)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (epoch, seq) = text.split_once('.').ok_or(InvalidCursor)?;
        if seq.is_empty() || seq.len() > 18 || !seq.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidCursor);
        }
        Ok(Self { epoch: epoch.parse()?, seq: seq.parse().map_err(|_| InvalidCursor)? })
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Cursor {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[0-9a-f]{16}\\.[0-9]{1,18}$"))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Cursor {
    fn name() -> std::borrow::Cow<'static, str> {
        "Cursor".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_epoch_dot_seq() {
        let cursor = Cursor { epoch: Epoch::from_bits(0x9f3a), seq: 1287 };
        assert_eq!(cursor.to_string(), "0000000000009f3a.1287");
        assert_eq!("0000000000009f3a.1287".parse(), Ok(cursor));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            ".",
            "9f3a.1",
            "0000000000009f3a.",
            "0000000000009f3a.-1",
            "0000000000009F3A.1",
            "0000000000009f3a.+1",
        ] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
