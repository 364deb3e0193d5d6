//! What is done for each kind of job.

use tidings_store::jobs::{Job, JobPayload};

use crate::push::{
    AgentPushJob, ClearJob, Dispatcher, Look, MentionJob, Outcome, PushJob, ReleaseJob, WakeJob,
};

impl Dispatcher {
    /// Does a job that was claimed, with what was just looked at for many.
    pub async fn work(&self, job: &Job, look: Option<Look>) -> Outcome {
        let (attempt, created_at) = (job.attempts, job.created_at);
        match job.payload {
            JobPayload::Push { user_id, conversation_id, message_id, seq } => {
                let push = PushJob { user_id, conversation_id, message_id, seq, attempt, created_at };
                self.run_after(&push, look).await
            }
            JobPayload::WakeAgent { agent_id, user_id, conversation_id, message_id, seq } => {
                let wake =
                    AgentPushJob { agent_id, user_id, conversation_id, message_id, seq, attempt, created_at };
                self.wake_agent(&wake).await
            }
            JobPayload::MailAgent { agent_id, user_id, conversation_id, message_id, seq } => {
                let mail =
                    AgentPushJob { agent_id, user_id, conversation_id, message_id, seq, attempt, created_at };
                self.mail_agent(&mail).await
            }
            JobPayload::PushMention { agent_id, user_id, conversation_id, note_id } => {
                let told = MentionJob { agent_id, user_id, conversation_id, note_id, attempt, created_at };
                self.push_mention(&told).await
            }
            JobPayload::MailMention { agent_id, user_id, conversation_id, note_id } => {
                let told = MentionJob { agent_id, user_id, conversation_id, note_id, attempt, created_at };
                self.mail_mention(&told).await
            }
            JobPayload::MailWebhookOff { agent_id, webhook_id } => {
                self.mail_webhook_off(webhook_id, agent_id, attempt, created_at).await
            }
            JobPayload::Fallback { user_id, conversation_id, message_id, seq } => {
                self.fallback(&PushJob { user_id, conversation_id, message_id, seq, attempt, created_at })
                    .await
            }
            JobPayload::WakeConversation { conversation_id, until, .. } => {
                self.wake_conversation(WakeJob { conversation_id, until, attempt }).await
            }
            JobPayload::AskSatisfaction { conversation_id, closed_at, .. } => {
                self.ask_satisfaction(conversation_id, closed_at, attempt).await
            }
            JobPayload::Assign { conversation_id, .. } => {
                self.assign_by_rules(conversation_id, attempt).await
            }
            JobPayload::EndLivePlace { conversation_id, seq, until, .. } => {
                self.end_live_place(conversation_id, seq, until).await
            }
            JobPayload::ReleaseReply { conversation_id, message_id, send_at, .. } => {
                self.release_reply(ReleaseJob { conversation_id, message_id, send_at, attempt }).await
            }
            JobPayload::Clear { user_id, conversation_id, read_seq, device_id } => {
                let clear = ClearJob { user_id, conversation_id, read_seq, device_id, attempt, created_at };
                self.clear(&clear).await
            }
        }
    }
}

/// What a push needs to know of its job; none for other kinds.
pub(super) fn push_job(job: &Job) -> Option<PushJob> {
    let JobPayload::Push { user_id, conversation_id, message_id, seq } = job.payload else { return None };
    let (attempt, created_at) = (job.attempts, job.created_at);
    Some(PushJob { user_id, conversation_id, message_id, seq, attempt, created_at })
}
