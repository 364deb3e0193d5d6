//! One job for an agent whom a note mentions: asks again whether they have seen it, and pushes to their browsers or writes
//! to them. What the note says stays in the inbox.

use tidings_protocol::id::{AgentId, ConversationId, MessageId, NoteId, UserId};
use tidings_protocol::push::{PushKind, PushPayload};
use tidings_protocol::time::Timestamp;
use tidings_store::mentions::MentionContext;
use tidings_store::waking::HoldAgentMail;

use super::agent_mail::{IN_FRONT_MS, language_of, letter_id, not_sent};
use super::agents::{not_buried, skip};
use super::decide::{GRACE, Screen, after};
use super::dispatch::{Dispatcher, Outcome};
use super::render::About;
use super::verdict::EXPIRY_MS;
use crate::live::presence::Somebody;
use crate::mail::letter::Letter;
use crate::mail::said::{News, Reader};

/// A job of the kind `PushMention` or `MailMention`, claimed.
#[derive(Debug, Clone, Copy)]
pub struct MentionJob {
    /// Whom to tell.
    pub agent_id: AgentId,
    /// Whose conversation it is.
    pub user_id: UserId,
    /// Where the note stands.
    pub conversation_id: ConversationId,
    /// The note.
    pub note_id: NoteId,
    /// 1 on the first attempt.
    pub attempt: i64,
    /// When it is due for the first time.
    pub created_at: Timestamp,
}

/// By which of the means that take a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Push,
    Mail,
}

/// What is to be done for a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tell {
    Now,
    Later(Timestamp),
    Never(&'static str),
}

fn decide(context: &MentionContext, by: By, screen: Screen, now: Timestamp) -> Tell {
    let written_at = context.note.created_at;
    let is_wanted = match by {
        By::Push => context.means.push,
        By::Mail => context.means.mail,
    };
    if !context.is_unread {
        return Tell::Never("read");
    }
    if !is_wanted {
        return Tell::Never("not_wanted");
    }
    if now >= written_at.plus_ms(EXPIRY_MS) {
        return Tell::Never("expired");
    }
    if screen == Screen::InFront {
        let until = after(written_at, GRACE);
        return match by {
            By::Push if now < until => Tell::Later(until),
            By::Push => Tell::Never("foreground"),
            By::Mail => Tell::Later(now.plus_ms(IN_FRONT_MS)),
        };
    }
    context.reach.quiet_hours.and_then(|hours| hours.end_after(now)).map_or(Tell::Now, Tell::Later)
}

impl Dispatcher {
    /// Asks again whether the agent must be told, and pushes to each of their browsers.
    pub async fn push_mention(&self, job: &MentionJob) -> Outcome {
        match self.try_push_mention(job).await {
            Ok(outcome) => not_buried(outcome, job.agent_id),
            Err(error) => self.after_fault(job.note_id, job.attempt, &error),
        }
    }

    /// Asks again whether the agent must be told, and writes to them.
    pub async fn mail_mention(&self, job: &MentionJob) -> Outcome {
        match self.try_mail_mention(job).await {
            Ok(outcome) => outcome,
            Err(error) => self.after_fault(job.note_id, job.attempt, &error),
        }
    }

    async fn mention(&self, job: &MentionJob) -> tidings_store::Result<Option<(MentionContext, Screen)>> {
        let MentionJob { agent_id, conversation_id, note_id, .. } = *job;
        let context = self.db.mention_context(agent_id, conversation_id, note_id, self.clock.now()).await?;
        let in_front = (self.foreground)(Somebody::Agent(agent_id));
        Ok(context.map(|context| (context, if in_front { Screen::InFront } else { Screen::Away })))
    }

    async fn try_push_mention(&self, job: &MentionJob) -> tidings_store::Result<Outcome> {
        let Some((context, screen)) = self.mention(job).await? else { return Ok(skip("gone")) };
        match decide(&context, By::Push, screen, self.clock.now()) {
            Tell::Later(at) => return Ok(Outcome::Defer { at }),
            Tell::Never(reason) => return Ok(skip(reason)),
            Tell::Now => {}
        }
        let payload = PushPayload {
            v: 1,
            user_id: job.user_id,
            conversation_id: job.conversation_id,
            // What a repeat is known by.
            message_id: MessageId::from(job.note_id.uuid()),
            seq: context.note.after_seq,
            badge: context.reach.waiting,
            kind: PushKind::Message,
            count: None,
            receipt: None,
        };
        let about = About::Mention { by: context.note.agent_name.as_str() };
        let title = context.reach.app_name.as_str();
        self.push_to_agent(&context.reach, title, about, payload, (job.attempt, job.created_at)).await
    }

