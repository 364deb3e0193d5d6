//! The upgrade, and the pump: one task per socket that waits for whatever comes first.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tidings_protocol::frame::{CloseCode, Hello, ReconnectWindow};
use tidings_protocol::{VERSION, limits};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::hub::{Attachment, Bell};
use super::line::{Line, Page};
use super::session::{Closing, Effect, Session};
use super::side::{AgentSide, Begun, Side, UserSide, closing};
use crate::app::App;
use crate::auth::agent::Agent;

/// When the server drains, sockets leave at random moments of this time, so that they do not return together.
const DRAIN: Duration = Duration::from_secs(5);

/// `GET /app/v1/socket`: live changes for an app's user. The session's token comes in the first frame.
pub async fn app_socket(State(app): State<App>, upgrade: WebSocketUpgrade) -> Response {
    open(app, upgrade, UserSide::default())
}

/// `GET /inbox/v1/socket`: live changes for an agent, who is known by the cookie of this request.
pub async fn inbox_socket(State(app): State<App>, agent: Agent, upgrade: WebSocketUpgrade) -> Response {
    open(app, upgrade, AgentSide::new(agent.session))
}

fn open<S: Side>(app: App, upgrade: WebSocketUpgrade, side: S) -> Response {
    upgrade
        // The defaults hold 135 KB for each idle socket; these hold 7.
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_message_size(limits::FRAME_BYTES)
        .max_frame_size(limits::FRAME_BYTES)
        .on_upgrade(move |socket| async move {
            let lifecycle = app.lifecycle.clone();
            // In a task that the lifecycle knows: axum's graceful shutdown does not wait for sockets.
            lifecycle.spawn(async move { Pump::new(app, socket, side).run().await });
        })
}

/// Waits for the moment, or for ever when there is none.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

struct Pump<S: Side> {
    app: App,
    socket: WebSocket,
    side: S,
    session: Session<S::Frame>,
    bell: Bell,
    lines: Vec<Line>,
    attachment: Option<Attachment>,
    opened_at: Instant,
    expires_at: Option<Instant>,
    leaves_at: Option<Instant>,
}

/// How a socket ends.
enum End {
    /// We close it, and say why.
    Closing(Closing),
    /// It is gone.
    Gone,
}

impl From<Closing> for End {
    fn from(closing: Closing) -> Self {
        Self::Closing(closing)
    }
}

impl<S: Side> Pump<S> {
    fn new(app: App, socket: WebSocket, side: S) -> Self {
        let session = Session::new();
        let opened_at = Instant::now();
        Self {
            app,
            socket,
            side,
            session,
            bell: Bell::default(),
            lines: Vec::new(),
            attachment: None,
            opened_at,
            expires_at: None,
            leaves_at: None,
        }
    }

    async fn run(mut self) {
        if let Err(End::Closing(closing)) = self.pump().await {
            let frame = CloseFrame { code: closing.code.code(), reason: closing.reason.as_ref().into() };
            // The peer may be gone already: then there is nobody to tell.
            let _ = timeout(Duration::from_secs(1), self.socket.send(Message::Close(Some(frame)))).await;
        }
    }

