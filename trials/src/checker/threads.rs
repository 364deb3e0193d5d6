//! What is known of each thread: who tried to write what, what was acknowledged, and which message has which number.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId};

use super::fingerprint;
use super::verdict::{Law, Verdict};
use crate::history::{Header, Seen, Side};

/// A message, small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) id: MessageId,
    pub(super) fingerprint: u64,
    pub(super) by: Side,
}

#[derive(Debug, Clone)]
struct Sent {
    conversation: ConversationId,
    fingerprint: u64,
    /// The greatest number acknowledged in the thread before this was first tried: its own must be greater.
    floor: Seq,
    acknowledged: Option<Seq>,
    is_accepted: bool,
    is_failed: bool,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Thread {
    /// By number, from 1; none: nobody has seen it yet.
    places: Vec<Option<Place>>,
    acknowledged: Seq,
    /// How long it was when all was over; none: nobody looked.
    log: Option<Seq>,
    /// A text of it, to know whose it is.
    text: Option<String>,
    /// Counts of unread messages that were shown: side, last number, read up to, count.
    counts: BTreeSet<(Side, Seq, Seq, i64)>,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Threads {
    sent: BTreeMap<MessageId, Sent>,
    by_id: BTreeMap<ConversationId, Thread>,
    numbers: BTreeMap<MessageId, (ConversationId, Seq)>,
    /// In which order each phone took its messages.
    queues: BTreeMap<(String, ConversationId), Vec<MessageId>>,
    /// The furthest receipt that was answered in each thread.
    read: BTreeMap<ConversationId, Seq>,
    /// What it was when each receipt was sent.
    read_before: BTreeMap<(String, u64), Seq>,
    /// Last number and receipt, by client.
    shown: BTreeMap<(String, ConversationId), Shown>,
    views: Vec<View>,
}

/// The headers that a client was shown.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    furthest: (Seq, Seq),
    last: (Seq, Seq),
}

#[derive(Debug, Clone)]
struct View {
    client: String,
    conversation: ConversationId,
    messages: Vec<(Seq, MessageId)>,
    waiting: Vec<MessageId>,
}

impl Threads {
    pub(super) fn invoked(&mut self, conversation: ConversationId, place: Place, verdict: &mut Verdict) {
        let floor = self.by_id.entry(conversation).or_default().acknowledged;
        self.sent.entry(place.id).or_insert_with(|| {
            verdict.sent += 1;
            Sent {
                conversation,
                fingerprint: place.fingerprint,
                floor,
                acknowledged: None,
                is_accepted: false,
                is_failed: false,
            }
        });
    }

    pub(super) fn acknowledged(
        &mut self,
        conversation: ConversationId,
        place: Place,
        seq: Option<Seq>,
        verdict: &mut Verdict,
    ) {
        let id = place.id;
        let (Some(seq), Some(sent)) = (seq, self.sent.get_mut(&id)) else {
            verdict.broken(Law::Phantom, || format!("{id} was acknowledged without having been sent"));
            return;
        };
        if sent.acknowledged.is_none() {
            verdict.acknowledged += 1;
            if seq <= sent.floor {
                let floor = sent.floor;
                verdict.broken(Law::Reordered, || {
                    format!("{id} became {seq} although {floor} was acknowledged before it was sent")
                });
            }
        }
        sent.acknowledged = Some(seq);
        let thread = self.by_id.entry(conversation).or_default();
        thread.acknowledged = thread.acknowledged.max(seq);
        self.put(conversation, seq, place, "its acknowledgement", verdict);
    }

    pub(super) fn failed(&mut self, id: MessageId) {
        if let Some(sent) = self.sent.get_mut(&id) {
            sent.is_failed = true;
        }
    }

    pub(super) fn accepted(
        &mut self,
        client: &str,
        conversation: ConversationId,
        id: MessageId,
        verdict: &mut Verdict,
    ) {
        let Some(sent) = self.sent.get_mut(&id) else {
            verdict.broken(Law::Phantom, || format!("{client} took {id}, which nobody wrote"));
            return;
        };
        sent.is_accepted = true;
        self.queues.entry((client.to_owned(), conversation)).or_default().push(id);
    }

