//! One job for an agent who wants an e-mail when a message waits too long: asks again whether it does, and writes.

use tidings_protocol::alerts::InboxLanguage;
use tidings_protocol::id::AgentId;
use tidings_protocol::time::Timestamp;
use tidings_store::waking::{AgentPushContext, HoldAgentMail, Standing};
use uuid::Uuid;

use super::agents::AgentPushJob;
use super::decide::Screen;
use super::dispatch::{Dispatcher, Outcome};
use super::render::preview;
use super::same::same_id;
use super::verdict::{Attempt, EXPIRY_MS, Next, Repeat, held_until, policy};
use super::words::Language;
use crate::live::presence::Somebody;
use crate::mail::letter::Letter;
use crate::mail::said::{News, Reader};
use crate::mail::smtp::{Mailer, Sent};

/// Who has the inbox in front of them is asked about again after so long.
pub(super) const IN_FRONT_MS: i64 = 5 * 60 * 1000;

/// What is to be done for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Write {
    Now,
    Later(Timestamp),
    Never(&'static str),
}

/// Decides whether an agent is written to. Of several messages that wait in a conversation, the first one's job writes, for
/// all of them.
fn decide(context: &AgentPushContext, screen: Screen, now: Timestamp) -> Write {
    match context.standing {
        Standing::Read => return Write::Never("read"),
        Standing::Answered => return Write::Never("answered"),
        Standing::Unread => {}
    }
    // With others after it, it still speaks for those.
    if context.message.deleted_at.is_some() && context.unread_here <= 1 {
        return Write::Never("deleted");
    }
    if !context.means.mail {
        return Write::Never("not_wanted");
    }
    if !context.is_first {
        return Write::Never("told_with_another");
    }
    if now >= context.message.sent_at.plus_ms(EXPIRY_MS) {
        return Write::Never("expired");
    }
    if screen == Screen::InFront {
        return Write::Later(now.plus_ms(IN_FRONT_MS));
    }
    context.reach.quiet_hours.and_then(|hours| hours.end_after(now)).map_or(Write::Now, Write::Later)
}

impl Dispatcher {
    /// Asks again whether a message waits for the agent, and writes to them. Nothing of it is worth a place among the dead
    /// jobs: who opens the inbox sees the truth.
    pub async fn mail_agent(&self, job: &AgentPushJob) -> Outcome {
        match self.try_mail_agent(job).await {
            Ok(outcome) => outcome,
            Err(error) => self.after_fault(job.message_id, job.attempt, &error),
        }
    }

    async fn try_mail_agent(&self, job: &AgentPushJob) -> tidings_store::Result<Outcome> {
        let now = self.clock.now();
        let (agent_id, conversation_id) = (job.agent_id, job.conversation_id);
        let context = self.db.agent_push_context(agent_id, conversation_id, job.seq, now).await?;
        let Some(context) = context else { return Ok(not_sent("gone")) };
        let in_front = (self.foreground)(Somebody::Agent(agent_id));
        match decide(&context, if in_front { Screen::InFront } else { Screen::Away }, now) {
            Write::Never(reason) => return Ok(not_sent(reason)),
            Write::Later(at) => return Ok(Outcome::Defer { at }),
            Write::Now => {}
        }
        // Taken away since it was chosen.
        let Some(mailer) = &self.besides.mailer else { return Ok(not_sent("no_mail_server")) };
        if let Some(at) = self.db.write(HoldAgentMail { agent_id, now }).await? {
            return Ok(Outcome::Defer { at });
        }
        Ok(self.write_to_agent(mailer, job, &context).await)
    }

    async fn write_to_agent(
        &self,
        mailer: &Mailer,
        job: &AgentPushJob,
        context: &AgentPushContext,
    ) -> Outcome {
        let language = language_of(context.reach.language);
        let text = preview(&context.message, language);
        let link =
            self.besides.public_url.as_ref().map(|origin| format!("{origin}/all/{}", job.conversation_id));
        let news = News {
            reader: Reader::Agent,
            app_name: &context.reach.app_name,
            privacy: context.reach.push_privacy,
            author: context.user_name.as_deref(),
            text: text.as_deref().unwrap_or(language.new_message()),
            count: context.unread_here,
            language,
            has_link: link.is_some(),
        };
        let letter = Letter {
            to: context.reach.email.as_str(),
            from: mailer.chosen().from(),
            id: &letter_id(job.agent_id, job.message_id.uuid()).simple().to_string(),
            said: &news.said(),
            link: link.as_deref(),
            stop: None,
            now: self.clock.now(),
        };
        self.post_to_agent(mailer, &letter, job.agent_id, job.attempt, job.created_at).await
    }

