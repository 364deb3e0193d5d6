//! Webhooks: addresses of a company's own systems that are told of what happens in conversations, after
//! [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::change::Note;
use crate::conversation::InboxConversation;
use crate::id::{ConversationId, DeliveryId, WebhookId};
use crate::limits;
use crate::message::Message;
use crate::text::WebAddress;
use crate::time::Timestamp;

/// What a webhook is told of; the `type` of the body that is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WebhookEvent {
    /// A thread was opened.
    #[serde(rename = "conversation.opened")]
    ConversationOpened,
    /// A thread was closed.
    #[serde(rename = "conversation.closed")]
    ConversationClosed,
    /// A closed thread was opened again.
    #[serde(rename = "conversation.reopened")]
    ConversationReopened,
    /// A thread got another assignee, or lost its own.
    #[serde(rename = "conversation.assigned")]
    ConversationAssigned,
    /// A thread was put aside.
    #[serde(rename = "conversation.snoozed")]
    ConversationSnoozed,
    /// A thread that was put aside came back.
    #[serde(rename = "conversation.woken")]
    ConversationWoken,
    /// A thread got another priority.
    #[serde(rename = "conversation.prioritised")]
    ConversationPrioritised,
    /// A thread got other tags.
    #[serde(rename = "conversation.tagged")]
    ConversationTagged,
    /// A thread was merged into another of its user.
    #[serde(rename = "conversation.merged")]
    ConversationMerged,
    /// A thread that was merged stands by itself again.
    #[serde(rename = "conversation.unmerged")]
    ConversationUnmerged,
    /// A thread was erased with its user; nothing but its id is told.
    #[serde(rename = "conversation.erased")]
    ConversationErased,
    /// A user wrote.
    #[serde(rename = "message.received")]
    MessageReceived,
    /// An agent wrote.
    #[serde(rename = "message.sent")]
    MessageSent,
    /// A message got other words.
    #[serde(rename = "message.edited")]
    MessageEdited,
    /// A message was deleted.
    #[serde(rename = "message.deleted")]
    MessageDeleted,
    /// An agent wrote a note, which no user sees.
    #[serde(rename = "note.added")]
    NoteAdded,
    /// Somebody tries the webhook out. Every webhook gets it; it cannot be chosen.
    #[serde(rename = "test")]
    Test,
}

impl WebhookEvent {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::ConversationOpened,
        Self::ConversationClosed,
        Self::ConversationReopened,
        Self::ConversationAssigned,
        Self::ConversationSnoozed,
        Self::ConversationWoken,
        Self::ConversationPrioritised,
        Self::ConversationTagged,
        Self::ConversationMerged,
        Self::ConversationUnmerged,
        Self::ConversationErased,
        Self::MessageReceived,
        Self::MessageSent,
        Self::MessageEdited,
        Self::MessageDeleted,
        Self::NoteAdded,
        Self::Test,
    ];

    /// How it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ConversationOpened => "conversation.opened",
            Self::ConversationClosed => "conversation.closed",
            Self::ConversationReopened => "conversation.reopened",
            Self::ConversationAssigned => "conversation.assigned",
            Self::ConversationSnoozed => "conversation.snoozed",
            Self::ConversationWoken => "conversation.woken",
            Self::ConversationPrioritised => "conversation.prioritised",
            Self::ConversationTagged => "conversation.tagged",
            Self::ConversationMerged => "conversation.merged",
            Self::ConversationUnmerged => "conversation.unmerged",
            Self::ConversationErased => "conversation.erased",
            Self::MessageReceived => "message.received",
            Self::MessageSent => "message.sent",
            Self::MessageEdited => "message.edited",
            Self::MessageDeleted => "message.deleted",
            Self::NoteAdded => "note.added",
            Self::Test => "test",
        }
    }
}

/// The events that a webhook is told of: at least one, each once, in the order of [`WebhookEvent::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<WebhookEvent>", into = "Vec<WebhookEvent>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Vec<WebhookEvent>, min_items = 1))]
pub struct WebhookEvents(Vec<WebhookEvent>);

/// Why a choice of events is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected at least one event, and not `test`, which every webhook gets")]
pub struct InvalidEvents;

impl WebhookEvents {
    /// The events.
    pub fn as_slice(&self) -> &[WebhookEvent] {
        &self.0
    }
}

