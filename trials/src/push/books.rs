//! What happened in a run of the trial of push, from the stand-ins' books and from what phones and agents did.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::push::PushPayload;

use super::Stand;
use super::fleet::{Fleet, Handset, Trouble};

/// All that is judged. Times are unix milliseconds.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// Phones that are judged.
    pub(super) phones: Vec<Owner>,
    /// What arrived for all phones, each token's in order.
    pub(super) arrivals: HashMap<String, Vec<Arrival>>,
    /// When the server was killed, and what its ledger held then.
    pub(super) kills: Vec<Kill>,
    /// The tokens that the server still holds.
    pub(super) tokens: Vec<String>,
    /// Tokens of other phones, none of which is dead.
    pub(super) others: Vec<String>,
    /// Jobs that were given up.
    pub(super) given_up: usize,
}

/// Whose phone it is.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) token: String,
    pub(super) is_live: bool,
    pub(super) threads: Vec<Said>,
}

/// A thread, what was said in it, and what was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    pub(super) conversation: ConversationId,
    pub(super) last_seq: Seq,
    /// Up to where, and when the server had acknowledged that.
    pub(super) read: Option<(Seq, i64)>,
}

/// A push that a service took.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    pub(super) payload: PushPayload,
    pub(super) at: i64,
    /// None: its answer was lost on purpose.
    pub(super) answered_at: Option<i64>,
}

/// A kill.
#[derive(Debug, Clone, Default)]
pub(super) struct Kill {
    /// When the server was gone for certain, and not yet started again.
    pub(super) at: i64,
    /// Pushes that the ledger said were accepted: token and message.
    pub(super) written: HashSet<(String, MessageId)>,
}

/// When the push for each message arrived first.
pub(super) fn first_arrivals(stand: &Stand) -> HashMap<MessageId, i64> {
    let mut first = HashMap::new();
    for (_, arrival) in all(stand) {
        first.entry(arrival.payload.message_id).or_insert(arrival.at);
    }
    first
}

fn all(stand: &Stand) -> Vec<(String, Arrival)> {
    let payload = |value: Value| serde_json::from_value(value).ok();
    let apns = stand.apns.received().into_iter().filter_map(|mut push| {
        let payload = payload(push.payload["tidings"].take())?;
        Some((push.token, Arrival { payload, at: push.arrived_at, answered_at: push.answered_at }))
    });
    let fcm = stand.fcm.received().into_iter().filter_map(|push| {
        let payload = serde_json::from_str(push.message["data"]["tidings"].as_str()?).ok()?;
        Some((push.token, Arrival { payload, at: push.arrived_at, answered_at: push.answered_at }))
    });
    apns.chain(fcm).collect()
}

impl History {
    /// As it is now; what the server holds is not asked yet.
    pub(super) fn of(stand: &Stand, fleet: &Fleet, kills: &[Kill]) -> Self {
        let owner = |handset: &Handset| Owner {
            token: handset.token.clone(),
            is_live: handset.trouble != Trouble::Dead,
            threads: handset
                .threads
                .iter()
                .map(|thread| Said { conversation: thread.id, last_seq: thread.said, read: thread.read })
                .collect(),
        };
        let mut arrivals: HashMap<String, Vec<Arrival>> = HashMap::new();
        for (token, arrival) in all(stand) {
            arrivals.entry(token).or_default().push(arrival);
        }
        for pushes in arrivals.values_mut() {
            pushes.sort_by_key(|push| push.at);
        }
        let phones = fleet.handsets.iter().map(owner).collect();
        Self { phones, arrivals, kills: kills.to_vec(), ..Self::default() }
    }
}
