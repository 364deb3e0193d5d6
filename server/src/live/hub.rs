//! Who follows which feed on this node.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidings_protocol::Seq;
use tidings_protocol::id::{AgentId, ConversationId, FeedId, UserId};
use tidings_protocol::text::Name;
use tidings_store::EndedSession;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::presence::{Foreground, Move, Presence};

/// Locks without caring whether another thread panicked while it held the lock: the maps below are valid after
/// each statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rung when a socket has something to look at.
pub type Bell = Arc<Notify>;

/// Somebody is writing. The newest replaces the one before; nothing is lost by losing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub typist: Typist,
}

/// Who is writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typist {
    /// The user of the conversation.
    User,
    /// An agent.
    Agent {
        /// Which.
        id: AgentId,
        /// The name that users see.
        name: Name,
    },
}

#[derive(Default)]
struct Feed {
    latest: AtomicI64,
    typing: Mutex<(u64, Option<Typing>)>,
    bells: Mutex<HashMap<u64, Bell>>,
}

impl Feed {
    fn ring(&self) {
        for bell in lock(&self.bells).values() {
            bell.notify_one();
        }
    }
}

/// What a token's SHA-256 is.
pub type TokenHash = [u8; 32];

/// Who follows which feed on this node, who has the app on the screen, which sockets end with a session.
#[derive(Default)]
pub struct Hub {
    feeds: Mutex<HashMap<FeedId, Arc<Feed>>>,
    sessions: Mutex<HashMap<TokenHash, Vec<(u64, CancellationToken)>>>,
    /// Counted, because each `hello` of a reconnecting crowd asks.
    sockets: AtomicUsize,
    presence: Presence,
    next_id: AtomicU64,
}

impl Hub {
    /// A hub that nobody follows anything on.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A feed has reached `seq`: after a commit, or by a hint of another node. Never goes back.
    pub fn announce(&self, feed: FeedId, seq: Seq) {
        let feed = lock(&self.feeds).get(&feed).map(Arc::clone);
        if let Some(feed) = feed
            && feed.latest.fetch_max(seq, Ordering::AcqRel) < seq
        {
            feed.ring();
        }
    }

    /// Somebody writes in a conversation of this feed.
    pub fn typing(&self, feed: FeedId, typing: Typing) {
        let feed = lock(&self.feeds).get(&feed).map(Arc::clone);
        if let Some(feed) = feed {
            {
                let mut slot = lock(&feed.typing);
                slot.0 += 1;
                slot.1 = Some(typing);
            }
            feed.ring();
        }
    }

    /// Follows a feed until the follower is dropped; `bell` is rung when there is something to look at.
    pub fn follow(self: &Arc<Self>, feed_id: FeedId, bell: &Bell) -> Follower {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut feeds = lock(&self.feeds);
        let feed = Arc::clone(feeds.entry(feed_id).or_default());
        // While the map is locked: a follower that leaves now must not take the entry away under this one.
        lock(&feed.bells).insert(id, Arc::clone(bell));
        drop(feeds);
        let typing_seen = lock(&feed.typing).0;
        Follower { hub: Arc::clone(self), feed_id, feed, id, typing_seen }
    }

    /// Every feed that is followed on this node.
    pub fn followed(&self) -> Vec<FeedId> {
        lock(&self.feeds).keys().copied().collect()
    }

    /// Registers a socket of a session; it is cancelled when the session ends.
    pub fn attach(self: &Arc<Self>, session: TokenHash) -> Attachment {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let ended = CancellationToken::new();
        lock(&self.sessions).entry(session).or_default().push((id, ended.clone()));
        self.sockets.fetch_add(1, Ordering::Relaxed);
        Attachment { hub: Arc::clone(self), session, id, ended }
    }

    /// Closes the sockets of a session that ended.
    pub fn end(&self, session: &EndedSession) {
        let (EndedSession::App(token) | EndedSession::Agent(token)) = session;
        self.close(token);
    }

    /// Closes the sockets of whichever session has this token.
    pub fn close(&self, token: &TokenHash) {
        for (_, ended) in lock(&self.sessions).get(token).into_iter().flatten() {
            ended.cancel();
        }
    }

    /// Every session that has a socket on this node.
    pub fn attached(&self) -> Vec<TokenHash> {
        lock(&self.sessions).keys().copied().collect()
    }

    /// Whether a socket of this user on this node says that the app is on the screen.
    pub fn foreground(&self, user: UserId) -> bool {
        self.presence.is_foreground(user)
    }

    /// Says that the app is on the screen until the value is dropped.
    pub fn enter_foreground(self: &Arc<Self>, user: UserId) -> Foreground {
        Foreground::enter(Arc::clone(self), user)
    }

