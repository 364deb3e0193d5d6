//! What the app shows: conversations and messages as values, ready for a list.

use tidings_protocol::Seq;
pub use tidings_protocol::conversation::ConversationState;
use tidings_protocol::id::{AgentId, AttachmentId, ConversationId, MessageId};
use tidings_protocol::markup::{self, Block};
use tidings_protocol::message::KnownPart;
pub use tidings_protocol::message::Part;

use crate::error::Refusal;

/// One thread in the list of threads. Its key in diffs is `id`.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationItem {
    /// Which; made on the phone, so it is known before the server is.
    pub id: ConversationId,
    /// What it is called, if it is called anything.
    pub title: Option<String>,
    /// Open or closed. Writing in a closed one opens it again.
    pub state: ConversationState,
    /// Unread messages: the server's count, or fewer while the phone's own receipt is on its way.
    pub unread: i64,
    /// The newest message, those that still wait to be sent included.
    pub last_message: Option<MessageItem>,
    /// What the person has begun to write, as [`set_draft`](crate::Conversation::set_draft) kept it.
    pub draft: Option<String>,
    /// The time to show, in unix milliseconds. Lists show the newest first.
    pub active_at_ms: i64,
    /// How far its opening has come.
    pub opening: Opening,
    /// Where it goes on: an agent has merged it into another thread of the same person. Writing in it is still possible, and
    /// makes it a thread of its own again.
    pub merged_into: Option<MergedInto>,
}

/// The thread in which a merged one goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedInto {
    /// Which.
    pub id: ConversationId,
    /// What it is called, if it is called anything and is on the phone.
    pub title: Option<String>,
}

/// How far a conversation that was started on this phone has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// The server knows it.
    Open,
    /// The server does not know it yet.
    Waiting,
    /// The server refuses it, for good; its messages cannot be sent.
    Failed(Refusal),
}

/// One message in a timeline. Its key in diffs is `id`, before and after it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageItem {
    /// Which; made on the sender's device.
    pub id: MessageId,
    /// The thread it stands in.
    pub conversation_id: ConversationId,
    /// Its number, once the server has stored it.
    pub seq: Option<Seq>,
    /// Who wrote it.
    pub author: Author,
    /// What it says. Empty when it was deleted.
    pub parts: Vec<Part>,
    /// The message of this conversation that it answers, if it names one.
    pub quote: Option<Quote>,
    /// Unix milliseconds: when the server stored it, or when it was written as long as it waits. Shown, never
    /// sorted by.
    pub sent_at_ms: i64,
    /// When it was last edited, in unix milliseconds.
    pub edited_at_ms: Option<i64>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Whether the server is still to be told that it was edited or deleted on this phone; it is shown as its author wants it.
    pub amending: Option<Amending>,
    /// How far it has come; `None` for messages of others.
    pub state: Option<SendState>,
    /// How far its files have come, in their order, as long as it waits to be sent; else empty.
    pub uploading: Vec<FileProgress>,
}

/// A message that another one answers, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Quote {
    /// Which.
    pub message_id: MessageId,
    /// How it begins; `None` when it is not on the phone: it is older than what was fetched, or the server keeps it no more.
    pub head: Option<QuoteHead>,
}

/// How a quoted message begins.
#[derive(Debug, Clone, PartialEq)]
pub struct QuoteHead {
    /// Who wrote it.
    pub author: Author,
    /// Its first words without marks, at most 200 characters, on one line. Blank when it has none.
    pub text: String,
    /// The first thing in it that is not words: a photo, a place.
    pub thing: Option<Part>,
    /// Whether it was deleted; then it says nothing.
    pub deleted: bool,
}

/// How far a file has come on its way to the server.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FileProgress {
    /// Which, as the part of the message names it.
    pub attachment_id: AttachmentId,
    /// From 0 to 1: what part of it the server has.
    pub progress: f64,
}

impl MessageItem {
    /// All words of the message as they were typed, joined by line breaks: its texts, what was chosen, what was answered.
    pub fn text(&self) -> String {
        self.words(str::to_owned)
    }

    /// The same without the marks by which agents set words off: for lists, notifications, the clipboard, screen readers.
    pub fn plain(&self) -> String {
        self.words(|text| self.author.plain(text))
    }

    fn words(&self, said: impl Fn(&str) -> String) -> String {
        let mut lines = Vec::new();
        for part in &self.parts {
            match part {
                Part::Known(KnownPart::Text(part)) => lines.push(said(part.text.as_str())),
                Part::Known(KnownPart::Choice(choice)) => lines.push(choice.label.as_str().to_owned()),
                Part::Known(KnownPart::Answers(answers)) => lines.extend(
                    answers
                        .fields
                        .iter()
                        .map(|answer| format!("{}: {}", answer.label.as_str(), answer.value.as_str())),
                ),
                _ => {}
            }
        }
        lines.join("\n")
    }
}

/// The longest beginning of a quoted message, in characters.
const HEAD_CHARACTERS: usize = 200;

