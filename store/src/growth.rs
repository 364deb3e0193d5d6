//! What a commit tells: how far feeds grew, and by what.

use std::sync::Arc;

use tidings_protocol::Seq;
use tidings_protocol::change::{TeamChangePage, UserChangePage};
use tidings_protocol::id::FeedId;

use crate::EndedSession;

/// What a commit changed that somebody may wait for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Committed {
    /// Feeds that grew.
    pub feeds: Vec<Growth>,
    /// Whether jobs were added.
    pub jobs: bool,
    /// Sessions that ended: their sockets must be closed.
    pub ended_sessions: Vec<EndedSession>,
}

/// A feed that grew by a commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// Which.
    pub feed: FeedId,
    /// The number of its last change.
    pub last_seq: Seq,
    /// What it grew by, when the commit knew without reading. None says nothing: the changes are to be read.
    pub news: Option<Arc<News>>,
}

/// All that a feed grew by in one commit.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    /// The number of the last change before it: the news are for whoever has come exactly this far.
    pub after: Seq,
    /// What a read after that number would have answered at the moment of the commit.
    pub page: NewsPage,
}

/// A page of changes, as the followers of a feed see it.
#[derive(Debug, Clone, PartialEq)]
pub enum NewsPage {
    /// Of a user's feed.
    User(UserChangePage),
    /// Of a team's feed.
    Team(TeamChangePage),
}