    /// Everybody whose socket on this node says that the app is on the screen.
    pub fn in_front(&self) -> Vec<UserId> {
        self.presence.everybody()
    }

    /// Calls back whenever somebody's app comes to the screen of a socket of this node, or leaves it. It must not
    /// block.
    pub fn tell_presence(&self, teller: impl Fn(UserId, Move) + Send + Sync + 'static) {
        self.presence.tell(teller);
    }

    pub(super) fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Open, authenticated sockets on this node.
    pub fn sockets(&self) -> usize {
        self.sockets.load(Ordering::Relaxed)
    }
}

/// A socket's hold on a feed.
pub struct Follower {
    hub: Arc<Hub>,
    feed_id: FeedId,
    feed: Arc<Feed>,
    id: u64,
    typing_seen: u64,
}

impl Follower {
    /// The newest change that is known of on this node; 0 when nothing was announced yet.
    pub fn latest(&self) -> Seq {
        self.feed.latest.load(Ordering::Acquire)
    }

    /// Who began to write since this was last asked.
    pub fn take_typing(&mut self) -> Option<Typing> {
        let slot = lock(&self.feed.typing);
        if slot.0 == self.typing_seen {
            return None;
        }
        self.typing_seen = slot.0;
        slot.1.clone()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut feeds = lock(&self.hub.feeds);
        let mut bells = lock(&self.feed.bells);
        bells.remove(&self.id);
        if bells.is_empty() {
            feeds.remove(&self.feed_id);
        }
    }
}

/// A socket's hold on its session.
pub struct Attachment {
    hub: Arc<Hub>,
    session: TokenHash,
    id: u64,
    ended: CancellationToken,
}

impl Attachment {
    /// Sockets that this session has on this node, this one included.
    pub fn siblings(&self) -> usize {
        lock(&self.hub.sessions).get(&self.session).map_or(0, Vec::len)
    }

    /// Done when the session ended.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.hub.sockets.fetch_sub(1, Ordering::Relaxed);
        let mut sessions = lock(&self.hub.sessions);
        if let Some(sockets) = sessions.get_mut(&self.session) {
            sockets.retain(|(id, _)| *id != self.id);
            if sockets.is_empty() {
                sessions.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(n: u8) -> FeedId {
        FeedId::from_parts(1, [n; 10])
    }

    async fn rings(bell: &Bell) -> bool {
        tokio::time::timeout(std::time::Duration::from_millis(20), bell.notified()).await.is_ok()
    }

    #[tokio::test]
    async fn an_announcement_rings_the_followers_of_that_feed_only() {
        let hub = Hub::new();
        let (mine, other) = (Bell::default(), Bell::default());
        let follower = hub.follow(feed(1), &mine);
        let _other = hub.follow(feed(2), &other);
        hub.announce(feed(1), 3);
        assert!(rings(&mine).await && !rings(&other).await);
        assert_eq!(follower.latest(), 3);
    }

    #[tokio::test]
    async fn an_older_announcement_neither_goes_back_nor_rings() {
        let hub = Hub::new();
        let bell = Bell::default();
        let follower = hub.follow(feed(1), &bell);
        hub.announce(feed(1), 3);
        assert!(rings(&bell).await);
        hub.announce(feed(1), 2);
        assert!(!rings(&bell).await);
        assert_eq!(follower.latest(), 3);
    }

    #[tokio::test]
    async fn a_feed_without_followers_costs_nothing() {
        let hub = Hub::new();
        let bell = Bell::default();
        let (one, two) = (hub.follow(feed(1), &bell), hub.follow(feed(1), &bell));
        drop(one);
        assert_eq!(hub.followed(), [feed(1)]);
        drop(two);
        assert!(hub.followed().is_empty());
    }

    #[tokio::test]
    async fn the_newest_typist_is_seen_once() {
        let hub = Hub::new();
        let bell = Bell::default();
        let mut follower = hub.follow(feed(1), &bell);
        let conversation_id = ConversationId::from_parts(1, [1; 10]);
        hub.typing(feed(1), Typing { conversation_id, typist: Typist::User });
        assert!(follower.take_typing().is_some());
        assert!(follower.take_typing().is_none());
    }

    #[tokio::test]
    async fn the_end_of_a_session_reaches_its_sockets_only() {
        let hub = Hub::new();
        let (mine, other) = (hub.attach([1; 32]), hub.attach([2; 32]));
        hub.end(&EndedSession::App([1; 32]));
        assert!(mine.ended.is_cancelled() && !other.ended.is_cancelled());
        drop(mine);
        assert_eq!(hub.sockets(), 1);
    }
}
