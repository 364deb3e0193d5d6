//! The outbox's machine: a table of what each answer leads to, and its promises against a model store.

use super::*;
use proptest::prelude::*;

fn lane(number: u8) -> ConversationId {
    ConversationId::from_parts(u64::from(number), [number; 10])
}

fn row(op: i64, number: u8, kind: OutboxKind) -> OutboxItem {
    OutboxItem { op, conversation: lane(number), kind, state: OutboxState::Ready, attempts: 0 }
}

fn message(op: i64, number: u8) -> OutboxItem {
    let id = tidings_protocol::id::MessageId::from_parts(op.unsigned_abs(), [0; 10]);
    row(op, number, OutboxKind::Message(id))
}

const fn at(now: u64) -> Moment {
    Moment { now, roll: u64::MAX }
}

fn open_with(items: Vec<OutboxItem>) -> (Outbox, Vec<Effect>) {
    let mut outbox = Outbox::new();
    let mut effects = outbox.step(Event::Loaded(items), at(0));
    effects.extend(outbox.step(Event::Gate(Gate::Open), at(0)));
    (outbox, effects)
}

fn posts(effects: &[Effect]) -> Vec<i64> {
    let post = |effect: &Effect| if let Effect::Post(item) = effect { Some(item.op) } else { None };
    effects.iter().filter_map(post).collect()
}

#[test]
fn what_each_end_leads_to() {
    let unclear = |retry_after_ms| Ended::Unclear { retry_after_ms };
    // (end of the first row, rows posted at once, when the lane wakes, whether anything is left)
    let table = [
        (Ended::Gone, vec![2], None, false),
        (Ended::Refused, vec![2], None, false),
        (unclear(None), vec![], Some(1_000), false),
        (unclear(Some(7_000)), vec![], Some(7_700), false),
        (Ended::Unauthenticated, vec![], None, false),
    ];
    for (ended, posted, wakes, done) in table {
        let (mut outbox, first) = open_with(vec![message(1, 1), message(2, 1)]);
        assert_eq!(posts(&first), [1]);
        // A roll that gives the longest wait.
        let moment = Moment { now: 0, roll: if ended == unclear(Some(7_000)) { 700 } else { 1_000 } };
        let effects = outbox.step(Event::Ended { op: 1, ended }, moment);
        assert_eq!(posts(&effects), posted, "{ended:?}");
        assert_eq!(outbox.deadline(), wakes, "{ended:?}");
        assert_eq!(outbox.is_done(), done, "{ended:?}");
    }
}

#[test]
fn nothing_is_posted_behind_a_shut_gate() {
    let mut outbox = Outbox::new();
    assert_eq!(outbox.step(Event::Loaded(vec![message(1, 1)]), at(0)), []);
    assert_eq!(posts(&outbox.step(Event::Gate(Gate::Open), at(0))), [1]);
}

#[test]
fn good_news_ends_our_own_wait_and_not_the_servers() {
    for (retry_after_ms, posted) in [(None, vec![1]), (Some(60_000), vec![])] {
        let (mut outbox, _) = open_with(vec![message(1, 1)]);
        outbox.step(Event::Ended { op: 1, ended: Ended::Unclear { retry_after_ms } }, at(0));
        assert_eq!(posts(&outbox.step(Event::Hurry, at(1))), posted);
    }
}

#[test]
fn a_refused_opening_takes_its_messages_with_it_and_a_retry_brings_them_back() {
    let rows = vec![row(1, 1, OutboxKind::Open), message(2, 1), message(3, 1)];
    let (mut outbox, _) = open_with(rows.clone());
    assert_eq!(outbox.step(Event::Ended { op: 1, ended: Ended::Refused }, at(0)), []);
    assert!(outbox.is_done());
    assert_eq!(posts(&outbox.step(Event::Loaded(rows), at(1))), [1]);
}

#[test]
fn a_row_that_the_feed_confirmed_while_it_was_posted_goes_quietly() {
    let (mut outbox, _) = open_with(vec![message(1, 1), message(2, 1)]);
    assert_eq!(outbox.step(Event::Loaded(vec![message(2, 1)]), at(0)), [], "one posting at a time");
    assert_eq!(posts(&outbox.step(Event::Ended { op: 1, ended: Ended::Gone }, at(0))), [2]);
}

