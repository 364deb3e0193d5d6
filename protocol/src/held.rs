//! Replies that the server keeps before anybody sees them: for a moment in which they can be had back, until a time, for
//! somebody's approval, or for their author, to whom they came back.

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::id::{AgentId, MessageId};
use crate::message::{Part, Parts};
use crate::text::{Name, Text};
use crate::time::Timestamp;

/// A reply that is held. Its user knows nothing of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldReply {
    /// The id of the message that it will be.
    pub id: MessageId,
    /// Who wrote it.
    pub agent_id: AgentId,
    /// The name of who wrote it.
    pub agent_name: Name,
    /// What it says.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::message::KnownPart>))]
    pub parts: Vec<Part>,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<MessageId>,
    /// The last message that its author saw; absent: it goes out whatever was written since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_seq: Option<Seq>,
    /// When the server took it.
    pub held_at: Timestamp,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// When it goes out; absent when it waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<Timestamp>,
    /// Whether the conversation is closed as it goes out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub then_close: bool,
    /// Why it came back to its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<Returned>,
}

/// What a held reply waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WaitsFor {
    /// The end of a moment in which it can be had back.
    Undo,
    /// The time that its author chose.
    Time,
    /// An agent who may answer.
    Approval,
    /// Its author: it came back to them.
    Author,
}

/// Why a reply came back to its author, and from whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Returned {
    /// Why.
    pub why: ReturnReason,
    /// When.
    pub at: Timestamp,
    /// The colleague who sent it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// What they say of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Why a reply came back to its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReturnReason {
    /// The user or a colleague wrote before its time came.
    Moved,
    /// A file of it, or the message that it answers, cannot be used any more.
    Unusable,
    /// When its time came, its author might not answer here any more.
    NotAllowed,
    /// A colleague would like it to be changed.
    SentBack,
    /// A reason of a later version.
    #[serde(other)]
    Unknown,
}

/// `POST /inbox/v1/conversations/{id}/held_replies`: leaves a reply with the server, which sends it at its time. The same id
/// with the same parts is taken once. If somebody wrote after `seen_seq`, the answer is `conversation_moved` and nothing is
/// held; if somebody writes before its time comes, it is not sent and comes back to its author.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldReply {
    /// Made by the inbox; the id of the message that it will be.
    pub id: MessageId,
    /// What it says.
    pub parts: Parts,
    /// The message of the same conversation that it answers; else the answer is `quote_unusable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<MessageId>,
    /// The last message that the author saw. Absent: it goes out whatever was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_seq: Option<Seq>,
    /// What it waits for.
    pub until: HoldUntil,
    /// Whether the conversation is closed as it goes out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub then_close: bool,
}

/// How long the server holds a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum HoldUntil {
    /// A moment in which it can be had back. By the server's clock: that of a device may be wrong.
    Seconds {
        /// 1 to 60.
        seconds: u8,
    },
    /// A time.
    Time {
        /// A time to come, at most 366 days away.
        send_at: Timestamp,
    },
    /// Somebody who may answer approves it. What a trainee writes always waits for that.
    Approval,
}

/// `PUT /inbox/v1/conversations/{id}/held_replies/{message_id}/time`: gives a held reply another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetSendTime {
    /// A time to come, at most 366 days away.
    pub send_at: Timestamp,
}

/// `POST /inbox/v1/conversations/{id}/held_replies/{message_id}/release`: sends a held reply now, in the name of who wrote it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseReply {
    /// The last message that whoever sends it saw. If somebody else wrote after it, the answer is `conversation_moved`, and it
    /// is held on. Absent: send anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_seq: Option<Seq>,
    /// What it says instead; absent: what it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
}

/// `POST /inbox/v1/conversations/{id}/held_replies/{message_id}/return`: gives a reply that waits for approval back to its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReturnReply {
    /// What they should change, and why.
    pub note: Text,
}
