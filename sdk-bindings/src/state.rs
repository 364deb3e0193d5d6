//! How the client stands to the server and to its surroundings, and what became of things asked of it.

use tidings_sdk_core::{
    Answering, Discarded, Network, Newer, Older, OlderState, SyncState, Visibility, Visit,
};

/// How the client stands to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreSyncState {
    /// Nobody is signed in.
    SignedOut,
    /// In the background: nothing is connected, nothing is open.
    Suspended,
    /// The phone has no network.
    Offline,
    /// Getting a session.
    SigningIn,
    /// The app's backend or the server refused to say who this is; sign in again.
    NeedsToken,
    /// Opening a connection.
    Connecting,
    /// Connected; fetching what was missed.
    CatchingUp,
    /// Connected, and everything is here.
    Live,
    /// Sockets do not get through here, so changes are asked for every quarter of a minute.
    Polling,
    /// The server could not be reached; tried again then.
    Waiting {
        /// Unix milliseconds.
        retry_at_ms: i64,
    },
    /// The server refuses this client; the code says why.
    Refused {
        /// A close code of the protocol.
        code: u32,
    },
}

impl From<SyncState> for CoreSyncState {
    fn from(state: SyncState) -> Self {
        match state {
            SyncState::SignedOut => Self::SignedOut,
            SyncState::Suspended => Self::Suspended,
            SyncState::Offline => Self::Offline,
            SyncState::SigningIn => Self::SigningIn,
            SyncState::NeedsToken => Self::NeedsToken,
            SyncState::Connecting => Self::Connecting,
            SyncState::CatchingUp => Self::CatchingUp,
            SyncState::Live => Self::Live,
            SyncState::Polling => Self::Polling,
            SyncState::Waiting { retry_at_ms } => Self::Waiting { retry_at_ms },
            SyncState::Refused { code } => Self::Refused { code: code.into() },
        }
    }
}

/// Whether the app is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreVisibility {
    /// It is: connect and stay connected.
    Foreground,
    /// It is not: finish what is under way, then close everything.
    Background,
}

impl From<CoreVisibility> for Visibility {
    fn from(visibility: CoreVisibility) -> Self {
        match visibility {
            CoreVisibility::Foreground => Self::Foreground,
            CoreVisibility::Background => Self::Background,
        }
    }
}

/// Whether the phone has a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreNetwork {
    /// It has, or nobody knows.
    Available,
    /// It has none: nothing is tried.
    Unavailable,
}

impl From<CoreNetwork> for Network {
    fn from(network: CoreNetwork) -> Self {
        match network {
            CoreNetwork::Available => Self::Available,
            CoreNetwork::Unavailable => Self::Unavailable,
        }
    }
}

/// What became of a message that the app wanted to throw away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreDiscarded {
    /// It is gone and will not be sent again.
    Removed,
    /// It is on its way at this moment, or was sent.
    TooLate,
}

impl From<Discarded> for CoreDiscarded {
    fn from(discarded: Discarded) -> Self {
        match discarded {
            Discarded::Removed => Self::Removed,
            Discarded::TooLate => Self::TooLate,
        }
    }
}

/// What a request for older messages found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreOlder {
    /// There are more before these.
    More,
    /// The timeline now begins with the first message.
    Start,
}

impl From<Older> for CoreOlder {
    fn from(older: Older) -> Self {
        match older {
            Older::More => Self::More,
            Older::Start => Self::Start,
        }
    }
}

/// How it stands with the messages before a timeline's first, of which the phone has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreOlderState {
    /// They may be asked for.
    Idle,
    /// They are on their way.
    Loading,
    /// They did not come. They are not asked for again before this time.
    Failed {
        /// By the phone's clock, in unix milliseconds.
        retry_at_ms: i64,
    },
}

impl From<OlderState> for CoreOlderState {
    fn from(state: OlderState) -> Self {
        match state {
            OlderState::Idle => Self::Idle,
            OlderState::Loading => Self::Loading,
            OlderState::Failed { retry_at_ms } => Self::Failed { retry_at_ms },
        }
    }
}

/// What a request for newer messages found, after a jump into the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreNewer {
    /// There are more after these.
    More,
    /// The timeline now ends with the newest message, and follows it.
    End,
}

impl From<Newer> for CoreNewer {
    fn from(newer: Newer) -> Self {
        match newer {
            Newer::More => Self::More,
            Newer::End => Self::End,
        }
    }
}

/// How a background visit to the server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreVisit {
    /// Everything was fetched and everything was sent.
    Done,
    /// The time was up first.
    TimeUp,
}

impl From<Visit> for CoreVisit {
    fn from(visit: Visit) -> Self {
        match visit {
            Visit::Done => Self::Done,
            Visit::TimeUp => Self::TimeUp,
        }
    }
}

/// Who answers, and how soon. Each part may be unknown, and is then not shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreAnswering {
    /// Half of the answers of the last weeks came within so many seconds, of the time in which the team answers.
    pub usually_within_s: Option<u32>,
    /// Unix milliseconds. Nobody is there until then; one that has passed says nothing any more.
    pub back_at_ms: Option<i64>,
    /// Who answered last, at most three names, the last first.
    pub names: Vec<String>,
}

impl From<Answering> for CoreAnswering {
    fn from(said: Answering) -> Self {
        Self {
            usually_within_s: said.usually_within_s,
            back_at_ms: said.back_at.map(tidings_sdk_core::protocol::time::Timestamp::unix_ms),
            names: said.names.into_iter().map(String::from).collect(),
        }
    }
}