#[test]
fn four_lanes_post_at_once() {
    let (mut outbox, effects) = open_with((1..=6).map(|n| message(i64::from(n), n)).collect());
    assert_eq!(posts(&effects), [1, 2, 3, 4]);
    assert_eq!(posts(&outbox.step(Event::Ended { op: 2, ended: Ended::Gone }, at(0))), [5]);
}

/// What may happen to a phone.
#[derive(Debug, Clone, Copy)]
enum Step {
    Write(u8),
    Open(u8),
    /// The posting number `.0` of those under way ends so.
    End(usize, Ended),
    Gate(Gate),
    Hurry,
    Pass(u64),
    /// Row number `.0` of the refused ones is tried again.
    Retry(usize),
    Discard(usize),
    /// The process dies and comes back: nothing is left but the rows.
    Die,
}

fn step() -> impl Strategy<Value = Step> {
    let ended = prop_oneof![
        4 => Just(Ended::Gone),
        1 => Just(Ended::Refused),
        2 => prop::option::of(0_u64..100_000).prop_map(|retry_after_ms| Ended::Unclear { retry_after_ms }),
        1 => Just(Ended::Unauthenticated),
    ];
    prop_oneof![
        4 => (0_u8..7).prop_map(Step::Write),
        1 => (0_u8..7).prop_map(Step::Open),
        6 => (any::<usize>(), ended).prop_map(|(which, ended)| Step::End(which, ended)),
        1 => Just(Step::Gate(Gate::Open)),
        1 => Just(Step::Gate(Gate::Shut)),
        1 => Just(Step::Hurry),
        2 => (0_u64..200_000).prop_map(Step::Pass),
        1 => any::<usize>().prop_map(Step::Retry),
        1 => any::<usize>().prop_map(Step::Discard),
        1 => Just(Step::Die),
    ]
}

/// A store, a server's word and a machine.
struct World {
    rows: Vec<OutboxItem>,
    next_op: i64,
    outbox: Outbox,
    posting: Vec<OutboxItem>,
    /// Rows that the server has, in the order in which it took them.
    taken: Vec<OutboxItem>,
    now: u64,
}

impl World {
    fn new() -> Self {
        let outbox = Outbox::new();
        Self { rows: Vec::new(), next_op: 0, outbox, posting: Vec::new(), taken: Vec::new(), now: 0 }
    }

    fn tell(&mut self, event: Event) {
        let effects =
            self.outbox.step(event, Moment { now: self.now, roll: self.now.wrapping_mul(0x9e37_79b9) });
        for effect in effects {
            match effect {
                Effect::Post(item) => {
                    assert!(
                        self.posting.iter().all(|other| other.conversation != item.conversation),
                        "two postings in one lane"
                    );
                    let first = self
                        .rows
                        .iter()
                        .find(|row| row.conversation == item.conversation && row.state == OutboxState::Ready);
                    assert_eq!(first.map(|row| row.op), Some(item.op), "not the first of its lane");
                    self.posting.push(item);
                }
                Effect::Attempted { op, attempts } => {
                    self.rows.iter_mut().filter(|row| row.op == op).for_each(|row| row.attempts = attempts);
                }
            }
        }
        assert!(self.posting.len() <= POSTING_AT_ONCE);
    }

    fn loaded(&mut self) {
        self.tell(Event::Loaded(self.rows.clone()));
    }

    fn write(&mut self, make: impl Fn(i64) -> OutboxItem) {
        self.next_op += 1;
        self.rows.push(make(self.next_op));
        self.loaded();
    }

    fn end(&mut self, which: usize, ended: Ended) {
        if self.posting.is_empty() {
            return;
        }
        let item = self.posting.remove(which % self.posting.len());
        match ended {
            Ended::Gone => {
                self.rows.retain(|row| row.op != item.op);
                self.taken.push(item);
            }
            Ended::Refused => {
                let all = item.kind == OutboxKind::Open;
                for row in self.rows.iter_mut().filter(|row| row.conversation == item.conversation) {
                    if all || row.op == item.op {
                        row.state = OutboxState::Failed;
                    }
                }
            }
            Ended::Unclear { .. } | Ended::Unauthenticated | Ended::Unopened | Ended::Renewed => {}
        }
        self.tell(Event::Ended { op: item.op, ended });
    }

