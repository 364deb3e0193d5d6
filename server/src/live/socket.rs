//! The upgrade, and the pump: one task per socket that waits for its client, its bell and one moment.

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tidings_protocol::frame::{CloseCode, Hello, ReconnectWindow};
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::{VERSION, limits};
use tokio::time::{Instant, sleep_until, timeout};

use super::bell::{Doorbell, Standing};
use super::hub::{Attachment, Place};
use super::line::{Line, Page};
use super::session::{Closing, Effect, Session};
use super::side::{AgentSide, Begun, Side, UserSide, closing};
use super::tail::Frame;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;

/// When the server drains, sockets leave at random moments of this time, so that they do not return together.
const DRAIN: Duration = Duration::from_secs(5);
/// What is read from a socket at once. A client's frames are small, and each idle socket holds this buffer.
const READ_BYTES: usize = 1024;
const PING: Duration = Duration::from_secs(limits::PING_SECONDS);
/// Whoever is not let in comes back within so many seconds, each at another moment.
const LATER_SECONDS: u64 = 10;

/// `GET /app/v1/socket`: live changes for an app's user. The session's token comes in the first frame.
pub async fn app_socket(State(app): State<App>, upgrade: WebSocketUpgrade) -> Response {
    open(app, upgrade, UserSide::default())
}

/// `GET /inbox/v1/socket`: live changes for an agent, who is known by the cookie of this request.
pub async fn inbox_socket(State(app): State<App>, agent: Agent, upgrade: WebSocketUpgrade) -> Response {
    open(app, upgrade, AgentSide::new(agent.session))
}

fn open<S: Side>(app: App, upgrade: WebSocketUpgrade, side: S) -> Response {
    let place = match admit(&app) {
        Ok(place) => place,
        Err(problem) => return problem.into_response(),
    };
    upgrade
        // The defaults hold 135 KB for each idle socket.
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_message_size(limits::FRAME_BYTES)
        .max_frame_size(limits::FRAME_BYTES)
        .on_upgrade(move |socket| async move {
            let lifecycle = app.lifecycle.clone();
            // In a task that the lifecycle knows: axum's graceful shutdown does not wait for sockets.
            lifecycle.spawn(Pump::new(app, socket, side, place).run());
        })
}

/// A crowd that comes back at once is let in at a rate that leaves the others their latency.
fn admit(app: &App) -> Result<Place, Problem> {
    let sockets = usize::try_from(app.config.http.sockets).unwrap_or(usize::MAX);
    let place = app.rates.socket().ok().and_then(|()| app.hub.take_place(sockets, &app.lifecycle));
    place.ok_or_else(|| {
        let [random] = app.clock.random();
        let later = Problem::new(ProblemCode::Unavailable).detail("more sockets than this node lets in now");
        later.retry_after(1 + u64::from(random) % LATER_SECONDS)
    })
}