    async fn pump(&mut self) -> Result<(), End> {
        let lifecycle = self.app.lifecycle.clone();
        let ping_every = Duration::from_secs(limits::PING_SECONDS);
        let mut pings = interval(ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        let first_due = self.opened_at + Duration::from_secs(limits::AUTHENTICATE_SECONDS);
        loop {
            let is_behind = self.lines.iter().any(Line::is_behind);
            let waits_for_first = self.attachment.is_none();
            tokio::select! {
                biased;
                () = lifecycle.hard().cancelled() => return Err(End::Gone),
                () = ended(self.attachment.as_ref()) => return Err(revoked().into()),
                () = at(self.expires_at) => {
                    return Err(Closing::new(CloseCode::TokenInvalid, "the session has expired").into());
                }
                () = at(self.leaves_at) => return self.leave().await,
                () = lifecycle.soft().cancelled(), if self.leaves_at.is_none() => {
                    self.leaves_at = Some(Instant::now() + self.random_part_of(DRAIN));
                }
                message = self.socket.recv() => self.on_message(message).await?,
                () = sleep_until(first_due), if waits_for_first => {
                    let effect = self.session.on_first_due();
                    self.perform(effect).await?;
                }
                _ = pings.tick() => {
                    let effect = self.session.on_ping_due();
                    self.perform(effect).await?;
                }
                () = self.bell.notified() => self.tell_typing().await?,
                () = std::future::ready(()), if is_behind => self.send_pages().await?,
            }
        }
    }

    async fn on_message(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let effect = match message {
            None | Some(Ok(Message::Close(_))) => return Err(End::Gone),
            // Too large, not UTF-8, or a broken connection: in the last case nobody hears this.
            Some(Err(_)) => {
                return Err(Closing::new(CloseCode::BadFrame, "not a text frame of at most 64 KiB").into());
            }
            Some(Ok(Message::Text(text))) => self.session.on_text(&text, self.opened_at.elapsed()),
            Some(Ok(Message::Binary(_))) => self.session.on_binary(),
            Some(Ok(Message::Pong(_))) => {
                self.session.on_pong();
                Effect::None
            }
            Some(Ok(Message::Ping(_))) => Effect::None,
        };
        self.perform(effect).await
    }

    async fn perform(&mut self, effect: Effect<S::Frame>) -> Result<(), End> {
        match effect {
            Effect::None => Ok(()),
            Effect::Begin(frame) => self.begin(frame).await,
            Effect::Act(frame) => Ok(self.side.act(&self.app, frame).await?),
            Effect::Pong => self.send(Message::text(S::pong())).await,
            Effect::Ping => self.send(Message::Ping(axum::body::Bytes::new())).await,
            Effect::Close(closing) => Err(closing.into()),
        }
    }

    async fn begin(&mut self, frame: S::Frame) -> Result<(), End> {
        let Begun { lines, attachment, expires_at } = self.side.begin(&self.app, &self.bell, frame).await?;
        let lives_ms = expires_at.unix_ms().saturating_sub(self.app.clock.now().unix_ms());
        self.expires_at = Some(Instant::now() + Duration::from_millis(lives_ms.max(0).unsigned_abs()));
        self.lines = lines;
        self.attachment = Some(attachment);
        let hello = Hello {
            version: VERSION,
            reconnect: self.reconnect_window(),
            ping_ms: Duration::from_secs(limits::PING_SECONDS).as_millis().try_into().unwrap_or(u64::MAX),
        };
        self.send(Message::text(S::hello(hello))).await
    }

    /// One page of each line that is behind: a long catch-up of one feed holds up neither the others nor the
    /// client's own frames.
    async fn send_pages(&mut self) -> Result<(), End> {
        for index in 0..self.lines.len() {
            if !self.lines[index].is_behind() {
                continue;
            }
            match self.side.page(&self.app, &self.lines[index]).await.map_err(|error| closing(&error))? {
                Page::Nothing => self.lines[index].caught_up(),
                Page::Reset { json } => {
                    self.send(Message::text(json)).await?;
                    return Err(Closing::new(
                        CloseCode::Reset,
                        "the cursor is of another history or too old",
                    )
                    .into());
                }
                Page::Frame { json, .. } if self.lines[index].halve(json.len()) => {}
                Page::Frame { json, cursor, more } => {
                    self.send(Message::text(json)).await?;
                    self.lines[index].advance(cursor, more);
                }
            }
        }
        Ok(())
    }

    async fn tell_typing(&mut self) -> Result<(), End> {
        for index in 0..self.lines.len() {
            let frame = self.lines[index].take_typing().and_then(|typing| self.side.typing(typing));
            if let Some(frame) = frame {
                self.send(Message::text(frame)).await?;
            }
        }
        Ok(())
    }

    async fn leave(&mut self) -> Result<(), End> {
        let goodbye = S::goodbye(self.reconnect_window());
        self.send(Message::text(goodbye)).await?;
        Err(Closing::new(CloseCode::Restart, "the server restarts").into())
    }

    /// Nothing waits behind a reader that does not read: its socket is closed, its cursor tells where to go on.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        let sent = timeout(Duration::from_secs(limits::WRITE_SECONDS), self.socket.send(message));
        let sent = tokio::select! {
            biased;
            // A reader that is slow on purpose must not see out its session, nor hold up the end of the process.
            () = ended(self.attachment.as_ref()) => return Err(revoked().into()),
            () = self.app.lifecycle.hard().cancelled() => return Err(End::Gone),
            sent = sent => sent,
        };
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => {
                Err(Closing::new(CloseCode::Slow, "a frame could not be written within 30 seconds").into())
            }
        }
    }

    /// Two milliseconds for each socket of this node: 5,000 come back at about 500 a second.
    fn reconnect_window(&self) -> ReconnectWindow {
        let sockets = u64::try_from(self.app.hub.sockets()).unwrap_or(u64::MAX);
        ReconnectWindow { min_ms: 0, max_ms: sockets.saturating_mul(2).clamp(1_000, 60_000) }
    }

    fn random_part_of(&self, whole: Duration) -> Duration {
        let random = u32::from_be_bytes(self.app.clock.random());
        whole.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }
}

fn revoked() -> Closing {
    Closing::new(CloseCode::Revoked, "the session has ended")
}

/// Done when the session of an attached socket ended.
async fn ended(attachment: Option<&Attachment>) {
    match attachment {
        Some(attachment) => attachment.ended().await,
        None => std::future::pending().await,
    }
}
