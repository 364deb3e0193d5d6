//! The outbox as a pure state machine: `(state, event) -> (state, effects)`. It knows no clock, no store, no network.

use std::collections::BTreeMap;

use tidings_protocol::id::ConversationId;

use crate::cache::{OutboxItem, OutboxKind, OutboxState};
use crate::sync::backoff::{self, Moment, SetBy, Wait};

/// Lanes that post at the same time.
const POSTING_AT_ONCE: usize = 4;

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// These are the rows now, in order; the store is the truth.
    Loaded(Vec<OutboxItem>),
    /// Posting is possible or not. Told at each turn of the engine, so it also says that time has passed.
    Gate(Gate),
    /// A posting came to an end.
    Ended {
        /// Which.
        op: i64,
        /// How.
        ended: Ended,
    },
    /// Good news - a network, the app on the screen, a live connection: what waits by its own choice tries at once.
    Hurry,
}

/// Whether anything may be posted: there is a session, a network, and the app may work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    Shut,
}

/// How a posting ended. The store was told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The server has it, or the row was thrown away: it is gone from the store.
    Gone,
    /// The server refuses it for good.
    Refused,
    /// Nobody knows what became of it.
    Unclear {
        /// The server asks to wait this long.
        retry_after_ms: Option<u64>,
    },
    /// There is no session any more.
    Unauthenticated,
    /// The server does not know the conversation. A row that opens it was put before this one, which is tried again.
    Unopened,
    /// The server has files of the message no more. They begin anew, and the row waits for them.
    Renewed,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Post this row.
    Post(OutboxItem),
    /// Remember how often it was tried.
    Attempted {
        /// Which row.
        op: i64,
        /// How often.
        attempts: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Turn {
    Idle,
    Posting(i64),
    Waiting(Wait),
}

#[derive(Debug, Clone, PartialEq)]
struct Lane {
    items: Vec<OutboxItem>,
    turn: Turn,
}

impl Lane {
    fn next(&self) -> Option<OutboxItem> {
        self.items.iter().find(|item| item.state != OutboxState::Failed).copied()
    }

    /// The next row, if nothing holds it up.
    fn ready(&self) -> Option<OutboxItem> {
        self.next().filter(|item| item.state == OutboxState::Ready)
    }

    /// The row is tried again after a while.
    fn again(&mut self, at: usize, retry_after_ms: Option<u64>, moment: Moment) -> Effect {
        let item = &mut self.items[at];
        item.attempts = item.attempts.saturating_add(1);
        self.turn = Turn::Waiting(backoff::wait(moment, item.attempts, retry_after_ms));
        Effect::Attempted { op: item.op, attempts: item.attempts }
    }
}

/// All lanes of one user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outbox {
    lanes: BTreeMap<ConversationId, Lane>,
    gate: Gate,
}

impl Outbox {
    pub(crate) const fn new() -> Self {
        Self { lanes: BTreeMap::new(), gate: Gate::Shut }
    }

    /// Takes one step.
    pub(crate) fn step(&mut self, event: Event, moment: Moment) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Loaded(items) => self.load(items),
            Event::Gate(gate) => self.gate = gate,
            Event::Ended { op, ended } => effects.extend(self.ended(op, ended, moment)),
            Event::Hurry => self.end_waits(|wait| wait.set_by == SetBy::Us),
        }
        self.end_waits(|wait| wait.until <= moment.now);
        self.post(&mut effects);
        effects
    }

    /// When a wait ends.
    pub(crate) fn deadline(&self) -> Option<u64> {
        let waits = self.lanes.values().filter_map(|lane| match lane.turn {
            Turn::Waiting(wait) if lane.ready().is_some() => Some(wait.until),
            _ => None,
        });
        if self.gate == Gate::Open { waits.min() } else { None }
    }

    /// Whether anything is left that may still be sent.
    pub(crate) fn is_done(&self) -> bool {
        self.lanes.values().all(|lane| lane.next().is_none() && !matches!(lane.turn, Turn::Posting(_)))
    }

    fn load(&mut self, items: Vec<OutboxItem>) {
        let mut before = std::mem::take(&mut self.lanes);
        for item in items {
            let lane = self.lanes.entry(item.conversation);
            let lane = lane.or_insert_with(|| Lane { items: Vec::new(), turn: Turn::Idle });
            // A conversation may have to be opened again, when messages wait in it already.
            let at = if item.kind == OutboxKind::Open { 0 } else { lane.items.len() };
            lane.items.insert(at, item);
        }
        for (id, lane) in &mut self.lanes {
            let Some(before) = before.remove(id) else { continue };
            let op = |lane: &Lane| lane.next().map(|item| item.op);
            // Our own wait was for a row that is no longer the first: it was thrown away, or is retried.
            let stale = matches!(before.turn, Turn::Waiting(wait) if wait.set_by == SetBy::Us)
                && op(&before) != op(lane);
            if !stale {
                lane.turn = before.turn;
            }
        }
        // A lane whose rows are all gone may still wait for the end of a posting.
        for (id, lane) in before {
            if matches!(lane.turn, Turn::Posting(_)) {
                self.lanes.insert(id, Lane { items: Vec::new(), turn: lane.turn });
            }
        }
    }

    fn ended(&mut self, op: i64, ended: Ended, moment: Moment) -> Option<Effect> {
        let lane = self.lanes.values_mut().find(|lane| lane.turn == Turn::Posting(op))?;
        lane.turn = Turn::Idle;
        let at = lane.items.iter().position(|item| item.op == op)?;
        match ended {
            Ended::Gone => drop(lane.items.remove(at)),
            Ended::Refused => {
                // Without its conversation no message can be sent.
                let all = lane.items[at].kind == OutboxKind::Open;
                for item in lane.items.iter_mut().filter(|item| all || item.op == op) {
                    item.state = OutboxState::Failed;
                }
            }
            Ended::Unclear { retry_after_ms } => return Some(lane.again(at, retry_after_ms, moment)),
            // Should the opening not help, it is not tried without a pause. The new row does not wait for that.
            Ended::Unopened | Ended::Renewed => return Some(lane.again(at, None, moment)),
            Ended::Unauthenticated => self.gate = Gate::Shut,
        }
        None
    }

    fn end_waits(&mut self, which: impl Fn(Wait) -> bool) {
        for lane in self.lanes.values_mut() {
            if matches!(lane.turn, Turn::Waiting(wait) if which(wait)) {
                lane.turn = Turn::Idle;
            }
        }
    }

    fn post(&mut self, effects: &mut Vec<Effect>) {
        self.lanes.retain(|_, lane| !lane.items.is_empty() || lane.turn != Turn::Idle);
        if self.gate == Gate::Shut {
            return;
        }
        let posting = self.lanes.values().filter(|lane| matches!(lane.turn, Turn::Posting(_))).count();
        let mut idle: Vec<_> = self.lanes.values_mut().filter(|lane| lane.turn == Turn::Idle).collect();
        // Who waits longest comes first.
        idle.sort_by_key(|lane| lane.ready().map(|item| item.op));
        let ready = idle.into_iter().filter_map(|lane| lane.ready().map(|item| (lane, item)));
        for (lane, item) in ready.take(POSTING_AT_ONCE.saturating_sub(posting)) {
            lane.turn = Turn::Posting(item.op);
            effects.push(Effect::Post(item));
        }
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
