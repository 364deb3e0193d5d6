//! What an app shows: conversations and messages as values.

use tidings_sdk_core::{
    Amending, Author, ConversationItem, ConversationState, FileProgress, MessageItem, Opening, Quote,
    QuoteHead, Refusal, SendState,
};

use crate::part::CorePart;

/// One thread in the list of threads. Its key is `id`.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CoreConversationItem {
    /// Which.
    pub id: String,
    /// What it is called, if it is called anything.
    pub title: Option<String>,
    /// Open or closed.
    pub state: CoreConversationState,
    /// Unread messages.
    pub unread: i64,
    /// The newest message.
    pub last_message: Option<CoreMessageItem>,
    /// What the person has begun to write.
    pub draft: Option<String>,
    /// The time to show, in unix milliseconds.
    pub active_at_ms: i64,
    /// How far its opening has come.
    pub opening: CoreOpening,
    /// Where it goes on, when an agent has merged it into another thread.
    pub merged_into: Option<CoreMergedInto>,
}

/// The thread in which a merged one goes on.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreMergedInto {
    /// Which.
    pub id: String,
    /// What it is called, if it is called anything and is on the phone.
    pub title: Option<String>,
}

/// Whether a thread waits for anything more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreConversationState {
    /// Something may still be said.
    Open,
    /// An agent considers it answered.
    Closed,
}

/// How far a conversation that was started on this phone has come.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum CoreOpening {
    /// The server knows it.
    Open,
    /// The server does not know it yet.
    Waiting,
    /// The server refuses it, for good.
    Failed {
        /// Why.
        refusal: CoreRefusal,
    },
}

/// One message in a timeline. Its key is `id`, before and after it was sent.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CoreMessageItem {
    /// Which.
    pub id: String,
    /// The thread it stands in.
    pub conversation_id: String,
    /// Its number, once the server has stored it.
    pub seq: Option<i64>,
    /// Who wrote it.
    pub author: CoreAuthor,
    /// What it says.
    pub parts: Vec<CorePart>,
    /// All its words, as they were typed.
    pub text: String,
    /// All its words without the marks by which agents set them off.
    pub plain: String,
    /// The message of this conversation that it answers, if it names one.
    pub quote: Option<CoreQuote>,
    /// Unix milliseconds: when it was stored, or written as long as it waits.
    pub sent_at_ms: i64,
    /// When it was last edited, in unix milliseconds.
    pub edited_at_ms: Option<i64>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Whether the server is still to be told that it was edited or deleted on this phone.
    pub amending: Option<CoreAmending>,
    /// How far it has come; absent for messages of others.
    pub state: Option<CoreSendState>,
    /// How far its files have come, as long as it waits to be sent; else empty.
    pub uploading: Vec<CoreFileProgress>,
}

/// A message that another one answers, as it is now.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CoreQuote {
    /// Which.
    pub message_id: String,
    /// How it begins; absent when it is not on the phone.
    pub head: Option<CoreQuoteHead>,
}

/// How a quoted message begins.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CoreQuoteHead {
    /// Who wrote it.
    pub author: CoreAuthor,
    /// Its first words without marks, at most 200 characters, on one line.
    pub text: String,
    /// The first thing in it that is not words.
    pub thing: Option<CorePart>,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// How far a file has come on its way to the server.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CoreFileProgress {
    /// Which.
    pub attachment_id: String,
    /// From 0 to 1.
    pub progress: f64,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum CoreAuthor {
    /// The user of this phone, on this or another device.
    Me,
    /// Somebody of the company.
    Agent {
        /// Which.
        id: String,
        /// The name to show.
        name: String,
    },
    /// Tidings itself.
    System,
}

/// How far a message of one's own has come.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum CoreSendState {
    /// In the outbox: sent as soon as that is possible.
    Waiting,
    /// On its way now.
    Sending,
    /// Stored by the server.
    Sent,
    /// Seen by an agent.
    Read,
    /// The server refuses it, for good.
    Failed {
        /// Why.
        refusal: CoreRefusal,
    },
}