    fn failed(&mut self, which: usize) -> Option<&mut OutboxItem> {
        let failed = self.rows.iter_mut().filter(|row| row.state == OutboxState::Failed);
        let mut failed: Vec<_> = failed.collect();
        if failed.is_empty() {
            return None;
        }
        let at = which % failed.len();
        Some(failed.swap_remove(at))
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Write(number) => self.write(|op| message(op, number)),
            Step::Open(number) => {
                let used = |row: &OutboxItem| row.conversation == lane(number);
                if !self.rows.iter().any(used) && !self.taken.iter().any(used) {
                    self.write(|op| row(op, number, OutboxKind::Open));
                }
            }
            Step::End(which, ended) => self.end(which, ended),
            Step::Gate(gate) => self.tell(Event::Gate(gate)),
            Step::Hurry => self.tell(Event::Hurry),
            Step::Pass(time) => {
                self.now += time;
                self.tell(Event::Hurry);
            }
            Step::Retry(which) => {
                let Some(row) = self.failed(which) else { return };
                row.state = OutboxState::Ready;
                row.attempts = 0;
                let conversation = row.conversation;
                // Its conversation's opening comes with it.
                let opening =
                    |row: &&mut OutboxItem| row.kind == OutboxKind::Open && row.conversation == conversation;
                self.rows.iter_mut().filter(opening).for_each(|row| row.state = OutboxState::Ready);
                self.loaded();
            }
            Step::Discard(which) => {
                let Some(op) = self.failed(which).map(|row| row.op) else { return };
                self.rows.retain(|row| row.op != op);
                self.loaded();
            }
            Step::Die => {
                self.outbox = Outbox::new();
                self.posting.clear();
                self.tell(Event::Gate(Gate::Open));
                self.loaded();
            }
        }
    }

    /// From now on the server takes everything.
    fn settle(&mut self) {
        self.tell(Event::Gate(Gate::Open));
        for _ in 0..1_000 {
            if self.outbox.is_done() {
                return;
            }
            self.now += 4_000_000;
            self.tell(Event::Gate(Gate::Open));
            self.end(0, Ended::Gone);
        }
        panic!("the outbox does not become empty");
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_doubled_or_reordered(steps in prop::collection::vec(step(), 0..120)) {
        let mut world = World::new();
        for step in steps {
            let before: Vec<i64> = world.rows.iter().map(|row| row.op).collect();
            let discards = matches!(step, Step::Discard(_));
            world.take(step);
            // A row leaves the store only for the server, or because a person threw it away.
            for op in before {
                let kept = world.rows.iter().chain(&world.taken).any(|row| row.op == op);
                prop_assert!(kept || discards, "row {op} is lost");
            }
        }
        world.settle();
        prop_assert!(world.rows.iter().all(|row| row.state == OutboxState::Failed));
        for number in 0..7 {
            let ops: Vec<i64> =
                world.taken.iter().filter(|row| row.conversation == lane(number)).map(|row| row.op).collect();
            let mut unique = ops.clone();
            unique.dedup();
            prop_assert_eq!(&unique, &ops, "the server took a row twice");
        }
    }
}

#[test]
fn without_refusals_the_server_takes_rows_as_they_were_written() {
    proptest!(|(steps in prop::collection::vec(step(), 0..120))| {
        let mut world = World::new();
        for step in steps {
            if !matches!(step, Step::End(_, Ended::Refused)) {
                world.take(step);
            }
        }
        world.settle();
        for number in 0..7 {
            let ops: Vec<i64> =
                world.taken.iter().filter(|row| row.conversation == lane(number)).map(|row| row.op).collect();
            prop_assert!(ops.is_sorted(), "{ops:?}");
        }
        prop_assert!(world.rows.is_empty());
    });
}
