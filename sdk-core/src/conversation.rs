//! One conversation and its timeline, as the host app holds them.
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::Parts;

use crate::error::Error;
use crate::item::{ConversationItem, Discarded, MessageItem, Older, Typing};
use crate::live::{ListDiff, Subscription};

/// One thread of the signed-in user. Cheap to clone. After that user signed out it answers `closed`.
#[derive(Debug, Clone)]
pub struct Conversation;

impl Conversation {
    /// Which.
    pub fn id(&self) -> ConversationId {
        todo!()
    }

    /// How it is now. Asks the server when the phone does not know it.
    ///
    /// # Errors
    /// `not_found`; `network` when it is not on the phone and the server cannot be asked; `storage`, `closed`.
    pub async fn info(&self) -> Result<ConversationItem, Error> {
        todo!()
    }

    /// Sends a message; works without a network. When this returns the message is on disk, and it will be sent, after a
    /// crash, a kill or an empty battery too.
    ///
    /// # Errors
    /// `not_found`, `storage_full`, `storage`, `closed`; then nothing was accepted.
    pub async fn send(&self, parts: Parts) -> Result<MessageId, Error> {
        let _ = parts;
        todo!()
    }

    /// Sends words: [`send`](Self::send) with one part of text.
    ///
    /// # Errors
    /// As `send`, and `invalid_input` for a text that is blank or longer than 16 KiB of UTF-8.
    pub async fn send_text(&self, text: impl Into<String> + Send) -> Result<MessageId, Error> {
        let _ = text.into();
        todo!()
    }

    /// Sends a message again that the server refused.
    ///
    /// # Errors
    /// `not_found` unless it is in the outbox; `storage`, `closed`.
    pub async fn retry(&self, id: MessageId) -> Result<(), Error> {
        let _ = id;
        todo!()
    }

    /// Throws a message away that waits or was refused.
    ///
    /// # Errors
    /// `not_found`, `storage`, `closed`.
    pub async fn discard(&self, id: MessageId) -> Result<Discarded, Error> {
        let _ = id;
        todo!()
    }

    /// The person has seen everything that the phone has. Shown at once, told to the server when it can be reached.
    ///
    /// # Errors
    /// `not_found`, `storage`, `closed`.
    pub async fn mark_read(&self) -> Result<(), Error> {
        todo!()
    }

    /// The person is writing; call it at each keystroke. Lost when there is no connection.
    pub fn typing(&self) {
        todo!()
    }

    /// Tells the listener who is writing, now and whenever it changes.
    pub fn observe_typing(&self, listener: impl Fn(Typing) + Send + 'static) -> Subscription {
        let _ = listener;
        todo!()
    }

    /// A window on the messages, beginning with the newest 50.
    pub fn timeline(&self) -> Timeline {
        todo!()
    }
}

/// A window on the messages of one conversation: from some message to the newest, then those that wait to be sent.
/// Cheap to clone; clones share the window.
#[derive(Debug, Clone)]
pub struct Timeline;

impl Timeline {
    /// The messages in the window, oldest first, as the phone has them.
    ///
    /// # Errors
    /// `storage`, `closed`.
    pub async fn messages(&self) -> Result<Vec<MessageItem>, Error> {
        todo!()
    }

    /// Keeps the listener's list of messages true, oldest first. The first steps are one `Reset`; signing out is a `Reset` to
    /// nothing. Fetches the newest messages when the phone does not have them.
    pub fn observe(&self, listener: impl Fn(Vec<ListDiff<MessageItem>>) + Send + 'static) -> Subscription {
        let _ = listener;
        todo!()
    }

    /// Widens the window by up to 50 older messages, from the phone or else from the server.
    ///
    /// # Errors
    /// `network` when they are not on the phone and the server cannot be asked; `not_found`, `storage`, `closed`.
    pub async fn load_older(&self) -> Result<Older, Error> {
        todo!()
    }
}
