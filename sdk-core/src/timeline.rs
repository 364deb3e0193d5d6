//! The messages of one conversation, as the host app holds them.

use std::sync::{Arc, Mutex, PoisonError};

use tidings_protocol::Seq;
use tidings_protocol::id::ConversationId;
use tidings_protocol::limits;

use crate::cache::{self, Durability, Window};
use crate::conversation::{call, unreachable};
use crate::error::{Error, Fault};
use crate::item::{MessageItem, Older};
use crate::live::{ListDiff, Subscription, Topic};
use crate::session::Session;
use crate::views::{Listing, of_list};

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
    pub(crate) fn new(session: Arc<Session>, id: ConversationId) -> Self {
        Self { session, id, floor: Arc::default() }
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
