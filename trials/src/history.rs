//! What was seen from outside, as one line of JSON for each invocation and each end of it.
//!
//! Every trial writes its history in this one form, whatever it starts and breaks, and [`Checker`](crate::checker::Checker)
//! reads it. Times are informative: no law is judged by them. What counts is the order of the lines: an invocation is
//! recorded before its request leaves, an end after its answer came.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tidings_protocol::Seq;
use tidings_protocol::change::ChangePage;
use tidings_protocol::conversation::{Conversation, InboxConversation};
use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::{Author, Message};

use crate::checker::{Checker, Verdict};

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Milliseconds since the trial began; informative.
    pub at: u64,
    /// Who saw it: a device, an agent, the trial itself.
    pub client: String,
    /// Counts the operations of this client; an invocation and its end have the same.
    pub op: u64,
    /// Where in the operation this is.
    pub stage: Stage,
    /// Which operation.
    #[serde(flatten)]
    pub what: What,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It begins; from now on it may have happened.
    Invoke,
    /// It happened, and this is the answer.
    Ok,
    /// It was refused and never happens.
    Fail,
    /// Nobody knows whether it happened; or something to note that is no operation.
    Info,
}

/// An operation with what went in or came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum What {
    /// Who this client is; its first line.
    Client {
        /// Whose screen it is.
        side: Side,
        /// With this each text begins that it may see: `w1/u3/` for a user, `w1/` for an agent.
        marker: String,
    },
    /// A request to the server that stores a message; ok carries the number.
    Send {
        /// Where.
        conversation: ConversationId,
        /// Made by the sender, the same for each repetition.
        id: MessageId,
        /// What it says.
        text: String,
        /// The number that the acknowledgement told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
    },
    /// A phone took a message into its outbox. Ok: from now on it may not get lost; fail: the server refused it for
    /// good, or the user discarded it.
    Accept {
        /// Where.
        conversation: ConversationId,
        /// Made by the phone.
        id: MessageId,
        /// What it says.
        text: String,
    },
    /// A user says how far they have read; ok carries what the server holds then.
    Receipt {
        /// Where.
        conversation: ConversationId,
        /// What was said or, with ok, answered.
        read_seq: Seq,
    },
    /// A first screen: whatever the feed told before its cursor is in these headers.
    Snapshot {
        /// Whose feed: a user's or a team's id.
        feed: String,
        /// Where it stands.
        cursor: Cursor,
        /// The threads on it.
        headers: Vec<Header>,
    },
    /// A part of a feed, by socket or request.
    Page {
        /// Whose feed.
        feed: String,
        /// Asked from here on.
        after: Cursor,
        /// The answer goes up to here.
        cursor: Cursor,
        /// Its changes.
        told: Vec<Told>,
        /// The threads they touch.
        headers: Vec<Header>,
    },
    /// Nothing more is coming, and this client has followed the feed to its end.
    CaughtUp {
        /// Whose feed.
        feed: String,
    },
    /// A whole thread as the server has it when all is over.
    Log {
        /// Which.
        conversation: ConversationId,
        /// From the first to the last.
        messages: Vec<Seen>,
    },
    /// A thread as a phone shows it when all is over: its newest messages, perhaps not the oldest.
    View {
        /// Which.
        conversation: ConversationId,
        /// The confirmed ones.
        messages: Vec<Seen>,
        /// Those that are still marked as waiting.
        waiting: Vec<MessageId>,
    },
    /// A backup was restored: only this much of each thread is left, and all cursors are void.
    Restored {
        /// The last number of each thread that the backup knows.
        kept: Vec<(ConversationId, Seq)>,
        /// The messages that were stored and that the backup does not know: only these may be missing.
        undone: Vec<MessageId>,
    },
    /// Something was broken on purpose.
    Fault {
        /// Such as `kill` or `partition`.
        kind: String,
    },
}

/// Whose screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The end user.
    User,
    /// The company.
    Team,
}

/// One change of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Its number in the feed.
    pub seq: Seq,
    /// What happened, in the protocol's word.
    pub kind: String,
    /// Where.
    pub conversation: ConversationId,
    /// The message, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Seen>,
    /// The text of a note, which no user may see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A message as somebody saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its number.
    pub seq: Seq,
    /// Which.
    pub id: MessageId,
    /// Who wrote it.
    pub by: Side,
    /// What it says.
    pub text: String,
}

/// What a header of a thread said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Which thread.
    pub conversation: ConversationId,
    /// Its last message.
    pub last_seq: Seq,
    /// Up to where the side that looks at it has read.
    pub read_seq: Seq,
    /// How many messages of the other side it has not read.
    pub unread: i64,
}

