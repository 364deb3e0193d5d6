//! The client: what a host app holds.
use std::time::Duration;

use tidings_protocol::id::ConversationId;
use tidings_protocol::push::PushTarget;

use crate::config::Config;
use crate::conversation::Conversation;
use crate::error::Error;
use crate::identity::{Account, SignOut, User};
use crate::item::{ConversationItem, SyncState, Visit};
use crate::live::{ListDiff, Subscription};
use crate::runtime::Host;

/// The SDK, opened once in the life of a process. Cheap to clone; clones are the same client.
#[derive(Debug, Clone)]
pub struct Client;

/// Whether the app is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// It is: connect and stay connected.
    Foreground,
    /// It is not: finish what is under way, at most 5 seconds, then close everything. How a client starts.
    Background,
}

/// Whether the phone has a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// It has, or nobody knows. How a client starts.
    Available,
    /// It has none: nothing is tried.
    Unavailable,
}

impl Client {
    /// Opens the client in its folder. Signs nobody in, connects nowhere.
    ///
    /// # Errors
    /// `invalid_config` names the field; `storage` when the folder cannot be used.
    pub async fn open(config: Config, host: Host) -> Result<Self, Error> {
        let _ = (config, host);
        todo!()
    }

    /// Makes this the user of the client; works without a network. To be called at each start of the app and whenever
    /// its own user changes; again with the same user changes nothing but the token provider.
    ///
    /// The store of any other user is closed and hidden before this returns, and their session ends at the
    /// server as soon as it can be reached.
    ///
    /// # Errors
    /// `invalid_input` for an empty or too long key; `storage`.
    pub async fn sign_in(&self, user: User) -> Result<(), Error> {
        let _ = user;
        todo!()
    }

    /// Signs out; works without a network. The store is hidden before this returns, and erased or kept as
    /// `store` says. The session and the push registration end at the server as soon as it can be reached, after a restart of
    /// the app too. With nobody signed in it does nothing.
    ///
    /// # Errors
    /// `storage`.
    pub async fn sign_out(&self, store: SignOut) -> Result<(), Error> {
        let _ = store;
        todo!()
    }

    /// Who is signed in.
    pub fn account(&self) -> Option<Account> {
        todo!()
    }

    /// The app came to the screen or left it. Never fails, never blocks; only the latest call counts.
    pub fn set_visibility(&self, visibility: Visibility) {
        let _ = visibility;
        todo!()
    }

    /// The phone got or lost its network. Never fails, never blocks; only the latest call counts.
    pub fn set_network(&self, network: Network) {
        let _ = network;
        todo!()
    }

    /// Connects while the app is in the background, for a push or a scheduled task: fetches everything, sends everything,
    /// closes again. Returns at the latest after `at_most`.
    ///
    /// # Errors
    /// `not_signed_in`.
    pub async fn visit(&self, at_most: Duration) -> Result<Visit, Error> {
        let _ = at_most;
        todo!()
    }

    /// How the client stands to the server.
    pub fn sync_state(&self) -> SyncState {
        todo!()
    }

    /// Tells the listener the state now and whenever it changes. A quick back and forth may be left out.
    pub fn observe_sync_state(&self, listener: impl Fn(SyncState) + Send + 'static) -> Subscription {
        let _ = listener;
        todo!()
    }

    /// The user's conversations, newest first; empty with nobody signed in.
    ///
    /// # Errors
    /// `storage`.
    pub async fn conversations(&self) -> Result<Vec<ConversationItem>, Error> {
        todo!()
    }

    /// Keeps the listener's list of conversations true, newest first. The first steps are one `Reset`; another
    /// user or none is a `Reset` too.
    pub fn observe_conversations(
        &self,
        listener: impl Fn(Vec<ListDiff<ConversationItem>>) + Send + 'static,
    ) -> Subscription {
        let _ = listener;
        todo!()
    }

    /// Unread messages in all conversations.
    ///
    /// # Errors
    /// `storage`.
    pub async fn unread(&self) -> Result<i64, Error> {
        todo!()
    }

    /// Tells the listener the number of unread messages in all conversations, now and whenever it changes.
    pub fn observe_unread(&self, listener: impl Fn(i64) + Send + 'static) -> Subscription {
        let _ = listener;
        todo!()
    }

    /// Starts a conversation; works without a network. It reaches the server before its first message does.
    ///
    /// # Errors
    /// `not_signed_in`; `invalid_input` for a title that is blank or longer than 256 bytes; `storage`.
    pub async fn start_conversation(&self, title: Option<String>) -> Result<Conversation, Error> {
        let _ = title;
        todo!()
    }

    /// A conversation by its id, for instance from a push. Whether it exists is known when it is used.
    ///
    /// # Errors
    /// `not_signed_in`.
    pub fn conversation(&self, id: ConversationId) -> Result<Conversation, Error> {
        let _ = id;
        todo!()
    }

    /// How to wake this phone; `None` to leave it alone. Kept, and told to the server when it can be reached.
    ///
    /// # Errors
    /// `not_signed_in`; `storage`.
    pub async fn set_push_target(&self, target: Option<PushTarget>) -> Result<(), Error> {
        let _ = target;
        todo!()
    }

    /// Closes the client: ends its tasks, closes its files. Everything that was accepted stays in the outbox. Handles made
    /// from it answer `closed`.
    pub async fn close(&self) {
        todo!()
    }
}
