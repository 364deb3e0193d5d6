//! Whether a message still needs a push when its turn has come, and which: pure.

use std::time::Duration;

use tidings_protocol::push::PushKind;
use tidings_protocol::time::Timestamp;
use tidings_store::ledger::PushContext;

/// How long somebody who has the app on the screen may take to see a message there. Afterwards one that no device has,
/// or that was left behind unread, is pushed after all.
pub const GRACE: Duration = Duration::from_secs(8);
/// From so many unread messages of a thread on, they are told of together.
pub const BURST: i64 = 5;
/// How long a burst is waited for to end.
pub const BURST_PAUSE: Duration = Duration::from_secs(2);
/// After quiet hours, so many are told of together.
pub(super) const AFTER_QUIET: i64 = 2;

/// Which push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For one message.
    Message,
    /// For all unread messages of the thread together.
    Summary {
        /// How many there are.
        count: i64,
    },
}

impl Form {
    /// What a push of it is for, and with a summary of how many messages.
    pub(super) const fn kind(self) -> (PushKind, Option<i64>) {
        match self {
            Self::Message => (PushKind::Message, None),
            Self::Summary { count } => (PushKind::Summary, Some(count)),
        }
    }
}

/// What is to be done for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// A push, of this form.
    Now(Form),
    /// Ask again then.
    Later {
        /// When.
        at: Timestamp,
        /// Why, for logs and metrics.
        reason: &'static str,
    },
    /// None is needed; why, for logs and metrics.
    Never(&'static str),
}

/// Whether somebody has the app on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// A socket says so.
    InFront,
    /// None does.
    Away,
}

/// Decides.
pub fn decide(context: &PushContext, screen: Screen, now: Timestamp) -> Wake {
    let message = &context.message;
    if context.is_read {
        return Wake::Never("read");
    }
    if message.deleted_at.is_some() {
        return Wake::Never("deleted");
    }
    if context.wishes.is_muted(message.conversation_id, now) {
        return Wake::Never("muted");
    }
    if screen == Screen::InFront {
        let until = after(message.sent_at, GRACE);
        if now < until {
            return Wake::Later { at: until, reason: "foreground" };
        }
        if context.is_delivered {
            return Wake::Never("foreground");
        }
    }
    let quiet = context.wishes.quiet_hours;
    if let Some(end) = quiet.and_then(|hours| hours.end_after(now)) {
        return Wake::Later { at: end, reason: "quiet_hours" };
    }
    let was_quiet = quiet.is_some_and(|hours| hours.end_after(message.sent_at).is_some());
    let threshold = if was_quiet { AFTER_QUIET } else { BURST };
    burst(context.unread_here, context.is_followed, message.sent_at, threshold, now)
}

/// Many unread messages of a thread are told of by one push: that of the last.
pub(super) fn burst(
    unread_here: i64,
    is_followed: bool,
    sent_at: Timestamp,
    threshold: i64,
    now: Timestamp,
) -> Wake {
    if unread_here < threshold {
        return Wake::Now(Form::Message);
    }
    if is_followed {
        return Wake::Never("told_with_a_later_one");
    }
    let until = after(sent_at, BURST_PAUSE);
    if now < until {
        return Wake::Later { at: until, reason: "burst" };
    }
    Wake::Now(Form::Summary { count: unread_here })
}

pub(super) fn after(time: Timestamp, pause: Duration) -> Timestamp {
    time.plus_ms(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::{AppId, ConversationId, MessageId};
    use tidings_protocol::message::{Author, Message, Part};
    use tidings_protocol::notifications::Notifications;
    use tidings_protocol::push::PushOptions;
    use tidings_protocol::text::{Name, Text};

    use super::*;

    /// 09:31 in UTC.
    const SENT: Timestamp = Timestamp::from_unix_ms(1_795_253_460_000);

    fn context() -> PushContext {
        PushContext {
            message: Message {
                id: MessageId::from_parts(1, [1; 10]),
                conversation_id: ConversationId::from_parts(1, [2; 10]),
                seq: 7,
                author: Author::System,
                parts: vec![Part::text(Text::try_from("x").unwrap())],
                sent_at: SENT,
                quote: None,
                edited_at: None,
                deleted_at: None,
            },
            app_id: AppId::from_parts(1, [3; 10]),
            app_name: Name::try_from("Shop").unwrap(),
            options: PushOptions::PLAIN,
            unread: 1,
            unread_here: 1,
            is_read: false,
            is_delivered: false,
            is_followed: false,
            wishes: Notifications::default(),
            fallback: None,
            devices: Vec::new(),
            already_accepted: Vec::new(),
            told_to_wait: Vec::new(),
        }
    }

    fn quiet(from: &str, until: &str) -> Notifications {
        let hours = json!({ "from": from, "until": until, "utc_offset_minutes": 0 });
        serde_json::from_value(json!({ "quiet_hours": hours })).unwrap()
    }

    fn muted() -> Notifications {
        let id = context().message.conversation_id;
        serde_json::from_value(json!({ "muted": [{ "conversation_id": id }] })).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        SENT.plus_ms(seconds * 1000)
    }

    #[test]
    fn each_circumstance_has_its_answer() {
        use Screen::{Away, InFront};
        let later = |seconds, reason| Wake::Later { at: at(seconds), reason };
        let message = Wake::Now(Form::Message);
        let with = |change: &dyn Fn(&mut PushContext)| {
            let mut context = context();
            change(&mut context);
            context
        };
        let read = with(&|c| c.is_read = true);
        let deleted = with(&|c| c.message.deleted_at = Some(SENT));
        let delivered = with(&|c| c.is_delivered = true);
        let muted = with(&|c| c.wishes = muted());
        let quiet_now = with(&|c| c.wishes = quiet("09:00", "10:00"));
        let quiet_before = with(&|c| {
            c.wishes = quiet("09:00", "10:00");
            c.unread_here = 2;
        });
        let four = with(&|c| c.unread_here = 4);
        let five = with(&|c| c.unread_here = 5);
        let followed = with(&|c| (c.unread_here, c.is_followed) = (5, true));
        let followed_by_one = with(&|c| (c.unread_here, c.is_followed) = (2, true));
        let table = [
            (context(), Away, 0, message),
            (read, Away, 0, Wake::Never("read")),
            (deleted, Away, 0, Wake::Never("deleted")),
            (muted, Away, 0, Wake::Never("muted")),
            (context(), InFront, 7, later(8, "foreground")),
            // A socket that says so and does not take the message: a phone in a tunnel.
            (context(), InFront, 8, message),
            (delivered.clone(), InFront, 7, later(8, "foreground")),
            (delivered.clone(), InFront, 8, Wake::Never("foreground")),
            // Left within the grace without having read.
            (delivered, Away, 8, message),
            (quiet_now.clone(), Away, 0, later(29 * 60, "quiet_hours")),
            (quiet_now, Away, 29 * 60, message),
            (quiet_before, Away, 29 * 60, Wake::Now(Form::Summary { count: 2 })),
            (four, Away, 0, message),
            (five.clone(), Away, 1, later(2, "burst")),
            (five, Away, 2, Wake::Now(Form::Summary { count: 5 })),
            (followed, Away, 2, Wake::Never("told_with_a_later_one")),
            (followed_by_one, Away, 0, message),
        ];
        for (number, (context, screen, seconds, wake)) in table.into_iter().enumerate() {
            assert_eq!(decide(&context, screen, at(seconds)), wake, "row {number}");
        }
    }
}
