//! Between nodes: hints that a feed has grown, that a session ended, that somebody writes or has the app in front. A
//! hint may be lost, repeated, late: the database is the truth, and [`sweep`] looks there for what no hint told.
//!
//! - [`hint`]: what is said, and how it is written
//! - [`link`]: a way to the others, and whether it works; [`redis`] and [`postgres`] are the two there are, [`given`]
//!   stands in their place in a simulation
//! - [`peers`]: the others, as this node has heard of them

pub mod given;
mod hint;
mod link;
mod peers;
mod postgres;
mod redis;
pub mod settle;
pub mod sweep;

use std::sync::{Arc, Mutex, Weak};

use axum::body::Bytes;
use tidings_protocol::id::{AppId, FeedId};
use tidings_store::notices::Notices;
use tidings_store::{Committed, EndedSession, Growth};
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use self::hint::{Hint, NodeId};
use self::link::Link;
use self::peers::{Acquaintance, BEAT, Peers, REPEAT};
use crate::clock::Clock;
use crate::live::frame;
use crate::live::hub::{Typist, lock};
use crate::live::presence::{Move, Somebody};
use crate::live::tail::{Frame, More};
use crate::live::views::{Gaze, Viewing};
use crate::live::{Hub, Typing};
use crate::rates::Spent;

/// Users in one hint.
const USERS_AT_ONCE: usize = 100;
/// Buckets in one hint.
const SPENT_AT_ONCE: usize = 100;
/// What was taken elsewhere and is not settled here yet; more is forgotten.
const SPENT_MAX: usize = 10_000;
/// How long the last hints of a process may take.
const LAST_WORDS: std::time::Duration = std::time::Duration::from_millis(500);

/// How nodes tell each other what happened; cheap to clone.
#[derive(Clone)]
pub struct Bus(Arc<Shared>);

/// Which ways there are to the other nodes. None: there is one node.
#[derive(Default)]
pub struct Ways {
    /// The address of Redis.
    pub redis_url: Option<String>,
    /// PostgreSQL, when that is the database.
    pub notices: Option<Notices>,
    /// In the place of Redis, in a simulation.
    pub given: Option<Arc<dyn given::Exchange>>,
}

/// How the bus is, for `/health`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusHealth {
    /// There is one node, and no bus.
    Alone,
    /// Hints travel through Redis.
    Redis,
    /// Hints travel through PostgreSQL, because there is no Redis.
    Postgres,
    /// Redis is away; hints travel through PostgreSQL meanwhile.
    PostgresMeanwhile,
    /// Hints are lost; the sweep delivers, a second or two later.
    Disconnected,
}

/// What the bus and its tasks share.
struct Shared {
    node: NodeId,
    hub: Weak<Hub>,
    redis: Option<Arc<Link>>,
    postgres: Option<Arc<Link>>,
    peers: Peers,
    /// Rung when hints may have been lost, so that the sweep of feeds looks at once.
    changed: Notify,
    /// Rung when somebody lost their access, so that the sweep of sessions looks at once.
    revoked: Notify,
    /// What was taken from buckets of limits on other nodes.
    spent: Mutex<Vec<Spent>>,
    /// Rung when a node is new and does not know who is in front here.
    newcomer: Notify,
}

impl Bus {
    /// Starts the bus. Never waits for a connection: that happens in the background, for as long as it takes.
    ///
    /// # Errors
    /// When `redis_url` is not an address of Redis.
    pub fn start(ways: Ways, hub: &Arc<Hub>, clock: &Clock) -> anyhow::Result<Self> {
        let client = ways.redis_url.as_deref().map(::redis::Client::open).transpose()?;
        let (redis, to_redis) = (client.is_some() || ways.given.is_some()).then(Link::new).unzip();
        let (postgres, to_postgres) = ways.notices.is_some().then(Link::new).unzip();
        let shared = Arc::new(Shared {
            node: NodeId::from_be_bytes(clock.random()),
            hub: Arc::downgrade(hub),
            redis: redis.map(Arc::new),
            postgres: postgres.map(Arc::new),
            peers: Peers::default(),
            changed: Notify::new(),
            revoked: Notify::new(),
            spent: Mutex::default(),
            newcomer: Notify::new(),
        });
        // Not tracked by the lifecycle: what the last requests of a process do is told as well. See `farewell`.
        if let (Some(waiting), Some(link)) = (to_redis, &shared.redis) {
            if let Some(exchange) = ways.given {
                tokio::spawn(given::run(exchange, waiting, shared.clone(), link.clone()));
            } else if let Some(client) = client {
                tokio::spawn(redis::send(client.clone(), waiting, shared.clone(), link.clone()));
                tokio::spawn(redis::listen(client, shared.clone(), link.clone()));
            }
        }
        if let (Some(notices), Some(waiting), Some(link)) = (ways.notices, to_postgres, &shared.postgres) {
            tokio::spawn(postgres::send(notices.clone(), waiting, shared.clone(), link.clone()));
            tokio::spawn(postgres::listen(notices, shared.clone(), link.clone()));
        }
        if shared.redis.is_some() || shared.postgres.is_some() {
            tokio::spawn(live(shared.clone()));
            let told = Arc::downgrade(&shared);
            hub.tell_presence(move |user, moved| {
                if let Some(shared) = told.upgrade() {
                    shared.hint(Hint::Front { u: user, on: moved == Move::Entered });
                }
            });
        }
        Ok(Self(shared))
    }