    /// Somebody saw a message at its place.
    pub(super) fn learn(
        &mut self,
        conversation: ConversationId,
        seen: &Seen,
        client: &str,
        verdict: &mut Verdict,
    ) {
        let (id, seq) = (seen.id, seen.seq);
        let place = Place { id, fingerprint: fingerprint(&seen.text), by: seen.by };
        match self.sent.get(&id) {
            None => verdict.broken(Law::Phantom, || format!("{client} saw {id}, which nobody sent")),
            Some(sent) if sent.fingerprint != place.fingerprint || sent.conversation != conversation => {
                verdict.broken(Law::Altered, || format!("{client} saw {id} as it was not sent"));
            }
            Some(_) => {}
        }
        self.by_id.entry(conversation).or_default().text.get_or_insert_with(|| seen.text.clone());
        self.put(conversation, seq, place, client, verdict);
    }

    fn put(&mut self, conversation: ConversationId, seq: Seq, place: Place, by: &str, verdict: &mut Verdict) {
        let id = place.id;
        match self.numbers.insert(id, (conversation, seq)) {
            Some((thread, other)) if (thread, other) != (conversation, seq) => {
                verdict.broken(Law::Duplicated, || format!("{id} is {other} and, according to {by}, {seq}"));
            }
            _ => {}
        }
        let thread = self.by_id.entry(conversation).or_default();
        let Ok(index) = usize::try_from(seq - 1) else {
            verdict.broken(Law::Gap, || format!("{id} has the number {seq}"));
            return;
        };
        if thread.places.len() <= index {
            thread.places.resize(index + 1, None);
        }
        match thread.places[index].replace(place) {
            Some(before) if before.id != id => {
                let other = before.id;
                verdict.broken(Law::Reordered, || {
                    format!("{seq} of {conversation} is {other} and, according to {by}, {id}")
                });
            }
            _ => {}
        }
    }

    /// A receipt is sent.
    pub(super) fn reads(&mut self, op: (String, u64), conversation: ConversationId) {
        let before = self.read.get(&conversation).copied().unwrap_or_default();
        self.read_before.insert(op, before);
    }

    /// And answered: with nothing that lies before what had been answered when it was sent.
    pub(super) fn has_read(
        &mut self,
        op: &(String, u64),
        conversation: ConversationId,
        read_seq: Seq,
        verdict: &mut Verdict,
    ) {
        let before = self.read_before.remove(op).unwrap_or_default();
        if read_seq < before {
            verdict.broken(Law::WentBack, || {
                format!("the receipt of {conversation} went from {before} back to {read_seq}, says {}", op.0)
            });
        }
        let furthest = self.read.entry(conversation).or_default();
        *furthest = read_seq.max(*furthest);
    }

    /// A header was shown. It may be ahead of the changes it came with, and never behind the one before it.
    pub(super) fn header(&mut self, client: &str, side: Side, header: Header, verdict: &mut Verdict) {
        let now = (header.last_seq, header.read_seq);
        let shown = self.shown.entry((client.to_owned(), header.conversation)).or_default();
        if now.0 < shown.last.0 || now.1 < shown.last.1 {
            let last = shown.last;
            verdict.broken(Law::WentBack, || {
                format!("{client} saw {} at {last:?}, and then at {now:?}", header.conversation)
            });
        }
        shown.furthest = (shown.furthest.0.max(now.0), shown.furthest.1.max(now.1));
        shown.last = now;
        if header.read_seq > header.last_seq {
            verdict.broken(Law::WentBack, || format!("{client} has read more than there is: {header:?}"));
        }
        let thread = self.by_id.entry(header.conversation).or_default();
        thread.counts.insert((side, header.last_seq, header.read_seq, header.unread));
    }