/// How far an edit or a deletion of this phone has come that the server has not taken.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum CoreAmending {
    /// The server is told as soon as that is possible.
    Waiting,
    /// The server refuses it, for good, and the message is shown as it was.
    Failed {
        /// Why.
        refusal: CoreRefusal,
    },
}

/// Why the server refused something for good.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreRefusal {
    /// The problem's code, such as `id_conflict`.
    pub code: String,
    /// In English, for a developer.
    pub detail: String,
}

impl From<ConversationItem> for CoreConversationItem {
    fn from(item: ConversationItem) -> Self {
        let ConversationItem {
            id,
            title,
            state,
            unread,
            last_message,
            draft,
            active_at_ms,
            opening,
            merged_into,
        } = item;
        Self {
            id: id.to_string(),
            title,
            state: match state {
                ConversationState::Open => CoreConversationState::Open,
                ConversationState::Closed => CoreConversationState::Closed,
            },
            unread,
            last_message: last_message.map(Into::into),
            draft,
            active_at_ms,
            opening: match opening {
                Opening::Open => CoreOpening::Open,
                Opening::Waiting => CoreOpening::Waiting,
                Opening::Failed(refusal) => CoreOpening::Failed { refusal: refusal.into() },
            },
            merged_into: merged_into
                .map(|into| CoreMergedInto { id: into.id.to_string(), title: into.title }),
        }
    }
}

impl From<MessageItem> for CoreMessageItem {
    fn from(item: MessageItem) -> Self {
        let (text, plain) = (item.text(), item.plain());
        let MessageItem {
            id,
            conversation_id,
            seq,
            author,
            parts,
            quote,
            sent_at_ms,
            edited_at_ms,
            deleted,
            amending,
            state,
            uploading,
        } = item;
        Self {
            id: id.to_string(),
            conversation_id: conversation_id.to_string(),
            seq,
            parts: parts.into_iter().map(|part| CorePart::of(part, &author)).collect(),
            author: author.into(),
            text,
            plain,
            quote: quote.map(Into::into),
            sent_at_ms,
            edited_at_ms,
            deleted,
            amending: amending.map(Into::into),
            state: state.map(Into::into),
            uploading: uploading.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Quote> for CoreQuote {
    fn from(quote: Quote) -> Self {
        let Quote { message_id, head } = quote;
        Self { message_id: message_id.to_string(), head: head.map(Into::into) }
    }
}

impl From<QuoteHead> for CoreQuoteHead {
    fn from(head: QuoteHead) -> Self {
        let QuoteHead { author, text, thing, deleted } = head;
        Self { author: author.into(), text, thing: thing.map(Into::into), deleted }
    }
}

impl From<FileProgress> for CoreFileProgress {
    fn from(progress: FileProgress) -> Self {
        let FileProgress { attachment_id, progress } = progress;
        Self { attachment_id: attachment_id.to_string(), progress }
    }
}

impl From<Author> for CoreAuthor {
    fn from(author: Author) -> Self {
        match author {
            Author::Me => Self::Me,
            Author::Agent { id, name } => Self::Agent { id: id.to_string(), name },
            Author::System => Self::System,
        }
    }
}

impl From<Amending> for CoreAmending {
    fn from(amending: Amending) -> Self {
        match amending {
            Amending::Waiting => Self::Waiting,
            Amending::Failed(refusal) => Self::Failed { refusal: refusal.into() },
        }
    }
}

impl From<SendState> for CoreSendState {
    fn from(state: SendState) -> Self {
        match state {
            SendState::Waiting => Self::Waiting,
            SendState::Sending => Self::Sending,
            SendState::Sent => Self::Sent,
            SendState::Read => Self::Read,
            SendState::Failed(refusal) => Self::Failed { refusal: refusal.into() },
        }
    }
}

impl From<Refusal> for CoreRefusal {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, message } = refusal;
        Self { code, detail: message }
    }
}
