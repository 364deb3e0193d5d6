//! What a search is narrowed down to: conversations of a kind, or with a tag.

use tidings_protocol::search::SearchAmong;
use tidings_protocol::text::Tag;

use crate::tags::fold;

/// Of what matches so many are held against what a search is narrowed down to, the newest first: looking for what is rare costs
/// no more than that, and the next page goes on behind them.
pub(super) const LOOKED_AT: i64 = 1_000;

/// Which conversations of an agent's teams are looked through; all when nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Among {
    /// Of one kind.
    pub kind: Option<SearchAmong>,
    /// With a tag that begins so, whatever accents and capitals.
    pub tag: Option<Tag>,
}

impl Among {
    pub(super) const fn is_everything(&self) -> bool {
        self.kind.is_none() && self.tag.is_none()
    }

    /// What the text of [`Self::condition`] calls `$5`.
    pub(super) fn folded(&self) -> Option<String> {
        self.tag.as_deref().map(fold)
    }

    /// Of the conversation `c`, for the agent `$3`.
    pub(super) fn condition(&self) -> String {
        let kind = match self.kind {
            None => "",
            Some(SearchAmong::Mine) => " AND c.state <> 'closed' AND c.assignee_id = $3",
            // One that was put aside is open.
            Some(SearchAmong::Open) => " AND c.state <> 'closed'",
            Some(SearchAmong::Snoozed) => " AND c.state = 'snoozed'",
            Some(SearchAmong::Closed) => " AND c.state = 'closed'",
        };
        let tag = match self.tag {
            None => "",
            Some(_) => {
                " AND EXISTS (SELECT 1 FROM tagged g
                    WHERE g.conversation_id = c.id AND SUBSTR(g.folded, 1, LENGTH($5)) = $5)"
            }
        };
        format!("{kind}{tag}")
    }
}
