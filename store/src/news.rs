//! What feeds grew by, put together from what a batch knows, so that nobody has to read it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tidings_protocol::change::{Change, ChangePage};
use tidings_protocol::cursor::{Cursor, Epoch};
use tidings_protocol::id::{ConversationId, FeedId};
use tidings_protocol::message::Message;
use tidings_protocol::{Seq, limits};

use crate::append::NewMessage;
use crate::growth::{Growth, News, NewsPage};
use crate::thread::Thread;
use crate::tx::{self, Feed};

/// What the batch appended.
pub(crate) struct Appended<'b> {
    pub(crate) epoch: Epoch,
    pub(crate) messages: &'b [NewMessage],
    pub(crate) threads: &'b BTreeMap<ConversationId, Thread>,
}

impl Appended<'_> {
    /// The messages by their place; for [`Appended::growth`].
    pub(crate) fn index(&self) -> BTreeMap<(ConversationId, Seq), &Message> {
        let messages = self.messages.iter().map(|new| &new.message);
        messages.map(|message| ((message.conversation_id, message.seq), message)).collect()
    }

    /// What a feed grew by, if all of `changes`, which end with `last_seq`, tell of appended messages.
    pub(crate) fn growth(
        &self,
        feed: Feed,
        last_seq: Seq,
        changes: &[tx::Change],
        index: &BTreeMap<(ConversationId, Seq), &Message>,
    ) -> Growth {
        let news = self.page(feed, last_seq, changes, index);
        let after = last_seq - i64::try_from(changes.len()).unwrap_or_default();
        let news = news.map(|page| Arc::new(News { after, page }));
        Growth { feed: FeedId::from(feed.uuid()), last_seq, news }
    }

    fn page(
        &self,
        feed: Feed,
        last_seq: Seq,
        changes: &[tx::Change],
        index: &BTreeMap<(ConversationId, Seq), &Message>,
    ) -> Option<NewsPage> {
        let count = i64::try_from(changes.len()).ok().filter(|count| *count <= limits::PAGE)?;
        let numbered = (last_seq - count + 1..).zip(changes);
        let changes = numbered.map(|(seq, change)| {
            let message = match change.message_seq {
                Some(place) => Some((*index.get(&(change.conversation_id, place))?).clone()),
                None => None,
            };
            let (kind, conversation_id) = (change.kind, change.conversation_id);
            Some(Change { seq, kind, conversation_id, message, note: None })
        });
        let changes: Vec<Change> = changes.collect::<Option<_>>()?;
        let touched: BTreeSet<_> = changes.iter().map(|change| change.conversation_id).collect();
        let mut threads = touched.iter().map(|id| self.threads.get(id));
        let cursor = Cursor { epoch: self.epoch, seq: last_seq };
        Some(match feed {
            Feed::User(_) => {
                let conversations = threads.map(|thread| thread?.for_user()).collect::<Option<_>>()?;
                NewsPage::User(ChangePage { changes, conversations, cursor, more: false })
            }
            Feed::Team(_) => {
                let conversations = threads.try_fold(Vec::new(), |mut all, thread| {
                    all.push(thread?.for_team()?);
                    Some(all)
                })?;
                NewsPage::Team(ChangePage { changes, conversations, cursor, more: false })
            }
        })
    }
}
