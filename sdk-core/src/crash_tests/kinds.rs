//! Each kind of thing that a phone tells or keeps by itself.

use super::{ana, known};
use crate::User;

/// One kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Quoting,
    Screen,
    Fields,
    UserFields,
    Place,
    LivePlace,
    LiveEnd,
    Photo,
    Photos,
    File,
    Choice,
    FormAnswers,
    Edit,
    EditWaiting,
    Deletion,
    DeletionWaiting,
    Delivered,
    Read,
    Typing,
    Draft,
    Opening,
    Reopening,
    SessionOver,
    Retry,
    Discard,
    Download,
    PushTarget,
    PushShown,
    Damage,
    Merge,
    Switch,
    SignOut,
}

impl Kind {
    /// All of them. A new kind of item in the outbox gets its line here.
    pub(super) const ALL: [Self; 33] = [
        Self::Text,
        Self::Quoting,
        Self::Screen,
        Self::Fields,
        Self::UserFields,
        Self::Place,
        Self::LivePlace,
        Self::LiveEnd,
        Self::Photo,
        Self::Photos,
        Self::File,
        Self::Choice,
        Self::FormAnswers,
        Self::Edit,
        Self::EditWaiting,
        Self::Deletion,
        Self::DeletionWaiting,
        Self::Delivered,
        Self::Read,
        Self::Typing,
        Self::Draft,
        Self::Opening,
        Self::Reopening,
        Self::SessionOver,
        Self::Retry,
        Self::Discard,
        Self::Download,
        Self::PushTarget,
        Self::PushShown,
        Self::Damage,
        Self::Merge,
        Self::Switch,
        Self::SignOut,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Text => "words",
            Self::Quoting => "words that quote a message",
            Self::Screen => "words from a screen of the app",
            Self::Fields => "custom fields of a thread, set twice",
            Self::UserFields => "custom fields of the user, set twice",
            Self::Place => "a place",
            Self::LivePlace => "a live place that moves",
            Self::LiveEnd => "a live place that is ended",
            Self::Photo => "a photo",
            Self::Photos => "words with three photos, two of them the same",
            Self::File => "a file of two chunks",
            Self::Choice => "the answer to a quick reply",
            Self::FormAnswers => "the answers to a form",
            Self::Edit => "an edit",
            Self::EditWaiting => "words, edited before they were sent",
            Self::Deletion => "a deletion",
            Self::DeletionWaiting => "words, deleted before they were sent",
            Self::Delivered => "the receipt of what arrives",
            Self::Read => "a read mark",
            Self::Typing => "typing, of which nothing may stay",
            Self::Draft => "a draft, and the message that it becomes",
            Self::Opening => "a conversation, and its first message",
            Self::Reopening => "a message into a thread that a restored server lost",
            Self::SessionOver => "a message after the session has ended",
            Self::Retry => "a refused message, tried again",
            Self::Discard => "a refused message, thrown away",
            Self::Download => "a file that is fetched",
            Self::PushTarget => "the address of pushes",
            Self::PushShown => "a push that arrives and is shown",
            Self::Damage => "a full outbox in a store that is damaged",
            Self::Merge => "an anonymous user with a full outbox, who signs in",
            Self::Switch => "another user",
            Self::SignOut => "signing out, everything erased",
        }
    }

    /// How many things are done, one after the other.
    pub(super) const fn acts(self) -> usize {
        match self {
            Self::Delivered | Self::Damage => 0,
            Self::EditWaiting
            | Self::DeletionWaiting
            | Self::Draft
            | Self::Opening
            | Self::PushShown
            | Self::Fields
            | Self::UserFields
            | Self::LivePlace => 2,
            Self::LiveEnd => 3,
            _ => 1,
        }
    }

    /// Whether the app does it once more at its next start, unless it was told that it was done: it says who uses it each
    /// time, and somebody who wants to see a photo asks for it again.
    pub(super) const fn is_repeated(self) -> bool {
        matches!(self, Self::Merge | Self::Switch | Self::SignOut | Self::Download)
    }

    /// Who uses the app at its start, as the app itself knows, after so many acts were begun.
    pub(super) fn user(self, begun: usize) -> User {
        match self {
            Self::Merge if begun == 0 => User::Anonymous,
            Self::Switch if begun > 0 => known("ben"),
            _ => ana(),
        }
    }
}
