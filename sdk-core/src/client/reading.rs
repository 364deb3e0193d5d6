//! What is on the phone: read once, or watched.

use std::sync::{Arc, Weak};

use tidings_protocol::hours::Answering;
use tidings_protocol::id::ConversationId;

use super::{Client, Shared};
use crate::appearance::{self, Appearance};
use crate::cache;
use crate::error::{Error, Fault};
use crate::item::{ConversationItem, MessageItem, SyncState};
use crate::live::{ListDiff, Subscription, Topic};
use crate::views::{Listing, of_list, of_value};

impl Client {
    /// How the client stands to the server.
    pub fn sync_state(&self) -> SyncState {
        let session = self.shared.present().session.clone();
        session.map_or(SyncState::SignedOut, |session| session.state())
    }

    /// Tells the listener the state now and whenever it changes. A quick back and forth may be left out.
    pub fn observe_sync_state(&self, listener: impl Fn(SyncState) + Send + 'static) -> Subscription {
        let shared = Arc::downgrade(&self.shared);
        let read = move || {
            let session = shared.upgrade().and_then(|shared| shared.owner().1);
            Ok(session.map_or(SyncState::SignedOut, |session| session.state()))
        };
        self.shared.around.dispatcher.watch(vec![Topic::Sync], of_value(read, listener))
    }

    /// The user's conversations, newest first; empty with nobody signed in.
    ///
    /// # Errors
    /// `storage`.
    pub async fn conversations(&self) -> Result<Vec<ConversationItem>, Error> {
        let shared = Arc::downgrade(&self.shared);
        Ok(self.shared.around.host.disk(move || conversations(&shared)).await?.items)
    }

    /// Keeps the listener's list of conversations true, newest first. The first steps are one `Reset`; another
    /// user or none is a `Reset` too.
    pub fn observe_conversations(
        &self,
        listener: impl Fn(Vec<ListDiff<ConversationItem>>) + Send + 'static,
    ) -> Subscription {
        let shared = Arc::downgrade(&self.shared);
        let step = of_list(move || conversations(&shared), listener);
        self.shared.around.dispatcher.watch(vec![Topic::Conversations], step)
    }

    /// Unread messages in all conversations.
    ///
    /// # Errors
    /// `storage`.
    pub async fn unread(&self) -> Result<i64, Error> {
        let shared = Arc::downgrade(&self.shared);
        Ok(self.shared.around.host.disk(move || unread(&shared)).await?)
    }

    /// Tells the listener the number of unread messages in all conversations, now and whenever it changes.
    pub fn observe_unread(&self, listener: impl Fn(i64) + Send + 'static) -> Subscription {
        let shared = Arc::downgrade(&self.shared);
        let step = of_value(move || unread(&shared), listener);
        self.shared.around.dispatcher.watch(vec![Topic::Conversations], step)
    }

    /// Who answers, how soon they usually do, and when they are back: what the server said when the phone was last
    /// connected. Each part may be unknown; a [`back_at`](Answering::back_at) that has passed says nothing any more.
    ///
    /// # Errors
    /// `storage`.
    pub async fn answering(&self) -> Result<Answering, Error> {
        let shared = Arc::downgrade(&self.shared);
        Ok(self.shared.around.host.disk(move || answering(&shared)).await?)
    }

    /// Tells the listener who answers and how soon, now and whenever that changes.
    pub fn observe_answering(&self, listener: impl Fn(Answering) + Send + 'static) -> Subscription {
        let shared = Arc::downgrade(&self.shared);
        let step = of_value(move || answering(&shared), listener);
        self.shared.around.dispatcher.watch(vec![Topic::Answering], step)
    }

    /// How the company wants the app to look: what the server said when the phone was last connected. Each part may be unknown.
    ///
    /// # Errors
    /// `storage`.
    pub async fn appearance(&self) -> Result<Appearance, Error> {
        let shared = Arc::downgrade(&self.shared);
        Ok(self.shared.around.host.disk(move || look(&shared)).await?)
    }

    /// Tells the listener how the company wants the app to look, now and whenever that changes.
    pub fn observe_appearance(&self, listener: impl Fn(Appearance) + Send + 'static) -> Subscription {
        let shared = Arc::downgrade(&self.shared);
        let step = of_value(move || look(&shared), listener);
        self.shared.around.dispatcher.watch(vec![Topic::Appearance], step)
    }

    /// Messages on the phone that hold all these words, newest first, at most `limit`: those that wait to be sent, then those
    /// of the server. The beginning of a word is enough; accents and case do not matter.
    ///
    /// # Errors
    /// `not_signed_in`; `storage`.
    pub async fn search(
        &self,
        words: impl Into<String> + Send,
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<MessageItem>, Error> {
        let (session, words) = (self.shared.session()?, words.into());
        let found = session.disk(move |session| {
            session.cache.index_all()?;
            let sending = session.sending();
            session.cache.read(|connection| cache::search(connection, &words, within, limit, &sending))
        });
        Ok(found.await?)
    }
}

fn conversations(shared: &Weak<Shared>) -> Result<Listing<ConversationItem>, Fault> {
    let (owner, session) = shared.upgrade().map_or((0, None), |shared| shared.owner());
    let items = match session {
        None => Vec::new(),
        Some(session) => {
            let sending = session.sending();
            session.cache.read(|connection| cache::list(connection, &sending))?
        }
    };
    Ok(Listing { owner, items })
}

fn unread(shared: &Weak<Shared>) -> Result<i64, Fault> {
    match shared.upgrade().and_then(|shared| shared.owner().1) {
        Some(session) => session.cache.read(cache::unread_total),
        None => Ok(0),
    }
}

fn look(shared: &Weak<Shared>) -> Result<Appearance, Fault> {
    match shared.upgrade().and_then(|shared| shared.owner().1) {
        Some(session) => {
            let locale = session.around.app.locale.as_deref();
            session.cache.read(|connection| appearance::read(connection, locale))
        }
        None => Ok(Appearance::default()),
    }
}

fn answering(shared: &Weak<Shared>) -> Result<Answering, Fault> {
    match shared.upgrade().and_then(|shared| shared.owner().1) {
        Some(session) => session.cache.read(cache::answering),
        None => Ok(Answering::default()),
    }
}
