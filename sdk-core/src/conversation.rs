//! One conversation and its timeline, as the host app holds them.

use std::sync::{Arc, Mutex, PoisonError};

use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::limits;
use tidings_protocol::message::Parts;
use tidings_protocol::text::Text;

use crate::cache::{self, Durability, Trust, Window};
use crate::clock::ten;
use crate::error::{Error, ErrorCode, Fault};
use crate::item::{ConversationItem, Discarded, MessageItem, Older, Typing};
use crate::live::{ListDiff, Subscription, Topic};
use crate::session::Session;
use crate::transport::CallError;
use crate::views::{Listing, of_list, of_value};

/// One thread of the signed-in user. Cheap to clone. After that user signed out it answers `closed`.
#[derive(Clone)]
pub struct Conversation {
    session: Arc<Session>,
    id: ConversationId,
}

impl Conversation {
    pub(crate) const fn new(session: Arc<Session>, id: ConversationId) -> Self {
        Self { session, id }
    }

    /// Which.
    pub const fn id(&self) -> ConversationId {
        self.id
    }

    /// How it is now. Asks the server when the phone does not know it.
    ///
    /// # Errors
    /// `not_found`; `network` when it is not on the phone and the server cannot be asked; `storage`, `closed`.
    pub async fn info(&self) -> Result<ConversationItem, Error> {
        if let Some(item) = self.known().await? {
            return Ok(item);
        }
        let token = self.session.token().ok_or_else(unreachable)?;
        let header =
            self.session.around.api.conversation(&token, self.id).await.map_err(|error| call(&error))?;
        self.session
            .disk(move |session| {
                session
                    .cache
                    .write(Durability::Crash, |write| cache::put_header(write, &header, Trust::AnyTime))
            })
            .await?;
        self.known().await?.ok_or_else(|| Error::from(Fault::NotFound("conversation")))
    }

    async fn known(&self) -> Result<Option<ConversationItem>, Error> {
        let id = self.id;
        let read = self.session.disk(move |session| {
            let sending = session.sending();
            session.cache.read(|connection| cache::one(connection, id, &sending))
        });
        Ok(read.await?)
    }

    /// Sends a message; works without a network. When this returns the message is on disk, and it will be sent, after
    /// a crash, a kill or an empty battery too.
    ///
    /// # Errors
    /// `not_found`, `storage_full`, `storage`, `closed`; then nothing was accepted.
    pub async fn send(&self, parts: Parts) -> Result<MessageId, Error> {
        let conversation = self.id;
        let id = self
            .session
            .disk(move |session| {
                let host = &session.around.host;
                session.cache.write(Durability::Power, |write| {
                    let now_ms = host.clock.wall_ms();
                    let stamp = u64::try_from(now_ms).unwrap_or_default();
                    let id = MessageId::from_parts(stamp, ten(host.random.as_ref()));
                    cache::enqueue_message(write, conversation, id, parts, now_ms)?;
                    Ok(id)
                })
            })
            .await?;
        self.session.ask(|asked| asked.outbox = true);
        Ok(id)
    }

    /// Sends words: [`send`](Self::send) with one part of text.
    ///
    /// # Errors
    /// As `send`, and `invalid_input` for a text that is blank or longer than 16 KiB of UTF-8.
    pub async fn send_text(&self, text: impl Into<String> + Send) -> Result<MessageId, Error> {
        let text = Text::try_from(text.into());
        let text = text.map_err(|why| Error::new(ErrorCode::InvalidInput, format!("the text {why}")))?;
        self.send(Parts::text(text)).await
    }

    /// Sends a message again that the server refused.
    ///
    /// # Errors
    /// `not_found` unless it is in the outbox; `storage`, `closed`.
    pub async fn retry(&self, id: MessageId) -> Result<(), Error> {
        let conversation = self.id;
        self.session
            .disk(move |session| {
                session.cache.write(Durability::Power, |write| cache::retry(write, conversation, id))
            })
            .await?;
        self.session.ask(|asked| {
            asked.outbox = true;
            asked.nudge = true;
        });
        Ok(())
    }

    /// Throws a message away that waits or was refused.
    ///
    /// # Errors
    /// `not_found`, `storage`, `closed`.
    pub async fn discard(&self, id: MessageId) -> Result<Discarded, Error> {
        let conversation = self.id;
        let discarded = self
            .session
            .disk(move |session| {
                let removed = session.unless_sending(id, || {
                    session.cache.write(Durability::Power, |write| cache::discard(write, conversation, id))
                });
                removed.unwrap_or(Ok(Discarded::TooLate))
            })
            .await?;
        self.session.ask(|asked| asked.outbox = true);
        Ok(discarded)
    }

