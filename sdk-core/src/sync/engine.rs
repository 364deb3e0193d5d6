//! The one task of a session. It carries out what the two machines say: everything that takes time is a job, and what a
//! job brings is an event for a machine.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tidings_protocol::app::Bootstrap;
use tidings_protocol::change::Catchup;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::frame::AppServerFrame;
use tidings_protocol::id::ConversationId;
use tokio::sync::mpsc;

use super::backoff::Moment;
use super::chores::{ChoreEnd, Chores};
use super::event::{Event, SignInFailure, Wanted};
use super::machine::Connection;
use crate::accounts::PushWish;
use crate::cache::{self, Between, Durability, OutboxItem, UploadItem};
use crate::client::{Network, Visibility};
use crate::clock::roll;
use crate::files;
use crate::live_place;
use crate::outbox::{self, Brought, Came, Ended, Errand, Gate, Outbox, Posted, Uploads, UploadsEvent};
use crate::session::{Asked, Session, Work};
use crate::transport::{CallError, Incoming, Socket, Spent, TransportError};

/// The pause before places that could not be forgotten are tried again.
const FORGET_AGAIN_MS: u64 = 10_000;
/// How long the app may go on in the background to finish what is on its way.
pub(crate) const DRAIN_MS: u64 = 5_000;

/// What a job brought.
pub(super) enum Done {
    SignedIn(Result<(), SignInFailure>),
    Bootstrapped(u64, Result<Bootstrap, CallError>),
    Opened(u64, Result<Socket, TransportError>),
    Fetched(u64, Result<Catchup<Conversation>, CallError>),
    Posted(OutboxItem, Posted),
    Brought(UploadItem, Errand, Brought),
    Chore(ChoreEnd),
    PumpEnded,
}

type Job = Pin<Box<dyn Future<Output = Done> + Send>>;

/// The open socket, seen from here.
pub(super) struct Line {
    pub(super) attempt: u64,
    pub(super) outgoing: mpsc::Sender<String>,
    pub(super) incoming: mpsc::Receiver<Incoming>,
}

pub(super) struct Engine {
    pub(super) session: Arc<Session>,
    pub(super) connection: Connection,
    pub(super) outbox: Outbox,
    pub(super) uploads: Uploads,
    pub(super) chores: Chores,
    pub(super) jobs: FuturesUnordered<Job>,
    pub(super) line: Option<Line>,
    pub(super) signing_in: bool,
    pub(super) wanted: Option<Wanted>,
    pub(super) visibility: Visibility,
    pub(super) was_caught_up: bool,
    pub(super) drain_until: u64,
    pub(super) typing_told: Option<(ConversationId, u64)>,
    /// When a place that moves is to be forgotten, at the earliest; at first nobody has looked.
    pub(super) places_end: Option<u64>,
}

/// Works for a session; does not end by itself.
pub(super) async fn run(session: Arc<Session>) {
    let begun = session.disk(|session| {
        let described = session.described();
        session.cache.write(Durability::Crash, |write| {
            cache::note_device(write, &described)?;
            // Read while the store is held, so that what the app says meanwhile is not undone.
            if let PushWish::Said(target) = session.around.accounts.push_target()? {
                cache::set_push_target(write, target.as_ref())?;
            }
            cache::cursor(write)
        })
    });
    // Without the store there is nothing to go on from, so it goes on as if it were new.
    let cursor = begun.await.ok().flatten();
    if let Err(fault) = files::collect(&session).await {
        tracing::warn!(%fault, "files that nobody needs could not be removed");
    }
    let connection = Connection::new(session.token().is_some(), cursor);
    let mut engine = Engine {
        session,
        connection,
        outbox: Outbox::new(),
        uploads: Uploads::new(),
        chores: Chores::default(),
        jobs: FuturesUnordered::new(),
        line: None,
        signing_in: false,
        wanted: None,
        visibility: Visibility::Background,
        was_caught_up: false,
        drain_until: 0,
        typing_told: None,
        places_end: Some(0),
    };
    loop {
        engine.turn().await;
        engine.wait().await;
    }
}

impl Engine {
    pub(super) fn moment(&self) -> Moment {
        let host = &self.session.around.host;
        Moment { now: host.clock.steady_ms(), roll: roll(host.random.as_ref()) }
    }

