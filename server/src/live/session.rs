//! What a frame means: a state machine without a socket, a clock or a database.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tidings_protocol::frame::{AppFrame, CloseCode, InboxFrame};

/// Frames that a client may send within [`WINDOW`]; a person who types and reads needs a tenth of it.
const FRAMES_PER_WINDOW: u32 = 120;
const WINDOW: Duration = Duration::from_secs(10);
const PINGS_UNANSWERED_MAX: u8 = 2;

/// A frame that a client sends.
pub trait ClientFrame: DeserializeOwned {
    /// What the frame is for.
    fn role(&self) -> Role;
}

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Says who this is and what it has seen: the first frame, and only the first.
    First,
    /// Asks for a pong.
    Ping,
    /// Anything else.
    Other,
}

impl ClientFrame for AppFrame {
    fn role(&self) -> Role {
        match self {
            Self::Authenticate { .. } => Role::First,
            Self::Ping {} => Role::Ping,
            Self::Foreground { .. } | Self::Typing { .. } => Role::Other,
        }
    }
}

impl ClientFrame for InboxFrame {
    fn role(&self) -> Role {
        match self {
            Self::Follow { .. } => Role::First,
            Self::Ping {} => Role::Ping,
            Self::Focus { .. } | Self::Typing { .. } | Self::Viewing { .. } => Role::Other,
        }
    }
}

/// What the socket has to do.
#[derive(Debug, PartialEq)]
pub enum Effect<F> {
    /// Nothing.
    None,
    /// The first frame: begin to follow.
    Begin(F),
    /// A later frame: act on it.
    Act(F),
    /// Answer with `pong`.
    Pong,
    /// Send a WebSocket ping.
    Ping,
    /// Close.
    Close(Closing),
}

/// Why a socket is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// With its advice.
    pub code: CloseCode,
    /// For a developer; at most 123 bytes (RFC 6455, section 5.5).
    pub reason: Cow<'static, str>,
}

impl Closing {
    /// A closing with a reason known beforehand.
    pub const fn new(code: CloseCode, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    fn bad_frame(error: &serde_json::Error) -> Self {
        let mut reason = error.to_string();
        let end =
            (0..=reason.len().min(120)).rev().find(|&at| reason.is_char_boundary(at)).unwrap_or_default();
        reason.truncate(end);
        Self { code: CloseCode::BadFrame, reason: Cow::Owned(reason) }
    }
}

/// One socket's conversation with its client.
#[derive(Debug)]
pub struct Session<F> {
    begun: bool,
    pings_unanswered: u8,
    window_start: Duration,
    frames: u32,
    speaks: PhantomData<fn() -> F>,
}

impl<F: ClientFrame> Session<F> {
    /// A socket that was just opened.
    pub const fn new() -> Self {
        Self {
            begun: false,
            pings_unanswered: 0,
            window_start: Duration::ZERO,
            frames: 0,
            speaks: PhantomData,
        }
    }

    /// A text message came; `age` is that of the socket.
    pub fn on_text(&mut self, text: &str, age: Duration) -> Effect<F> {
        if self.exceeds_rate(age) {
            return Effect::Close(Closing::new(CloseCode::RateLimited, "more than 120 frames in 10 seconds"));
        }
        let frame = match serde_json::from_str::<F>(text) {
            Ok(frame) => frame,
            Err(error) => return Effect::Close(Closing::bad_frame(&error)),
        };
        match (frame.role(), self.begun) {
            (Role::First, false) => {
                self.begun = true;
                Effect::Begin(frame)
            }
            (Role::First, true) => {
                Effect::Close(Closing::new(CloseCode::BadFrame, "the first frame came a second time"))
            }
            (_, false) => Effect::Close(Closing::new(
                CloseCode::NotAuthenticated,
                "the first frame must say who this is",
            )),
            (Role::Ping, true) => Effect::Pong,
            (Role::Other, true) => Effect::Act(frame),
        }
    }