    /// Tells this node at once, and the others soon, what a commit touched. Never blocks.
    pub fn committed(&self, hub: &Hub, committed: &Committed) {
        for growth in &committed.feeds {
            self.grown(hub, growth);
        }
        for session in &committed.ended_sessions {
            hub.end(session);
            self.0.hint(match *session {
                EndedSession::App(s) => Hint::Ended { s, app: true },
                EndedSession::Agent(s) => Hint::Ended { s, app: false },
                EndedSession::Many => {
                    self.0.revoked.notify_one();
                    Hint::Revoked
                }
            });
        }
    }

    /// What the commit knew becomes a frame once, for all sockets of all nodes.
    fn grown(&self, hub: &Hub, growth: &Growth) {
        let &Growth { feed, last_seq, ref news } = growth;
        let is_wanted = self.0.has_links() || hub.is_followed(feed);
        let news = news.as_ref().filter(|_| is_wanted);
        let frame = news.and_then(|news| Some((news.after, frame::of_news(feed, news)?)));
        let (a, text) = frame.as_ref().map(|(after, frame)| (*after, frame.text.clone())).unzip();
        self.0.hint(Hint::Feed { f: feed, s: last_seq, a, frame: text });
        match frame {
            Some((after, frame)) => hub.announce_frame(feed, after, frame),
            None => hub.announce(feed, last_seq),
        }
    }

    /// Tells this node at once, and the others soon, that somebody writes.
    pub fn typing(&self, hub: &Hub, feed: FeedId, typing: &Typing) {
        hub.typing(feed, typing.clone());
        let a = match &typing.typist {
            Typist::User => None,
            Typist::Agent { id, name } => Some((*id, name.clone())),
        };
        self.0.hint(Hint::Typing { f: feed, c: typing.conversation_id, a });
    }

    /// Tells this node at once, and the others soon, that an agent looks at a conversation of a team, or does no more.
    pub fn viewing(&self, hub: &Hub, feed: FeedId, viewing: Viewing) {
        hub.viewing(feed, viewing);
        let Viewing { conversation_id: c, agent_id: a, gaze } = viewing;
        self.0.hint(Hint::Viewing { f: feed, c, a, on: gaze == Gaze::There });
    }

    /// Tells this node at once, and the others soon, that somebody of a team went away or is back.
    pub fn availability(&self, hub: &Hub, feed: FeedId) {
        hub.availability(feed);
        self.0.hint(Hint::Availability { f: feed });
    }

    /// Tells this node at once, and the others soon, that an app looks different.
    pub fn look(&self, hub: &Hub, app: AppId) {
        hub.look(app);
        self.0.hint(Hint::Look { a: app });
    }

    /// Tells the other nodes what was taken from buckets here.
    fn tell_spent(&self, spent: &[Spent]) {
        for piece in spent.chunks(SPENT_AT_ONCE) {
            self.0.hint(Hint::Spent { n: piece.to_vec() });
        }
    }

    /// What was taken from buckets elsewhere, since this was last asked.
    fn take_spent_elsewhere(&self) -> Vec<Spent> {
        std::mem::take(&mut lock(&self.0.spent))
    }

    /// Whether another node says that they look at the app, or at the inbox. Unknown is no.
    pub fn is_in_front_elsewhere(&self, who: Somebody) -> bool {
        self.0.peers.is_in_front(who, Instant::now())
    }

    /// How the bus is.
    pub fn health(&self) -> BusHealth {
        self.0.health()
    }

    /// Says goodbye to the other nodes, after what still waits to be said. The last thing a process does with it.
    pub async fn farewell(&self) {
        self.0.hint(Hint::Bye);
        let links = || self.0.redis.iter().chain(&self.0.postgres);
        let said = async {
            while !links().all(|link| link.is_empty()) {
                sleep(std::time::Duration::from_millis(5)).await;
            }
            // Taken is not yet sent.
            sleep(std::time::Duration::from_millis(20)).await;
        };
        let _ = timeout(LAST_WORDS, said).await;
    }
}