impl QuoteHead {
    pub(crate) fn of(quoted: MessageItem) -> Self {
        let text = quoted.plain();
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            author: quoted.author,
            text: line.chars().take(HEAD_CHARACTERS).collect(),
            thing: quoted.parts.into_iter().find(|part| part.as_text().is_none()),
            deleted: quoted.deleted,
        }
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// The user of this phone, on this or another device.
    Me,
    /// Somebody of the company.
    Agent {
        /// Which.
        id: AgentId,
        /// The name to show.
        name: String,
    },
    /// Tidings itself.
    System,
}

impl Author {
    /// What a text of theirs looks like: agents and the company's systems set words off by marks, who uses the phone does
    /// not.
    pub fn shows(&self, text: &str) -> Vec<Block> {
        match self {
            Self::Me => markup::as_typed(text),
            Self::Agent { .. } | Self::System => markup::blocks(text),
        }
    }

    /// The letters of a text of theirs, without marks.
    fn plain(&self, text: &str) -> String {
        match self {
            Self::Me => text.to_owned(),
            Self::Agent { .. } | Self::System => markup::plain(text),
        }
    }
}

/// How far a message of one's own has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendState {
    /// In the outbox: sent as soon as that is possible.
    Waiting,
    /// On its way now.
    Sending,
    /// Stored by the server, and so delivered: the company's inbox shows it.
    Sent,
    /// Seen by an agent.
    Read,
    /// The server refuses it, for good. [`retry`](crate::Conversation::retry) or
    /// [`discard`](crate::Conversation::discard) it.
    Failed(Refusal),
}

/// How far an edit or a deletion of this phone has come that the server has not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amending {
    /// The server is told as soon as that is possible.
    Waiting,
    /// The server refuses it, for good, and the message is shown as it was. [`retry`](crate::Conversation::retry) or
    /// [`discard`](crate::Conversation::discard) the change.
    Failed(Refusal),
}

/// Somebody is writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// Who, or `None` when nobody is.
    pub agent_name: Option<String>,
}

/// How the client stands to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncState {
    /// Nobody is signed in.
    SignedOut,
    /// In the background: nothing is connected, nothing is open.
    Suspended,
    /// The phone has no network.
    Offline,
    /// Getting a session.
    SigningIn,
    /// The app's backend or the server refused to say who this is; sign in again.
    NeedsToken,
    /// Opening a connection.
    Connecting,
    /// Connected; fetching what was missed.
    CatchingUp,
    /// Connected, and everything is here.
    Live,
    /// Sockets do not get through here, so changes are asked for every quarter of a minute.
    Polling,
    /// The server could not be reached; tried again then.
    Waiting {
        /// Unix milliseconds.
        retry_at_ms: i64,
    },
    /// The server refuses this client; the code says why. A later version of the app may help.
    Refused {
        /// A close code of the protocol.
        code: u16,
    },
}

/// What became of a message that the app wanted to throw away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discarded {
    /// It is gone and will not be sent again. If an earlier attempt reached the server without the phone learning
    /// of it, it will appear as sent.
    Removed,
    /// It is on its way at this moment, or was sent.
    TooLate,
}

/// What a request for older messages found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Older {
    /// There are more before these.
    More,
    /// The timeline now begins with the first message.
    Start,
}

/// How it stands with the messages before a timeline's first, of which the phone has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OlderState {
    /// They may be asked for.
    Idle,
    /// They are on their way.
    Loading,
    /// They did not come. They are not asked for again before this time, by the phone's clock in unix milliseconds: a call before
    /// it fails at once.
    Failed {
        /// From then on, asking helps.
        retry_at_ms: i64,
    },
}

/// What a request for newer messages found, after a jump into the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newer {
    /// There are more after these.
    More,
    /// The timeline now ends with the newest message, and follows it.
    End,
}

/// How a background visit to the server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// Everything was fetched and everything was sent.
    Done,
    /// The time was up first; it goes on next time.
    TimeUp,
}

#[cfg(test)]
mod tests {
    use tidings_protocol::text::Text;

    use super::*;

    fn said(author: Author) -> MessageItem {
        MessageItem {
            id: MessageId::from_parts(1, [1; 10]),
            conversation_id: ConversationId::from_parts(1, [2; 10]),
            seq: None,
            author,
            parts: vec![Part::text(Text::try_from("- **Hello**\n- _Lena_").unwrap())],
            quote: None,
            sent_at_ms: 1,
            edited_at_ms: None,
            deleted: false,
            amending: None,
            state: None,
            uploading: Vec::new(),
        }
    }

    #[test]
    fn marks_are_of_agents_and_what_users_type_stays() {
        let name = "Ana".to_owned();
        let agents = said(Author::Agent { id: AgentId::from_parts(1, [3; 10]), name });
        assert_eq!(agents.text(), "- **Hello**\n- _Lena_");
        assert_eq!(agents.plain(), "- Hello\n- Lena");
        assert_eq!(QuoteHead::of(agents.clone()).text, "- Hello - Lena");
        assert_eq!(agents.author.shows("- **Hello**\n- _Lena_").len(), 2);
        let own = said(Author::Me);
        assert_eq!(own.plain(), own.text());
        assert_eq!(QuoteHead::of(own.clone()).text, "- **Hello** - _Lena_");
        assert_eq!(own.author.shows("- **Hello**\n- _Lena_").len(), 1);
    }
}