    /// The person has seen everything that the phone has. Shown at once, told to the server when it can be reached.
    ///
    /// # Errors
    /// `storage`, `closed`.
    pub async fn mark_read(&self) -> Result<(), Error> {
        let id = self.id;
        self.session
            .disk(move |session| session.cache.write(Durability::Crash, |write| cache::mark_read(write, id)))
            .await?;
        self.session.ask(|asked| asked.chores = true);
        Ok(())
    }

    /// The person is writing; call it at each keystroke. Lost when there is no connection.
    pub fn typing(&self) {
        self.session.ask(|asked| asked.typing.extend([self.id]));
    }

    /// Tells the listener who is writing, now and whenever it changes.
    pub fn observe_typing(&self, listener: impl Fn(Typing) + Send + 'static) -> Subscription {
        let (session, id) = (Arc::clone(&self.session), self.id);
        let read = move || Ok(Typing { agent_name: session.typing(id) });
        self.session.around.dispatcher.watch(vec![Topic::Typing(self.id)], of_value(read, listener))
    }

    /// A window on the messages, beginning with the newest 50.
    pub fn timeline(&self) -> Timeline {
        Timeline { session: Arc::clone(&self.session), id: self.id, floor: Arc::default() }
    }
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Conversation({})", self.id)
    }
}

/// A window on the messages of one conversation: from some message to the newest, then those that wait to be sent.
/// Cheap to clone; clones share the window.
#[derive(Clone)]
pub struct Timeline {
    session: Arc<Session>,
    id: ConversationId,
    /// The lowest number that is shown; once set it only moves by loading older ones, so that a new message at the
    /// bottom does not push one out at the top.
    floor: Arc<Mutex<Option<Seq>>>,
}

/// Messages that a window grows by.
const STEP: Seq = limits::PAGE_DEFAULT;

impl Timeline {
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
        let mut floor = self.floor.lock().unwrap_or_else(PoisonError::into_inner);
        let window = self
            .session
            .cache
            .read(|connection| cache::window(connection, self.id, *floor, STEP, &sending))?;
        // Somebody may have set it lower than what is here, because the rest is just coming. A window that is not full
        // yet still grows downwards by itself.
        if floor.is_none() {
            *floor = window.floor.filter(|_| window.is_full(STEP));
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

    fn widen(&self) -> Result<Widened, Fault> {
        let shown = self.read()?.floor;
        let (known, header) = self.session.cache.read(|connection| {
            Ok((cache::known(connection, self.id)?, cache::header(connection, self.id)?))
        })?;
        let widened = match (known, shown) {
            (Some(_), Some(1)) => return Ok(Widened::To(1)),
            (Some(known), Some(current)) if known.from < current => {
                let lower = (current - STEP).max(known.from);
                *self.floor.lock().unwrap_or_else(PoisonError::into_inner) = Some(lower);
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
        let token = self.session.token().ok_or_else(unreachable)?;
        let list =
            self.session.around.api.messages(&token, self.id, before).await.map_err(|error| call(&error))?;
        let more = list.more;
        let (id, floor) = (self.id, Arc::clone(&self.floor));
        self.session
            .disk(move |session| {
                if let Some(first) = list.messages.first() {
                    *floor.lock().unwrap_or_else(PoisonError::into_inner) = Some(first.seq);
                }
                session
                    .cache
                    .write(Durability::Crash, |write| cache::apply_messages(write, id, before, &list))
            })
            .await?;
        Ok(if more { Older::More } else { Older::Start })
    }
}

impl std::fmt::Debug for Timeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Timeline({})", self.id)
    }
}

/// What became of a wish for older messages.
enum Widened {
    To(Seq),
    Ask { before: Option<Seq> },
    Nothing,
}

fn unreachable() -> Error {
    Error::new(ErrorCode::Network, "the server was not reached yet")
}

fn call(error: &CallError) -> Error {
    match error {
        CallError::Unclear { why, .. } => Error::new(ErrorCode::Network, why.clone()),
        CallError::Unauthenticated(_) => Error::new(ErrorCode::Network, "the session is being renewed"),
        CallError::Refused(refusal) if refusal.code == "not_found" => {
            Error::new(ErrorCode::NotFound, refusal.message.clone())
        }
        CallError::Refused(refusal) => {
            Error::new(ErrorCode::Refused, format!("{}: {}", refusal.code, refusal.message))
        }
    }
}
