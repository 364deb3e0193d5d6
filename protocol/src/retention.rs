//! How long messages are kept, and what became of an erasure.

use serde::{Deserialize, Serialize};

use crate::id::AppId;
use crate::limits;
use crate::time::Timestamp;

/// Days for which messages are kept: 1 to 36,500.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = i64, minimum = 1, maximum = 36500))]
pub struct KeptDays(i64);

/// Why a number of days is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be from 1 to {max} days, is {0}", max = limits::KEPT_DAYS)]
pub struct OutOfBounds(i64);

impl TryFrom<i64> for KeptDays {
    type Error = OutOfBounds;

    fn try_from(days: i64) -> Result<Self, OutOfBounds> {
        if (1..=limits::KEPT_DAYS).contains(&days) { Ok(Self(days)) } else { Err(OutOfBounds(days)) }
    }
}

impl From<KeptDays> for i64 {
    fn from(days: KeptDays) -> Self {
        days.0
    }
}

/// `PUT /admin/v1/retention`: for how long messages of conversations are kept that are closed and in which nothing was
/// said since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetRetention {
    /// Of which app; absent: of all that have no rule of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AppId>,
    /// For how many days; absent: for ever, or of an app as of all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_days: Option<KeptDays>,
}

/// `GET /admin/v1/retention`: how long messages are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retention {
    /// For how many days; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_days: Option<KeptDays>,
    /// Of the apps that have a rule of their own.
    pub apps: Vec<AppRetention>,
}

/// How long messages of one app are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppRetention {
    /// Of which.
    pub app_id: AppId,
    /// For how many days.
    pub message_days: KeptDays,
}

/// `GET /admin/v1/erasures/{fingerprint}`: how far an erasure is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErasureState {
    /// What is left of the user's name.
    pub fingerprint: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// When nothing was left; absent: it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_bounds() {
        for (days, good) in [(0, false), (1, true), (36_500, true), (36_501, false), (-1, false)] {
            assert_eq!(KeptDays::try_from(days).is_ok(), good, "{days}");
        }
    }
}
