//! The messages of one conversation, as the host app holds them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::limits;

use crate::cache::{self, Durability, Range, Span, Window};
use crate::clock::roll;
use crate::conversation::{call, unreachable};
use crate::error::{Error, ErrorCode, Fault};
use crate::item::{MessageItem, Newer, Older, OlderState};
use crate::live::{ListDiff, Subscription, Topic};
use crate::session::{Paging, Session};
use crate::sync::backoff::{self, Moment};
use crate::transport::CallError;
use crate::views::{Listing, of_list};

/// A window on the messages of one conversation: from some message to the newest, then those that wait to be sent. After
/// a [jump](Self::jump_to) it ends earlier, until it has been widened to the newest again. Cheap to clone; clones share the window.
#[derive(Clone)]
pub struct Timeline {
    session: Arc<Session>,
    id: ConversationId,
    /// What is shown. The lower end, once set, only moves by loading older ones, so that a new message at the bottom does
    /// not push one out at the top.
    span: Arc<Mutex<Span>>,
}

/// Messages that a window grows by.
const STEP: Seq = limits::PAGE_DEFAULT;

impl Timeline {
    pub(crate) fn new(session: Arc<Session>, id: ConversationId) -> Self {
        Self { session, id, span: Arc::default() }
    }

    fn span(&self) -> MutexGuard<'_, Span> {
        self.span.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The messages in the window, oldest first, as the phone has them.
    ///
    /// # Errors
    /// `storage`, `closed`.
    pub async fn messages(&self) -> Result<Vec<MessageItem>, Error> {
        let timeline = self.clone();
        Ok(self.session.disk(move |_| timeline.read()).await?.items)
    }

    fn read(&self) -> Result<Window, Fault> {
        let sending = self.session.sending();
        let mut span = self.span();
        let window = self
            .session
            .cache
            .read(|connection| cache::window(connection, self.id, *span, STEP, &sending))?;
        // Somebody may have set it lower than what is here, because the rest is just coming. A window that is not full
        // yet still grows downwards by itself.
        if span.floor.is_none() {
            span.floor = window.floor.filter(|_| window.is_full(STEP));
        }
        Ok(window)
    }

    /// Keeps the listener's list of messages true, oldest first. The first steps are one `Reset`; signing out is a
    /// `Reset` to nothing. Fetches the newest messages when the phone does not have them.
    pub fn observe(&self, listener: impl Fn(Vec<ListDiff<MessageItem>>) + Send + 'static) -> Subscription {
        let timeline = self.clone();
        let mut filled = None;
        let read = move || match timeline.read() {
            Ok(window) => {
                // Asked once for each lower end: the first time, and after everything was fetched anew.
                if !window.is_full(STEP) && filled.replace(window.floor) != Some(window.floor) {
                    timeline.session.ask(|asked| asked.fill.extend([timeline.id]));
                }
                Ok(Listing { owner: 0, items: window.items })
            }
            // Signed out: nothing of this user is shown any more.
            Err(Fault::Closed) => Ok(Listing { owner: 1, items: Vec::new() }),
            Err(fault) => Err(fault),
        };
        self.session.around.dispatcher.watch(vec![Topic::Messages(self.id)], of_list(read, listener))
    }

    /// Widens the window by up to 50 older messages, from the phone or else from the server.
    ///
    /// A page that failed is not asked for again at once, however often this is called: before the time that the server
    /// asked for, or a short pause that grows up to 15 seconds, it fails without a request. [`older_state`](Self::older_state) says until when.
    ///
    /// # Errors
    /// `network` when they are not on the phone and the server cannot be asked; `not_found`, `storage`, `closed`.
    pub async fn load_older(&self) -> Result<Older, Error> {
        let timeline = self.clone();
        match self.session.disk(move |_| timeline.widen()).await? {
            Widened::To(1) | Widened::Nothing => Ok(Older::Start),
            Widened::To(_) => Ok(Older::More),
            Widened::Ask { before } => self.fetch(before).await,
        }
    }

    /// How it stands with the page before the first message that the phone has: whether it is on its way, or failed and from
    /// when on asking again helps.
    pub fn older_state(&self) -> OlderState {
        let clock = &self.session.around.host.clock;
        let now = clock.steady_ms();
        self.session.paging(self.id, |paging| match paging {
            Paging { under_way: 1.., .. } => OlderState::Loading,
            Paging { wait: Some(wait), .. } => {
                let left = wait.until.saturating_sub(now);
                OlderState::Failed { retry_at_ms: clock.wall_ms().saturating_add_unsigned(left) }
            }
            Paging { .. } => OlderState::Idle,
        })
    }