    /// Looks at what was asked and at the clock, and lets both machines go as far as they can.
    async fn turn(&mut self) {
        if self.session.cache.was_rebuilt() {
            // Without it, what comes next would be put into a store that has nothing of what came before.
            self.connect(Event::StoreFailed { cursor: None }).await;
            self.load_outbox().await;
        }
        let asked = self.session.take_asked();
        self.take(&asked).await;
        self.forget_places().await;
        self.connect(Event::Tick).await;
        self.want(&asked).await;
        self.open_gate();
        let caught_up = self.connection.is_caught_up();
        if std::mem::replace(&mut self.was_caught_up, caught_up) != caught_up {
            // A connection that has just come up is good news for what waits.
            self.chores.look();
            self.chores.hurry();
            self.send(outbox::Event::Hurry);
            self.upload(UploadsEvent::Hurry);
        }
        let moment = self.moment();
        if self.connection.may_request()
            && let Some(chore) = self.chores.start(&self.session, moment)
        {
            self.jobs.push(Box::pin(async move { Done::Chore(chore.await) }));
        }
        self.session.end_typing(|_, until| until <= moment.now);
        self.show();
    }

    async fn take(&mut self, asked: &Asked) {
        if asked.nudge {
            self.nudge().await;
        }
        if asked.outbox {
            self.load_outbox().await;
            // Somebody has just written, or asked for another try: they do not wait for a timer.
            self.send(outbox::Event::Hurry);
            self.upload(UploadsEvent::Hurry);
        }
        if asked.chores {
            self.chores.look();
            self.places_end = Some(0);
        }
        self.chores.fill(asked.fill.clone());
        for id in &asked.typing {
            self.tell_typing(*id);
        }
    }

    async fn nudge(&mut self) {
        self.connect(Event::Nudge).await;
        self.chores.hurry();
        self.send(outbox::Event::Hurry);
        self.upload(UploadsEvent::Hurry);
    }

    /// Brings what the app wants and what is under way together to one wish.
    async fn want(&mut self, asked: &Asked) {
        let now = self.moment().now;
        let foreground = asked.visibility == Visibility::Foreground;
        let came_back = foreground && self.visibility == Visibility::Background;
        if !foreground && self.visibility == Visibility::Foreground {
            self.drain_until = now + DRAIN_MS;
        }
        self.visibility = asked.visibility;
        // What was told to nobody yet - a message, a deletion, the end of a place that moves - is told before the app sleeps.
        let is_done = self.outbox.is_done() && self.chores.is_done();
        let draining = now < self.drain_until && self.connection.may_request() && !is_done;
        let wanted = Wanted {
            awake: foreground || asked.visits > 0 || draining,
            network: asked.network == Network::Available,
            foreground,
        };
        let before = self.wanted.replace(wanted);
        if before == Some(wanted) {
            return;
        }
        if before.is_none_or(|before| before.awake != wanted.awake) {
            if wanted.awake {
                self.places_end = Some(0);
            }
            let between = if wanted.awake { Between::KeepOpen } else { Between::Close };
            // A store that cannot be closed now is closed after its next use.
            drop(
                self.session
                    .disk(move |session| {
                        session.cache.set_between(between);
                        Ok(())
                    })
                    .await,
            );
        }
        self.connect(Event::Want(wanted)).await;
        let network_back = wanted.network && before.is_some_and(|before| !before.network);
        if came_back || network_back {
            self.nudge().await;
        }
    }

    fn is_awake(&self) -> bool {
        self.wanted.is_some_and(|wanted| wanted.awake)
    }

    /// Forgets the places whose time is over, with a network or without. In the background the store is closed, so it is
    /// done when the app comes back, before anything else.
    async fn forget_places(&mut self) {
        let now = self.moment().now;
        if self.places_end.is_none_or(|at| at > now) {
            return;
        }
        let forgotten = self.session.disk(|session| {
            let now_ms = session.around.host.clock.wall_ms();
            if session.cache.read(cache::next_end)?.is_some_and(|end| end <= now_ms) {
                let write = |write: &mut cache::Write<'_>| cache::forget_places(write, now_ms);
                for (conversation, message) in session.cache.write(Durability::Crash, write)? {
                    live_place::withdraw(session, conversation, message)?;
                }
            }
            Ok(session.cache.read(cache::next_end)?.map(|end| end.saturating_sub(now_ms)))
        });
        match forgotten.await {
            Ok(next) => self.places_end = next.map(|ms| now + u64::try_from(ms).unwrap_or_default().max(1)),
            Err(fault) => {
                tracing::warn!(%fault, "places whose time is over are still here");
                self.places_end = Some(now + FORGET_AGAIN_MS);
            }
        }
    }

