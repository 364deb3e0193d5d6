//! Waking a phone.

use std::collections::HashMap;

use serde_json::{Map, Value};
use tidings_sdk_core::protocol::push::{PushEnvironment, PushKind, PushProvider, PushTarget, WebPushKeys};
use tidings_sdk_core::{ErrorCode, Notification, PushContent, PushDeed, parse_push};

use crate::error::{CoreError, id};
use crate::message::CoreMessageItem;

/// The address of this phone at its push provider.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CorePushTarget {
    /// Through whom.
    pub provider: CorePushProvider,
    /// As the provider's library gave it; for APNs in hexadecimal. At most 4 KiB.
    pub token: String,
    /// For APNs.
    pub environment: CorePushEnvironment,
    /// For Web Push.
    pub keys: Option<CoreWebPushKeys>,
}

/// The keys of a subscription to Web Push.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreWebPushKeys {
    /// A point of P-256: 65 bytes in base 64 (URL alphabet).
    pub p256dh: String,
    /// 16 bytes in base 64 (URL alphabet).
    pub auth: String,
}

/// Through whom a phone is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CorePushProvider {
    /// Apple Push Notification service.
    Apns,
    /// Firebase Cloud Messaging.
    Fcm,
    /// Web Push, as `UnifiedPush` speaks it.
    WebPush,
}

/// Which of Apple's two services a token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CorePushEnvironment {
    /// Apps from the store and `TestFlight`.
    Production,
    /// Apps run from Xcode.
    Sandbox,
}

impl TryFrom<CorePushTarget> for PushTarget {
    type Error = CoreError;

    fn try_from(target: CorePushTarget) -> Result<Self, CoreError> {
        let CorePushTarget { provider, token, environment, keys } = target;
        let refused = |what: &str, error: &dyn std::fmt::Display| {
            CoreError::own(ErrorCode::InvalidInput, format!("{what}: {error}"))
        };
        let token = token.try_into().map_err(|error| refused("token", &error))?;
        let keys = keys.map(|CoreWebPushKeys { p256dh, auth }| {
            Ok::<_, CoreError>(WebPushKeys {
                p256dh: p256dh.try_into().map_err(|error| refused("p256dh", &error))?,
                auth: auth.try_into().map_err(|error| refused("auth", &error))?,
            })
        });
        Ok(Self {
            provider: match provider {
                CorePushProvider::Apns => PushProvider::Apns,
                CorePushProvider::Fcm => PushProvider::Fcm,
                CorePushProvider::WebPush => PushProvider::WebPush,
            },
            keys: keys.transpose()?,
            token,
            environment: match environment {
                CorePushEnvironment::Production => PushEnvironment::Production,
                CorePushEnvironment::Sandbox => PushEnvironment::Sandbox,
            },
        })
    }
}

/// What a push is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CorePushKind {
    /// There is a message.
    Message,
    /// There are several in the thread.
    Summary,
    /// The thread was read elsewhere.
    Clear,
    /// Somebody tries whether pushes arrive.
    Test,
}

/// What a push of Tidings says.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CorePushContent {
    /// For whom: drop it unless this is who is signed in.
    pub user_id: String,
    /// The thread: group notifications by it, open it on a tap.
    pub conversation_id: String,
    /// The message: the notification's identity.
    pub message_id: String,
    /// The message's number.
    pub seq: i64,
    /// Unread messages when the push was sent.
    pub badge: i64,
    /// What it is for.
    pub kind: CorePushKind,
    /// With a summary: unread messages of the thread.
    pub count: Option<i64>,
}

impl From<PushContent> for CorePushContent {
    fn from(content: PushContent) -> Self {
        let PushContent { user_id, conversation_id, message_id, seq, badge, kind, count } = content;
        Self {
            user_id: user_id.to_string(),
            conversation_id: conversation_id.to_string(),
            message_id: message_id.to_string(),
            seq,
            badge,
            kind: match kind {
                PushKind::Message => CorePushKind::Message,
                PushKind::Summary => CorePushKind::Summary,
                PushKind::Clear => CorePushKind::Clear,
                PushKind::Test => CorePushKind::Test,
            },
            count,
        }
    }
}