    /// Hands a letter to the mail server.
    pub(super) async fn post_to_agent(
        &self,
        mailer: &Mailer,
        letter: &Letter<'_>,
        agent_id: AgentId,
        number: i64,
        created_at: Timestamp,
    ) -> Outcome {
        let random = u32::from_be_bytes(self.clock.random());
        let (verdict, held) = match mailer.send(letter).await {
            Sent::Answered(verdict, held) => (verdict, held),
            Sent::Held(pause) => return Outcome::Defer { at: held_until(self.clock.now(), pause, random) },
        };
        let (outcome, detail) = (verdict.outcome(), verdict.detail());
        metrics::counter!("tidings_agent_mail_total", "outcome" => outcome).increment(1);
        tracing::info!(agent_id = %agent_id, letter = letter.id, outcome, detail, "e-mail to an agent");
        let now = self.clock.now();
        let attempt = Attempt { number, created_at, now, repeat: Repeat::Used, held, random };
        match policy(&verdict, &attempt) {
            Next::At(at) => Outcome::RetryAt { at, error: format!("email: {detail}") },
            _ => Outcome::Done,
        }
    }
}

/// The language of e-mails.
pub(super) const fn language_of(language: InboxLanguage) -> Language {
    match language {
        InboxLanguage::En => Language::English,
        InboxLanguage::Fr => Language::French,
    }
}

pub(super) fn not_sent(reason: &'static str) -> Outcome {
    metrics::counter!("tidings_agent_mail_total", "outcome" => reason).increment(1);
    Outcome::Done
}

/// One id for each agent and message or note: an attempt that is repeated, after a crash too, carries the same.
pub(super) fn letter_id(agent: AgentId, about: Uuid) -> Uuid {
    same_id(&[b"agent mail", agent.uuid().as_bytes(), about.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::super::agents::tests::{SENT, context};
    use super::*;

    #[test]
    fn each_circumstance_has_its_answer() {
        use Screen::{Away, InFront};
        let at = |minutes: i64| SENT.plus_ms(minutes * 60_000);
        let with = |change: &dyn Fn(&mut AgentPushContext)| {
            let mut context = context();
            change(&mut context);
            context
        };
        let quiet = |c: &mut AgentPushContext| {
            let hours = serde_json::json!({ "from": "09:00", "until": "10:00", "utc_offset_minutes": 0 });
            c.reach.quiet_hours = Some(serde_json::from_value(hours).unwrap());
        };
        let table = [
            (context(), Away, 5, Write::Now),
            (with(&|c| c.standing = Standing::Read), Away, 5, Write::Never("read")),
            (with(&|c| c.standing = Standing::Answered), Away, 5, Write::Never("answered")),
            (with(&|c| c.message.deleted_at = Some(SENT)), Away, 5, Write::Never("deleted")),
            (with(&|c| (c.message.deleted_at, c.unread_here) = (Some(SENT), 2)), Away, 5, Write::Now),
            (with(&|c| c.means.mail = false), Away, 5, Write::Never("not_wanted")),
            (with(&|c| c.means.push = false), Away, 5, Write::Now),
            (with(&|c| c.is_first = false), Away, 5, Write::Never("told_with_another")),
            (context(), InFront, 5, Write::Later(at(10))),
            (context(), Away, 24 * 60, Write::Never("expired")),
            (with(&quiet), Away, 5, Write::Later(at(29))),
            (with(&quiet), Away, 29, Write::Now),
        ];
        for (number, (context, screen, minutes, expected)) in table.into_iter().enumerate() {
            assert_eq!(decide(&context, screen, at(minutes)), expected, "row {number}");
        }
    }
}
