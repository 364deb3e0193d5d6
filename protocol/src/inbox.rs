//! Bodies of the inbox API (`/inbox/v1`), which agents call.

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::change::Note;
use crate::context::{Fields, TrailEntry, UserField};
use crate::conversation::{ConversationState, InboxConversation, Priority, UserSummary};
use crate::cursor::Cursor;
use crate::devices::UserDevice;
use crate::fallback::LedgerFallback;
use crate::id::{AgentId, AppId, DeviceId, MessageId, NoteId, TeamId};
use crate::message::{Message, Parts};
use crate::push::PushProvider;
use crate::satisfaction::LastRating;
use crate::text::{Email, Name, Tag, Text};
use crate::time::Timestamp;

/// `POST /inbox/v1/session`: sign in; the answer sets the cookie.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentSignIn {
    /// Who.
    pub email: Email,
    /// At most 1 KiB.
    pub password: String,
    /// A code of their authenticator, or a recovery code, if they have a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A password never reaches a log.
impl std::fmt::Debug for AgentSignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentSignIn").finish_non_exhaustive()
    }
}

/// An app whose users an agent answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxApp {
    /// Which.
    pub id: AppId,
    /// What it is called.
    pub name: Name,
}

/// `GET /inbox/v1/apps`: the apps that the agent's teams answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxApps {
    /// All of them, ordered by their names.
    pub apps: Vec<InboxApp>,
}

/// What an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AgentRole {
    /// Everything; only owners make owners, and there is always one.
    Owner,
    /// Answer, and change the workspace.
    Admin,
    /// Answer.
    Agent,
    /// Read, write notes, take conversations on; what they write to users goes out once an agent has approved it.
    Trainee,
    /// Read.
    Viewer,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Agent {
    /// Which.
    pub id: AgentId,
    /// The name that users and colleagues see.
    pub name: Name,
    /// For colleagues only.
    pub email: Email,
    /// What they may do.
    pub role: AgentRole,
}

/// Somebody of the workspace as colleagues see them: their name for whatever they did, and what they can be chosen for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Colleague {
    /// Which.
    pub id: AgentId,
    /// The name that users and colleagues see.
    pub name: Name,
    /// For colleagues only.
    pub email: Email,
    /// What they may do.
    pub role: AgentRole,
    /// Those teams of the signed-in agent that they are of too, ordered by their ids. A conversation is assigned to agents of
    /// its team alone, and only they are mentioned in its notes.
    pub team_ids: Vec<TeamId>,
    /// Whether they are shut out: what they did keeps their name, and nothing new is given to them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

/// A team of the signed-in agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    /// Which.
    pub id: TeamId,
    /// What it is called.
    pub name: Name,
    /// The place in its feed at which the rest of the answer was true.
    pub cursor: Cursor,
}

/// `GET /inbox/v1/bootstrap`: everything for the first screen, and where changes go on from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxBootstrap {
    /// The version of the protocol.
    pub version: u32,
    /// Who is signed in.
    pub agent: Agent,
    /// Their teams.
    pub teams: Vec<Team>,
    /// Everybody of the workspace, the oldest first: whom a conversation can be assigned to, and authors of what was written.
    pub agents: Vec<Colleague>,
    /// How many conversations each view has; 1,000 stands for that many or more.
    pub counts: ViewCounts,
    /// The first page of the view `all`.
    pub conversations: Vec<InboxConversation>,
    /// For the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The address under which places open in a map, with `{latitude}` and `{longitude}` in it; absent when the operator wants
    /// none. Nothing is fetched from it unless a person follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map_address: Option<String>,
    /// Whose tiles the interactive map shows; absent when it is the one that comes with the inbox, which asks nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map_tiles: Option<MapTiles>,
}

/// Pictures that the interactive map of the inbox is made of, as the operator chose them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapTiles {
    /// The address of one, with `{z}`, `{x}` and `{y}` in it: of another host, or a path of the server's own address.
    pub address: String,
    /// Whose map it is, to be shown with it.
    pub credit: String,
    /// The largest `{z}` that there is, 1 to 22.
    pub deepest: u8,
}

/// Which conversations of the agent's teams to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum View {
    /// Open, not put aside, and assigned to the agent.
    Mine,
    /// Open, not put aside, and assigned to nobody.
    Unassigned,
    /// Open and not put aside.
    #[default]
    All,
    /// Put aside.
    Snoozed,
    /// Closed.
    Closed,
    /// Those in which a reply waits for approval, open or not.
    Approvals,
    /// Those in which a note mentions the agent, open or not.
    Mentions,
}

/// How many conversations each view has; 1,000 stands for that many or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ViewCounts {
    /// Of [`View::Mine`].
    pub mine: i64,
    /// Of [`View::Unassigned`].
    pub unassigned: i64,
    /// Of [`View::All`].
    pub all: i64,
    /// Of [`View::Snoozed`].
    pub snoozed: i64,
    /// Of [`View::Closed`].
    pub closed: i64,
    /// Of [`View::Approvals`].
    pub approvals: i64,
    /// Of [`View::Mentions`], those whose mention the agent has not seen.
    pub mentions: i64,
    /// Of [`View::Mine`], those in which the user waits for an answer.
    pub waiting: i64,
}

/// `GET /inbox/v1/conversations`: a page of a view, the most recently active first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxConversationList {
    /// The page.
    pub conversations: Vec<InboxConversation>,
    /// For the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many conversations each view has; 1,000 stands for that many or more.
    pub counts: ViewCounts,
}

/// `GET /inbox/v1/conversations/{id}/thread`: messages of one conversation and the notes that stand among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Thread {
    /// The header.
    pub conversation: InboxConversation,
    /// Always oldest first, whichever way was asked.
    pub messages: Vec<Message>,
    /// The notes that stand after one of these messages, and, on the page with the first message, those before it.
    pub notes: Vec<Note>,
    /// Whether there are more messages that way.
    pub more: bool,
}

