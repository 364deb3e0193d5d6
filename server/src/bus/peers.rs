//! The other nodes, as this one has heard of them: who lives, and whose app is in front there.
//!
//! Nothing of it is stored anywhere. A node says each second that it lives, and again and again who is in front: what
//! a killed node last said stops counting after [`SILENCE`], and a hint that got lost is said again.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::hint::NodeId;
use crate::live::hub::lock;
use crate::live::presence::Somebody;

/// How often a node says that it lives.
pub(super) const BEAT: Duration = Duration::from_secs(1);
/// After so long without a word, a node counts as gone.
pub(super) const SILENCE: Duration = Duration::from_millis(3_500);
/// How often a node says again who is in front.
pub(super) const REPEAT: Duration = Duration::from_secs(10);
/// For how long somebody in front is believed without being said again.
const BELIEVED: Duration = Duration::from_secs(25);
/// A node that was silent for so long, without a goodbye, is not waited for any more.
const FORGOTTEN: Duration = Duration::from_mins(1);

/// Another node.
struct Peer {
    heard: Instant,
    in_front: HashMap<Somebody, Instant>,
}

/// The other nodes.
#[derive(Default)]
pub(super) struct Peers(Mutex<HashMap<NodeId, Peer>>);

/// Whether a node was known before it was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acquaintance {
    New,
    Known,
}

impl Peers {
    /// A node spoke.
    pub(super) fn heard(&self, node: NodeId, now: Instant) -> Acquaintance {
        let mut peers = lock(&self.0);
        let known = if peers.contains_key(&node) { Acquaintance::Known } else { Acquaintance::New };
        peers.entry(node).or_insert_with(|| Peer { heard: now, in_front: HashMap::new() }).heard = now;
        known
    }

    /// A node said goodbye.
    pub(super) fn left(&self, node: NodeId) {
        lock(&self.0).remove(&node);
    }

    /// These users' app is in front on a node that was heard.
    pub(super) fn enter(&self, node: NodeId, users: impl IntoIterator<Item = Somebody>, now: Instant) {
        if let Some(peer) = lock(&self.0).get_mut(&node) {
            peer.in_front.extend(users.into_iter().map(|user| (user, now)));
        }
    }

    /// This user's app has left the front on a node.
    pub(super) fn leave(&self, node: NodeId, user: Somebody) {
        if let Some(peer) = lock(&self.0).get_mut(&node) {
            peer.in_front.remove(&user);
        }
    }

    /// Whether a node that lives has this user in front.
    pub(super) fn is_in_front(&self, user: Somebody, now: Instant) -> bool {
        lock(&self.0).values().any(|peer| {
            now - peer.heard < SILENCE && peer.in_front.get(&user).is_some_and(|said| now - *said < BELIEVED)
        })
    }

    /// Whether a node stopped to speak without a goodbye: it may live, and only its hints not reach this one.
    pub(super) fn misses_one(&self, now: Instant) -> bool {
        lock(&self.0).values().any(|peer| now - peer.heard >= SILENCE)
    }

    /// Forgets what is too old to count.
    pub(super) fn tidy(&self, now: Instant) {
        let mut peers = lock(&self.0);
        peers.retain(|_, peer| now - peer.heard < FORGOTTEN);
        for peer in peers.values_mut() {
            peer.in_front.retain(|_, said| now - *said < BELIEVED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = 7;

    fn user() -> Somebody {
        Somebody::User(tidings_protocol::id::UserId::from_parts(1, [1; 10]))
    }

    #[tokio::test]
    async fn who_is_in_front_on_a_killed_node_is_soon_not() {
        let (peers, start) = (Peers::default(), Instant::now());
        assert_eq!(peers.heard(NODE, start), Acquaintance::New);
        peers.enter(NODE, [user()], start);
        assert!(peers.is_in_front(user(), start + BEAT) && !peers.misses_one(start + BEAT));
        assert!(!peers.is_in_front(user(), start + SILENCE));
        assert!(peers.misses_one(start + SILENCE));
        peers.tidy(start + FORGOTTEN);
        assert!(!peers.misses_one(start + FORGOTTEN));
    }

    #[tokio::test]
    async fn a_lost_leaving_is_believed_for_seconds_only() {
        let (peers, start) = (Peers::default(), Instant::now());
        peers.heard(NODE, start);
        peers.enter(NODE, [user()], start);
        assert_eq!(peers.heard(NODE, start + BELIEVED), Acquaintance::Known);
        assert!(!peers.is_in_front(user(), start + BELIEVED));
    }

    #[tokio::test]
    async fn leaving_and_saying_goodbye_count_at_once() {
        let (peers, start) = (Peers::default(), Instant::now());
        peers.heard(NODE, start);
        peers.enter(NODE, [user()], start);
        peers.leave(NODE, user());
        assert!(!peers.is_in_front(user(), start));
        peers.left(NODE);
        assert!(!peers.misses_one(start + SILENCE));
    }
}
