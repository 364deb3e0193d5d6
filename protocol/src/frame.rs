//! What travels on a socket. A frame is one JSON object in a text message of at most 64 KiB; unknown fields and
//! unknown types are ignored by clients. Nothing on a socket is needed: whoever asks for changes over HTTP
//! gets the same, later.

use serde::{Deserialize, Serialize};

use crate::appearance::Appearance;
use crate::change::ChangePage;
use crate::conversation::{Conversation, InboxConversation};
use crate::cursor::Cursor;
use crate::hours::Answering;
use crate::id::{AgentId, ConversationId, TeamId};
use crate::text::Name;

/// What an app sends. The first frame is `authenticate`, within 10 seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AppFrame {
    /// Who this is and what it has seen. A token never stands in an address, where logs would keep it.
    Authenticate {
        /// The session's token.
        token: String,
        /// The place in the feed to go on from.
        cursor: Cursor,
        /// Whether the app is on the screen; pushes are held back then.
        foreground: bool,
    },
    /// The app came to the screen or left it.
    Foreground {
        /// Whether it is on the screen.
        foreground: bool,
    },
    /// The person is writing; repeat while it lasts.
    Typing {
        /// Where.
        conversation_id: ConversationId,
    },
    /// Are you there? (With braces, so that unknown fields are refused here too.)
    Ping {},
}

/// What the inbox sends. Who the agent is, is known from the cookie of the upgrade request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum InboxFrame {
    /// The feeds to follow and what has been seen of each; the first frame, within 10 seconds.
    Follow {
        /// At most 64.
        teams: Vec<TeamCursor>,
    },
    /// The agent looks at the page, or has turned away from it; pushes to them are held back meanwhile.
    Focus {
        /// Whether the page has the focus.
        focused: bool,
    },
    /// The agent is writing; repeat while it lasts.
    Typing {
        /// Where.
        conversation_id: ConversationId,
    },
    /// The page shows a conversation to somebody; repeat with each ping while it lasts. It ends with the socket, too.
    Viewing {
        /// Which; null: none any more, or the page is hidden.
        conversation_id: Option<ConversationId>,
    },
    /// Are you there? (With braces, so that unknown fields are refused here too.)
    Ping {},
}

/// A place in a team's feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamCursor {
    /// Whose feed.
    pub team_id: TeamId,
    /// Where in it.
    pub cursor: Cursor,
}

/// When to come back after a lost connection: at a random moment of this window first, then with exponential
/// back-off and full jitter. The server chooses it, so that a restart is not answered by a stampede.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReconnectWindow {
    /// Milliseconds to wait at least.
    pub min_ms: u64,
    /// Milliseconds to wait at most.
    pub max_ms: u64,
}

/// The first frame of the server: the socket is live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hello {
    /// The version of the protocol.
    pub version: u32,
    /// When to come back after a lost connection.
    pub reconnect: ReconnectWindow,
    /// Milliseconds between two pings of the server.
    pub ping_ms: u64,
}

/// What the server sends to an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AppServerFrame {
    /// The socket is live.
    Hello(Hello),
    /// Changes after the cursor.
    Changes(ChangePage<Conversation>),
    /// The cursor is of another history or too old: bootstrap, then open a new socket.
    Reset,
    /// An agent is writing; holds for 6 seconds.
    Typing(UserSideTyping),
    /// What the user may expect; once, soon after `hello`.
    Answering(Answering),
    /// How the app looks; once, soon after `hello`, and when it changes.
    Appearance(Appearance),
    /// The server closes this socket in a moment; come back within the window.
    Goodbye {
        /// When.
        reconnect: ReconnectWindow,
    },
    /// Yes.
    Pong,
    /// A frame of a later version.
    #[serde(other)]
    Unknown,
}

/// What the server sends to the inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum InboxServerFrame {
    /// The socket is live.
    Hello(Hello),
    /// Changes of one team's feed.
    Changes(TeamChanges),
    /// One team's cursor is of another history or too old: bootstrap again.
    Reset {
        /// Which team's.
        team_id: TeamId,
    },
    /// Somebody is writing; holds for 6 seconds.
    Typing(TeamSideTyping),
    /// A colleague looks at a conversation, or does no more; holds for 60 seconds. Who looks already is told after `hello`.
    Viewing(TeamSideViewing),
    /// Somebody of the agent's teams went away or is back: ask who is away. It may get lost, so ask after `hello` too.
    Availability,
    /// The server closes this socket in a moment; come back within the window.
    Goodbye {
        /// When.
        reconnect: ReconnectWindow,
    },
    /// Yes.
    Pong,
    /// A frame of a later version.
    #[serde(other)]
    Unknown,
}

/// Changes of one team's feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamChanges {
    /// Whose feed.
    pub team_id: TeamId,
    /// The page.
    pub page: ChangePage<InboxConversation>,
}

/// "Ana is writing", for the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserSideTyping {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub agent_name: Name,
}

/// "The user is writing" or "Ana is writing", for agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamSideTyping {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which agent; absent when it is the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
}

/// "Ana is looking at it", for agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamSideViewing {
    /// At which.
    pub conversation_id: ConversationId,
    /// Who.
    pub agent_id: AgentId,
    /// Whether they do no more; absent while they do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
}

/// Why the server closes a socket. The number carries the advice: 1012 and 4000 to 4099, come back by yourself; 4100 to
/// 4199, coming back the same way meets the same refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The server restarts or drains; come back within the window of `goodbye` (RFC 6455 registry: Service Restart).
    Restart = 1012,
    /// The reader was too slow; come back and catch up from the cursor.
    Slow = 4000,
    /// Two pings were not answered.
    PingTimeout = 4001,
    /// More sockets or frames than the limits allow; come back later.
    RateLimited = 4002,
    /// The server could not read its database for the moment.
    Unavailable = 4003,
    /// The first frame did not come within 10 seconds, or was another.
    NotAuthenticated = 4100,
    /// The token is not, or no longer, valid: get another first.
    TokenInvalid = 4101,
    /// The session, user, agent or app was revoked.
    Revoked = 4102,
    /// A frame was not what it should be; the reason says what. This is a bug in the client.
    BadFrame = 4103,
    /// The cursor is of another history or too old: bootstrap first.
    Reset = 4104,
}

impl CloseCode {
    /// Every code.
    pub const ALL: [Self; 10] = [
        Self::Restart,
        Self::Slow,
        Self::PingTimeout,
        Self::RateLimited,
        Self::Unavailable,
        Self::NotAuthenticated,
        Self::TokenInvalid,
        Self::Revoked,
        Self::BadFrame,
        Self::Reset,
    ];

    /// The number on the wire.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// Whether a client that met this code should come back by itself. Numbers it does not know say yes below
    /// 4100 and no from there.
    pub const fn reconnects(code: u16) -> bool {
        code < 4100 || code > 4199
    }
}
