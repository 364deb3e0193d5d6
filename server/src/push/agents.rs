//! One job for an agent: asks again whether they must be woken, and sends one push to each of their browsers.

use futures_util::future::join_all;
use tidings_protocol::Seq;
use tidings_protocol::id::{AgentId, ConversationId, MessageId, UserId};
use tidings_protocol::push::{PushOptions, PushPayload, PushPrivacy};
use tidings_protocol::time::Timestamp;
use tidings_store::waking::{AgentPushContext, AgentReach, Standing};

use super::decide::{AFTER_QUIET, BURST, Form, GRACE, Screen, Wake, after, burst};
use super::dispatch::{Dispatcher, Outcome, sum_up};
use super::render::About;
use super::serve::{Ledger, Waking, Whom};
use super::verdict::EXPIRY_MS;
use crate::live::presence::Somebody;

/// A job of the kind `WakeAgent` or `MailAgent`, claimed.
#[derive(Debug, Clone, Copy)]
pub struct AgentPushJob {
    /// Whom to wake.
    pub agent_id: AgentId,
    /// Who wrote.
    pub user_id: UserId,
    /// Where the message stands.
    pub conversation_id: ConversationId,
    /// The message.
    pub message_id: MessageId,
    /// Its number.
    pub seq: Seq,
    /// 1 on the first attempt.
    pub attempt: i64,
    /// When the message was stored.
    pub created_at: Timestamp,
}

/// Decides whether an agent is woken for a user's message.
pub fn decide_for_agent(context: &AgentPushContext, screen: Screen, now: Timestamp) -> Wake {
    let sent_at = context.message.sent_at;
    match context.standing {
        Standing::Read => return Wake::Never("read"),
        Standing::Answered => return Wake::Never("answered"),
        Standing::Unread => {}
    }
    if context.message.deleted_at.is_some() {
        return Wake::Never("deleted");
    }
    if !context.means.push {
        return Wake::Never("not_wanted");
    }
    if screen == Screen::InFront {
        // Whoever looks at the inbox is told there; whoever left it without reading, by a push after all.
        let until = after(sent_at, GRACE);
        return if now < until {
            Wake::Later { at: until, reason: "foreground" }
        } else {
            Wake::Never("foreground")
        };
    }
    if let Some(end) = context.reach.quiet_hours.and_then(|hours| hours.end_after(now)) {
        return Wake::Later { at: end, reason: "quiet_hours" };
    }
    let was_quiet = context.reach.quiet_hours.is_some_and(|hours| hours.end_after(sent_at).is_some());
    let threshold = if was_quiet { AFTER_QUIET } else { BURST };
    burst(context.unread_here, context.is_followed, sent_at, threshold, now)
}

impl Dispatcher {
    /// Asks again whether the agent must be woken, and sends one push to each of their browsers. Nothing of it is worth a
    /// place among the dead jobs: who opens the inbox sees the truth.
    pub async fn wake_agent(&self, job: &AgentPushJob) -> Outcome {
        match self.try_wake_agent(job).await {
            Ok(outcome) => not_buried(outcome, job.agent_id),
            Err(error) => self.after_fault(job.message_id, job.attempt, &error),
        }
    }

    async fn try_wake_agent(&self, job: &AgentPushJob) -> tidings_store::Result<Outcome> {
        let now = self.clock.now();
        let AgentPushJob { agent_id, conversation_id, seq, .. } = *job;
        let context = self.db.agent_push_context(agent_id, conversation_id, seq, now).await?;
        let Some(context) = context else { return Ok(skip("gone")) };
        let in_front = (self.foreground)(Somebody::Agent(agent_id));
        let screen = if in_front { Screen::InFront } else { Screen::Away };
        match decide_for_agent(&context, screen, now) {
            Wake::Now(_) if now >= job.created_at.plus_ms(EXPIRY_MS) => Ok(skip("expired")),
            Wake::Now(form) => self.tell_agent(job, &context, form).await,
            Wake::Later { at, .. } => Ok(Outcome::Defer { at }),
            Wake::Never(reason) => Ok(skip(reason)),
        }
    }

    async fn tell_agent(
        &self,
        job: &AgentPushJob,
        context: &AgentPushContext,
        form: Form,
    ) -> tidings_store::Result<Outcome> {
        let (kind, count) = form.kind();
        let payload = PushPayload {
            v: 1,
            user_id: job.user_id,
            conversation_id: job.conversation_id,
            message_id: job.message_id,
            seq: job.seq,
            badge: context.reach.waiting,
            kind,
            count,
            receipt: None,
        };
        let title = match (context.reach.push_privacy, &context.user_name) {
            (PushPrivacy::Preview, Some(name)) => name.as_str(),
            _ => context.reach.app_name.as_str(),
        };
        let about = About::Message(&context.message);
        self.push_to_agent(&context.reach, title, about, payload, (job.attempt, job.created_at)).await
    }

