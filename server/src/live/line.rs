//! A feed that a socket follows, and how far it has come.

use std::sync::Arc;

use tidings_protocol::Seq;
use tidings_protocol::cursor::{Cursor, Epoch};
use tidings_protocol::id::FeedId;
use tidings_protocol::limits;
use tidings_store::planted::{self, Bug};

use super::hub::{Bell, Follower, Hub, Typing};
use super::tail::{Frame, More};
use super::views::Viewing;

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
    /// How new the headers are that were sent last: older ones would take a screen back for a moment.
    shown: Seq,
}

/// What reading a page came to.
pub(super) enum Page {
    /// A frame to send, and what holds once it is sent.
    Frame { json: String, upto: Seq, as_of: Seq, more: More },
    /// There is nothing after the cursor.
    Nothing,
    /// The cursor is of another history or too old.
    Reset { json: String },
}

impl Line {
    /// Follows first and reads afterwards: what is committed in between rings.
    pub(super) fn new(hub: &Arc<Hub>, bell: &Bell, feed: FeedId, cursor: Cursor) -> Self {
        let follower = hub.follow(feed, bell);
        // Whoever comes in the middle of a catch-up may have seen headers of any moment before this one.
        let shown = follower.latest();
        Self { feed, cursor, follower, limit: PAGE_CHANGES, is_behind: true, in_vain: 0, shown }
    }

    /// Whether there is, or may be, something to send.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind || self.follower.latest() > self.cursor.seq.max(self.in_vain)
    }

    /// The frame that goes on from here, if somebody has it at hand. A cursor of another history finds none, nor does
    /// one who was shown newer headers than the frame has.
    pub(super) fn at_hand(&self, epoch: Epoch) -> Option<Frame> {
        let frame = self.follower.frame_after(self.cursor.seq).filter(|frame| frame.as_of >= self.shown);
        if self.cursor.epoch == epoch { frame } else { None }
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

    pub(super) fn advance(&mut self, frame: &Frame) {
        self.cursor.seq = frame.upto;
        self.shown = self.shown.max(frame.as_of);
        if planted::is(Bug::HintInsteadOfLog) {
            self.cursor.seq = self.cursor.seq.max(self.follower.latest());
        }
        self.is_behind = frame.more == More::Yes;
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

    pub(super) fn take_views(&mut self) -> Vec<Viewing> {
        self.follower.take_views()
    }

    pub(super) fn take_move(&mut self) -> bool {
        self.follower.take_move()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(upto: Seq, as_of: Seq, more: More) -> Frame {
        Frame { upto, as_of, more, text: "{}".into() }
    }

    #[tokio::test]
    async fn a_frame_with_older_headers_than_those_shown_is_not_at_hand() {
        let (hub, bell, feed) = (Hub::new(), Bell::default(), FeedId::from_parts(1, [1; 10]));
        let epoch = Epoch::from_bits(7);
        let cursor = Cursor { epoch, seq: 0 };
        let mut line = Line::new(&hub, &bell, feed, cursor);
        let _other = hub.follow(feed, &bell);
        hub.announce_frame(feed, 2, frame(3, 3, More::No));
        // A page of two changes, whose headers know of five.
        line.advance(&frame(2, 5, More::Yes));
        assert_eq!(line.at_hand(epoch), None);
        line.share(&frame(4, 6, More::Yes));
        assert_eq!(line.at_hand(epoch), Some(frame(4, 6, More::Yes)), "somebody read it since");
        hub.announce_frame(feed, 6, frame(7, 7, More::No));
        line.advance(&frame(6, 6, More::No));
        assert_eq!(line.at_hand(epoch), Some(frame(7, 7, More::No)));
    }

    #[tokio::test]
    async fn who_comes_back_in_the_middle_reads_first() {
        let (hub, bell, feed) = (Hub::new(), Bell::default(), FeedId::from_parts(1, [1; 10]));
        let epoch = Epoch::from_bits(7);
        let _other = hub.follow(feed, &bell);
        for upto in [4, 5] {
            hub.announce_frame(feed, upto - 1, frame(upto, upto, More::No));
        }
        let line = |seq| Line::new(&hub, &bell, feed, Cursor { epoch, seq });
        assert_eq!(line(3).at_hand(epoch), None, "the page before it may have told of 5");
        assert_eq!(line(4).at_hand(epoch), Some(frame(5, 5, More::No)));
    }
}