    async fn try_mail_mention(&self, job: &MentionJob) -> tidings_store::Result<Outcome> {
        let Some((context, screen)) = self.mention(job).await? else { return Ok(not_sent("gone")) };
        let now = self.clock.now();
        match decide(&context, By::Mail, screen, now) {
            Tell::Later(at) => return Ok(Outcome::Defer { at }),
            Tell::Never(reason) => return Ok(not_sent(reason)),
            Tell::Now => {}
        }
        // Taken away since it was chosen.
        let Some(mailer) = &self.besides.mailer else { return Ok(not_sent("no_mail_server")) };
        if let Some(at) = self.db.write(HoldAgentMail { agent_id: job.agent_id, now }).await? {
            return Ok(Outcome::Defer { at });
        }
        let origin = self.besides.public_url.as_ref();
        let link = origin.map(|origin| format!("{origin}/mentions/{}", job.conversation_id));
        let news = News {
            reader: Reader::Mentioned,
            app_name: &context.reach.app_name,
            privacy: context.reach.push_privacy,
            author: Some(&context.note.agent_name),
            text: "",
            count: 1,
            language: language_of(context.reach.language),
            has_link: link.is_some(),
        };
        let letter = Letter {
            to: context.reach.email.as_str(),
            from: mailer.chosen().from(),
            id: &letter_id(job.agent_id, job.note_id.uuid()).simple().to_string(),
            said: &news.said(),
            link: link.as_deref(),
            stop: None,
            now,
        };
        Ok(self.post_to_agent(mailer, &letter, job.agent_id, job.attempt, job.created_at).await)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::alerts::Means;
    use tidings_protocol::change::Note;
    use tidings_protocol::text::{Name, Text};

    use super::super::agents::tests::reach;
    use super::*;

    /// 09:31 in UTC.
    const WRITTEN: Timestamp = Timestamp::from_unix_ms(1_795_253_460_000);

    fn at(seconds: i64) -> Timestamp {
        WRITTEN.plus_ms(seconds * 1000)
    }

    fn context() -> MentionContext {
        MentionContext {
            note: Note {
                id: NoteId::from_parts(1, [1; 10]),
                conversation_id: ConversationId::from_parts(1, [2; 10]),
                after_seq: 3,
                agent_id: AgentId::from_parts(1, [4; 10]),
                agent_name: Name::try_from("Ben").unwrap(),
                text: Text::try_from("@Ana?").unwrap(),
                mentions: Vec::new(),
                created_at: WRITTEN,
            },
            is_unread: true,
            means: Means { sound: false, desktop: false, push: true, mail: true },
            reach: reach(),
        }
    }

    #[test]
    fn each_circumstance_has_its_answer() {
        use By::{Mail, Push};
        use Screen::{Away, InFront};
        let with = |change: &dyn Fn(&mut MentionContext)| {
            let mut context = context();
            change(&mut context);
            context
        };
        let quiet = with(&|c| {
            let hours = json!({ "from": "09:00", "until": "10:00", "utc_offset_minutes": 0 });
            c.reach.quiet_hours = Some(serde_json::from_value(hours).unwrap());
        });
        let day = EXPIRY_MS / 1000;
        let table = [
            (context(), Push, Away, 0, Tell::Now),
            (context(), Mail, Away, 300, Tell::Now),
            (with(&|c| c.is_unread = false), Push, Away, 0, Tell::Never("read")),
            (with(&|c| c.is_unread = false), Mail, Away, 300, Tell::Never("read")),
            (with(&|c| c.means.push = false), Push, Away, 0, Tell::Never("not_wanted")),
            (with(&|c| c.means.mail = false), Mail, Away, 300, Tell::Never("not_wanted")),
            (with(&|c| c.means.mail = false), Push, Away, 0, Tell::Now),
            (context(), Push, InFront, 7, Tell::Later(at(8))),
            (context(), Push, InFront, 8, Tell::Never("foreground")),
            (context(), Mail, InFront, 300, Tell::Later(at(600))),
            (quiet.clone(), Push, Away, 0, Tell::Later(at(29 * 60))),
            (quiet, Mail, Away, 29 * 60, Tell::Now),
            (context(), Push, Away, day, Tell::Never("expired")),
        ];
        for (number, (context, by, screen, seconds, tell)) in table.into_iter().enumerate() {
            assert_eq!(decide(&context, by, screen, at(seconds)), tell, "row {number}");
        }
    }
}
