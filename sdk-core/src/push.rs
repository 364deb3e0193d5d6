//! What a push says. A pure function, so that a notification extension can run it without a client.

use serde_json::{Map, Value};
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId, UserId};
use tidings_protocol::push::PushPayload;

/// What a push of Tidings says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushContent {
    /// For whom: drop it unless this is who is signed in.
    pub user_id: UserId,
    /// The thread: group notifications by it, open it on a tap.
    pub conversation_id: ConversationId,
    /// The message: give it to the notification as its identity, so that a repeat replaces the first.
    pub message_id: MessageId,
    /// The message's number.
    pub seq: Seq,
    /// Unread messages when the push was sent, for the app's badge.
    pub badge: i64,
}

/// Reads a push as it came: the `userInfo` of an APNs notification, or the data of an FCM message, as a JSON
/// object. `None` for pushes that are not of Tidings, or not of a version that this one knows.
///
/// APNs carries an object under `tidings`; the values of FCM are strings, so there the object stands as text, or its fields
/// do.
pub fn parse_push(payload: &Map<String, Value>) -> Option<PushContent> {
    let fields = match payload.get("tidings")? {
        Value::Object(fields) => fields.clone(),
        Value::String(text) => serde_json::from_str(text).ok()?,
        _ => return None,
    };
    let number = |name: &str| match fields.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let text = |name: &str| fields.get(name)?.as_str();
    let payload = PushPayload {
        v: u32::try_from(number("v")?).ok()?,
        user_id: text("user_id")?.parse().ok()?,
        conversation_id: text("conversation_id")?.parse().ok()?,
        message_id: text("message_id")?.parse().ok()?,
        seq: number("seq")?,
        badge: number("badge")?,
    };
    (payload.v == 1).then_some(PushContent {
        user_id: payload.user_id,
        conversation_id: payload.conversation_id,
        message_id: payload.message_id,
        seq: payload.seq,
        badge: payload.badge,
    })
}
