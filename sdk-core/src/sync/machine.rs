//! The connection as a pure state machine: `(state, event) -> (state, effects)`.
//!
//! ```text
//! Suspended -> Offline -> SigningIn -> Bootstrapping or Fetching -> Opening -> Greeting -> Live
//! ```
//! is the way up; each step is skipped when it has nothing to do. A failure leads to `Waiting` and from there up
//! again; a refusal to `NeedsToken` or `Refused`, which only news from outside end.
//!
//! What was missed is fetched before a socket is opened: answers to requests are compressed, and the socket, which begins where
//! the phone is, has nothing to repeat. A hole in what it brings later leads to `CatchingUp` and back.
//!
//! Where sockets do not get through - a proxy that knows no upgrade - there is a way around: after a few that failed,
//! `Polling` asks for changes, `Resting` waits for the next time, and now and then a socket is tried again.

use tidings_protocol::change::{Catchup, UserChangePage};
use tidings_protocol::conversation::Conversation;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::frame::{AppServerFrame, CloseCode, ReconnectWindow};

use super::backoff::{self, Moment, SetBy, Wait};
use super::event::{Effect, Event, SignInFailure, Wanted};
use crate::item::SyncState;

/// Silence after which the other end is asked whether it is there.
const QUIET_MS: u64 = 25_000;
/// How long it may take to answer.
const PONG_MS: u64 = 10_000;
/// The same, when the app has just come back to the screen: a socket often looks alive after a sleep and is not.
const PONG_ON_RETURN_MS: u64 = 3_000;
/// At most one question in this time, however often the app says that the network changed: the server counts frames.
const PING_GAP_MS: u64 = 1_000;
/// From `authenticate` to `hello`.
const HELLO_MS: u64 = 15_000;
/// A connection that lived this long makes earlier failures forgotten.
const GOOD_MS: u64 = 30_000;
/// Pages kept while catching up; what is beyond is fetched.
const BUFFER: usize = 64;
/// Sockets that failed in a row before changes are asked for instead.
const SOCKETS_TRIED: u32 = 3;
/// Between two questions for changes, and up to a fifth more.
const POLL_MS: u64 = 15_000;
/// Without a socket, one is tried again after this time, then after twice as long, and so on.
const SOCKET_AGAIN_MS: u64 = 30_000;
const SOCKET_AGAIN_CAP_MS: u64 = 480_000;

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Suspended,
    Offline,
    SigningIn,
    NeedsToken,
    Refused(u16),
    Bootstrapping,
    /// Asking for what was missed.
    Fetching,
    Opening,
    Greeting {
        until: u64,
    },
    CatchingUp(Box<Buffer>),
    Live {
        since: u64,
    },
    /// Asking for changes, because no socket gets through.
    Polling,
    /// Everything was here at the last question; the next one comes then.
    Resting {
        until: u64,
    },
    Waiting(Wait),
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Buffer {
    pages: Vec<UserChangePage>,
    /// A page found no place: what it held must be fetched.
    spilt: bool,
}

/// The connection of one user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Connection {
    phase: Phase,
    wanted: Wanted,
    attempt: u64,
    session: bool,
    cursor: Option<Cursor>,
    failures: u32,
    window: Option<ReconnectWindow>,
    /// When the server is asked whether it is there, unless it says something before.
    ping_at: u64,
    pinged_at: Option<u64>,
    pong_until: Option<u64>,
    /// A fresh session that was refused at once must not lead to another one at once.
    signed_in_at: Option<u64>,
    /// The server asked to be left alone until then. Kept apart from the phase, which the app's coming and going changes.
    not_before: u64,
    /// Sockets that failed in a row.
    sockets_failed: u32,
    /// When one is tried again, where none gets through.
    socket_again_at: u64,
}

impl Connection {
    pub(crate) const fn new(session: bool, cursor: Option<Cursor>) -> Self {
        Self {
            phase: Phase::Suspended,
            wanted: Wanted { awake: false, network: true, foreground: false },
            attempt: 0,
            session,
            cursor,
            failures: 0,
            window: None,
            ping_at: 0,
            pinged_at: None,
            pong_until: None,
            signed_in_at: None,
            not_before: 0,
            sockets_failed: 0,
            socket_again_at: 0,
        }
    }