impl Shared {
    /// Takes the best way that works. While Redis is not known to be well, PostgreSQL carries it too.
    fn hint(&self, hint: Hint) {
        let redis = self.redis.as_ref().filter(|link| link.sends());
        match (redis, &self.postgres) {
            (Some(redis), Some(postgres)) if !redis.is_well(Instant::now()) => {
                redis.take(hint.clone());
                postgres.take(hint);
            }
            (Some(link), _) | (None, Some(link)) => link.take(hint),
            (None, None) => {}
        }
    }

    fn has_links(&self) -> bool {
        self.redis.is_some() || self.postgres.is_some()
    }

    fn beat(&self) {
        self.hint(Hint::Beat);
    }

    fn speaks_through_postgres(&self) -> bool {
        !self.redis.as_ref().is_some_and(|link| link.is_well(Instant::now()))
    }

    fn health(&self) -> BusHealth {
        let now = Instant::now();
        let is_well = |link: &Option<Arc<Link>>| link.as_ref().is_some_and(|link| link.is_well(now));
        match (self.redis.is_some(), self.postgres.is_some()) {
            (false, false) => BusHealth::Alone,
            _ if is_well(&self.redis) => BusHealth::Redis,
            (false, true) if is_well(&self.postgres) => BusHealth::Postgres,
            (true, true) if is_well(&self.postgres) => BusHealth::PostgresMeanwhile,
            _ => BusHealth::Disconnected,
        }
    }

    /// A text came through a link.
    fn receive(&self, text: &Bytes, link: &Link) {
        let Some(node) = hint::speaker(text) else { return };
        let now = Instant::now();
        if node == self.node {
            // This node did at once what it told the others.
            link.heard_itself(now);
            return;
        }
        if self.peers.heard(node, now) == Acquaintance::New {
            self.newcomer.notify_one();
        }
        let Some(hub) = self.hub.upgrade() else { return };
        for hint in hint::read(text) {
            self.apply(&hub, node, hint, now);
        }
    }

    fn apply(&self, hub: &Hub, node: NodeId, hint: Hint, now: Instant) {
        match hint {
            Hint::Feed { f, s, a: Some(after), frame: Some(text) } if hub.is_followed(f) => {
                // Bytes of its own: as it came, it would hold all that came with it.
                let text = text.as_str().to_owned().into();
                hub.announce_frame(f, after, Frame { upto: s, as_of: s, more: More::No, text });
            }
            Hint::Feed { f, s, .. } => hub.announce(f, s),
            Hint::Ended { s, app: true } => hub.end(&EndedSession::App(s)),
            Hint::Ended { s, app: false } => hub.end(&EndedSession::Agent(s)),
            Hint::Revoked => {
                hub.end(&EndedSession::Many);
                self.revoked.notify_one();
            }
            Hint::Typing { f, c, a } => {
                let typist = a.map_or(Typist::User, |(id, name)| Typist::Agent { id, name });
                hub.typing(f, Typing { conversation_id: c, typist });
            }
            Hint::Viewing { f, c, a, on } => {
                let gaze = if on { Gaze::There } else { Gaze::Gone };
                hub.viewing(f, Viewing { conversation_id: c, agent_id: a, gaze });
            }
            Hint::Availability { f } => hub.availability(f),
            Hint::Look { a } => hub.look(a),
            Hint::Front { u, on: true } => self.peers.enter(node, [u], now),
            Hint::Front { u, on: false } => self.peers.leave(node, u),
            Hint::Fronts { u } => self.peers.enter(node, u, now),
            Hint::Spent { n } => {
                let mut spent = lock(&self.spent);
                let room = SPENT_MAX.saturating_sub(spent.len());
                spent.extend(n.into_iter().take(room));
            }
            Hint::Beat => {}
            Hint::Bye => self.peers.left(node),
        }
    }

    /// Says again who is in front here.
    fn repeat_presence(&self) {
        let Some(hub) = self.hub.upgrade() else { return };
        for users in hub.in_front().chunks(USERS_AT_ONCE) {
            self.hint(Hint::Fronts { u: users.to_vec() });
        }
    }
}