    /// Whoever followed to the end was shown nothing at last that is behind what they had been shown.
    pub(super) fn judge_headers(&self, caught_up: impl Fn(&str) -> bool, verdict: &mut Verdict) {
        for ((client, conversation), shown) in self.shown.iter().filter(|((client, _), _)| caught_up(client))
        {
            if shown.last != shown.furthest {
                verdict.broken(Law::WentBack, || {
                    format!(
                        "{client} saw {conversation} at {:?}, and at last at {:?}",
                        shown.furthest, shown.last
                    )
                });
            }
        }
    }

    /// The whole thread when all is over.
    pub(super) fn log(&mut self, conversation: ConversationId, messages: &[Seen], verdict: &mut Verdict) {
        let mut expected: Seq = 1;
        for message in messages {
            let seq = message.seq;
            if seq != expected {
                verdict
                    .broken(Law::Gap, || format!("{seq} stands in {conversation} where {expected} should"));
            }
            expected = seq + 1;
        }
        self.by_id.entry(conversation).or_default().log = Some(expected - 1);
    }

    pub(super) fn view(
        &mut self,
        client: &str,
        conversation: ConversationId,
        messages: &[Seen],
        waiting: &[MessageId],
    ) {
        let messages = messages.iter().map(|message| (message.seq, message.id)).collect();
        let waiting = waiting.to_vec();
        self.views.push(View { client: client.to_owned(), conversation, messages, waiting });
    }

    /// What was stored and is not in the backup is undone, and nobody is to blame for it. A message that only a phone
    /// had taken is still to come.
    pub(super) fn restored(&mut self, kept: &[(ConversationId, Seq)], undone: &[MessageId]) {
        let kept: BTreeMap<_, _> = kept.iter().copied().collect();
        for (id, thread) in &mut self.by_id {
            let length = kept.get(id).copied().unwrap_or_default();
            thread.places.truncate(usize::try_from(length).unwrap_or_default());
            thread.acknowledged = thread.acknowledged.min(length);
            thread.counts.retain(|(_, last, ..)| *last <= length);
        }
        for id in undone {
            self.numbers.remove(id);
            if let Some(sent) = self.sent.get_mut(id) {
                sent.acknowledged = None;
                sent.is_accepted = false;
            }
        }
        for sent in self.sent.values_mut() {
            sent.floor = sent.floor.min(kept.get(&sent.conversation).copied().unwrap_or_default());
        }
        self.shown.clear();
        self.read.clear();
        self.read_before.clear();
    }

    /// How long the thread was at the end.
    pub(super) fn log_of(&self, conversation: ConversationId) -> Option<Seq> {
        self.by_id.get(&conversation).and_then(|thread| thread.log)
    }

    /// The threads whose texts begin with this, with their length at the end.
    pub(super) fn of<'a>(&'a self, marker: &'a str) -> impl Iterator<Item = (ConversationId, Seq)> + 'a {
        let theirs =
            move |thread: &&Thread| thread.text.as_ref().is_some_and(|text| text.starts_with(marker));
        let threads = self.by_id.iter();
        threads.filter_map(move |(id, thread)| Some((*id, theirs(&thread).then_some(thread)?.log?)))
    }

    pub(super) fn finish(&mut self, verdict: &mut Verdict) {
        for (id, sent) in &self.sent {
            self.judge_sent(*id, sent, verdict);
        }
        for (id, thread) in &self.by_id {
            judge_log(*id, thread, verdict);
            judge_counts(*id, thread, verdict);
        }
        self.judge_queues(verdict);
        for view in &self.views {
            self.judge_view(view, verdict);
        }
    }

