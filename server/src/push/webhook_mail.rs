//! An e-mail to whoever administers a company when one of its webhooks was switched off.

use http::Uri;
use tidings_protocol::id::{AgentId, WebhookId};
use tidings_protocol::time::Timestamp;

use super::agent_mail::{language_of, not_sent};
use super::dispatch::{Dispatcher, Outcome};
use super::same::same_id;
use crate::mail::letter::Letter;
use crate::mail::said::webhook_off;

impl Dispatcher {
    /// Asks again whether the webhook is off, and writes to them.
    pub async fn mail_webhook_off(
        &self,
        webhook_id: WebhookId,
        agent_id: AgentId,
        attempt: i64,
        created_at: Timestamp,
    ) -> Outcome {
        match self.try_mail_webhook_off(webhook_id, agent_id, attempt, created_at).await {
            Ok(outcome) => outcome,
            Err(error) => self.after_fault(webhook_id, attempt, &error),
        }
    }

    async fn try_mail_webhook_off(
        &self,
        webhook_id: WebhookId,
        agent_id: AgentId,
        attempt: i64,
        created_at: Timestamp,
    ) -> tidings_store::Result<Outcome> {
        let Some(mail) = self.db.webhook_off_mail(webhook_id, agent_id).await? else {
            return Ok(not_sent("gone"));
        };
        let Some(mailer) = &self.besides.mailer else { return Ok(not_sent("no_mail_server")) };
        let uri: Option<Uri> = mail.url.as_str().parse().ok();
        let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
        let link = self.besides.public_url.as_ref().map(|origin| format!("{origin}/settings/webhooks"));
        // Each time that it goes off is told of.
        let time = created_at.unix_ms().to_be_bytes();
        let id = same_id(&[b"webhook off", webhook_id.uuid().as_bytes(), agent_id.uuid().as_bytes(), &time]);
        let letter = Letter {
            to: mail.email.as_str(),
            from: mailer.chosen().from(),
            id: &id.simple().to_string(),
            said: &webhook_off(host, mail.off, language_of(mail.language)),
            link: link.as_deref(),
            stop: None,
            now: self.clock.now(),
        };
        Ok(self.post_to_agent(mailer, &letter, agent_id, attempt, created_at).await)
    }
}