struct Pump<S: Side> {
    app: App,
    socket: WebSocket,
    side: S,
    session: Session<S::Frame>,
    place: Place,
    lines: Vec<Line>,
    attachment: Option<Attachment>,
    opened_at: Instant,
    pings_at: Instant,
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
    fn new(app: App, socket: WebSocket, side: S, place: Place) -> Self {
        let opened_at = Instant::now();
        Self {
            app,
            socket,
            side,
            session: Session::new(),
            place,
            lines: Vec::new(),
            attachment: None,
            opened_at,
            pings_at: opened_at + PING,
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

    /// What is rare is boxed, so that an idle socket does not hold the room for it.
    async fn pump(&mut self) -> Result<(), End> {
        let mut timer = pin!(sleep_until(self.due_at()));
        loop {
            self.heed_standing()?;
            self.tell_typing().await?;
            self.tell_views().await?;
            self.tell_moves().await?;
            if self.side.looks_different() {
                Box::pin(self.tell_look()).await?;
            }
            if self.lines.iter().any(Line::is_behind) {
                self.heed_clock().await?;
                self.send_pages().await?;
                // A long catch-up holds up neither the client's own frames nor its goodbye.
                if let Some(message) = self.socket.recv().now_or_never() {
                    self.on_message(message).await?;
                }
                continue;
            }
            let due = self.due_at();
            if timer.deadline() != due {
                timer.as_mut().reset(due);
            }
            tokio::select! {
                biased;
                message = self.socket.recv() => self.on_message(message).await?,
                () = self.place.bell().notified() => {}
                () = timer.as_mut() => self.heed_clock().await?,
            }
        }
    }

    /// The next moment at which something is to be done.
    fn due_at(&self) -> Instant {
        let first = self.attachment.is_none().then(|| self.first_due_at());
        let moments = [Some(self.pings_at), first, self.expires_at, self.leaves_at];
        moments.into_iter().flatten().min().unwrap_or(self.pings_at)
    }

    fn first_due_at(&self) -> Instant {
        self.opened_at + Duration::from_secs(limits::AUTHENTICATE_SECONDS)
    }

    async fn heed_clock(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let is_over = |moment: Option<Instant>| moment.is_some_and(|moment| moment <= now);
        if is_over(self.expires_at) {
            return Err(Closing::new(CloseCode::TokenInvalid, "the session has expired").into());
        }
        if is_over(self.leaves_at) {
            return Box::pin(self.leave()).await;
        }
        if self.attachment.is_none() && self.first_due_at() <= now {
            let effect = self.session.on_first_due();
            self.perform(effect).await?;
        }
        if self.pings_at <= now {
            self.pings_at = now + PING;
            let effect = self.session.on_ping_due();
            self.perform(effect).await?;
        }
        Ok(())
    }

    fn heed_standing(&mut self) -> Result<(), End> {
        match self.place.bell().standing() {
            Standing::Open => Ok(()),
            Standing::Draining => {
                let leaves_at = Instant::now() + self.random_part_of(DRAIN);
                self.leaves_at.get_or_insert(leaves_at);
                Ok(())
            }
            standing => Err(end(standing)),
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
            Effect::Begin(frame) => Box::pin(self.begin(frame)).await,
            Effect::Act(frame) => Ok(Box::pin(self.side.act(&self.app, frame)).await?),
            Effect::Pong => self.send(Message::text(S::pong())).await,
            Effect::Ping => self.send(Message::Ping(axum::body::Bytes::new())).await,
            Effect::Close(closing) => Err(closing.into()),
        }
    }

    async fn begin(&mut self, frame: S::Frame) -> Result<(), End> {
        let Begun { lines, attachment, expires_at } =
            self.side.begin(&self.app, self.place.bell(), frame).await?;
        let lives_ms = expires_at.unix_ms().saturating_sub(self.app.clock.now().unix_ms());
        self.expires_at = Some(Instant::now() + Duration::from_millis(lives_ms.max(0).unsigned_abs()));
        self.lines = lines;
        self.attachment = Some(attachment);
        let hello = Hello {
            version: VERSION,
            reconnect: self.reconnect_window(),
            ping_ms: PING.as_millis().try_into().unwrap_or(u64::MAX),
        };
        self.send(Message::text(S::hello(hello))).await?;
        for greeting in self.side.greeting(&self.app).await {
            self.send(Message::text(greeting)).await?;
        }
        Ok(())
    }

    /// One page of each line that is behind: a long catch-up of one feed does not hold up the others.
    async fn send_pages(&mut self) -> Result<(), End> {
        for index in 0..self.lines.len() {
            if !self.lines[index].is_behind() {
                continue;
            }
            let frame = match self.lines[index].at_hand(self.app.db.epoch()) {
                Some(frame) => frame,
                None => match Box::pin(self.read(index)).await? {
                    Some(frame) => frame,
                    None => continue,
                },
            };
            self.send(Message::Text(frame.text.clone())).await?;
            self.lines[index].advance(&frame);
        }
        Ok(())
    }

    /// Reads the next page of a line; none when there is nothing, or too much: then it is asked for less.
    async fn read(&mut self, index: usize) -> Result<Option<Frame>, End> {
        let latest = self.lines[index].latest();
        match self.side.page(&self.app, &self.lines[index]).await.map_err(|error| closing(&error))? {
            Page::Nothing => {
                self.lines[index].caught_up(latest);
                Ok(None)
            }
            Page::Reset { json } => {
                self.send(Message::text(json)).await?;
                let why = "the cursor is of another history or too old";
                Err(Closing::new(CloseCode::Reset, why).into())
            }
            Page::Frame { json, .. } if self.lines[index].halve(json.len()) => Ok(None),
            Page::Frame { json, upto, as_of, more } => {
                let frame = Frame { upto, as_of, more, text: Utf8Bytes::from(json) };
                self.lines[index].share(&frame);
                Ok(Some(frame))
            }
        }
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

    async fn tell_views(&mut self) -> Result<(), End> {
        for index in 0..self.lines.len() {
            for viewing in self.lines[index].take_views() {
                if let Some(frame) = self.side.viewing(viewing) {
                    self.send(Message::text(frame)).await?;
                }
            }
        }
        Ok(())
    }

    /// One frame, of however many teams somebody is.
    async fn tell_moves(&mut self) -> Result<(), End> {
        let mut moved = false;
        for line in &mut self.lines {
            moved |= line.take_move();
        }
        match S::availability().filter(|_| moved) {
            Some(frame) => self.send(Message::text(frame)).await,
            None => Ok(()),
        }
    }

    /// Who could not be told is told with the next connection.
    async fn tell_look(&mut self) -> Result<(), End> {
        match self.side.look(&self.app).await {
            Some(frame) => self.send(Message::text(frame)).await,
            None => Ok(()),
        }
    }

    async fn leave(&mut self) -> Result<(), End> {
        let goodbye = S::goodbye(self.reconnect_window());
        self.send(Message::text(goodbye)).await?;
        Err(Closing::new(CloseCode::Restart, "the server restarts").into())
    }

    /// Nothing waits behind a reader that does not read: its socket is closed, its cursor tells where to go on.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        let mut sending = pin!(self.socket.send(message));
        // Nearly always there is room, and nothing to wait for.
        let sent = match std::future::poll_fn(|cx| Poll::Ready(sending.as_mut().poll(cx))).await {
            Poll::Ready(sent) => sent,
            Poll::Pending => Box::pin(written(sending, self.place.bell())).await?,
        };
        sent.map_err(|_| End::Gone)
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

/// Waits for a frame to be written. A reader that is slow on purpose must not see out its session, nor hold up the end
/// of the process.
async fn written<T>(sending: Pin<&mut impl Future<Output = T>>, bell: &Doorbell) -> Result<T, End> {
    tokio::select! {
        biased;
        standing = bell.ends() => Err(end(standing)),
        sent = timeout(Duration::from_secs(limits::WRITE_SECONDS), sending) => sent.map_err(|_| {
            Closing::new(CloseCode::Slow, "a frame could not be written within 30 seconds").into()
        }),
    }
}

fn end(standing: Standing) -> End {
    match standing {
        Standing::Gone => End::Gone,
        _ => Closing::new(CloseCode::Revoked, "the session has ended").into(),
    }
}
