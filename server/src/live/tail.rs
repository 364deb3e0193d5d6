//! The newest frames of the feeds that are followed here, as they are sent: whoever has come as far as one begins
//! sends the same bytes, and nobody reads or writes them again.
//!
//! It may forget anything at any time: who finds nothing here reads a page.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use tidings_protocol::Seq;
use tidings_protocol::id::FeedId;
use tokio::time::Instant;

use super::hub::lock;

/// All frames together, on one node.
const BYTES: usize = 8 * 1024 * 1024;
/// What a frame costs besides its text.
const OVERHEAD: usize = 256;
/// A frame says how things were when it was made; after this time they are read again.
const AGE: Duration = Duration::from_secs(10);

/// Whether a page was the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// There is another.
    Yes,
    /// It was.
    No,
}

/// A frame of changes, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The changes up to this number.
    pub upto: Seq,
    /// The feed's last number at the moment at which the headers were true.
    pub as_of: Seq,
    /// Whether there is more to read at once.
    pub more: More,
    /// What is sent.
    pub text: Utf8Bytes,
}

/// The frames of a node.
#[derive(Default)]
pub(super) struct Tail(Mutex<Kept>);

type Place = (FeedId, Seq);

#[derive(Default)]
struct Kept {
    /// By the feed and the number that a frame goes on from.
    frames: HashMap<Place, (Instant, Frame)>,
    /// Oldest first. A place that was taken twice stands here twice.
    order: VecDeque<(Instant, Place)>,
    bytes: usize,
}

impl Tail {
    /// The frame for whoever has seen the changes up to `after`.
    pub(super) fn find(&self, feed: FeedId, after: Seq) -> Option<Frame> {
        let kept = lock(&self.0);
        let (made, frame) = kept.frames.get(&(feed, after))?;
        (made.elapsed() < AGE).then(|| frame.clone())
    }

    pub(super) fn keep(&self, feed: FeedId, after: Seq, frame: Frame) {
        let now = Instant::now();
        let mut kept = lock(&self.0);
        kept.bytes += cost(&frame);
        if let Some((_, old)) = kept.frames.insert((feed, after), (now, frame)) {
            kept.bytes -= cost(&old);
        }
        kept.order.push_back((now, (feed, after)));
        kept.tidy(now);
    }

    /// Forgets what is too old to be sent.
    pub(super) fn tidy(&self) {
        lock(&self.0).tidy(Instant::now());
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        lock(&self.0).bytes
    }
}

impl Kept {
    fn tidy(&mut self, now: Instant) {
        while let Some(&(made, place)) = self.order.front()
            && (self.bytes > BYTES || now.duration_since(made) >= AGE)
        {
            self.order.pop_front();
            if self.frames.get(&place).is_some_and(|(kept, _)| *kept == made)
                && let Some((_, frame)) = self.frames.remove(&place)
            {
                self.bytes -= cost(&frame);
            }
        }
    }
}

fn cost(frame: &Frame) -> usize {
    frame.text.len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(n: u8) -> FeedId {
        FeedId::from_parts(1, [n; 10])
    }

    fn frame(upto: Seq, bytes: usize) -> Frame {
        Frame { upto, as_of: upto, more: More::No, text: "x".repeat(bytes).into() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_frame_is_found_where_it_begins_and_only_while_it_is_new() {
        let tail = Tail::default();
        tail.keep(feed(1), 3, frame(5, 10));
        assert_eq!(tail.find(feed(1), 3), Some(frame(5, 10)));
        for (other, after) in [(feed(1), 4), (feed(1), 2), (feed(2), 3)] {
            assert_eq!(tail.find(other, after), None);
        }
        tokio::time::advance(AGE).await;
        assert_eq!(tail.find(feed(1), 3), None);
        tail.tidy();
        assert_eq!(tail.bytes(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn law_12_frames_take_a_bounded_amount_of_memory() {
        let tail = Tail::default();
        for n in 0..1_000 {
            tail.keep(feed(1), n, frame(n + 1, 60_000));
            assert!(tail.bytes() <= BYTES);
        }
        assert!(tail.find(feed(1), 0).is_none() && tail.find(feed(1), 999).is_some(), "the oldest go first");
        for _ in 0..1_000 {
            tail.keep(feed(2), 7, frame(8, 60_000));
        }
        assert!(tail.find(feed(2), 7).is_some());
        tokio::time::advance(AGE).await;
        tail.tidy();
        let kept = lock(&tail.0);
        assert_eq!((kept.bytes, kept.frames.len(), kept.order.len()), (0, 0, 0));
    }
}