impl TryFrom<CorePushContent> for PushContent {
    type Error = CoreError;

    fn try_from(content: CorePushContent) -> Result<Self, CoreError> {
        let CorePushContent { user_id, conversation_id, message_id, seq, badge, kind, count } = content;
        Ok(Self {
            user_id: id(&user_id)?,
            conversation_id: id(&conversation_id)?,
            message_id: id(&message_id)?,
            seq,
            badge,
            kind: match kind {
                CorePushKind::Message => PushKind::Message,
                CorePushKind::Summary => PushKind::Summary,
                CorePushKind::Clear => PushKind::Clear,
                CorePushKind::Test => PushKind::Test,
            },
            count,
        })
    }
}

/// What the app is to do for a push.
#[derive(Debug, Clone, uniffi::Enum)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once for a push, and what crosses to Kotlin and Swift has no boxes"
)]
pub enum CorePushDeed {
    /// Show a notification.
    Show {
        /// Which.
        notification: CoreNotification,
    },
    /// Take away a thread's notifications up to a number, and set the badge.
    Clear {
        /// The thread.
        conversation_id: String,
        /// The newest message that was read.
        up_to: i64,
        /// Unread messages in all threads.
        badge: i64,
    },
    /// Nothing.
    Nothing,
}

/// A notification to show.
#[derive(Debug, Clone, uniffi::Record)]
pub struct CoreNotification {
    /// The thread: the notification's group, and what a tap opens.
    pub conversation_id: String,
    /// What the thread is called, if it is called anything.
    pub title: Option<String>,
    /// One with the same identity takes the place of the first.
    pub identity: String,
    /// The message, if it could be fetched in time.
    pub message: Option<CoreMessageItem>,
    /// With a summary: unread messages of the thread.
    pub count: Option<i64>,
    /// Unread messages in all threads.
    pub badge: i64,
    /// Whether it was shown before.
    pub again: bool,
}

impl From<PushDeed> for CorePushDeed {
    fn from(deed: PushDeed) -> Self {
        match deed {
            PushDeed::Show(notification) => Self::Show { notification: (*notification).into() },
            PushDeed::Clear { conversation_id, up_to, badge } => {
                Self::Clear { conversation_id: conversation_id.to_string(), up_to, badge }
            }
            PushDeed::Nothing => Self::Nothing,
        }
    }
}

impl From<Notification> for CoreNotification {
    fn from(notification: Notification) -> Self {
        let Notification { conversation_id, title, identity, message, count, badge, again } = notification;
        Self {
            conversation_id: conversation_id.to_string(),
            title,
            identity,
            message: message.map(Into::into),
            count,
            badge,
            again,
        }
    }
}

/// Reads the `userInfo` of a notification from APNs, as JSON. Absent for a push that is not of Tidings.
#[uniffi::export]
pub fn parse_push_json(json: &str) -> Option<CorePushContent> {
    let payload: Map<String, Value> = serde_json::from_slice(json.as_bytes()).ok()?;
    parse_push(&payload).map(Into::into)
}

/// Reads the data of a message from FCM. Absent for a push that is not of Tidings.
#[uniffi::export]
#[expect(clippy::implicit_hasher, reason = "what crosses to Kotlin has no type parameters")]
pub fn parse_push_data(data: HashMap<String, String>) -> Option<CorePushContent> {
    let payload = data.into_iter().map(|(name, text)| (name, Value::String(text))).collect();
    parse_push(&payload).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_no_provider_gives_is_refused() {
        for token in [String::new(), "x".repeat(4097)] {
            let target = CorePushTarget {
                provider: CorePushProvider::Fcm,
                token,
                environment: CorePushEnvironment::Production,
                keys: None,
            };
            let CoreError::Failed { word, detail, .. } = PushTarget::try_from(target).unwrap_err();
            assert_eq!(word, "invalid_input");
            assert!(detail.starts_with("token: "), "{detail}");
        }
    }
}
