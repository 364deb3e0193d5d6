//! Between nodes: hints that a feed has grown. A hint may be lost, repeated, late: the database is the truth, and
//! [`sweep`] looks there for what no hint told.

mod redis;
pub mod sweep;

use std::sync::Arc;

use tidings_protocol::id::FeedId;
use tidings_store::Committed;
use tokio::sync::Notify;

pub use self::redis::RedisBus;
use crate::lifecycle::Lifecycle;
use crate::live::{Hub, Typing};

/// How nodes tell each other what happened.
#[derive(Clone)]
pub enum Bus {
    /// There is one node.
    Local,
    /// Redis publish and subscribe.
    Redis(RedisBus),
}

/// How the bus is, for `/health`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusHealth {
    /// There is one node, and no bus.
    Local,
    /// Hints travel.
    Connected,
    /// Hints are lost; the sweep delivers, a second or two later.
    Disconnected,
}

impl Bus {
    /// Starts the bus. Never waits for Redis: it is connected in the background, for as long as it takes.
    ///
    /// # Errors
    /// When `redis_url` is not an address of Redis.
    pub fn start(redis_url: Option<&str>, hub: &Arc<Hub>, lifecycle: &Lifecycle) -> anyhow::Result<Self> {
        match redis_url {
            None => Ok(Self::Local),
            Some(url) => Ok(Self::Redis(RedisBus::start(url, hub, lifecycle)?)),
        }
    }

    /// Tells this node at once, and the others soon, what a commit touched. Never blocks.
    pub fn committed(&self, hub: &Hub, committed: &Committed) {
        for growth in &committed.feeds {
            hub.announce(growth.feed, growth.last_seq);
        }
        for session in &committed.ended_sessions {
            hub.end(session);
        }
        if let Self::Redis(bus) = self {
            bus.committed(committed);
        }
    }

    /// Tells this node at once, and the others soon, that somebody writes.
    pub fn typing(&self, hub: &Hub, feed: FeedId, typing: &Typing) {
        hub.typing(feed, typing.clone());
        if let Self::Redis(bus) = self {
            bus.typing(feed, typing);
        }
    }

    /// How the bus is.
    pub fn health(&self) -> BusHealth {
        match self {
            Self::Local => BusHealth::Local,
            Self::Redis(bus) if bus.is_connected() => BusHealth::Connected,
            Self::Redis(_) => BusHealth::Disconnected,
        }
    }

    /// Rung when hints may have been lost, so that the sweep looks at once: when the bus is gone, and when it is back.
    fn changed(&self) -> Option<&Notify> {
        match self {
            Self::Local => None,
            Self::Redis(bus) => Some(bus.changed()),
        }
    }
}
