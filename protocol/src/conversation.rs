//! Conversations: the header of a thread, as its user and as an agent see it.

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::assigning::Routed;
use crate::held::HeldReply;
use crate::id::{AgentId, AppId, ConversationId, NoteId, TeamId, UserId};
use crate::merging::{MergedInto, MergedThread};
use crate::message::Message;
use crate::text::{Name, Tag, Title};
use crate::time::Timestamp;

/// Whether a thread waits for anything more. A message in a closed one opens it again: nothing is ever shut to
/// the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ConversationState {
    /// Something may still be said.
    Open,
    /// An agent considers it answered.
    Closed,
}

/// How much a thread presses, as agents judge it. The user is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Priority {
    /// As any other.
    #[default]
    Normal,
    /// Before the others.
    High,
    /// Before all others.
    Urgent,
}

impl Priority {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    const fn is_normal(&self) -> bool {
        matches!(self, Self::Normal)
    }
}

/// How far each side has come; each number is a message's `seq`, and only ever grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipts {
    /// Stored by at least one of the user's devices.
    pub user_delivered_seq: Seq,
    /// Seen by the user.
    pub user_read_seq: Seq,
    /// Seen by at least one agent.
    pub team_read_seq: Seq,
}

/// The header of a thread, as its user sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    /// Made by the device that opened it.
    pub id: ConversationId,
    /// What the user or the app called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// Open or closed.
    pub state: ConversationState,
    /// The number of the newest message; 0 before the first.
    pub last_seq: Seq,
    /// How far each side has come.
    pub receipts: Receipts,
    /// Messages that the user has not read: those after `user_read_seq` that somebody else wrote, also when they were
    /// deleted since. Computed by the server, never by a client.
    pub unread: i64,
    /// The thread in which it goes on: an agent has merged the two. It is closed as long as this is there; whoever writes in it
    /// opens it again, and it stands by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ConversationId>,
    /// The newest message, for a list of threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When the newest message was stored, or the opening before the first. Lists show the newest first; equal
    /// times are ordered by id.
    pub active_at: Timestamp,
}

/// The header of a thread, as agents see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxConversation {
    /// Made by the device that opened it.
    pub id: ConversationId,
    /// The app it was opened in.
    pub app_id: AppId,
    /// The team that answers.
    pub team_id: TeamId,
    /// Whose it is.
    pub user: UserSummary,
    /// The agent who took it on, if one did.
    #[serde(default)]
    pub assignee_id: Option<AgentId>,
    /// What the user or the app called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// Open or closed. One that was put aside is open.
    pub state: ConversationState,
    /// Until when it is put aside; absent when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<Timestamp>,
    /// When it came back by itself; absent again once somebody has written, closed it or put it aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub woke_at: Option<Timestamp>,
    /// How much it presses; absent when as any other.
    #[serde(default, skip_serializing_if = "Priority::is_normal")]
    pub priority: Priority,
    /// What it is about, in the words of its team, ordered by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Replies that wait before its user sees them, in the order in which they were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldReply>,
    /// Agents whom notes in it mention, ordered by their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned: Vec<Mentioned>,
    /// The number of the newest message; 0 before the first.
    pub last_seq: Seq,
    /// How far each side has come.
    pub receipts: Receipts,
    /// Messages of the user that no agent has read: those after `team_read_seq`. Computed by the server.
    pub unread: i64,
    /// Since when the user waits: the time of their first message that no agent has answered.
    #[serde(default)]
    pub waiting_since: Option<Timestamp>,
    /// Since when the app's backend vouches for the user, who was anonymous when the thread began; absent when nothing
    /// changed since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identified: Option<Identified>,
    /// How it came to whom it is with, or back to the team; absent when it has always been the team's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routed: Option<Routed>,
    /// What it was merged into, also when that has ended because the user wrote in it; absent when it never was, or somebody
    /// took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<MergedInto>,
    /// The threads that were merged into it, in the order in which they were; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<MergedThread>,
    /// The newest message, for the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When the newest message was stored, or the opening before the first; later when it came back by itself since,
    /// or another was merged into it that was active later. Lists
    /// show the newest first; equal times are ordered by id.
    pub active_at: Timestamp,
}

/// An agent whom a note in a thread mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mentioned {
    /// Who.
    pub agent_id: AgentId,
    /// The newest note that mentions them.
    pub note_id: NoteId,
    /// Whether they have not seen it.
    pub unread: bool,
}

/// When an anonymous user became somebody the app's backend vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identified {
    /// When.
    pub at: Timestamp,
    /// The message after which that was; 0 before the first.
    pub after_seq: Seq,
}

/// An end user in a few words, for agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserSummary {
    /// Which user.
    pub id: UserId,
    /// From the identity token or the admin API; absent for an anonymous user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The user's id in the company's own system; absent for an anonymous user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Whether the app's backend vouches for who this is.
    pub verified: bool,
}
