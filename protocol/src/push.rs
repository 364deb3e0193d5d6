//! Push: how a device can be woken, and what a push says.

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::id::{ConversationId, MessageId, UserId};
use crate::text::{Label, PushToken};

/// Through whom a device is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PushProvider {
    /// Apple Push Notification service.
    Apns,
    /// Firebase Cloud Messaging.
    Fcm,
    /// Web Push: browsers, and phones with a `UnifiedPush` distributor.
    WebPush,
    /// A service of the company's own.
    Webhook,
}

/// Which of Apple's two services a token belongs to; FCM has one only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PushEnvironment {
    /// Apps from the store and `TestFlight`.
    #[default]
    Production,
    /// Apps run from Xcode.
    Sandbox,
}

/// The address of a device at its push provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushTarget {
    /// Through whom.
    pub provider: PushProvider,
    /// Opaque; at most 4 KiB. With Web Push the endpoint of the subscription.
    pub token: PushToken,
    /// For APNs.
    #[serde(default)]
    pub environment: PushEnvironment,
    /// For Web Push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<WebPushKeys>,
}

/// The keys of a subscription to Web Push, as a browser gives them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebPushKeys {
    /// A point of P-256: 65 bytes in base 64 (URL alphabet).
    pub p256dh: Label,
    /// 16 bytes in base 64 (URL alphabet).
    pub auth: Label,
}

/// A secret never reaches a log.
impl std::fmt::Debug for WebPushKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebPushKeys")
    }
}

/// How much of a message a push may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PushPrivacy {
    /// Ids only; the SDK fetches the message and shows it.
    Opaque,
    /// "New message", and ids.
    #[default]
    Generic,
    /// The beginning of the text.
    Preview,
}

/// `GET` and `PUT /admin/v1/apps/{id}/push_options`: what the pushes of an app say, and how they look.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushOptions {
    /// How much of a message they may say, unless its conversation says otherwise.
    #[serde(default)]
    pub privacy: PushPrivacy,
    /// Who shows them on Android.
    #[serde(default)]
    pub fcm_form: FcmForm,
    /// With `notification`: in which channel; absent: the app's own default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<Label>,
    /// How much an iPhone makes of them.
    #[serde(default)]
    pub interruption_level: InterruptionLevel,
}

impl PushOptions {
    /// As we choose.
    pub const PLAIN: Self = Self {
        privacy: PushPrivacy::Generic,
        fcm_form: FcmForm::Data,
        channel_id: None,
        interruption_level: InterruptionLevel::Active,
    };
}

/// Who shows a push on Android.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FcmForm {
    /// The app, which is woken and fetches the message.
    #[default]
    Data,
    /// The system, while the app is not on the screen: for apps that do not want to be woken. An opaque push is data all
    /// the same.
    Notification,
}

/// How much an iPhone makes of a push (Apple's `interruption-level`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum InterruptionLevel {
    /// It lies in the list, and lights nothing up.
    Passive,
    /// It lights the screen up and may sound.
    #[default]
    Active,
    /// The same also in a focus mode, if the app may and the person allows it.
    TimeSensitive,
}

/// `PUT /admin/v1/conversations/{id}/push_privacy`: how much the pushes of one conversation may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationPushPrivacy {
    /// Null: as much as the app's.
    pub push_privacy: Option<PushPrivacy>,
}

/// What a push carries for the SDK, under the key `tidings`: an object for APNs, the same as JSON in one
/// string for FCM, whose data are strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushPayload {
    /// The version of this payload: 1.
    pub v: u32,
    /// For whom; a push that reaches a phone after another person signed in is dropped.
    pub user_id: UserId,
    /// The thread; also the notification's group.
    pub conversation_id: ConversationId,
    /// The message; also the notification's identity, so that a repeat replaces itself.
    pub message_id: MessageId,
    /// Its number.
    pub seq: Seq,
    /// Unread messages of the user in all threads when the push was sent.
    pub badge: i64,
    /// What the push is for.
    #[serde(default, skip_serializing_if = "PushKind::is_message")]
    pub kind: PushKind,
    /// With [`PushKind::Summary`]: unread messages of the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// For APNs: with what the app's notification extension, which has no session, says that the push arrived
    /// ([`PushArrived`](crate::app::PushArrived)). Others have no use for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Label>,
}

/// What a push is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PushKind {
    /// There is a message.
    #[default]
    Message,
    /// There are several messages in the thread; the notification's identity is the thread, and it takes the place of
    /// the thread's others.
    Summary,
    /// The thread was read elsewhere up to `seq`: its notifications up to there go, the badge is set, nothing is shown.
    Clear,
    /// Somebody tries whether pushes arrive: the SDK acknowledges it.
    Test,
}

impl PushKind {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_message(&self) -> bool {
        *self == Self::Message
    }
}
