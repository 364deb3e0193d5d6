//! The laws of delivery as one reader of histories. It keeps a few dozen bytes for each message and each change,
//! never the history itself, and finds the same in the same history whoever wrote it.

mod readers;
mod threads;
mod verdict;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::BufRead;

use anyhow::Context as _;
use tidings_protocol::id::ConversationId;

use self::readers::Readers;
use self::threads::{Place, Threads};
pub use self::verdict::{Law, Verdict};
use crate::history::{Event, Seen, Side, Stage, Told, What};

/// Reads a history line by line.
#[derive(Debug, Default, Clone)]
pub struct Checker {
    verdict: Verdict,
    clients: BTreeMap<String, Client>,
    threads: Threads,
    readers: Readers,
}

/// Who a client said it is.
#[derive(Debug, Clone)]
struct Client {
    side: Side,
    marker: String,
}

impl Checker {
    /// The next line.
    pub fn read(&mut self, event: &Event) {
        self.verdict.events += 1;
        let client = &event.client;
        match (&event.what, event.stage) {
            (What::Client { side, marker }, _) => {
                self.clients.insert(client.clone(), Client { side: *side, marker: marker.clone() });
            }
            (What::Fault { kind }, _) => {
                *self.verdict.faults.entry(kind.clone()).or_default() += 1;
            }
            (What::Send { conversation, id, text, seq }, stage) => {
                let place = Place { id: *id, fingerprint: fingerprint(text), by: self.side(client) };
                match stage {
                    Stage::Invoke => self.threads.invoked(*conversation, place, &mut self.verdict),
                    Stage::Ok => self.threads.acknowledged(*conversation, place, *seq, &mut self.verdict),
                    Stage::Fail => self.threads.failed(*id),
                    Stage::Info => self.verdict.unknown += 1,
                }
            }
            (What::Accept { conversation, id, text }, stage) => {
                let place = Place { id: *id, fingerprint: fingerprint(text), by: self.side(client) };
                match stage {
                    Stage::Invoke => self.threads.invoked(*conversation, place, &mut self.verdict),
                    Stage::Ok => self.threads.accepted(client, *conversation, *id, &mut self.verdict),
                    Stage::Fail => self.threads.failed(*id),
                    Stage::Info => {}
                }
            }
            (What::Receipt { conversation, read_seq }, stage) => {
                let op = (client.clone(), event.op);
                match stage {
                    Stage::Invoke => self.threads.reads(op, *conversation),
                    Stage::Ok => self.threads.has_read(&op, *conversation, *read_seq, &mut self.verdict),
                    Stage::Fail | Stage::Info => {}
                }
            }
            (_, Stage::Invoke | Stage::Fail) => {}
            (What::Snapshot { feed, cursor, headers }, _) => {
                self.readers.snapshot(client, feed, *cursor, headers);
                for header in headers {
                    self.threads.header(client, self.side(client), *header, &mut self.verdict);
                }
            }
            (What::Page { feed, after, cursor, told, headers }, _) => {
                self.look(client, told);
                self.readers.page(client, feed, (*after, *cursor), told, &mut self.verdict);
                for header in headers {
                    self.threads.header(client, self.side(client), *header, &mut self.verdict);
                }
            }
            (What::CaughtUp { feed }, _) => self.readers.caught_up(client, feed),
            (What::Log { conversation, messages }, _) => {
                self.look_at_messages(client, *conversation, messages);
                self.threads.log(*conversation, messages, &mut self.verdict);
            }
            (What::View { conversation, messages, waiting }, _) => {
                self.look_at_messages(client, *conversation, messages);
                self.threads.view(client, *conversation, messages, waiting);
            }
            (What::Restored { kept, undone }, _) => {
                self.threads.restored(kept, undone);
                self.readers.restored();
            }
        }
    }

    /// What the laws say to the whole.
    pub fn finish(mut self) -> Verdict {
        self.threads.finish(&mut self.verdict);
        self.readers.finish(&self.clients, &self.threads, &mut self.verdict);
        self.verdict
    }

    fn side(&self, client: &str) -> Side {
        self.clients.get(client).map_or(Side::User, |client| client.side)
    }

    fn look(&mut self, client: &str, told: &[Told]) {
        for told in told {
            if let Some(message) = &told.message {
                self.look_at_messages(client, told.conversation, std::slice::from_ref(message));
            }
            if told.kind == "note_added" && self.side(client) == Side::User {
                self.verdict.broken(Law::Leaked, || format!("{client} was told of a note"));
            }
            let Some(note) = &told.note else { continue };
            if self.side(client) == Side::User {
                self.verdict.broken(Law::Leaked, || format!("{client} was shown a note: {note:?}"));
            }
            self.check_marker(client, note);
        }
    }

    fn look_at_messages(&mut self, client: &str, conversation: ConversationId, messages: &[Seen]) {
        for message in messages {
            self.check_marker(client, &message.text);
            self.threads.learn(conversation, message, client, &mut self.verdict);
        }
    }

    fn check_marker(&mut self, client: &str, text: &str) {
        let Some(known) = self.clients.get(client) else { return };
        if !text.starts_with(&known.marker) {
            let marker = &known.marker;
            self.verdict.broken(Law::Leaked, || format!("{client}, who sees {marker:?}, was shown {text:?}"));
        }
    }
}

/// Checks a history that was written to a file.
pub fn check(lines: impl BufRead) -> anyhow::Result<Verdict> {
    let mut checker = Checker::default();
    for (number, line) in lines.lines().enumerate() {
        let event: Event = serde_json::from_str(&line?)
            .with_context(|| format!("line {} is no event of a history", number + 1))?;
        checker.read(&event);
    }
    Ok(checker.finish())
}

/// Tells texts apart without keeping them; the same in each run.
fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
