//! What the connection's machine is told, and what it says is to be done.

use tidings_protocol::change::{Catchup, UserChangePage};
use tidings_protocol::conversation::Conversation;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::frame::AppServerFrame;

/// What the app and the phone want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Whether anything may run at all.
    pub(crate) awake: bool,
    /// Whether there is a network.
    pub(crate) network: bool,
    /// Whether the app is on the screen.
    pub(crate) foreground: bool,
}

/// What happened. `attempt` is the number of the connection it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    Want(Wanted),
    /// The app came to the screen, a network returned, or somebody signed in again.
    Nudge,
    SignedIn,
    SignInFailed(SignInFailure),
    /// The server said 401 to a request.
    SessionEnded,
    Bootstrapped {
        attempt: u64,
        cursor: Cursor,
    },
    /// A request of the connection itself brought no answer.
    Failed {
        attempt: u64,
        retry_after_ms: Option<u64>,
    },
    Opened {
        attempt: u64,
    },
    /// No socket could be opened.
    NotOpened {
        attempt: u64,
    },
    Frame {
        attempt: u64,
        frame: AppServerFrame,
    },
    /// Any sign of life on the socket.
    Heard {
        attempt: u64,
    },
    Lost {
        attempt: u64,
        code: Option<u16>,
    },
    Fetched {
        attempt: u64,
        answer: Catchup<Conversation>,
    },
    /// A page could not be stored; this is where the store stands.
    StoreFailed {
        cursor: Option<Cursor>,
    },
    Tick,
}

/// Why there is no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInFailure {
    /// Try again.
    Unclear { retry_after_ms: Option<u64> },
    /// The app or the server says no.
    Refused,
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    SignIn,
    /// The session's token is of no use any more.
    ForgetSession,
    Bootstrap {
        attempt: u64,
    },
    Open {
        attempt: u64,
    },
    Close,
    Authenticate {
        cursor: Cursor,
    },
    TellForeground(bool),
    Ping,
    Fetch {
        attempt: u64,
        after: Cursor,
    },
    Apply(UserChangePage),
    Typing(tidings_protocol::frame::UserSideTyping),
    /// Keep who answers, and how soon.
    Answering(tidings_protocol::hours::Answering),
    /// Keep how the app looks.
    Appearance(tidings_protocol::appearance::Appearance),
}
