//! Who follows which feed on this node.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tidings_protocol::id::{AgentId, AppId, ConversationId, FeedId};
use tidings_protocol::text::Name;
use tidings_protocol::{Seq, limits};
use tidings_store::EndedSession;
use tokio::time::Instant;
use uuid::Uuid;

use super::bell::Standing;
use super::presence::{Foreground, Move, Presence, Somebody};
use super::tail::{Frame, Tail};
use super::views::{Lookers, Viewing, Views};
use crate::auth::known::KnownSessions;
use crate::lifecycle::Lifecycle;

/// Locks without caring whether another thread panicked while it held the lock: the maps below are valid after
/// each statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub use super::bell::Bell;

/// How long "is writing" holds.
const TYPING: Duration = Duration::from_secs(limits::TYPING_SECONDS);

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
    typing: Mutex<(u64, Option<(Instant, Typing)>)>,
    views: Mutex<Views>,
    /// How often somebody of the team went away or came back; of an app, how often its look changed.
    moves: AtomicU64,
    bells: Mutex<HashMap<u64, Bell>>,
}

impl Feed {
    fn ring(&self) {
        for bell in lock(&self.bells).values() {
            bell.ring();
        }
    }
}

/// What the sockets of an app's users follow beside their own feed. It has no changes, and is rung when the look of the app did.
fn app_feed(app: AppId) -> FeedId {
    // Users and teams have ids of version 7, and this is none: it is nobody's.
    FeedId::from(Uuid::from_u128(!app.uuid().as_u128()))
}

/// What a token's SHA-256 is.
pub type TokenHash = [u8; 32];

/// Every open socket, authenticated or not.
struct Places {
    bells: HashMap<u64, Bell>,
    /// How it stands with those that come now.
    standing: Standing,
    heeds_lifecycle: bool,
}

impl Default for Places {
    fn default() -> Self {
        Self { bells: HashMap::new(), standing: Standing::Open, heeds_lifecycle: false }
    }
}

/// Who follows which feed on this node, who has the app on the screen, which sockets end with a session, and which
/// sessions were looked up.
#[derive(Default)]
pub struct Hub {
    feeds: Mutex<HashMap<FeedId, Arc<Feed>>>,
    tail: Tail,
    sessions: Mutex<HashMap<TokenHash, Vec<(u64, Bell)>>>,
    places: Mutex<Places>,
    /// How often the look of an app changed, whichever.
    looks: AtomicU64,
    /// Counted, because each `hello` of a reconnecting crowd asks.
    sockets: AtomicUsize,
    presence: Presence,
    lookers: Lookers,
    known_sessions: KnownSessions,
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

    /// Whether somebody on this node follows a feed.
    pub fn is_followed(&self, feed: FeedId) -> bool {
        lock(&self.feeds).contains_key(&feed)
    }

    /// A feed has grown by what is in a frame, for whoever has come as far as `after`.
    pub fn announce_frame(&self, feed: FeedId, after: Seq, frame: Frame) {
        let upto = frame.upto;
        if self.is_followed(feed) {
            self.tail.keep(feed, after, frame);
        }
        self.announce(feed, upto);
    }

    /// Forgets frames that are too old to be sent.
    pub fn tidy(&self) {
        self.tail.tidy();
    }

