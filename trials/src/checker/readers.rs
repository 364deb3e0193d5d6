//! What each client was told by each feed: all of it, once, in the order of all others.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tidings_protocol::Seq;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::ConversationId;

use super::Client;
use super::threads::Threads;
use super::verdict::{Law, Verdict};
use crate::history::{Header, Told};

#[derive(Debug, Clone)]
struct Reader {
    at: Cursor,
    start: Start,
    /// Up to which message it knows each thread.
    knows: BTreeMap<ConversationId, Seq>,
}

/// How a reader began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// With a first screen, or before the first change: a thread it does not know begins with 1.
    Whole,
    /// Somewhere: a thread it does not know may have begun before.
    Somewhere,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Readers {
    /// By client and feed.
    by_feed: BTreeMap<(String, String), Reader>,
    /// What stands at each place of a feed, as the first who saw it was told; 0: nobody yet.
    feeds: BTreeMap<(String, String), Vec<u64>>,
    caught_up: BTreeSet<(String, String)>,
}

impl Readers {
    pub(super) fn snapshot(&mut self, client: &str, feed: &str, cursor: Cursor, headers: &[Header]) {
        let knows = headers.iter().map(|header| (header.conversation, header.last_seq)).collect();
        let key = (client.to_owned(), feed.to_owned());
        // An agent's screen has no closed threads on it: when it is not the first, others may have begun before.
        let start = if self.by_feed.contains_key(&key) { Start::Somewhere } else { Start::Whole };
        self.by_feed.insert(key, Reader { at: cursor, start, knows });
    }

    pub(super) fn page(
        &mut self,
        client: &str,
        feed: &str,
        (after, cursor): (Cursor, Cursor),
        told: &[Told],
        verdict: &mut Verdict,
    ) {
        let key = (client.to_owned(), feed.to_owned());
        let reader = self.by_feed.entry(key).or_insert_with(|| {
            let start = if after.seq == 0 { Start::Whole } else { Start::Somewhere };
            Reader { at: after, start, knows: BTreeMap::new() }
        });
        if after.epoch != reader.at.epoch || cursor.epoch != after.epoch {
            verdict.broken(Law::WentBack, || {
                format!("{client} read on in another history: {after} to {cursor}")
            });
            return;
        }
        if cursor.seq < after.seq {
            verdict.broken(Law::WentBack, || {
                format!("{client} asked after {after} and was sent back to {cursor}")
            });
        }
        if after.seq > reader.at.seq {
            let at = reader.at;
            verdict.broken(Law::Skipped, || format!("{client} went on after {after}, told only up to {at}"));
        }
        let mut expected = after.seq + 1;
        for change in told {
            let seq = change.seq;
            if seq != expected {
                verdict.broken(Law::Skipped, || format!("{client} was told {seq} of {feed}, not {expected}"));
            }
            expected = seq + 1;
            if seq > reader.at.seq {
                reader.hear(client, change, verdict);
            }
        }
        if expected != cursor.seq + 1 {
            let last = expected - 1;
            verdict.broken(Law::Skipped, || format!("{client} was told {feed} up to {last}, but {cursor}"));
        }
        reader.at.seq = reader.at.seq.max(cursor.seq);
        self.compare(client, feed, after, told, verdict);
    }

    /// All readers of a feed are told the same.
    fn compare(&mut self, client: &str, feed: &str, after: Cursor, told: &[Told], verdict: &mut Verdict) {
        let places = self.feeds.entry((feed.to_owned(), after.epoch.to_string())).or_default();
        for change in told {
            let Ok(index) = usize::try_from(change.seq) else { continue };
            if places.len() <= index {
                places.resize(index + 1, 0);
            }
            let now = identity(change);
            if places[index] != 0 && places[index] != now {
                verdict.broken(Law::Reordered, || {
                    format!(
                        "{client} was told something else at {} of {feed} than others: {change:?}",
                        change.seq
                    )
                });
            }
            places[index] = now;
        }
    }

    pub(super) fn caught_up(&mut self, client: &str, feed: &str) {
        self.caught_up.insert((client.to_owned(), feed.to_owned()));
    }

    pub(super) fn restored(&mut self) {
        self.feeds.clear();
    }

    /// Who followed to the end knows each of their threads to its end.
    pub(super) fn finish(
        &self,
        clients: &BTreeMap<String, Client>,
        threads: &Threads,
        verdict: &mut Verdict,
    ) {
        let caught_up = |client: &str| self.caught_up.iter().any(|(other, _)| other == client);
        threads.judge_headers(caught_up, verdict);
        for key in &self.caught_up {
            let (client, feed) = key;
            let (Some(reader), Some(known)) = (self.by_feed.get(key), clients.get(client)) else {
                verdict.broken(Law::Unproven, || format!("{client} never read {feed}"));
                continue;
            };
            for (conversation, length) in threads.of(&known.marker) {
                let heard = match reader.knows.get(&conversation) {
                    None if reader.start == Start::Somewhere => continue,
                    heard => heard.copied().unwrap_or_default(),
                };
                if heard < length {
                    verdict.broken(Law::Skipped, || {
                        format!("{client} was told {heard} of {length} messages of {conversation}")
                    });
                }
            }
        }
    }
}

impl Reader {
    fn hear(&mut self, client: &str, change: &Told, verdict: &mut Verdict) {
        let Some(message) = &change.message else { return };
        let (conversation, seq) = (change.conversation, message.seq);
        let before = match self.knows.insert(conversation, seq) {
            Some(before) => before,
            None if self.start == Start::Whole => 0,
            None => return,
        };
        if seq <= before {
            verdict.broken(Law::Duplicated, || format!("{client} was told {seq} of {conversation} again"));
        } else if seq != before + 1 {
            verdict
                .broken(Law::Skipped, || format!("{client} was told {seq} of {conversation} after {before}"));
        }
    }
}

/// Which change it is, without keeping it; never 0.
fn identity(change: &Told) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&change.kind, change.conversation).hash(&mut hasher);
    change.message.as_ref().map(|message| (message.id, message.seq)).hash(&mut hasher);
    hasher.finish().max(1)
}