    /// Sends one push to each browser of an agent.
    pub(super) async fn push_to_agent(
        &self,
        reach: &AgentReach,
        title: &str,
        about: About<'_>,
        payload: PushPayload,
        (attempt, created_at): (i64, Timestamp),
    ) -> tidings_store::Result<Outcome> {
        let waking = Waking {
            whom: Whom::Agent { workspace_id: reach.workspace_id },
            app_id: reach.app_id,
            app_name: title,
            privacy: reach.push_privacy,
            options: &PushOptions::PLAIN,
            about,
            payload,
            attempt,
            created_at,
            ledger: Ledger::Spared,
            credentials: None,
        };
        let served = join_all(reach.browsers.iter().map(|browser| self.serve(&waking, browser))).await;
        Ok(sum_up(served.into_iter().collect::<tidings_store::Result<_>>()?))
    }
}

/// A push to an agent that is given up leaves a line in the log, and nothing else.
pub(super) fn not_buried(outcome: Outcome, agent_id: AgentId) -> Outcome {
    let Outcome::Bury { error } = outcome else { return outcome };
    tracing::info!(%agent_id, error, "gave a push to an agent up");
    Outcome::Done
}

pub(super) fn skip(reason: &'static str) -> Outcome {
    metrics::counter!("tidings_agent_push_skipped_total", "reason" => reason).increment(1);
    Outcome::Done
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;
    use tidings_protocol::alerts::{InboxLanguage, Means};
    use tidings_protocol::id::{AppId, WorkspaceId};
    use tidings_protocol::message::{Author, Message, Part};
    use tidings_protocol::text::{Name, Text};

    use super::*;

    /// 09:31 in UTC.
    pub(crate) const SENT: Timestamp = Timestamp::from_unix_ms(1_795_253_460_000);

    fn at(seconds: i64) -> Timestamp {
        SENT.plus_ms(seconds * 1000)
    }

    pub(crate) fn context() -> AgentPushContext {
        AgentPushContext {
            message: Message {
                id: MessageId::from_parts(1, [1; 10]),
                conversation_id: ConversationId::from_parts(1, [2; 10]),
                seq: 7,
                author: Author::User { id: UserId::from_parts(1, [4; 10]) },
                parts: vec![Part::text(Text::try_from("x").unwrap())],
                quote: None,
                sent_at: SENT,
                edited_at: None,
                deleted_at: None,
            },
            user_name: None,
            unread_here: 1,
            standing: Standing::Unread,
            is_followed: false,
            is_first: true,
            means: Means { sound: false, desktop: false, push: true, mail: true },
            reach: reach(),
        }
    }

    pub(crate) fn reach() -> AgentReach {
        AgentReach {
            app_id: AppId::from_parts(1, [3; 10]),
            app_name: Name::try_from("Shop").unwrap(),
            push_privacy: PushPrivacy::Generic,
            workspace_id: WorkspaceId::from_parts(1, [5; 10]),
            email: "lea@example.org".parse().unwrap(),
            language: InboxLanguage::En,
            quiet_hours: None,
            waiting: 1,
            browsers: Vec::new(),
        }
    }

    #[test]
    fn each_circumstance_has_its_answer() {
        use Screen::{Away, InFront};
        let later = |seconds, reason| Wake::Later { at: at(seconds), reason };
        let message = Wake::Now(Form::Message);
        let with = |change: &dyn Fn(&mut AgentPushContext)| {
            let mut context = context();
            change(&mut context);
            context
        };
        let quiet = |context: &mut AgentPushContext| {
            let hours = json!({ "from": "09:00", "until": "10:00", "utc_offset_minutes": 0 });
            context.reach.quiet_hours = Some(serde_json::from_value(hours).unwrap());
        };
        let quiet_with_two = with(&|c| {
            quiet(c);
            c.unread_here = 2;
        });
        let table = [
            (context(), Away, 0, message),
            (with(&|c| c.standing = Standing::Read), Away, 0, Wake::Never("read")),
            (with(&|c| c.standing = Standing::Answered), Away, 0, Wake::Never("answered")),
            (with(&|c| c.message.deleted_at = Some(SENT)), Away, 0, Wake::Never("deleted")),
            (with(&|c| c.means.push = false), Away, 0, Wake::Never("not_wanted")),
            (context(), InFront, 7, later(8, "foreground")),
            (context(), InFront, 8, Wake::Never("foreground")),
            // Left within the grace without having read.
            (context(), Away, 8, message),
            (with(&quiet), Away, 0, later(29 * 60, "quiet_hours")),
            (with(&quiet), Away, 29 * 60, message),
            (quiet_with_two, Away, 29 * 60, Wake::Now(Form::Summary { count: 2 })),
            (with(&|c| c.unread_here = 4), Away, 0, message),
            (with(&|c| c.unread_here = 5), Away, 1, later(2, "burst")),
            (with(&|c| c.unread_here = 5), Away, 2, Wake::Now(Form::Summary { count: 5 })),
            (
                with(&|c| (c.unread_here, c.is_followed) = (5, true)),
                Away,
                2,
                Wake::Never("told_with_a_later_one"),
            ),
        ];
        for (number, (context, screen, seconds, wake)) in table.into_iter().enumerate() {
            assert_eq!(decide_for_agent(&context, screen, at(seconds)), wake, "row {number}");
        }
    }
}