    /// Takes one step.
    pub(crate) fn step(&mut self, event: Event, moment: Moment) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.take(event, moment, &mut effects);
        effects
    }

    fn take(&mut self, event: Event, moment: Moment, effects: &mut Vec<Effect>) {
        match event {
            Event::Want(wanted) => self.want(wanted, moment, effects),
            Event::Nudge => self.nudge(moment, effects),
            Event::SignedIn => {
                // Even if it comes too late to be used at once, it is there.
                self.session = true;
                self.signed_in_at = Some(moment.now);
                if self.phase == Phase::SigningIn {
                    self.climb(moment, effects);
                }
            }
            Event::SignInFailed(failure) if self.phase == Phase::SigningIn => match failure {
                SignInFailure::Unclear { retry_after_ms } => self.fail(moment, retry_after_ms, effects),
                SignInFailure::Refused => self.phase = Phase::NeedsToken,
            },
            Event::SessionEnded => self.session_ended(moment, effects),
            Event::StoreFailed { cursor } => {
                self.cursor = cursor;
                if self.is_up() {
                    self.fail(moment, None, effects);
                }
            }
            Event::Tick => self.tick(moment, effects),
            Event::Bootstrapped { attempt, cursor } if attempt == self.attempt => {
                self.cursor = Some(cursor);
                self.meet(moment, effects);
            }
            Event::Failed { attempt, retry_after_ms } if attempt == self.attempt => {
                if self.phase == Phase::Polling {
                    // Requests do not get through either, so it is not the socket: that comes first again.
                    self.try_a_socket_first();
                }
                self.fail(moment, retry_after_ms, effects);
            }
            Event::Opened { attempt } if attempt == self.attempt => self.opened(moment, effects),
            Event::NotOpened { attempt } if attempt == self.attempt => self.no_socket(moment, effects),
            Event::Heard { attempt } if attempt == self.attempt => self.heard(moment),
            Event::Frame { attempt, frame } if attempt == self.attempt => {
                self.heard(moment);
                self.frame(frame, moment, effects);
            }
            Event::Lost { attempt, code } if attempt == self.attempt => self.lost(code, moment, effects),
            Event::Fetched { attempt, answer } if attempt == self.attempt => {
                self.fetched(answer, moment, effects);
            }
            // Of an earlier attempt, or an answer that nobody waits for any more.
            _ => {}
        }
    }

    fn want(&mut self, wanted: Wanted, moment: Moment, effects: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.wanted, wanted);
        if !wanted.awake || !wanted.network {
            self.drop_socket(effects);
            self.phase = if wanted.awake { Phase::Offline } else { Phase::Suspended };
            return;
        }
        if before.foreground != wanted.foreground && self.has_greeted() {
            effects.push(Effect::TellForeground(wanted.foreground));
            if wanted.foreground {
                self.ping(moment, PONG_ON_RETURN_MS, effects);
            }
        }
        if matches!(self.phase, Phase::Suspended | Phase::Offline) {
            self.failures = 0;
            self.try_a_socket_first();
            self.climb(moment, effects);
        }
    }

    fn nudge(&mut self, moment: Moment, effects: &mut Vec<Effect>) {
        let stuck = match self.phase {
            Phase::NeedsToken | Phase::Refused(_) | Phase::Resting { .. } => true,
            Phase::Waiting(wait) => wait.set_by == SetBy::Us || wait.until <= moment.now,
            _ => false,
        };
        if stuck && self.wanted.awake && self.wanted.network {
            // Another network may let sockets through.
            self.try_a_socket_first();
            self.climb(moment, effects);
        } else if self.has_caught_hello() && self.pong_until.is_none() {
            // The phone may have moved to another network; the old one's socket only looks alive.
            let next = self.pinged_at.map_or(0, |pinged| pinged + PING_GAP_MS);
            if moment.now >= next {
                self.ping(moment, PONG_ON_RETURN_MS, effects);
            } else {
                self.ping_at = self.ping_at.min(next);
            }
        }
    }

    /// Asks the server whether it is there, and gives it this long to say so.
    fn ping(&mut self, moment: Moment, within_ms: u64, effects: &mut Vec<Effect>) {
        effects.push(Effect::Ping);
        self.pinged_at = Some(moment.now);
        self.pong_until = Some(moment.now + within_ms);
    }

    /// One more failure leads back to polling; a success leaves it for good.
    fn try_a_socket_first(&mut self) {
        self.sockets_failed = self.sockets_failed.min(SOCKETS_TRIED - 1);
    }

    /// Goes to the first step of the way up that has something to do.
    fn climb(&mut self, moment: Moment, effects: &mut Vec<Effect>) {
        self.drop_socket(effects);
        self.phase = if !self.wanted.awake {
            Phase::Suspended
        } else if !self.wanted.network {
            Phase::Offline
        } else if moment.now < self.not_before {
            Phase::Waiting(Wait { until: self.not_before, set_by: SetBy::Server })
        } else if !self.session {
            effects.push(Effect::SignIn);
            Phase::SigningIn
        } else if self.cursor.is_none() {
            effects.push(Effect::Bootstrap { attempt: self.attempt });
            Phase::Bootstrapping
        } else {
            self.fetch(effects);
            if self.has_no_sockets(moment) { Phase::Polling } else { Phase::Fetching }
        };
    }

    /// Everything is here: from now on the server is to tell by itself what is new.
    fn meet(&mut self, moment: Moment, effects: &mut Vec<Effect>) {
        if self.has_no_sockets(moment) {
            self.failures = 0;
            self.phase = Phase::Resting { until: moment.now + POLL_MS + moment.roll % (POLL_MS / 5) };
        } else {
            effects.push(Effect::Open { attempt: self.attempt });
            self.phase = Phase::Opening;
        }
    }

    /// Whether it is not the time to try a socket again, after a few that failed.
    const fn has_no_sockets(&self, moment: Moment) -> bool {
        self.sockets_failed >= SOCKETS_TRIED && moment.now < self.socket_again_at
    }

    /// Leaves the attempt behind; answers to it mean nothing from here on.
    fn drop_socket(&mut self, effects: &mut Vec<Effect>) {
        if matches!(self.phase, Phase::Opening) || self.has_greeted() {
            effects.push(Effect::Close);
        }
        self.attempt += 1;
        self.pong_until = None;
    }

    fn fail(&mut self, moment: Moment, retry_after_ms: Option<u64>, effects: &mut Vec<Effect>) {
        let lived = matches!(self.phase, Phase::Live { since } if moment.now >= since + GOOD_MS);
        self.failures = if lived { 1 } else { self.failures.saturating_add(1) };
        let wait = match (self.window.take(), retry_after_ms) {
            // The server chose when those who were connected come back first.
            (Some(window), None) => backoff::within(moment, window.min_ms, window.max_ms),
            (_, asked) => backoff::wait(moment, self.failures, asked),
        };
        if wait.set_by == SetBy::Server {
            self.not_before = wait.until;
        }
        self.drop_socket(effects);
        self.phase = Phase::Waiting(wait);
    }

    /// A socket did not come up. After a few of them changes are asked for at once, by requests.
    fn no_socket(&mut self, moment: Moment, effects: &mut Vec<Effect>) {
        self.sockets_failed = self.sockets_failed.saturating_add(1);
        if self.sockets_failed < SOCKETS_TRIED {
            return self.fail(moment, None, effects);
        }
        let doublings = (self.sockets_failed - SOCKETS_TRIED).min(8);
        self.socket_again_at = moment.now + (SOCKET_AGAIN_MS << doublings).min(SOCKET_AGAIN_CAP_MS);
        self.climb(moment, effects);
    }

    fn session_ended(&mut self, moment: Moment, effects: &mut Vec<Effect>) {
        if !self.session {
            return;
        }
        self.session = false;
        effects.push(Effect::ForgetSession);
        if matches!(self.phase, Phase::Suspended | Phase::Offline) {
            return;
        }
        let fresh = self.signed_in_at.is_some_and(|at| moment.now < at + backoff::CAP_MS);
        if fresh { self.fail(moment, None, effects) } else { self.climb(moment, effects) }
    }

    fn opened(&mut self, moment: Moment, effects: &mut Vec<Effect>) {
        if let (Phase::Opening, Some(cursor)) = (&self.phase, self.cursor) {
            effects.push(Effect::Authenticate { cursor });
            self.phase = Phase::Greeting { until: moment.now + HELLO_MS };
            self.heard(moment);
        }
    }

    fn heard(&mut self, moment: Moment) {
        self.ping_at = moment.now + QUIET_MS;
        self.pong_until = None;
    }

    fn frame(&mut self, frame: AppServerFrame, moment: Moment, effects: &mut Vec<Effect>) {
        match frame {
            AppServerFrame::Hello(hello) => {
                if matches!(self.phase, Phase::Greeting { .. }) {
                    self.window = Some(hello.reconnect);
                    self.sockets_failed = 0;
                    self.phase = Phase::Live { since: moment.now };
                }
            }
            AppServerFrame::Changes(page) => self.page(page, moment, effects),
            AppServerFrame::Reset => self.reset(moment, effects),
            AppServerFrame::Goodbye { reconnect } => {
                self.window = Some(reconnect);
                self.fail(moment, None, effects);
            }
            AppServerFrame::Typing(typing) => effects.push(Effect::Typing(typing)),
            AppServerFrame::Answering(answering) => effects.push(Effect::Answering(answering)),
            AppServerFrame::Appearance(look) => effects.push(Effect::Appearance(look)),
            AppServerFrame::Pong | AppServerFrame::Unknown => {}
        }
    }

    /// A page came by the socket.
    fn page(&mut self, page: UserChangePage, moment: Moment, effects: &mut Vec<Effect>) {
        if let Phase::CatchingUp(buffer) = &mut self.phase {
            if buffer.pages.len() < BUFFER { buffer.pages.push(page) } else { buffer.spilt = true }
        } else if matches!(self.phase, Phase::Live { .. }) {
            match self.place(&page) {
                Place::Next => self.apply(page, effects),
                Place::Known => {}
                Place::Beyond => {
                    // Something is missing in between: fetch it, and keep what came.
                    self.phase = Phase::CatchingUp(Box::new(Buffer { pages: vec![page], spilt: false }));
                    self.fetch(effects);
                }
                Place::Elsewhere => self.reset(moment, effects),
            }
        }
    }

    fn fetch(&mut self, effects: &mut Vec<Effect>) {
        if let Some(after) = self.cursor {
            effects.push(Effect::Fetch { attempt: self.attempt, after });
        }
    }

    fn fetched(&mut self, answer: Catchup<Conversation>, moment: Moment, effects: &mut Vec<Effect>) {
        let buffer = match &mut self.phase {
            Phase::CatchingUp(buffer) => std::mem::take(&mut **buffer),
            Phase::Fetching | Phase::Polling => Buffer::default(),
            _ => return,
        };
        let page = match answer {
            Catchup::Reset => return self.reset(moment, effects),
            Catchup::Changes(page) => page,
        };
        if self.place(&page) == Place::Beyond {
            // Asking again would bring the same hole.
            return self.reset(moment, effects);
        }
        let mut again = buffer.spilt || page.more;
        for page in std::iter::once(page).chain(buffer.pages) {
            match self.place(&page) {
                Place::Next => self.apply(page, effects),
                Place::Known => {}
                Place::Beyond => again = true,
                Place::Elsewhere => return self.reset(moment, effects),
            }
        }
        if again {
            self.fetch(effects);
        } else if matches!(self.phase, Phase::CatchingUp(_)) {
            self.phase = Phase::Live { since: moment.now };
        } else {
            self.meet(moment, effects);
        }
    }

    fn apply(&mut self, page: UserChangePage, effects: &mut Vec<Effect>) {
        self.cursor = Some(page.cursor);
        effects.push(Effect::Apply(page));
    }

    /// Where a page stands to what is here.
    fn place(&self, page: &UserChangePage) -> Place {
        let Some(cursor) = self.cursor else { return Place::Elsewhere };
        if page.cursor.epoch != cursor.epoch {
            return Place::Elsewhere;
        }
        let first = page.changes.first().map_or(page.cursor.seq + 1, |change| change.seq);
        if page.cursor.seq <= cursor.seq {
            Place::Known
        } else if first <= cursor.seq + 1 {
            Place::Next
        } else {
            Place::Beyond
        }
    }

    /// The history is another one: begin again from a bootstrap.
    fn reset(&mut self, moment: Moment, effects: &mut Vec<Effect>) {
        self.cursor = None;
        self.climb(moment, effects);
    }

    fn lost(&mut self, code: Option<u16>, moment: Moment, effects: &mut Vec<Effect>) {
        if !self.has_greeted() && self.phase != Phase::Opening {
            return;
        }
        match code {
            Some(code) if code == CloseCode::Reset.code() => self.reset(moment, effects),
            Some(code) if code == CloseCode::TokenInvalid.code() || code == CloseCode::Revoked.code() => {
                self.session_ended(moment, effects);
            }
            Some(code) if !CloseCode::reconnects(code) => {
                self.drop_socket(effects);
                self.phase = Phase::Refused(code);
            }
            Some(code) if code == CloseCode::RateLimited.code() => self.fail(moment, Some(5_000), effects),
            None if matches!(self.phase, Phase::Opening | Phase::Greeting { .. }) => {
                self.no_socket(moment, effects);
            }
            _ => self.fail(moment, None, effects),
        }
    }

    fn tick(&mut self, moment: Moment, effects: &mut Vec<Effect>) {
        if self.deadline().is_none_or(|deadline| moment.now < deadline) {
            return;
        }
        match self.phase {
            Phase::Waiting(_) | Phase::Resting { .. } => self.climb(moment, effects),
            Phase::Greeting { .. } => self.no_socket(moment, effects),
            Phase::CatchingUp(_) | Phase::Live { .. } => {
                if self.pong_until.is_some() {
                    self.fail(moment, None, effects);
                } else {
                    self.ping(moment, PONG_MS, effects);
                }
            }
            _ => {}
        }
    }

    /// When to [`Tick`](Event::Tick).
    pub(crate) fn deadline(&self) -> Option<u64> {
        match self.phase {
            Phase::Waiting(wait) => Some(wait.until),
            Phase::Greeting { until } | Phase::Resting { until } => Some(until),
            Phase::CatchingUp(_) | Phase::Live { .. } => Some(self.pong_until.unwrap_or(self.ping_at)),
            _ => None,
        }
    }

    /// Whether this attempt still waits for its first screen. An older one would take back what came since.
    pub(crate) fn awaits_bootstrap(&self, attempt: u64) -> bool {
        attempt == self.attempt && self.phase == Phase::Bootstrapping
    }

    /// Whether requests make sense: there is a session and a network, and nobody said no.
    pub(crate) fn may_request(&self) -> bool {
        let turned_away = matches!(self.phase, Phase::NeedsToken | Phase::Refused(_));
        self.wanted.awake && self.wanted.network && self.session && !turned_away
    }

    fn has_greeted(&self) -> bool {
        matches!(self.phase, Phase::Greeting { .. } | Phase::CatchingUp(_) | Phase::Live { .. })
    }

    const fn has_caught_hello(&self) -> bool {
        matches!(self.phase, Phase::CatchingUp(_) | Phase::Live { .. })
    }

    fn is_up(&self) -> bool {
        let asking = matches!(
            self.phase,
            Phase::Bootstrapping | Phase::Fetching | Phase::Polling | Phase::Resting { .. }
        );
        self.has_greeted() || asking || self.phase == Phase::Opening
    }

    /// Whether everything of the server is here, or was when it was last asked.
    pub(crate) const fn is_caught_up(&self) -> bool {
        matches!(self.phase, Phase::Live { .. } | Phase::Resting { .. })
    }

    /// Whether the server tells at once what is new.
    pub(crate) const fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live { .. })
    }

    /// The state as the app sees it; `wall_of` turns a reading of the steady clock into wall time.
    pub(crate) fn state(&self, wall_of: impl Fn(u64) -> i64) -> SyncState {
        match self.phase {
            Phase::Suspended => SyncState::Suspended,
            Phase::Offline => SyncState::Offline,
            Phase::SigningIn => SyncState::SigningIn,
            Phase::NeedsToken => SyncState::NeedsToken,
            Phase::Refused(code) => SyncState::Refused { code },
            Phase::Bootstrapping | Phase::Fetching | Phase::CatchingUp(_) => SyncState::CatchingUp,
            Phase::Opening | Phase::Greeting { .. } => SyncState::Connecting,
            Phase::Live { .. } => SyncState::Live,
            Phase::Polling | Phase::Resting { .. } => SyncState::Polling,
            Phase::Waiting(wait) => SyncState::Waiting { retry_at_ms: wall_of(wait.until) },
        }
    }
}

/// Where a page of changes stands to what is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Its beginning is known or follows at once, its end is new.
    Next,
    /// All of it is known.
    Known,
    /// Something is missing before it.
    Beyond,
    /// It is of another history.
    Elsewhere,
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
