//! A feed that a socket follows, and how far it has come.

use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::FeedId;

use super::hub::{Bell, Follower, Hub, Typing};
use std::sync::Arc;

/// Changes that one page asks for at first.
const PAGE_CHANGES: i64 = 50;
/// Bytes that a frame of changes should stay under; one change alone may exceed it.
const PAGE_BYTES: usize = tidings_protocol::limits::FRAME_BYTES;

/// A feed that a socket follows, and how far it has come.
pub(super) struct Line {
    pub(super) feed: FeedId,
    pub(super) cursor: Cursor,
    follower: Follower,
    limit: i64,
    is_behind: bool,
}

/// What reading a page came to.
pub(super) enum Page {
    /// A frame to send, and what holds once it is sent.
    Frame { json: String, cursor: Cursor, more: More },
    /// There is nothing after the cursor.
    Nothing,
    /// The cursor is of another history or too old.
    Reset { json: String },
}

/// Whether a page was the last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    Yes,
    No,
}

impl Line {
    /// Follows first and reads afterwards: what is committed in between rings.
    pub(super) fn new(hub: &Arc<Hub>, bell: &Bell, feed: FeedId, cursor: Cursor) -> Self {
        Self { feed, cursor, follower: hub.follow(feed, bell), limit: PAGE_CHANGES, is_behind: true }
    }

    /// Whether there is, or may be, something to read.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind || self.follower.latest() > self.cursor.seq
    }

    pub(super) const fn limit(&self) -> i64 {
        self.limit
    }

    /// Whether a page of this size should be read again, smaller. Big messages are rare, so the next page is
    /// tried at full size again.
    pub(super) const fn halve(&mut self, bytes: usize) -> bool {
        let too_big = bytes > PAGE_BYTES && self.limit > 1;
        self.limit = if too_big { self.limit / 2 } else { PAGE_CHANGES };
        too_big
    }

    pub(super) fn advance(&mut self, cursor: Cursor, more: More) {
        self.cursor = cursor;
        self.is_behind = more == More::Yes;
    }

    pub(super) fn caught_up(&mut self) {
        self.is_behind = false;
    }

    pub(super) fn take_typing(&mut self) -> Option<Typing> {
        self.follower.take_typing()
    }
}