impl TryFrom<Vec<WebhookEvent>> for WebhookEvents {
    type Error = InvalidEvents;

    fn try_from(mut events: Vec<WebhookEvent>) -> Result<Self, InvalidEvents> {
        events.sort_unstable();
        events.dedup();
        let is_good = !events.is_empty() && !events.contains(&WebhookEvent::Test);
        is_good.then_some(Self(events)).ok_or(InvalidEvents)
    }
}

impl From<WebhookEvents> for Vec<WebhookEvent> {
    fn from(events: WebhookEvents) -> Self {
        events.0
    }
}

/// `POST /admin/v1/webhooks`, `PUT /admin/v1/webhooks/{id}`: where to, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetWebhook {
    /// `https`, at a public address.
    pub url: WebAddress,
    /// Of what.
    pub events: WebhookEvents,
    /// Whether it is switched off: nothing is told, and nothing is kept for later.
    #[serde(default)]
    pub disabled: bool,
}

/// Why a webhook is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WebhookOff {
    /// Somebody who administers did it.
    Chosen,
    /// Nothing got through for 5 days.
    Failing,
    /// It answered 410: it wants no more.
    Gone,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Which.
    pub id: WebhookId,
    /// Where.
    pub url: WebAddress,
    /// Of what.
    pub events: WebhookEvents,
    /// When it was added.
    pub created_at: Timestamp,
    /// Why it is switched off; absent: it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off: Option<WebhookOff>,
    /// Since when nothing got through; absent: the last request was taken, or there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Until when requests are signed with the secret before this one, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<Timestamp>,
}

/// `GET /admin/v1/webhooks`: all of the workspace, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhooks {
    /// At most 20.
    pub webhooks: Vec<Webhook>,
}

/// The answer to who adds a webhook, or has its secret changed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// With which requests are signed: `whsec_` and 32 bytes in base 64. It is answered once.
    pub secret: String,
}

/// A secret never reaches a log.
impl std::fmt::Debug for NewWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewWebhook").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

/// How far an event is on its way to a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeliveryState {
    /// It is to be told, for the first time or again.
    Waiting,
    /// It was taken: the answer was one of 200 to 299.
    Delivered,
    /// It was tried often enough.
    Failed,
}

/// One event on its way to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookDelivery {
    /// The header `webhook-id`, the same for every attempt.
    pub id: DeliveryId,
    /// What happened.
    pub event: WebhookEvent,
    /// Where; absent for a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// The number of the message that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_seq: Option<Seq>,
    /// When it happened.
    pub at: Timestamp,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was tried last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_at: Option<Timestamp>,
    /// What came of the last attempt: `HTTP 200`, or why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// When it is tried next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
}

/// `GET /admin/v1/webhooks/{id}/deliveries`: the newest first. They are kept for 30 days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookDeliveries {
    /// The page.
    pub deliveries: Vec<WebhookDelivery>,
    /// For the next page: `before`; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DeliveryId>,
}

/// What is posted to a webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookBody {
    /// What happened.
    #[serde(rename = "type")]
    pub event: WebhookEvent,
    /// When it happened.
    pub timestamp: Timestamp,
    /// To what.
    pub data: WebhookData,
}

/// What an event is about, as it is when it is told: words that were edited or deleted meanwhile are told as they are
/// now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookData {
    /// Where; absent for a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// The conversation; absent for a test, and when it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<InboxConversation>,
    /// The message that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// The note that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// Milliseconds for which requests are signed with the old secret, too.
pub const OLD_SECRET_MS: i64 = limits::WEBHOOK_OLD_SECRET_HOURS * 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_written_as_it_is_read() {
        for event in WebhookEvent::ALL {
            assert_eq!(serde_json::to_value(event).unwrap(), event.word());
        }
    }

    #[test]
    fn a_choice_holds_each_event_once_and_no_test() {
        use WebhookEvent::{ConversationClosed, MessageSent, Test};
        let chosen = WebhookEvents::try_from(vec![MessageSent, ConversationClosed, MessageSent]).unwrap();
        assert_eq!(chosen.as_slice(), [ConversationClosed, MessageSent]);
        assert!(WebhookEvents::try_from(Vec::new()).is_err());
        assert!(WebhookEvents::try_from(vec![MessageSent, Test]).is_err());
    }
}
