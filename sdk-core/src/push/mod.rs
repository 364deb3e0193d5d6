//! What a push says, and what is to be done about it. Reading one is a pure function, so that a notification extension can
//! do it without a client.

mod deed;

use serde::Deserialize;
use serde_json::{Map, Value};
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId, UserId};
use tidings_protocol::push::{PushKind, PushPayload};

pub use deed::{Notification, PushDeed};
pub(crate) use deed::{handle, shown};

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
    /// What the push is for: one that clears, or tests, shows nothing.
    pub kind: PushKind,
    /// With a summary: unread messages of the thread.
    pub count: Option<i64>,
}

/// Reads a push as it came: the `userInfo` of an APNs notification, or the data of an FCM message, as a JSON
/// object. `None` for pushes that are not of Tidings, or not of a version that this one knows.
///
/// APNs carries an object under `tidings`; the values of FCM are strings, so there the object stands as text.
pub fn parse_push(payload: &Map<String, Value>) -> Option<PushContent> {
    let payload: PushPayload = match payload.get("tidings")? {
        Value::String(text) => serde_json::from_slice(text.as_bytes()).ok()?,
        object => PushPayload::deserialize(object).ok()?,
    };
    (payload.v == 1).then_some(PushContent {
        user_id: payload.user_id,
        conversation_id: payload.conversation_id,
        message_id: payload.message_id,
        seq: payload.seq,
        badge: payload.badge,
        kind: payload.kind,
        count: payload.count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn payload(v: u32) -> PushPayload {
        PushPayload {
            v,
            user_id: UserId::from_parts(1, [1; 10]),
            conversation_id: ConversationId::from_parts(2, [2; 10]),
            message_id: MessageId::from_parts(3, [3; 10]),
            seq: 4,
            badge: 5,
            kind: PushKind::Message,
            count: None,
            receipt: None,
        }
    }

    fn parse(push: &Value) -> Option<PushContent> {
        parse_push(push.as_object().unwrap())
    }

    #[test]
    fn both_providers_say_the_same() {
        let apns = parse(&json!({"aps": {"badge": 5}, "tidings": payload(1)})).unwrap();
        let fcm = parse(&json!({"tidings": json!(payload(1)).to_string()})).unwrap();
        assert_eq!(apns, fcm);
        assert_eq!((apns.message_id, apns.seq, apns.badge), (payload(1).message_id, 4, 5));
    }

    #[test]
    fn a_field_of_a_later_version_does_no_harm() {
        let mut object = json!(payload(1));
        object["colour"] = json!("blue");
        assert!(parse(&json!({"tidings": object})).is_some());
    }

    #[test]
    fn what_is_not_for_this_version_is_left_alone() {
        for push in [
            json!({}),
            json!({"aps": {"alert": "hello"}}),
            json!({"tidings": payload(2)}),
            json!({"tidings": 1}),
            json!({"tidings": "{"}),
            json!({"tidings": {"v": 1, "user_id": "msg_01h2xcejqtf2nbrexx3vqjhp41"}}),
        ] {
            assert_eq!(parse(&push), None, "{push}");
        }
    }
}