    /// Takes one of `limit` places for a socket, until the value is dropped; none when all are taken.
    pub fn take_place(self: &Arc<Self>, limit: usize, lifecycle: &Lifecycle) -> Option<Place> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let bell = Bell::default();
        let mut places = lock(&self.places);
        if places.bells.len() >= limit {
            return None;
        }
        if !std::mem::replace(&mut places.heeds_lifecycle, true) {
            self.heed(lifecycle);
        }
        if places.standing > Standing::Open {
            bell.set(places.standing);
        }
        places.bells.insert(id, Bell::clone(&bell));
        Some(Place { hub: Arc::clone(self), id, bell })
    }

    /// One task tells all sockets that the process drains: each waits for its bell alone.
    fn heed(self: &Arc<Self>, lifecycle: &Lifecycle) {
        let (hub, lifecycle) = (Arc::downgrade(self), lifecycle.clone());
        // Not tracked: the end of the process does not wait for it.
        tokio::spawn(async move {
            for (token, standing) in
                [(lifecycle.soft(), Standing::Draining), (lifecycle.hard(), Standing::Gone)]
            {
                token.cancelled().await;
                let Some(hub) = hub.upgrade() else { return };
                let mut places = lock(&hub.places);
                places.standing = standing;
                places.bells.values().for_each(|bell| bell.set(standing));
            }
        });
    }

    /// Somebody writes in a conversation of this feed.
    pub fn typing(&self, feed: FeedId, typing: Typing) {
        let feed = lock(&self.feeds).get(&feed).map(Arc::clone);
        if let Some(feed) = feed {
            {
                let mut slot = lock(&feed.typing);
                slot.0 += 1;
                slot.1 = Some((Instant::now(), typing));
            }
            feed.ring();
        }
    }

    /// An agent looks at a conversation of this team's feed, or does no more.
    pub fn viewing(&self, feed: FeedId, viewing: Viewing) {
        let feed = lock(&self.feeds).get(&feed).map(Arc::clone);
        if let Some(feed) = feed
            && lock(&feed.views).hear(viewing, Instant::now())
        {
            feed.ring();
        }
    }

    /// Whether an agent looks at a conversation of this feed: on this node, or on another as far as it was heard here.
    pub fn looks_at(&self, feed: FeedId, conversation: ConversationId, agent: AgentId) -> bool {
        let feed = lock(&self.feeds).get(&feed).map(Arc::clone);
        feed.is_some_and(|feed| lock(&feed.views).has((conversation, agent), Instant::now()))
    }

    pub(super) fn lookers(&self) -> &Lookers {
        &self.lookers
    }

    /// Somebody of the team of this feed went away or is back.
    pub fn availability(&self, feed: FeedId) {
        let feed = lock(&self.feeds).get(&feed).map(Arc::clone);
        if let Some(feed) = feed {
            feed.moves.fetch_add(1, Ordering::AcqRel);
            feed.ring();
        }
    }

    /// An app looks different from now on.
    pub fn look(&self, app: AppId) {
        // First, so that whoever is rung finds that what was read before does not hold.
        self.looks.fetch_add(1, Ordering::AcqRel);
        self.availability(app_feed(app));
    }

    /// How often this node was told that an app looks different.
    pub fn looks(&self) -> u64 {
        self.looks.load(Ordering::Acquire)
    }

    /// Follows the look of an app: [`Follower::take_move`] says that it changed.
    pub fn follow_look(self: &Arc<Self>, app: AppId, bell: &Bell) -> Follower {
        self.follow(app_feed(app), bell)
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
        let moves_seen = feed.moves.load(Ordering::Acquire);
        Follower { hub: Arc::clone(self), feed_id, feed, id, typing_seen, moves_seen, views_seen: None }
    }

    /// Every feed that is followed on this node.
    pub fn followed(&self) -> Vec<FeedId> {
        lock(&self.feeds).keys().copied().collect()
    }

    /// Registers a socket of a session; its bell is rung when the session ends.
    pub fn attach(self: &Arc<Self>, session: TokenHash, bell: &Bell) -> Attachment {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        lock(&self.sessions).entry(session).or_default().push((id, Bell::clone(bell)));
        self.sockets.fetch_add(1, Ordering::Relaxed);
        Attachment { hub: Arc::clone(self), session, id }
    }

    /// A session ended: forgets it, and closes its sockets; those of [`EndedSession::Many`] are for the sweep.
    pub fn end(&self, session: &EndedSession) {
        self.known_sessions.end(session);
        if let EndedSession::App(token) | EndedSession::Agent(token) = session {
            self.close(token);
        }
    }

    /// Closes the sockets of whichever session has this token.
    pub fn close(&self, token: &TokenHash) {
        for (_, bell) in lock(&self.sessions).get(token).into_iter().flatten() {
            bell.set(Standing::Revoked);
        }
    }

    /// The sessions that were looked up on this node a moment ago.
    pub fn known_sessions(&self) -> &KnownSessions {
        &self.known_sessions
    }

    /// Every session that has a socket on this node.
    pub fn attached(&self) -> Vec<TokenHash> {
        lock(&self.sessions).keys().copied().collect()
    }

    /// Whether a socket of theirs on this node says that they look.
    pub fn foreground(&self, who: impl Into<Somebody>) -> bool {
        self.presence.is_foreground(who.into())
    }

    /// Says that the app is on the screen until the value is dropped.
    pub fn enter_foreground(self: &Arc<Self>, who: impl Into<Somebody>) -> Foreground {
        Foreground::enter(Arc::clone(self), who.into())
    }

    /// Everybody whose socket on this node says that the app is on the screen.
    pub fn in_front(&self) -> Vec<Somebody> {
        self.presence.everybody()
    }

    /// Calls back whenever somebody's app comes to the screen of a socket of this node, or leaves it. It must not
    /// block.
    pub fn tell_presence(&self, teller: impl Fn(Somebody, Move) + Send + Sync + 'static) {
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

/// A socket's place on this node.
pub struct Place {
    hub: Arc<Hub>,
    id: u64,
    bell: Bell,
}

impl Place {
    /// What wakes the socket.
    pub fn bell(&self) -> &Bell {
        &self.bell
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.hub.places).bells.remove(&self.id);
    }
}