/// Says that this node lives, and who is in front here.
async fn live(shared: Arc<Shared>) {
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut repeated = Instant::now();
    loop {
        tokio::select! {
            _ = beats.tick() => {}
            () = shared.newcomer.notified() => shared.repeat_presence(),
        }
        shared.beat();
        let now = Instant::now();
        shared.peers.tidy(now);
        if now - repeated >= REPEAT {
            repeated = now;
            shared.repeat_presence();
        }
        if shared.peers.misses_one(now) {
            shared.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::id::{AgentId, ConversationId, UserId};
    use tidings_protocol::id::{AppId, DeviceId, WorkspaceId};
    use tidings_protocol::time::Timestamp;
    use tidings_store::users::SessionRow;

    use super::*;

    fn bus() -> (Arc<Hub>, Bus) {
        let hub = Hub::new();
        let bus = Bus::start(Ways::default(), &hub, &Clock::system()).unwrap();
        (hub, bus)
    }

    /// What another node would send.
    fn says(bus: &Bus, node: NodeId, hints: &[Hint]) {
        let (link, _waiting) = Link::new();
        bus.0.receive(&Bytes::from(hint::write(node, hints)), &link);
    }

    #[tokio::test]
    async fn a_hint_tells_the_hub_what_happened_elsewhere() {
        let (hub, bus) = bus();
        let bell = crate::live::hub::Bell::default();
        let f = FeedId::from_parts(1, [1; 10]);
        let follower = hub.follow(f, &bell);
        says(&bus, bus.0.node ^ 1, &[Hint::Feed { f, s: 7, a: None, frame: None }]);
        assert_eq!(follower.latest(), 7);
    }

    #[tokio::test]
    async fn who_looks_on_another_node_is_told_here() {
        let (hub, bus) = bus();
        let f = FeedId::from_parts(1, [1; 10]);
        let mut follower = hub.follow(f, &crate::live::hub::Bell::default());
        let (c, a) = (ConversationId::from_parts(1, [2; 10]), AgentId::from_parts(1, [3; 10]));
        let said = |gaze| Viewing { conversation_id: c, agent_id: a, gaze };
        for (on, gaze) in [(true, Gaze::There), (false, Gaze::Gone)] {
            says(&bus, bus.0.node ^ 1, &[Hint::Viewing { f, c, a, on }]);
            assert_eq!(follower.take_views(), [said(gaze)]);
        }
    }

    #[tokio::test]
    async fn what_this_node_said_itself_changes_nothing() {
        let (hub, bus) = bus();
        let bell = crate::live::hub::Bell::default();
        let f = FeedId::from_parts(1, [1; 10]);
        let follower = hub.follow(f, &bell);
        says(&bus, bus.0.node, &[Hint::Feed { f, s: 7, a: None, frame: None }]);
        assert_eq!(follower.latest(), 0);
    }

    #[tokio::test]
    async fn a_session_that_ended_elsewhere_is_no_longer_known_here() {
        let (hub, bus) = bus();
        let known = hub.known_sessions();
        for hint in [Hint::Ended { s: [7; 32], app: true }, Hint::Revoked] {
            let session = SessionRow {
                token_hash: [7; 32],
                user_id: UserId::from_parts(1, [1; 10]),
                device_id: DeviceId::from_parts(1, [1; 10]),
                app_id: AppId::from_parts(1, [1; 10]),
                workspace_id: WorkspaceId::from_parts(1, [1; 10]),
                anonymous: true,
                name: None,
                expires_at: Timestamp::from_unix_ms(2),
            };
            let (now, instant) = (Timestamp::from_unix_ms(1), Instant::now());
            known.keep(known.ask(instant), &session);
            assert!(known.find(&[7; 32], now, instant).is_some());
            says(&bus, bus.0.node ^ 1, std::slice::from_ref(&hint));
            assert!(known.find(&[7; 32], now, instant).is_none(), "{hint:?}");
        }
    }

    #[tokio::test]
    async fn what_was_spent_on_another_node_waits_here_within_bounds() {
        let (_hub, bus) = bus();
        let spent: Spent = serde_json::from_str(r#"["session",7,3]"#).unwrap();
        says(&bus, bus.0.node ^ 1, &vec![Hint::Spent { n: vec![spent; 100] }; 200]);
        assert_eq!(bus.take_spent_elsewhere().len(), SPENT_MAX);
        assert!(bus.take_spent_elsewhere().is_empty());
    }

    #[tokio::test]
    async fn who_is_in_front_on_another_node_is_known_here() {
        let (_hub, bus) = bus();
        let (user, node) = (Somebody::User(UserId::from_parts(1, [1; 10])), bus.0.node ^ 1);
        says(&bus, node, &[Hint::Front { u: user, on: true }]);
        assert!(bus.is_in_front_elsewhere(user));
        says(&bus, node, &[Hint::Front { u: user, on: false }]);
        assert!(!bus.is_in_front_elsewhere(user));
        says(&bus, node, &[Hint::Fronts { u: vec![user] }]);
        assert!(bus.is_in_front_elsewhere(user));
        says(&bus, node, &[Hint::Bye]);
        assert!(!bus.is_in_front_elsewhere(user));
    }
}
