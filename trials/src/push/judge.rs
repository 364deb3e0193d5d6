//! Holds the stand-ins' books against what was said and read.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::Value;
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::push::{PushKind, PushPayload};

use super::Stand;
use super::fleet::{Fleet, Handset, Trouble};

/// A push that was on its way when somebody read, in milliseconds: whether it is needed is asked before it is sent.
const UNDER_WAY_MS: i64 = 1_500;
/// What had been sent so short a time before a kill may not have been written down.
const UNWRITTEN_MS: i64 = 5_000;

/// What must be zero, and what is told besides.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Messages that a live phone was not told of, and that were not read.
    pub missed: usize,
    /// Pushes of one message to one phone beyond the first, unless the answer to the first was lost.
    pub twice: usize,
    /// Pushes that were sent after their message had been read.
    pub after_read: usize,
    /// Whether exactly the dead tokens are gone.
    pub dead_exact: bool,
    /// Jobs that were given up.
    pub given_up: usize,
    /// Repeats after a lost answer; each takes the place of the first on the screen.
    repeated: usize,
    /// Messages told of together.
    summaries: usize,
    pushes: usize,
    /// The first of what is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<String>,
}

impl Verdict {
    /// Whether everything is as it must be.
    pub const fn kept(&self) -> bool {
        self.missed == 0 && self.twice == 0 && self.after_read == 0 && self.given_up == 0 && self.dead_exact
    }
}

/// A push that a service took.
struct Arrival {
    token: String,
    payload: PushPayload,
    at: i64,
}

/// What arrived for the fleet.
pub(super) struct Books {
    by_token: HashMap<String, Vec<Arrival>>,
    expected: HashMap<ConversationId, Expected>,
    killed_at: Vec<i64>,
}

struct Expected {
    token: String,
    last_seq: Seq,
    live: bool,
    loses_answers: bool,
    read: Option<(Seq, i64)>,
}

/// When the push for each message arrived first.
pub(super) fn arrivals(stand: &Stand) -> HashMap<MessageId, i64> {
    let mut first = HashMap::new();
    for arrival in all(stand) {
        first.entry(arrival.payload.message_id).or_insert(arrival.at);
    }
    first
}

fn all(stand: &Stand) -> Vec<Arrival> {
    let payload = |value: Value| serde_json::from_value(value).ok();
    let apns = stand.apns.received().into_iter().filter_map(|mut push| {
        let payload = payload(push.payload["tidings"].take())?;
        Some(Arrival { token: push.token, payload, at: push.arrived_at })
    });
    let fcm = stand.fcm.received().into_iter().filter_map(|push| {
        let payload = serde_json::from_str(push.message["data"]["tidings"].as_str()?).ok()?;
        Some(Arrival { token: push.token, payload, at: push.arrived_at })
    });
    apns.chain(fcm).collect()
}

impl Books {
    pub(super) fn of(stand: &Stand, fleet: &Fleet, rounds: usize, killed_at: &[i64]) -> Self {
        let last_seq = i64::try_from(rounds).unwrap_or(i64::MAX);
        let expected = |handset: &Handset| Expected {
            token: handset.token.clone(),
            last_seq,
            live: handset.trouble != Trouble::Dead,
            loses_answers: handset.trouble == Trouble::Reset,
            read: handset.read,
        };
        let expected =
            fleet.handsets.iter().map(|handset| (handset.conversation, expected(handset))).collect();
        let mut by_token: HashMap<String, Vec<Arrival>> = HashMap::new();
        for arrival in all(stand) {
            by_token.entry(arrival.token.clone()).or_default().push(arrival);
        }
        Self { by_token, expected, killed_at: killed_at.to_vec() }
    }

    fn visible(&self, token: &str) -> impl Iterator<Item = &Arrival> {
        let arrivals = self.by_token.get(token).map(Vec::as_slice).unwrap_or_default();
        arrivals.iter().filter(|arrival| arrival.payload.kind != PushKind::Clear)
    }

    /// How many messages live phones were not told of yet.
    pub(super) fn missed(&self) -> usize {
        self.not_told().len()
    }

    fn not_told(&self) -> Vec<String> {
        let mut missed = Vec::new();
        for (conversation, expected) in self.expected.iter().filter(|(_, expected)| expected.live) {
            let read = expected.read.map_or(0, |(seq, _)| seq);
            for seq in read + 1..=expected.last_seq {
                let is_told = self.visible(&expected.token).any(|arrival| {
                    let payload = &arrival.payload;
                    payload.seq == seq || (payload.kind == PushKind::Summary && payload.seq > seq)
                });
                if !is_told {
                    missed.push(format!("{conversation} {seq} never reached {}", expected.token));
                }
            }
        }
        missed
    }

    pub(super) fn judge(&self, fleet: &Fleet, tokens: &[String], given_up: usize) -> Verdict {
        let mut examples = self.not_told();
        let missed = examples.len();
        let (mut twice, mut repeated, mut after_read, mut summaries, mut pushes) = (0, 0, 0, 0, 0);
        for expected in self.expected.values() {
            let mut seen: HashMap<MessageId, i64> = HashMap::new();
            for arrival in self.visible(&expected.token) {
                pushes += 1;
                summaries += usize::from(arrival.payload.kind == PushKind::Summary);
                if let Some(before) = seen.insert(arrival.payload.message_id, arrival.at) {
                    if expected.loses_answers || self.was_killed_between(before, arrival.at) {
                        repeated += 1;
                    } else {
                        twice += 1;
                        examples.push(format!("{} {} twice", expected.token, arrival.payload.seq));
                    }
                }
                let late = |(seq, at)| arrival.payload.seq <= seq && arrival.at > at + UNDER_WAY_MS;
                if expected.read.is_some_and(late) {
                    after_read += 1;
                    examples.push(format!("{} {} after it was read", expected.token, arrival.payload.seq));
                }
            }
        }
        let kept: BTreeSet<_> = tokens.iter().map(String::as_str).collect();
        let dead_exact = fleet
            .handsets
            .iter()
            .all(|handset| kept.contains(handset.token.as_str()) == (handset.trouble != Trouble::Dead));
        examples.truncate(10);
        Verdict { missed, twice, after_read, dead_exact, given_up, repeated, summaries, pushes, examples }
    }

    fn was_killed_between(&self, first: i64, second: i64) -> bool {
        self.killed_at.iter().any(|at| (first..=second).contains(at) && at - first < UNWRITTEN_MS)
    }
}