/// A socket's hold on a feed.
pub struct Follower {
    hub: Arc<Hub>,
    feed_id: FeedId,
    feed: Arc<Feed>,
    id: u64,
    typing_seen: u64,
    moves_seen: u64,
    views_seen: Option<u64>,
}

impl Follower {
    /// The newest change that is known of on this node; 0 when nothing was announced yet.
    pub fn latest(&self) -> Seq {
        self.feed.latest.load(Ordering::Acquire)
    }

    /// The frame that goes on after a number, if it is at hand.
    pub fn frame_after(&self, after: Seq) -> Option<Frame> {
        self.hub.tail.find(self.feed_id, after)
    }

    /// Keeps a frame that was read for the others who follow the feed.
    pub fn share(&self, after: Seq, frame: Frame) {
        if lock(&self.feed.bells).len() > 1 {
            self.hub.tail.keep(self.feed_id, after, frame);
        }
    }

    /// Who began to write since this was last asked, if that still holds.
    pub fn take_typing(&mut self) -> Option<Typing> {
        let slot = lock(&self.feed.typing);
        if slot.0 == self.typing_seen {
            return None;
        }
        self.typing_seen = slot.0;
        slot.1.as_ref().filter(|(since, _)| since.elapsed() < TYPING).map(|(_, typing)| typing.clone())
    }

    /// Who began or ceased to look at a conversation since this was last asked; the first time, who looks.
    pub fn take_views(&mut self) -> Vec<Viewing> {
        lock(&self.feed.views).since(&mut self.views_seen, Instant::now())
    }

    /// Whether somebody of the team went away or came back since this was last asked.
    pub fn take_move(&mut self) -> bool {
        let moves = self.feed.moves.load(Ordering::Acquire);
        std::mem::replace(&mut self.moves_seen, moves) != moves
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
}

impl Attachment {
    /// Sockets that this session has on this node, this one included.
    pub fn siblings(&self) -> usize {
        lock(&self.hub.sessions).get(&self.session).map_or(0, Vec::len)
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

    #[tokio::test(start_paused = true)]
    async fn who_wrote_a_while_ago_is_not_writing_any_more() {
        let hub = Hub::new();
        let mut follower = hub.follow(feed(1), &Bell::default());
        let conversation_id = ConversationId::from_parts(1, [1; 10]);
        hub.typing(feed(1), Typing { conversation_id, typist: Typist::User });
        tokio::time::advance(TYPING).await;
        assert!(follower.take_typing().is_none());
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
        let (mine, other) = (Bell::default(), Bell::default());
        let (attached, _other) = (hub.attach([1; 32], &mine), hub.attach([2; 32], &other));
        hub.end(&EndedSession::App([1; 32]));
        assert_eq!((mine.standing(), other.standing()), (Standing::Revoked, Standing::Open));
        drop(attached);
        assert_eq!(hub.sockets(), 1);
    }

    #[tokio::test]
    async fn a_place_is_free_again_when_its_socket_is_gone() {
        let (hub, lifecycle) = (Hub::new(), Lifecycle::new());
        let first = hub.take_place(2, &lifecycle).unwrap();
        let second = hub.take_place(2, &lifecycle).unwrap();
        assert!(hub.take_place(2, &lifecycle).is_none());
        drop(first);
        assert!(hub.take_place(2, &lifecycle).is_some());
        lifecycle.soft().cancel();
        second.bell().notified().await;
        assert_eq!(second.bell().standing(), Standing::Draining);
        assert_eq!(hub.take_place(2, &lifecycle).unwrap().bell().standing(), Standing::Draining);
        lifecycle.hard().cancel();
        assert_eq!(second.bell().ends().await, Standing::Gone);
    }

    #[tokio::test]
    async fn frames_are_kept_for_feeds_that_are_followed() {
        let hub = Hub::new();
        let bell = Bell::default();
        let frame = Frame { upto: 4, as_of: 4, more: crate::live::tail::More::No, text: "{}".into() };
        hub.announce_frame(feed(1), 3, frame.clone());
        let follower = hub.follow(feed(1), &bell);
        assert_eq!(follower.frame_after(3), None, "nobody was there to want it");
        follower.share(3, frame.clone());
        assert_eq!(follower.frame_after(3), None, "nobody else wants it");
        hub.announce_frame(feed(1), 3, frame.clone());
        assert_eq!((follower.latest(), follower.frame_after(3)), (4, Some(frame.clone())));
        assert!(rings(&bell).await);
        let _second = hub.follow(feed(1), &bell);
        follower.share(8, frame.clone());
        assert_eq!(follower.frame_after(8), Some(frame));
    }
}
