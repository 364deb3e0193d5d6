//! A feed that a socket follows, and how far it has come.

use std::sync::Arc;

use tidings_protocol::Seq;
use tidings_protocol::cursor::{Cursor, Epoch};
use tidings_protocol::id::FeedId;
use tidings_protocol::limits;
use tidings_store::planted::{self, Bug};

use super::hub::{Bell, Follower, Hub, Typing};
use super::tail::{Frame, More};

/// Changes that one page asks for at first: of usual messages, what fits a frame.
const PAGE_CHANGES: i64 = 100;

/// A feed that a socket follows, and how far it has come.
pub(super) struct Line {
    pub(super) feed: FeedId,
    pub(super) cursor: Cursor,
    follower: Follower,
    limit: i64,
    is_behind: bool,
    /// What was announced and not found when it was read: it is not looked for again.
    in_vain: Seq,
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

impl Line {
    /// Follows first and reads afterwards: what is committed in between rings.
    pub(super) fn new(hub: &Arc<Hub>, bell: &Bell, feed: FeedId, cursor: Cursor) -> Self {
        let follower = hub.follow(feed, bell);
        Self { feed, cursor, follower, limit: PAGE_CHANGES, is_behind: true, in_vain: 0 }
    }

    /// Whether there is, or may be, something to send.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind || self.follower.latest() > self.cursor.seq.max(self.in_vain)
    }

    /// The frame that goes on from here, if somebody has it at hand. A cursor of another history finds none.
    pub(super) fn at_hand(&self, epoch: Epoch) -> Option<Frame> {
        if self.cursor.epoch == epoch { self.follower.frame_after(self.cursor.seq) } else { None }
    }

    /// Offers a frame that was read from here to the others who follow the feed.
    pub(super) fn share(&self, frame: &Frame) {
        self.follower.share(self.cursor.seq, frame.clone());
    }

    pub(super) const fn limit(&self) -> i64 {
        self.limit
    }

    /// Whether a page of this size should be read again, smaller. Big messages are rare, so the next page is
    /// tried at full size again.
    pub(super) const fn halve(&mut self, bytes: usize) -> bool {
        let too_big = bytes > limits::FRAME_BYTES && self.limit > 1;
        self.limit = if too_big { self.limit / 2 } else { PAGE_CHANGES };
        too_big
    }

    pub(super) fn advance(&mut self, upto: Seq, more: More) {
        self.cursor.seq = upto;
        if planted::is(Bug::HintInsteadOfLog) {
            self.cursor.seq = self.cursor.seq.max(self.follower.latest());
        }
        self.is_behind = more == More::Yes;
    }

    /// Nothing was found; `latest` is what was announced before it was looked for.
    pub(super) fn caught_up(&mut self, latest: Seq) {
        self.is_behind = false;
        self.in_vain = latest;
    }

    pub(super) fn latest(&self) -> Seq {
        self.follower.latest()
    }

    pub(super) fn take_typing(&mut self) -> Option<Typing> {
        self.follower.take_typing()
    }
}