    /// A binary message came.
    pub const fn on_binary(&self) -> Effect<F> {
        Effect::Close(Closing::new(CloseCode::BadFrame, "frames are text messages"))
    }

    /// The client answered a ping.
    pub const fn on_pong(&mut self) {
        self.pings_unanswered = 0;
    }

    /// The time for the first frame is over.
    pub const fn on_first_due(&self) -> Effect<F> {
        if self.begun {
            Effect::None
        } else {
            Effect::Close(Closing::new(CloseCode::NotAuthenticated, "no first frame within 10 seconds"))
        }
    }

    /// It is time for a ping.
    pub const fn on_ping_due(&mut self) -> Effect<F> {
        if self.pings_unanswered >= PINGS_UNANSWERED_MAX {
            return Effect::Close(Closing::new(CloseCode::PingTimeout, "two pings were not answered"));
        }
        self.pings_unanswered += 1;
        Effect::Ping
    }

    fn exceeds_rate(&mut self, age: Duration) -> bool {
        if age.saturating_sub(self.window_start) >= WINDOW {
            self.window_start = age;
            self.frames = 0;
        }
        self.frames += 1;
        self.frames > FRAMES_PER_WINDOW
    }
}

impl<F: ClientFrame> Default for Session<F> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str =
        r#"{"type":"authenticate","token":"t","cursor":"0000000000000001.0","foreground":true}"#;
    const AGE: Duration = Duration::from_secs(1);

    fn begun() -> Session<AppFrame> {
        let mut session = Session::new();
        assert!(matches!(session.on_text(FIRST, AGE), Effect::Begin(AppFrame::Authenticate { .. })));
        session
    }

    fn code(effect: Effect<AppFrame>) -> Option<CloseCode> {
        match effect {
            Effect::Close(closing) => Some(closing.code),
            _ => None,
        }
    }

    #[test]
    fn nothing_is_heard_before_the_first_frame() {
        for text in [r#"{"type":"ping"}"#, r#"{"type":"foreground","foreground":true}"#] {
            assert_eq!(code(Session::new().on_text(text, AGE)), Some(CloseCode::NotAuthenticated));
        }
        assert_eq!(code(Session::new().on_first_due()), Some(CloseCode::NotAuthenticated));
        assert_eq!(begun().on_first_due(), Effect::None);
    }

    #[test]
    fn a_second_first_frame_is_refused() {
        assert_eq!(code(begun().on_text(FIRST, AGE)), Some(CloseCode::BadFrame));
    }

    #[test]
    fn what_is_no_frame_is_refused_with_a_short_reason() {
        let long = format!(r#"{{"type":"{}"}}"#, "é".repeat(1000));
        for text in ["", "1", "{", r#"{"type":"ping","x":1}"#, r#"{"type":"nothing"}"#, &long] {
            match begun().on_text(text, AGE) {
                Effect::Close(closing) => {
                    assert_eq!(closing.code, CloseCode::BadFrame, "{text}");
                    assert!(closing.reason.len() <= 123, "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!(code(begun().on_binary()), Some(CloseCode::BadFrame));
    }

    #[test]
    fn two_unanswered_pings_close_and_an_answer_starts_anew() {
        let mut session = begun();
        assert_eq!(session.on_ping_due(), Effect::Ping);
        session.on_pong();
        assert_eq!(session.on_ping_due(), Effect::Ping);
        assert_eq!(session.on_ping_due(), Effect::Ping);
        assert_eq!(code(session.on_ping_due()), Some(CloseCode::PingTimeout));
    }

    #[test]
    fn a_flood_is_refused_and_a_steady_client_is_not() {
        let mut session = begun();
        let flood = (0..200).find_map(|_| code(session.on_text(r#"{"type":"ping"}"#, AGE)));
        assert_eq!(flood, Some(CloseCode::RateLimited));
        let mut session = begun();
        for second in 0..1000 {
            assert_eq!(session.on_text(r#"{"type":"ping"}"#, Duration::from_secs(second)), Effect::Pong);
        }
    }
}