/// `POST /inbox/v1/conversations/{id}/replies`: answers the user. The same id with the same parts gives the first
/// result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reply {
    /// Made by the inbox.
    pub id: MessageId,
    /// What it says.
    pub parts: Parts,
    /// The message of the same conversation that it answers; else the answer is `quote_unusable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<MessageId>,
    /// The last message that the author saw. If the user or a colleague wrote after it, the answer is
    /// `conversation_moved` and nothing is sent. Absent: send anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_seq: Option<Seq>,
}

/// `POST /inbox/v1/conversations/{id}/notes`: writes an internal note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WriteNote {
    /// Made by the inbox.
    pub id: NoteId,
    /// What it says.
    pub text: Text,
    /// Colleagues of the conversation's team whom it mentions, with `@` and their name in the text; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<AgentId>,
}

/// `PUT /inbox/v1/conversations/{id}/mention`: the agent has seen the note that mentions them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadMention {
    /// The note; when a newer one mentions them, that one stays unseen.
    pub note_id: NoteId,
}

/// `PUT /inbox/v1/conversations/{id}/assignee`: hands the conversation to an agent of its team, or to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assign {
    /// To whom; null: to nobody.
    pub agent_id: Option<AgentId>,
    /// Who has it, as far as the asker saw: somebody else by now, and the answer is `assignee_changed` with who that is, and
    /// nothing is done. Absent: whoever has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<SeenAssignee>,
    /// What whoever gets it should know: a note that mentions them, stored with the assignment or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<HandOverNote>,
}

/// Who has a conversation, as somebody saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeenAssignee {
    /// Who; null: nobody.
    pub agent_id: Option<AgentId>,
}

/// What is written to whoever gets a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandOverNote {
    /// Made by the inbox.
    pub id: NoteId,
    /// What it says.
    pub text: Text,
}

/// `PUT /inbox/v1/conversations/{id}/state`: closes or reopens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetState {
    /// The state to be in; being in it already is fine.
    pub state: ConversationState,
}

/// `PUT /inbox/v1/conversations/{id}/snooze`: puts an open conversation aside. It comes back by itself at its time, and at
/// once when the user writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Snooze {
    /// Until when: a time to come, at most 366 days away; null: it comes back now.
    pub until: Option<Timestamp>,
}

/// `PUT /inbox/v1/conversations/{id}/priority`: says how much it presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetPriority {
    /// The priority to have; having it already is fine.
    pub priority: Priority,
}

/// `POST /inbox/v1/conversations/{id}/tags`: gives a conversation tags and takes tags away, and leaves its others alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeTags {
    /// Those it gets; one that the team does not have yet is made. At most 12 of one conversation, 500 of a team.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<Tag>,
    /// Those it loses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<Tag>,
}

/// A tag of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamTag {
    /// Whose.
    pub team_id: TeamId,
    /// What it is called.
    pub name: Tag,
}

/// `GET /inbox/v1/tags`: the tags of the agent's teams, ordered by their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TagList {
    /// At most 500 of each team.
    pub tags: Vec<TeamTag>,
}

/// `PUT /inbox/v1/conversations/{id}/receipt`: an agent has read up to here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MoveTeamReceipt {
    /// Read up to here.
    pub read_seq: Seq,
}

/// `GET /inbox/v1/conversations/{id}/user`: who writes there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserCard {
    /// Who.
    pub user: UserSummary,
    /// Since when they are known.
    pub since: Timestamp,
    /// Since when they are blocked: they are signed out, cannot sign in, and get no push. Absent: they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_at: Option<Timestamp>,
    /// On what they use the app; the one that was seen last comes first.
    pub devices: Vec<UserDevice>,
    /// Their custom fields, ordered by their keys. What the backend says stands in the place of what the app says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<UserField>,
    /// The custom fields of this conversation, as the app set them.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub conversation_fields: Fields,
    /// From where in the app they wrote in this conversation, the newest first; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trail: Vec<TrailEntry>,
    /// Their conversations that the agent may see, the most recently active first; at most 20.
    pub conversations: Vec<InboxConversation>,
    /// What they thought of conversations that the agent may see, when they were asked.
    pub ratings: UserRatings,
}

/// What a user thought, who was asked after conversations were closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserRatings {
    /// How often they answered.
    pub count: i64,
    /// All answers, from 1 to 5, added up: divided by `count`, their average.
    pub sum: i64,
    /// The last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastRating>,
}

/// `GET /inbox/v1/conversations/{id}/messages/{message_id}/ledger`: what became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ledger {
    /// Since when it is safe.
    pub stored_at: Timestamp,
    /// Each attempt to wake a device for it.
    pub pushes: Vec<LedgerPush>,
    /// Whether one of the user's devices has it.
    pub delivered: bool,
    /// Whether the user has read it.
    pub read: bool,
    /// Since when one of the user's devices has it; absent when it has not, or was not written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// Since when the user has read it; absent when they have not, or it was not written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// What devices told of the pushes that they got.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<LedgerDevice>,
    /// How the user was told of it in another way, because no device of theirs had it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<LedgerFallback>,
}

/// What a device told of a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerDevice {
    /// Which.
    pub device_id: DeviceId,
    /// When the push arrived there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// When its notification was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_at: Option<Timestamp>,
}

/// What a push provider said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerPush {
    /// For which device.
    pub device_id: DeviceId,
    /// Through whom.
    pub provider: PushProvider,
    /// Whether the provider took it.
    pub accepted: bool,
    /// The provider's id for it, or its reason for refusing it, or why we did not send it.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}
