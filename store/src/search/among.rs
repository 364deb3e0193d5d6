//! What a search is narrowed down to: conversations of a kind, with a tag, with somebody; what was said at some time.

use tidings_protocol::id::AgentId;
use tidings_protocol::search::SearchAmong;
use tidings_protocol::text::Tag;
use tidings_protocol::time::Timestamp;

use super::query::SearchQuery;
use super::words::LETTERS;
use crate::db::Conn;
use crate::tags::fold;

/// Of what matches so many are held against what a search is narrowed down to, the newest first: looking for what is rare costs
/// no more than that, and the next page goes on behind them.
pub(super) const LOOKED_AT: i64 = 1_000;

/// Which conversations of an agent's teams are looked through, and what of them; all when nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Among {
    /// Of one kind.
    pub kind: Option<SearchAmong>,
    /// With a tag that begins so, whatever accents and capitals.
    pub tag: Option<Tag>,
    /// Whose user is found by these words; of those who are, the 1,000 that were known last.
    pub from: Option<SearchQuery>,
    /// Assigned to this agent.
    pub assignee: Option<AgentId>,
    /// Messages and notes written then or later.
    pub since: Option<Timestamp>,
    /// Messages and notes written earlier.
    pub until: Option<Timestamp>,
}

impl Among {
    pub(super) fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// What the text of [`Self::condition`] calls `$5`.
    pub(super) fn folded(&self) -> Option<String> {
        let spelled =
            |tag: String| LETTERS.iter().fold(tag, |tag, (letter, typed)| tag.replace(*letter, typed));
        self.tag.as_deref().map(|tag| spelled(fold(tag)))
    }

    /// Of the conversation `c`, for the agent `$3`: `$5` is the tag, `$6` the words that find the user, `$7` the assignee, `$8` and
    /// `$9` from when until when; `time` is the column that these are about.
    pub(super) fn condition(&self, conn: &Conn<'_>, time: Option<&str>) -> String {
        let kind = match self.kind {
            None => "",
            Some(SearchAmong::Mine) => " AND c.state <> 'closed' AND c.assignee_id = $3",
            Some(SearchAmong::Unassigned) => " AND c.state <> 'closed' AND c.assignee_id IS NULL",
            // One that was put aside is open.
            Some(SearchAmong::Open) => " AND c.state <> 'closed'",
            Some(SearchAmong::Snoozed) => " AND c.state = 'snoozed'",
            Some(SearchAmong::Closed) => " AND c.state = 'closed'",
        };
        let tag = if self.tag.is_some() {
            let spelled = LETTERS.iter().fold("g.folded".to_owned(), |tag, (letter, typed)| {
                format!("REPLACE({tag}, '{letter}', '{typed}')")
            });
            format!(
                " AND EXISTS (SELECT 1 FROM tagged g
                    WHERE g.conversation_id = c.id AND SUBSTR({spelled}, 1, LENGTH($5)) = $5)"
            )
        } else {
            String::new()
        };
        let from = self.from.as_ref().map(|_| found_users(conn)).unwrap_or_default();
        let assignee = if self.assignee.is_some() { " AND c.assignee_id = $7" } else { "" };
        let bound = |is_bound: bool, sign: &str| {
            time.filter(|_| is_bound).map(|time| format!(" AND {time} {sign}")).unwrap_or_default()
        };
        let (since, until) = (bound(self.since.is_some(), ">= $8"), bound(self.until.is_some(), "< $9"));
        format!("{kind}{tag}{from}{assignee}{since}{until}")
    }
}

/// Whether the user of the conversation `c` is found by the words `$6`.
fn found_users(conn: &Conn<'_>) -> String {
    let (from, matches, order) = match conn {
        Conn::Sqlite(_) => (
            "search_words JOIN search_entries s ON s.id = search_words.rowid",
            "search_words MATCH $6",
            "search_words.rowid",
        ),
        Conn::Postgres(_) => ("search_entries s", "s.words @@ CAST($6 AS tsquery)", "s.id"),
    };
    format!(
        " AND c.user_id IN (SELECT s.user_id FROM {from} WHERE {matches} ORDER BY {order} DESC LIMIT {LOOKED_AT})"
    )
}
