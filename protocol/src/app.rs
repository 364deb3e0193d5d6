//! Bodies of the app API (`/app/v1`), which the SDK calls.

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::context::{Context, Fields};
use crate::conversation::Conversation;
use crate::cursor::Cursor;
use crate::id::{AppId, ConversationId, DeviceId, MessageId, UserId};
use crate::message::{Message, Parts};
use crate::push::PushTarget;
use crate::text::{Label, Name, Title};

/// `POST /app/v1/sessions`: sign in, as somebody the app's backend vouches for or anonymously.
///
/// Repeating it with the same device gives the same user, so a lost answer does no harm.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The app.
    pub app_id: AppId,
    /// A JWT of the app's backend; without it the user is anonymous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_token: Option<String>,
    /// The installation.
    pub device: DeviceInfo,
    /// An anonymous user of the same app whose conversations become this user's: told by whoever holds their device.
    /// Only with an identity token. Repeating it does no harm; of a device that is not there, or whose user is not
    /// anonymous, nothing moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge: Option<AnonymousDevice>,
}

/// The proof that somebody is an anonymous user: the device that makes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnonymousDevice {
    /// The id that the anonymous user signed in with.
    pub id: DeviceId,
    /// Its secret.
    pub secret: DeviceSecret,
}

/// An identity token never reaches a log.
impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn")
            .field("app_id", &self.app_id)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// An installation of the SDK.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceInfo {
    /// Made by the installation, for each user that signs in on it.
    pub id: DeviceId,
    /// 32 random bytes in base 64 (URL alphabet, unpadded), made with the id and kept in the device's store. It
    /// is what makes an anonymous user theirs.
    pub secret: DeviceSecret,
    /// What it runs on.
    pub platform: Platform,
    /// A language tag (BCP 47), such as `fr-CH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Label>,
    /// The version of the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<Label>,
}

/// What an installation runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Platform {
    /// iPhone and iPad.
    Ios,
    /// Android.
    Android,
    /// Anything else: a desktop, a terminal, a test.
    Other,
}

/// 32 random bytes as 43 characters of base 64 (URL alphabet, unpadded).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Za-z0-9_-]{43}$"))]
pub struct DeviceSecret(String);

/// Why a text is not a device's secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 random bytes as 43 characters of base 64 (URL alphabet, unpadded)")]
pub struct InvalidSecret;

impl DeviceSecret {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DeviceSecret {
    type Error = InvalidSecret;

    fn try_from(text: String) -> Result<Self, InvalidSecret> {
        let good =
            text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if good { Ok(Self(text)) } else { Err(InvalidSecret) }
    }
}

impl From<DeviceSecret> for String {
    fn from(secret: DeviceSecret) -> Self {
        secret.0
    }
}

/// A secret never reaches a log.
impl std::fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceSecret")
    }
}

/// The answer to [`SignIn`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// Who.
    pub user: Me,
    /// `Authorization: Bearer …` from now on. An earlier token of the same device ends.
    pub session_token: String,
}

/// A session's token never reaches a log.
impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The signed-in user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// Which.
    pub id: UserId,
    /// Whether no backend vouches for them.
    pub anonymous: bool,
    /// Their name, if the company told us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

/// `GET /app/v1/bootstrap`: everything for the first screen, and where changes go on from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bootstrap {
    /// The version of the protocol.
    pub version: u32,
    /// Who is signed in.
    pub user: Me,
    /// The conversations that were active last, newest first.
    pub conversations: Vec<Conversation>,
    /// Give it to `GET /app/v1/conversations` for older ones; absent when these are all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Unread messages in all conversations.
    pub unread: i64,
    /// The place in the user's feed at which this was true.
    pub cursor: Cursor,
}

/// `GET /app/v1/conversations`: older conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationList {
    /// Newest first.
    pub conversations: Vec<Conversation>,
    /// For the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `POST /app/v1/conversations`: opens a thread. The same id with the same title gives the first result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenConversation {
    /// Made by the device.
    pub id: ConversationId,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// What was so when it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<Context>>,
    /// Its custom fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
}

/// `POST /app/v1/conversations/{id}/messages`: sends a message. The same id with the same parts gives the first
/// result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SendMessage {
    /// Made by the device.
    pub id: MessageId,
    /// What it says.
    pub parts: Parts,
    /// The message of the same conversation that it answers; else the answer is `quote_unusable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<MessageId>,
    /// What was so when it was written; absent when nothing has changed since the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<Context>>,
}

/// Messages of one conversation, in order of `seq`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageList {
    /// Always oldest first, whichever way was asked.
    pub messages: Vec<Message>,
    /// Whether there are more that way.
    pub more: bool,
}

/// `PUT /app/v1/conversations/{id}/receipt`: this device has stored, this person has read, up to here. Numbers
/// lower than what is known, and higher than `last_seq`, are moved to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MoveReceipt {
    /// Stored up to here.
    #[serde(default)]
    pub delivered_seq: Seq,
    /// Read up to here; includes that it was delivered.
    #[serde(default)]
    pub read_seq: Seq,
}

/// `PUT /app/v1/device`: what the server should know of this installation; replaces what it knew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdateDevice {
    /// How to wake it; null or absent: not at all.
    #[serde(default)]
    pub push: Option<PushTarget>,
    /// A language tag (BCP 47).
    #[serde(default)]
    pub locale: Option<Label>,
    /// The version of the app.
    #[serde(default)]
    pub app_version: Option<Label>,
}

/// `POST /app/v1/push_receipts`: a push reached a phone, says the app's notification extension, which has no session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushArrived {
    /// The push's own ([`PushPayload::receipt`](crate::push::PushPayload::receipt)).
    pub receipt: Label,
}

/// `PUT /app/v1/push_receipts/{message_id}`: the push for a message reached this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushReceipt {
    /// Whether its notification was shown.
    #[serde(default)]
    pub shown: bool,
}