    fn open_gate(&mut self) {
        let gate = if self.connection.may_request() { Gate::Open } else { Gate::Shut };
        self.send(outbox::Event::Gate(gate));
        self.upload(UploadsEvent::Gate(gate));
    }

    fn show(&self) {
        let host = &self.session.around.host;
        let (steady, wall) = (host.clock.steady_ms(), host.clock.wall_ms());
        let wall_of = |until: u64| wall.saturating_add_unsigned(until.saturating_sub(steady));
        let state = self.connection.state(wall_of);
        // The same wait, told a millisecond apart, is not news.
        if !same_wait(&self.session.state(), &state) {
            self.session.show_state(state);
        }
        let sent = self.outbox.is_done() && self.uploads.is_done();
        let done = self.connection.is_caught_up() && sent && self.chores.is_done();
        self.session.show_work(if done { Work::AllDone } else { Work::Left });
    }

    fn deadline(&self) -> Option<u64> {
        let draining = (self.visibility == Visibility::Background
            && self.wanted.is_some_and(|wanted| wanted.awake))
        .then_some(self.drain_until);
        let now = self.session.around.host.clock.steady_ms();
        let chores = if self.connection.may_request() { self.chores.deadline() } else { None };
        [
            self.connection.deadline(),
            self.outbox.deadline(),
            self.uploads.deadline(),
            chores,
            self.session.typing_deadline(),
            self.places_end.filter(|_| self.is_awake()),
            draining.filter(|until| *until > now),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Waits until something happens, and takes it.
    async fn wait(&mut self) {
        let clock = Arc::clone(&self.session.around.host.clock);
        let deadline = self.deadline();
        let timer = async move {
            match deadline {
                Some(deadline) => clock.sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let session = Arc::clone(&self.session);
        let line = self.line.as_mut();
        let received = async {
            match line {
                Some(line) => (line.attempt, line.incoming.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = session.asked() => {}
            () = timer => {}
            (attempt, incoming) = received => self.received(attempt, incoming).await,
            Some(done) = self.jobs.next(), if !self.jobs.is_empty() => self.done(done).await,
        }
    }

    async fn received(&mut self, attempt: u64, incoming: Option<Incoming>) {
        let event = match incoming {
            Some(Incoming::Text(text)) => match serde_json::from_slice::<AppServerFrame>(text.as_bytes()) {
                Ok(frame) => Event::Frame { attempt, frame },
                Err(error) => {
                    tracing::warn!(
                        line = error.line(),
                        column = error.column(),
                        "a frame that cannot be read"
                    );
                    Event::Lost { attempt, code: None }
                }
            },
            Some(Incoming::Alive) => Event::Heard { attempt },
            Some(Incoming::Closed(code)) => Event::Lost { attempt, code },
            None => Event::Lost { attempt, code: None },
        };
        if matches!(event, Event::Lost { .. }) {
            self.line = None;
        }
        self.connect(event).await;
    }

    async fn done(&mut self, done: Done) {
        match done {
            Done::PumpEnded => {}
            Done::SignedIn(result) => {
                self.signing_in = false;
                self.chores.look();
                let event = result.map_or_else(Event::SignInFailed, |()| Event::SignedIn);
                self.connect(event).await;
            }
            Done::Opened(attempt, Ok(socket)) => self.opened(attempt, socket).await,
            Done::Opened(attempt, Err(error)) => {
                tracing::info!(%error, "no socket");
                self.connect(Event::NotOpened { attempt }).await;
            }
            Done::Bootstrapped(attempt, Ok(bootstrap)) => self.bootstrapped(attempt, bootstrap).await,
            Done::Fetched(attempt, Ok(answer)) => self.connect(Event::Fetched { attempt, answer }).await,
            Done::Bootstrapped(attempt, Err(error)) | Done::Fetched(attempt, Err(error)) => {
                self.call_failed(attempt, &error).await;
            }
            Done::Posted(item, posted) => {
                let spent = posted.spent_token();
                let ended = outbox::settle(&self.session, item, posted).await;
                self.send(outbox::Event::Ended { op: item.op, ended });
                // It may be edited or taken back already, and a place that it shares may have moved.
                self.chores.look();
                self.places_end = Some(0);
                match ended {
                    // The server is back: the answer to this message should not wait for the socket's own timer.
                    Ended::Gone if !self.connection.is_caught_up() => self.connect(Event::Nudge).await,
                    Ended::Unopened | Ended::Renewed => self.load_outbox().await,
                    Ended::Gone | Ended::Refused | Ended::Unclear { .. } | Ended::Unauthenticated => {}
                }
                if let Some(spent) = spent {
                    self.session_ended(&spent).await;
                }
            }
            Done::Brought(item, errand, brought) => {
                let spent = brought.spent_token();
                let came = outbox::note(&self.session, item, errand, brought).await;
                self.upload(UploadsEvent::Came { id: item.id, came });
                if came == Came::Over {
                    // Its message may go now, or steps aside.
                    self.load_outbox().await;
                }
                if let Some(spent) = spent {
                    self.session_ended(&spent).await;
                }
            }
            Done::Chore(end) => {
                let moment = self.moment();
                self.chores.ended(&end, moment);
                if let ChoreEnd::Failed { error: CallError::Unauthenticated { token, .. } } = &end {
                    self.session_ended(token).await;
                }
            }
        }
    }

    async fn call_failed(&mut self, attempt: u64, error: &CallError) {
        tracing::info!(?error, "the server gave no answer to work with");
        match error {
            CallError::Unauthenticated { token, .. } if self.is_current(token) => {
                self.connect(Event::SessionEnded).await;
            }
            _ => self.connect(Event::Failed { attempt, retry_after_ms: error.retry_after_ms() }).await,
        }
    }

    /// The server does not take this token any more. A late answer to an earlier one says nothing about the session that
    /// took its place.
    async fn session_ended(&mut self, spent: &Spent) {
        if self.is_current(spent) {
            self.connect(Event::SessionEnded).await;
        }
    }

    fn is_current(&self, spent: &Spent) -> bool {
        self.session.token().is_some_and(|token| spent.is(&token))
    }

    async fn opened(&mut self, attempt: u64, socket: Socket) {
        let Socket { outgoing, incoming, pump } = socket;
        self.jobs.push(Box::pin(async move {
            pump.await;
            Done::PumpEnded
        }));
        let effects = self.connection.step(Event::Opened { attempt }, self.moment());
        // Nothing to say: this attempt was given up meanwhile. Dropping the ends closes the socket, and leaves alone the
        // line of a later attempt.
        if !effects.is_empty() {
            self.line = Some(Line { attempt, outgoing, incoming });
            self.carry_out(effects).await;
        }
    }

    async fn bootstrapped(&mut self, attempt: u64, bootstrap: Bootstrap) {
        if !self.connection.awaits_bootstrap(attempt) {
            return;
        }
        let cursor = bootstrap.cursor;
        let stored = self
            .session
            .disk(move |session| {
                session.cache.write(Durability::Crash, |write| cache::apply_bootstrap(write, &bootstrap))
            })
            .await;
        match stored {
            Ok(()) => {
                self.chores.look();
                self.places_end = Some(0);
                self.connect(Event::Bootstrapped { attempt, cursor }).await;
            }
            Err(fault) => {
                tracing::warn!(%fault, "the first screen could not be stored");
                self.connect(Event::Failed { attempt, retry_after_ms: None }).await;
            }
        }
    }

    /// Gives the connection an event and carries out what it says.
    pub(super) async fn connect(&mut self, event: Event) {
        let effects = self.connection.step(event, self.moment());
        self.carry_out(effects).await;
    }
}

fn same_wait(shown: &crate::item::SyncState, new: &crate::item::SyncState) -> bool {
    use crate::item::SyncState::Waiting;
    match (shown, new) {
        (Waiting { retry_at_ms: shown }, Waiting { retry_at_ms: new }) => shown.abs_diff(*new) < 50,
        _ => shown == new,
    }
}
