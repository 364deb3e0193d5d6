//! What a push asks of this phone.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::push::PushKind;

use super::PushContent;
use crate::cache::{self, Durability};
use crate::client::Visibility;
use crate::error::Fault;
use crate::item::{MessageItem, Visit};
use crate::session::Session;
use crate::visit::visit;

/// What the app is to do for a push.
#[derive(Debug, Clone, PartialEq)]
pub enum PushDeed {
    /// Show a notification, and say so with [`push_shown`](crate::Client::push_shown).
    Show(Box<Notification>),
    /// The thread was read elsewhere: take away its notifications up to a number, and set the badge.
    Clear {
        /// The thread.
        conversation_id: ConversationId,
        /// The newest message that was read.
        up_to: Seq,
        /// Unread messages in all threads, for the app's badge.
        badge: i64,
    },
    /// Nothing: it is for somebody else, was read meanwhile, or the app is on the screen and shows it.
    Nothing,
}

/// A notification to show.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// The thread: the notification's group, and what a tap opens.
    pub conversation_id: ConversationId,
    /// What the thread is called, if it is called anything.
    pub title: Option<String>,
    /// The notification's identity: one with the same takes the place of the first. The message, or with a summary the
    /// thread, whose other notifications it replaces.
    pub identity: String,
    /// The message, if it could be fetched in time.
    pub message: Option<MessageItem>,
    /// With a summary: unread messages of the thread.
    pub count: Option<i64>,
    /// Unread messages in all threads, for the app's badge.
    pub badge: i64,
    /// Whether it was shown before: it makes no noise again.
    pub again: bool,
}

/// Does what a push asks for.
pub(crate) async fn handle(
    session: &Arc<Session>,
    visibility: Visibility,
    push: &PushContent,
    at_most: Duration,
) -> Result<PushDeed, Fault> {
    let is_for_another = |session: &Session| session.user_id().is_some_and(|user| user != push.user_id);
    if is_for_another(session) {
        return Ok(PushDeed::Nothing);
    }
    if push.kind == PushKind::Clear {
        return Ok(PushDeed::Clear {
            conversation_id: push.conversation_id,
            up_to: push.seq,
            badge: push.badge,
        });
    }
    let (message, now_ms) = (push.message_id, session.around.host.clock.wall_ms());
    let was_shown = session
        .disk(move |session| {
            session.cache.write(Durability::Crash, |write| cache::push_arrived(write, message, now_ms))
        })
        .await?;
    session.ask(|asked| asked.chores = true);
    if visibility == Visibility::Foreground {
        return Ok(PushDeed::Nothing);
    }
    let visit = visit(Arc::clone(session), at_most).await;
    // A process that was started by this push learns only now who it works for.
    if push.kind == PushKind::Test || session.user_id() != Some(push.user_id) {
        return Ok(PushDeed::Nothing);
    }
    let push = push.clone();
    session
        .disk(move |session| session.cache.read(|connection| judge(connection, &push, visit, was_shown)))
        .await
}

/// What is to be shown for a push, by what the phone knows after its visit.
fn judge(
    connection: &Connection,
    push: &PushContent,
    visit: Visit,
    was_shown: bool,
) -> Result<PushDeed, Fault> {
    let message = cache::message(connection, push.message_id)?;
    let is_gone = message.as_ref().is_some_and(|message| message.deleted);
    let (title, read_up_to) = cache::title_and_read(connection, push.conversation_id)?;
    if is_gone || read_up_to >= push.seq {
        return Ok(PushDeed::Nothing);
    }
    let badge = match visit {
        Visit::Done => cache::unread_total(connection)?,
        Visit::TimeUp => push.badge,
    };
    let is_summary = push.kind == PushKind::Summary;
    Ok(PushDeed::Show(Box::new(Notification {
        conversation_id: push.conversation_id,
        title,
        identity: if is_summary { push.conversation_id.to_string() } else { push.message_id.to_string() },
        message,
        count: push.count.filter(|_| is_summary),
        badge,
        again: was_shown,
    })))
}

/// The notification was shown.
pub(crate) async fn shown(session: Arc<Session>, message: MessageId, at_most: Duration) -> Result<(), Fault> {
    let now_ms = session.around.host.clock.wall_ms();
    let is_news = session
        .disk(move |session| {
            session.cache.write(Durability::Crash, |write| cache::push_shown(write, message, now_ms))
        })
        .await?;
    if is_news {
        session.ask(|asked| asked.chores = true);
        // Whether it was told in time or will be the next time makes no difference to the app.
        let _: Visit = visit(session, at_most).await;
    }
    Ok(())
}