    /// Moves the window to a message that is on the phone, such as one that a search found: that message with 25 before
    /// and 25 after it. From there [`load_older`](Self::load_older) and [`load_newer`](Self::load_newer) widen it. A message
    /// that waits to be sent is at the end, where [`jump_to_newest`](Self::jump_to_newest) leads.
    ///
    /// # Errors
    /// `not_found` when it is not on the phone or stands in another conversation; `storage`, `closed`.
    pub async fn jump_to(&self, message: MessageId) -> Result<(), Error> {
        let timeline = self.clone();
        self.session
            .disk(move |session| {
                let (item, known) = session.cache.read(|connection| {
                    Ok((cache::message(connection, message)?, cache::known(connection, timeline.id)?))
                })?;
                let here = item.filter(|item| item.conversation_id == timeline.id);
                let item = here.ok_or(Fault::NotFound("message on the phone"))?;
                *timeline.span() = match (item.seq, known) {
                    (Some(seq), Some(known)) => around(seq, known),
                    _ => Span::default(),
                };
                session.around.dispatcher.notify(&[Topic::Messages(timeline.id)]);
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// Widens a window that ends before the newest message by up to 50 newer ones.
    ///
    /// # Errors
    /// `storage`, `closed`.
    pub async fn load_newer(&self) -> Result<Newer, Error> {
        let timeline = self.clone();
        let newer = self.session.disk(move |session| {
            let known = session.cache.read(|connection| cache::known(connection, timeline.id))?;
            let mut span = timeline.span();
            let top = known.map_or(0, |known| known.to);
            span.ceiling = span.ceiling.map(|ceiling| ceiling + STEP).filter(|ceiling| *ceiling < top);
            let newer = if span.ceiling.is_some() { Newer::More } else { Newer::End };
            drop(span);
            session.around.dispatcher.notify(&[Topic::Messages(timeline.id)]);
            Ok(newer)
        });
        Ok(newer.await?)
    }

    /// Moves the window back to the newest messages, as it was at the beginning.
    pub fn jump_to_newest(&self) {
        *self.span() = Span::default();
        self.session.around.dispatcher.notify(&[Topic::Messages(self.id)]);
    }

    fn widen(&self) -> Result<Widened, Fault> {
        let shown = self.read()?.floor;
        let (known, header) = self.session.cache.read(|connection| {
            Ok((cache::known(connection, self.id)?, cache::header(connection, self.id)?))
        })?;
        let widened = match (known, shown) {
            (Some(_), Some(1)) => return Ok(Widened::To(1)),
            (Some(known), Some(current)) if known.from < current => {
                let lower = (current - STEP).max(known.from);
                self.span().floor = Some(lower);
                Widened::To(lower)
            }
            (Some(known), _) => Widened::Ask { before: Some(known.from) },
            (None, _) if header.is_some_and(|header| header.last_seq > 0) => Widened::Ask { before: None },
            (None, _) => Widened::Nothing,
        };
        self.session.around.dispatcher.notify(&[Topic::Messages(self.id)]);
        Ok(widened)
    }

    async fn fetch(&self, before: Option<Seq>) -> Result<Older, Error> {
        let now = self.session.around.host.clock.steady_ms();
        let wait = self.session.paging(self.id, |paging| paging.wait.filter(|wait| now < wait.until));
        if let Some(wait) = wait {
            let left = (wait.until - now).div_ceil(1000);
            let why =
                format!("older messages did not come; they are asked for again in {left} s at the earliest");
            return Err(Error::new(ErrorCode::Network, why));
        }
        let token = self.session.token().ok_or_else(unreachable)?;
        let asked_in = self.session.disk(|session| session.cache.read(cache::history)).await?;
        let asking = Asking::begin(self);
        let list = self.session.around.api.messages(&token, self.id, before).await;
        drop(asking);
        self.learn(list.as_ref().err());
        let list = list.map_err(|error| call(&error))?;
        let more = list.more;
        let (id, timeline) = (self.id, self.clone());
        self.session
            .disk(move |session| {
                session.cache.write(Durability::Crash, |write| {
                    cache::within(write, asked_in, |write| {
                        if let Some(first) = list.messages.first() {
                            timeline.span().floor = Some(first.seq);
                        }
                        cache::apply_messages(write, id, &list)
                    })
                })
            })
            .await?;
        Ok(if more { Older::More } else { Older::Start })
    }
}

impl Timeline {
    /// Notes what a request brought, so that nobody asks again too soon.
    fn learn(&self, error: Option<&CallError>) {
        let host = &self.session.around.host;
        let moment = Moment { now: host.clock.steady_ms(), roll: roll(host.random.as_ref()) };
        self.session.paging(self.id, |paging| match error {
            None => (paging.failures, paging.wait) = (0, None),
            Some(error) => {
                paging.failures = paging.failures.saturating_add(1);
                let wait = backoff::pause(moment, paging.failures, error.retry_after_ms());
                // Of two that failed, the longer pause counts.
                paging.wait = Some(paging.wait.filter(|known| known.until > wait.until).unwrap_or(wait));
            }
        });
    }
}

/// A request for older messages under way, also when the caller stops waiting.
struct Asking<'a>(&'a Timeline);

impl<'a> Asking<'a> {
    fn begin(timeline: &'a Timeline) -> Self {
        timeline.session.paging(timeline.id, |paging| paging.under_way += 1);
        Self(timeline)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.session.paging(self.0.id, |paging| paging.under_way -= 1);
    }
}

impl std::fmt::Debug for Timeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Timeline({})", self.id)
    }
}

/// The window around a message, within what is known. One that reaches the newest message follows it.
fn around(seq: Seq, known: Range) -> Span {
    let ceiling = seq + STEP / 2;
    Span { floor: Some((seq - STEP / 2).max(known.from)), ceiling: (ceiling < known.to).then_some(ceiling) }
}

/// What became of a wish for older messages.
enum Widened {
    To(Seq),
    Ask { before: Option<Seq> },
    Nothing,
}