    fn judge_sent(&self, id: MessageId, sent: &Sent, verdict: &mut Verdict) {
        if sent.acknowledged.is_none() && !sent.is_accepted {
            return;
        }
        let Some(length) = self.log_of(sent.conversation) else {
            verdict.broken(Law::Unproven, || format!("nobody looked for {id} in {}", sent.conversation));
            return;
        };
        let is_there = self.numbers.get(&id).is_some_and(|(thread, seq)| {
            *seq <= length && self.at(*thread, *seq).is_some_and(|place| place.id == id)
        });
        match sent.acknowledged {
            Some(seq) if !is_there => {
                verdict.broken(Law::Lost, || format!("{id} was acknowledged as {seq} and is not there"));
            }
            None if !is_there && !sent.is_failed => {
                verdict.broken(Law::Unsent, || format!("a phone took {id}, and it never came"));
            }
            _ => {}
        }
    }

    fn at(&self, conversation: ConversationId, seq: Seq) -> Option<Place> {
        let places = &self.by_id.get(&conversation)?.places;
        *places.get(usize::try_from(seq - 1).ok()?)?
    }

    fn judge_queues(&self, verdict: &mut Verdict) {
        for ((client, conversation), queue) in &self.queues {
            let mut last = 0;
            let stayed = queue.iter().filter(|id| self.sent.get(*id).is_some_and(|sent| !sent.is_failed));
            for id in stayed {
                let Some((_, seq)) = self.numbers.get(id) else { continue };
                if *seq < last {
                    verdict.broken(Law::Reordered, || {
                        format!("{client} wrote {id} later than {last} of {conversation}, and it is {seq}")
                    });
                }
                last = *seq;
            }
        }
    }

    fn judge_view(&self, view: &View, verdict: &mut Verdict) {
        let (client, conversation) = (&view.client, view.conversation);
        let Some(length) = self.log_of(conversation) else { return };
        let first = view.messages.first().map_or(length + 1, |(seq, _)| *seq);
        let numbers: Vec<Seq> = view.messages.iter().map(|(seq, _)| *seq).collect();
        if numbers != (first..=length).collect::<Vec<_>>() {
            verdict.broken(Law::Diverged, || {
                format!("{client} shows {numbers:?} of {conversation}, which has {length} messages")
            });
        }
        for id in &view.waiting {
            let is_failed = self.sent.get(id).is_some_and(|sent| sent.is_failed);
            if view.messages.iter().any(|(_, shown)| shown == id) {
                verdict.broken(Law::Duplicated, || format!("{client} shows {id} sent and waiting"));
            } else if !is_failed {
                verdict.broken(Law::Diverged, || format!("{client} still shows {id} as waiting"));
            }
        }
    }
}

/// What was seen at any time lies in the log at the end; the log itself put its own there.
fn judge_log(id: ConversationId, thread: &Thread, verdict: &mut Verdict) {
    let Some(length) = thread.log else { return };
    let length = usize::try_from(length).unwrap_or_default();
    for (index, place) in thread.places.iter().enumerate() {
        match place {
            None => verdict.broken(Law::Gap, || format!("nobody ever saw {} of {id}", index + 1)),
            // Acknowledged ones are counted as lost where the sends are judged.
            Some(place) if index >= length => verdict.broken(Law::Diverged, || {
                format!("{} was seen as {} of {id}, which ends at {length}", place.id, index + 1)
            }),
            Some(_) => {}
        }
    }
}

/// Counts again what the server counted.
fn judge_counts(id: ConversationId, thread: &Thread, verdict: &mut Verdict) {
    for other in [Side::Team, Side::User] {
        // How many messages up to each number are by that side.
        let mut sums = vec![0_i64];
        for place in &thread.places {
            let Some(place) = place else { break };
            sums.push(sums[sums.len() - 1] + i64::from(place.by == other));
        }
        let sum = |seq: Seq| usize::try_from(seq).ok().and_then(|seq| sums.get(seq).copied());
        for (side, last, read, unread) in &thread.counts {
            if *side == other {
                continue;
            }
            if let (Some(all), Some(known)) = (sum(*last), sum(*read))
                && all - known != *unread
            {
                verdict.broken(Law::Unread, || {
                    format!("{id} at {last}, read up to {read}: {unread} unread, counted {}", all - known)
                });
            }
        }
    }
}