impl From<&Message> for Seen {
    fn from(message: &Message) -> Self {
        let by = if matches!(message.author, Author::User { .. }) { Side::User } else { Side::Team };
        Self { seq: message.seq, id: message.id, by, text: text_of(message) }
    }
}

impl From<&Conversation> for Header {
    fn from(header: &Conversation) -> Self {
        let read_seq = header.receipts.user_read_seq;
        Self { conversation: header.id, last_seq: header.last_seq, read_seq, unread: header.unread }
    }
}

impl From<&InboxConversation> for Header {
    fn from(header: &InboxConversation) -> Self {
        let read_seq = header.receipts.team_read_seq;
        Self { conversation: header.id, last_seq: header.last_seq, read_seq, unread: header.unread }
    }
}

/// A page as it came, for the history.
pub fn page<C>(feed: &str, after: Cursor, page: &ChangePage<C>) -> What
where
    for<'a> Header: From<&'a C>,
{
    let told = page.changes.iter().map(|change| Told {
        seq: change.seq,
        kind: serde_json::to_value(change.kind)
            .ok()
            .and_then(|kind| Some(kind.as_str()?.to_owned()))
            .unwrap_or_default(),
        conversation: change.conversation_id,
        message: change.message.as_ref().map(Seen::from),
        note: change.note.as_ref().map(|note| note.text.as_str().to_owned()),
    });
    What::Page {
        feed: feed.to_owned(),
        after,
        cursor: page.cursor,
        told: told.collect(),
        headers: page.conversations.iter().map(Header::from).collect(),
    }
}

/// The text of a message.
pub fn text_of(message: &Message) -> String {
    let parts = serde_json::to_value(&message.parts).unwrap_or_default();
    let texts = parts.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

/// Takes the lines of all clients, in one order; clones write to the same history. Each line goes to the checker at
/// once, and to a file when one is wanted.
#[derive(Clone)]
pub struct History(Arc<Mutex<Inner>>);

struct Inner {
    checker: Checker,
    file: Option<BufWriter<File>>,
}

impl History {
    /// A history that is checked and kept nowhere, or in this file too.
    pub fn new(file: Option<&Path>) -> anyhow::Result<Self> {
        let open =
            |path: &Path| File::create(path).with_context(|| format!("cannot write {}", path.display()));
        let file = file.map(open).transpose()?.map(BufWriter::new);
        Ok(Self(Arc::new(Mutex::new(Inner { checker: Checker::default(), file }))))
    }

    /// Adds a line.
    pub fn record(&self, event: &Event) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut inner.file {
            // The verdict stands without the file, too; it is only for people.
            let _ = serde_json::to_writer(&mut *file, event);
            let _ = file.write_all(b"\n");
        }
        inner.checker.read(event);
    }

    /// All that was recorded so far, to go on with apart: for a copy of the server that somebody looks at.
    #[must_use]
    pub fn fork(&self) -> Self {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Self(Arc::new(Mutex::new(Inner { checker: inner.checker.clone(), file: None })))
    }

    /// What the laws say to all of it, once everything has been recorded.
    pub fn verdict(&self) -> Verdict {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut inner.file {
            let _ = file.flush();
        }
        std::mem::take(&mut inner.checker).finish()
    }
}

/// The pen of one client.
#[derive(Clone)]
pub struct Witness {
    history: History,
    client: String,
    op: u64,
    clock: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Witness {
    /// A client with this name, who sees texts that begin with `marker`; `clock` tells milliseconds since the trial
    /// began.
    pub fn new(
        history: &History,
        client: &str,
        side: Side,
        marker: &str,
        clock: Arc<dyn Fn() -> u64 + Send + Sync>,
    ) -> Self {
        let mut witness = Self { history: history.clone(), client: client.to_owned(), op: 0, clock };
        witness.note(What::Client { side, marker: marker.to_owned() });
        witness
    }

    /// An operation begins; its number goes with its end.
    pub fn invoke(&mut self, what: What) -> u64 {
        self.op += 1;
        self.write(self.op, Stage::Invoke, what);
        self.op
    }

    /// An operation ended.
    pub fn end(&mut self, op: u64, stage: Stage, what: What) {
        self.write(op, stage, what);
    }

    /// Something was seen that nobody had to ask for.
    pub fn saw(&mut self, what: What) {
        self.op += 1;
        self.write(self.op, Stage::Ok, what);
    }

    /// Something to know.
    pub fn note(&mut self, what: What) {
        self.op += 1;
        self.write(self.op, Stage::Info, what);
    }

    fn write(&self, op: u64, stage: Stage, what: What) {
        let event = Event { at: (self.clock)(), client: self.client.clone(), op, stage, what };
        self.history.record(&event);
    }
}
