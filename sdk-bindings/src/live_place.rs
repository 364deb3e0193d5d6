//! Sharing where one is for a while.

use tidings_sdk_core::{LiveShare, ShareFor};

/// For how long a place is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreShareFor {
    /// 15 minutes.
    QuarterHour,
    /// An hour.
    Hour,
    /// 8 hours.
    WorkingDay,
}

/// A place that this phone shares now.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreLiveShare {
    /// The message that shows it.
    pub message_id: String,
    /// The thread it stands in.
    pub conversation_id: String,
    /// When it ends by itself, in unix milliseconds.
    pub ends_at_ms: i64,
}

impl From<CoreShareFor> for ShareFor {
    fn from(time: CoreShareFor) -> Self {
        match time {
            CoreShareFor::QuarterHour => Self::QuarterHour,
            CoreShareFor::Hour => Self::Hour,
            CoreShareFor::WorkingDay => Self::WorkingDay,
        }
    }
}

impl From<LiveShare> for CoreLiveShare {
    fn from(share: LiveShare) -> Self {
        let LiveShare { message_id, conversation_id, ends_at_ms } = share;
        Self { message_id: message_id.to_string(), conversation_id: conversation_id.to_string(), ends_at_ms }
    }
}
