//! What nodes tell each other, and how it is written: lines of text. The first names the node that speaks, each
//! further line is a hint in JSON; where a hint says so, the line after it is the frame that belongs to it.

use axum::body::Bytes;
use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};
use tidings_protocol::Seq;
use tidings_protocol::id::{AgentId, AppId, ConversationId, FeedId};
use tidings_protocol::text::Name;

use crate::live::hub::TokenHash;
use crate::live::presence::Somebody;
use crate::rates::Spent;

/// A node, by a number that it drew when it started.
pub(super) type NodeId = u64;

/// One thing that happened on a node. Fields are short because there is one for each message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub(super) enum Hint {
    /// A feed grew to `s`.
    Feed {
        f: FeedId,
        s: Seq,
        /// The frame for whoever has come as far as `a`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        a: Option<Seq>,
        /// That frame; it travels on a line of its own, and may be left out.
        #[serde(skip)]
        frame: Option<Utf8Bytes>,
    },
    /// A session ended.
    Ended { s: TokenHash, app: bool },
    /// Somebody lost their access: ask which sessions go on.
    Revoked,
    /// Somebody writes.
    Typing { f: FeedId, c: ConversationId, a: Option<(AgentId, Name)> },
    /// An agent looks at a conversation of a team, or does no more.
    Viewing { f: FeedId, c: ConversationId, a: AgentId, on: bool },
    /// Somebody of a team went away or is back.
    Availability { f: FeedId },
    /// An app looks different.
    Look { a: AppId },
    /// Somebody's app, or inbox, came to the front here, or left it.
    Front { u: Somebody, on: bool },
    /// Those whose app, or inbox, is in front here, said again now and then.
    Fronts { u: Vec<Somebody> },
    /// What was taken from buckets of limits here.
    Spent { n: Vec<Spent> },
    /// This node lives.
    Beat,
    /// This node ends.
    Bye,
}

/// Frames larger than this are not carried: the other nodes read them.
const FRAME_BYTES: usize = 16 * 1024;

impl Hint {
    fn frame(&self) -> Option<&Utf8Bytes> {
        match self {
            Self::Feed { frame, .. } => frame.as_ref().filter(|frame| frame.len() <= FRAME_BYTES),
            _ => None,
        }
    }

    /// The same without its frame.
    fn bare(&self) -> Self {
        match self {
            Self::Feed { f, s, .. } => Self::Feed { f: *f, s: *s, a: None, frame: None },
            other => other.clone(),
        }
    }
}

/// The first line.
fn head(node: NodeId) -> String {
    format!("{node:016x}\n")
}

fn push(text: &mut String, hint: &Hint) {
    // Hints are plain data: writing them cannot fail.
    text.push_str(&serde_json::to_string(hint).unwrap_or_default());
    text.push('\n');
}

/// Hints with their frames, as one text.
pub(super) fn write<'h>(node: NodeId, hints: impl IntoIterator<Item = &'h Hint>) -> String {
    let mut text = head(node);
    for hint in hints {
        match hint.frame() {
            Some(frame) => {
                push(&mut text, hint);
                text.push_str(frame.as_str());
                text.push('\n');
            }
            None => push(&mut text, &hint.bare()),
        }
    }
    text
}

/// Hints without frames, in texts of at most so many bytes; a hint that is larger alone is left out.
pub(super) fn write_in_pieces<'h>(
    node: NodeId,
    hints: impl IntoIterator<Item = &'h Hint>,
    bytes: usize,
) -> Vec<String> {
    let mut pieces = vec![head(node)];
    let head_bytes = pieces[0].len();
    for hint in hints {
        let mut line = String::new();
        push(&mut line, &hint.bare());
        if head_bytes + line.len() > bytes {
            continue;
        }
        match pieces.last_mut() {
            Some(piece) if piece.len() + line.len() <= bytes => piece.push_str(&line),
            _ => pieces.push(head(node) + &line),
        }
    }
    pieces.retain(|piece| piece.len() > head_bytes);
    pieces
}

/// Who speaks; none when this is not a text of ours.
pub(super) fn speaker(text: &[u8]) -> Option<NodeId> {
    let head = text.get(..16).filter(|_| text.get(16) == Some(&b'\n'))?;
    NodeId::from_str_radix(std::str::from_utf8(head).ok()?, 16).ok()
}

/// The hints of a text. What another version says and this one does not know is left out.
pub(super) fn read(text: &Bytes) -> Vec<Hint> {
    let mut lines = text.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty());
    let mut hints = Vec::new();
    while let Some(line) = lines.next() {
        match serde_json::from_slice(line) {
            Ok(Hint::Feed { f, s, a: Some(a), .. }) => {
                let frame = lines.next().and_then(|frame| Utf8Bytes::try_from(text.slice_ref(frame)).ok());
                hints.push(Hint::Feed { f, s, a: Some(a), frame });
            }
            Ok(hint) => hints.push(hint),
            Err(error) => tracing::debug!(%error, "a hint of another version was ignored"),
        }
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(n: u8, frame: Option<&str>) -> Hint {
        let f = FeedId::from_parts(1, [n; 10]);
        Hint::Feed { f, s: 7, a: frame.map(|_| 6), frame: frame.map(Utf8Bytes::from) }
    }

    #[test]
    fn hints_arrive_as_they_were_written_with_their_frames() {
        let user = Somebody::User(tidings_protocol::id::UserId::from_parts(1, [1; 10]));
        let hints = vec![
            feed(1, Some(r#"{"type":"changes","text":"a\nb"}"#)),
            Hint::Front { u: user, on: true },
            feed(2, None),
            Hint::Ended { s: [7; 32], app: true },
            Hint::Look { a: AppId::from_parts(1, [1; 10]) },
            Hint::Viewing {
                f: FeedId::from_parts(1, [1; 10]),
                c: ConversationId::from_parts(1, [1; 10]),
                a: AgentId::from_parts(1, [1; 10]),
                on: true,
            },
            Hint::Beat,
        ];
        let text = Bytes::from(write(77, &hints));
        assert_eq!(speaker(&text), Some(77));
        assert_eq!(read(&text), hints);
    }

    #[test]
    fn a_large_frame_is_left_to_be_read() {
        let large = feed(1, Some(&"x".repeat(FRAME_BYTES + 1)));
        assert_eq!(read(&write(1, &[large]).into()), [feed(1, None)]);
    }

    #[test]
    fn pieces_fit_and_lose_nothing_but_frames() {
        let hints: Vec<_> = (0..100).map(|n| feed(n, Some("{}"))).collect();
        let pieces = write_in_pieces(1, &hints, 1_000);
        assert!(pieces.len() > 1 && pieces.iter().all(|piece| piece.len() <= 1_000));
        let read: Vec<_> = pieces.into_iter().flat_map(|piece| read(&piece.into())).collect();
        assert_eq!(read, (0..100).map(|n| feed(n, None)).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_ours_is_nobodys() {
        for text in ["", "x", "zzzzzzzzzzzzzzzz\n", r#"{"t":"feed"}"#] {
            assert_eq!(speaker(text.as_bytes()), None, "{text}");
        }
        assert_eq!(
            read(&Bytes::from_static(b"0000000000000001\n{\"t\":\"later\"}\n{\"t\":\"beat\"}\n")),
            [Hint::Beat]
        );
    }
}
