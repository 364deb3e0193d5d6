//! Bugs of the server that are put in on purpose; see [`tidings_store::planted`].

use tidings_protocol::change::Catchup;
use tidings_protocol::conversation::Conversation;
use tidings_store::planted::{self, Bug};

#[cfg(feature = "planted")]
use tidings_protocol::id::MessageId;
#[cfg(feature = "planted")]
use tidings_store::{Result, messages::AppendMessage, messages::Range, planted::TakeNumber};

#[cfg(feature = "planted")]
use crate::app::App;

/// What a forgetful or hasty server would do with a message whose repetition it meets.
#[cfg(feature = "planted")]
pub(crate) async fn on_repeat(app: &App, mut command: AppendMessage) -> Result<AppendMessage> {
    let newest = app.db.messages(command.conversation_id, Range::Newest, 100).await?.messages;
    if newest.iter().any(|message| message.id == command.id) {
        if planted::is(Bug::NoIdempotency) {
            command.id = MessageId::from_parts(app.clock.unix_ms(), app.clock.random());
        }
        if planted::is(Bug::SeqOutsideTransaction) {
            app.db.write(TakeNumber(command.conversation_id)).await?;
        }
    }
    Ok(command)
}

/// A page as a server would answer it that goes by time, or counts wrongly.
pub(crate) fn page(mut caught_up: Catchup<Conversation>) -> Catchup<Conversation> {
    if let Catchup::Changes(page) = &mut caught_up {
        if planted::is(Bug::PageSkipsOne) && page.more {
            page.cursor.seq += 1;
        }
        if planted::is(Bug::CursorByTime) {
            let mut last = None;
            page.changes.retain(|change| {
                let at = change.message.as_ref().map(|message| message.sent_at);
                at.is_none() || std::mem::replace(&mut last, at) != at
            });
        }
    }
    caught_up
}
