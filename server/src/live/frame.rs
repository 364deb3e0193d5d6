//! What a commit knew, as the frame that a reader would have made of it.

use axum::extract::ws::Utf8Bytes;
use serde::Serialize;
use tidings_protocol::change::{TeamChangePage, UserChangePage};
use tidings_protocol::id::{FeedId, TeamId};
use tidings_protocol::limits;
use tidings_store::{News, NewsPage};

use super::tail::{Frame, More};

/// [`AppServerFrame::Changes`](tidings_protocol::frame::AppServerFrame::Changes), borrowed.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ToApp<'a> {
    Changes(&'a UserChangePage),
}

/// [`InboxServerFrame::Changes`](tidings_protocol::frame::InboxServerFrame::Changes), borrowed.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ToInbox<'a> {
    Changes { team_id: TeamId, page: &'a TeamChangePage },
}

/// The frame of a feed's news; none when it is too large for one, so that each reader cuts it by itself.
pub(crate) fn of_news(feed: FeedId, news: &News) -> Option<Frame> {
    let (text, cursor, more) = match &news.page {
        NewsPage::User(page) => (serde_json::to_string(&ToApp::Changes(page)), page.cursor, page.more),
        NewsPage::Team(page) => {
            let team_id = TeamId::from(feed.uuid());
            (serde_json::to_string(&ToInbox::Changes { team_id, page }), page.cursor, page.more)
        }
    };
    let text = text.ok().filter(|text| text.len() <= limits::FRAME_BYTES)?;
    let more = if more { More::Yes } else { More::No };
    Some(Frame { upto: cursor.seq, as_of: cursor.seq, more, text: Utf8Bytes::from(text) })
}

#[cfg(test)]
mod tests {
    use tidings_protocol::change::ChangePage;
    use tidings_protocol::cursor::{Cursor, Epoch};
    use tidings_protocol::frame::{AppServerFrame, InboxServerFrame, TeamChanges};

    use super::*;

    fn page<C>() -> ChangePage<C> {
        let cursor = Cursor { epoch: Epoch::from_bits(7), seq: 9 };
        ChangePage { changes: Vec::new(), conversations: Vec::new(), cursor, more: true }
    }

    #[test]
    fn news_are_written_like_a_page_that_was_read() {
        let feed = FeedId::from_parts(1, [1; 10]);
        let frame = of_news(feed, &News { after: 8, page: NewsPage::User(page()) }).unwrap();
        assert_eq!(frame.text, serde_json::to_string(&AppServerFrame::Changes(page())).unwrap());
        assert_eq!((frame.upto, frame.more), (9, More::Yes));
        let frame = of_news(feed, &News { after: 8, page: NewsPage::Team(page()) }).unwrap();
        let team = TeamChanges { team_id: TeamId::from(feed.uuid()), page: page() };
        assert_eq!(frame.text, serde_json::to_string(&InboxServerFrame::Changes(team)).unwrap());
    }
}
