//! A message that no device of its user has after a while: they are told of it by e-mail, or the company's own service
//! is.

use std::sync::Arc;

use serde_json::{Value, json};
use tidings_protocol::fallback::FallbackWay;
use tidings_protocol::message::Author;
use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_protocol::time::Timestamp;
use tidings_store::fallback::{
    FallbackContext, HoldFallback, RecordFallback, ScheduleFallback, fallback_job,
};
use tidings_store::ledger::PushContext;
use uuid::Uuid;

use super::dispatch::{Dispatcher, Outcome, PushJob};
use super::lane::{Admission, WITHOUT_PLACE};
use super::provider::Client;
use super::render::preview_with_addresses;
use super::same::same_id;
use super::verdict::{Attempt, Next, Repeat, Verdict, held_until, policy};
use super::words::Language;
use crate::mail::letter::Letter;
use crate::mail::link::{Link, Links, Purpose};
use crate::mail::said::{News, Reader};
use crate::mail::smtp::{Mailer, Sent};

/// What telling somebody in another way needs besides what pushes need.
#[derive(Clone, Default)]
pub struct Besides {
    /// The way to the mail server; none: no e-mail is sent.
    pub mailer: Option<Arc<Mailer>>,
    /// Signs links.
    pub links: Arc<Links>,
    /// Where this server is reached; none: e-mails have no links.
    pub public_url: Option<String>,
}

/// What came of an attempt.
enum Told {
    /// Somebody was asked; the way is held for so long.
    Answered(Verdict, std::time::Duration),
    /// Nobody was asked: not before so long.
    Held(std::time::Duration),
    /// Nobody can be asked, as things are.
    Impossible(&'static str),
}

impl Dispatcher {
    /// With the ways beside push.
    #[must_use]
    pub fn with(self, besides: Besides) -> Self {
        Self { besides, ..self }
    }

    /// Has a message looked at later, if its app wants that and somebody may still have to be told of it.
    pub(super) async fn schedule_fallback(
        &self,
        job: &PushJob,
        context: &PushContext,
    ) -> tidings_store::Result<()> {
        let Some(fallback) = &context.fallback else { return Ok(()) };
        let message = &context.message;
        // What asks for an opinion is worth no e-mail.
        if message.author == Author::System {
            return Ok(());
        }
        let is_settled = context.is_read || context.is_delivered || message.deleted_at.is_some();
        if is_settled || context.wishes.is_muted(message.conversation_id, self.clock.now()) {
            return Ok(());
        }
        let PushJob { user_id, conversation_id, message_id, seq, .. } = *job;
        let id = fallback_job(message_id);
        let run_at = message.sent_at.plus_ms(fallback.after_minutes.as_ms());
        let app_id = context.app_id;
        self.db
            .write(ScheduleFallback { id, app_id, user_id, conversation_id, message_id, seq, run_at })
            .await
    }

    /// Looks again whether the user must be told, and tells them.
    pub async fn fallback(&self, job: &PushJob) -> Outcome {
        match self.try_fallback(job).await {
            Ok(outcome) => outcome,
            Err(error) => self.after_fault(job.message_id, job.attempt, &error),
        }
    }

    async fn try_fallback(&self, job: &PushJob) -> tidings_store::Result<Outcome> {
        let now = self.clock.now();
        let context = self.db.fallback_context(job.user_id, job.conversation_id, job.seq).await?;
        let Some(context) = context else { return Ok(not_needed("gone")) };
        if let Some(reason) = spared(&context, now) {
            return Ok(not_needed(reason));
        }
        if let Some(end) = context.wishes.quiet_hours.and_then(|hours| hours.end_after(now)) {
            return Ok(Outcome::Defer { at: end });
        }
        let (user_id, way) = (job.user_id, context.fallback.way);
        if let Some(at) = self.db.write(HoldFallback { user_id, now }).await? {
            return Ok(Outcome::Defer { at });
        }
        let told = match way {
            FallbackWay::Email => self.write_to(job, &context).await?,
            FallbackWay::Webhook => self.call(job, &context).await?,
        };
        self.after(job, &context, told).await
    }

    /// Writes down what came of it, and says what follows.
    async fn after(
        &self,
        job: &PushJob,
        context: &FallbackContext,
        told: Told,
    ) -> tidings_store::Result<Outcome> {
        let random = u32::from_be_bytes(self.clock.random());
        let (accepted, outcome, detail, next) = match told {
            Told::Impossible(why) => (false, "impossible", format!("not sent: {why}"), Outcome::Done),
            Told::Held(pause) => {
                let at = held_until(self.clock.now(), pause, random);
                (false, "held", "not sent yet: the way is held".to_owned(), Outcome::Defer { at })
            }
            Told::Answered(verdict, held) => {
                let (number, now, created_at) = (job.attempt, self.clock.now(), job.created_at);
                let attempt = Attempt { number, created_at, now, repeat: Repeat::Used, held, random };
                let error = || format!("{}: {}", way_word(context.fallback.way), verdict.detail());
                let next = match policy(&verdict, &attempt) {
                    Next::At(at) => Outcome::RetryAt { at, error: error() },
                    Next::GiveUp => Outcome::Bury { error: error() },
                    _ => Outcome::Done,
                };
                let accepted = matches!(verdict, Verdict::Accepted { .. });
                (accepted, verdict.outcome(), verdict.detail().to_owned(), next)
            }
        };
        let way = context.fallback.way;
        metrics::counter!("tidings_fallback_total", "way" => way_word(way), "outcome" => outcome)
            .increment(1);
        tracing::info!(message_id = %job.message_id, way = way_word(way), outcome, detail, "fallback");
        let record = RecordFallback {
            user_id: job.user_id,
            conversation_id: job.conversation_id,
            first_seq: job.seq,
            last_seq: context.newest.seq,
            way,
            accepted,
            detail,
            pause: context.fallback.pause_minutes,
            now: self.clock.now(),
        };
        self.db.write(record).await?;
        Ok(next)
    }

    /// The address under which the conversation opens in the app, and the one that stops e-mails.
    async fn links(
        &self,
        job: &PushJob,
        context: &FallbackContext,
    ) -> tidings_store::Result<[Option<String>; 2]> {
        let Some(origin) = &self.besides.public_url else { return Ok([None, None]) };
        let (conversation_id, message_id) = (job.conversation_id, job.message_id);
        let token = async |purpose| {
            let link = Link { user_id: job.user_id, purpose };
            self.besides.links.token(&link, &self.db, &self.clock).await
        };
        let open = match context.fallback.link {
            Some(_) => {
                let token = token(Purpose::Open { conversation_id, message_id }).await?;
                Some(format!("{origin}/mail/v1/open/{token}"))
            }
            None => None,
        };
        Ok([open, Some(format!("{origin}/mail/v1/stop/{}", token(Purpose::Stop).await?))])
    }

    async fn write_to(&self, job: &PushJob, context: &FallbackContext) -> tidings_store::Result<Told> {
        let Some(mailer) = &self.besides.mailer else {
            return Ok(Told::Impossible("the server has no mail server (mail.host)"));
        };
        if context.is_mail_stopped {
            return Ok(Told::Impossible("the user wants no e-mail"));
        }
        let Some(email) = &context.email else {
            return Ok(Told::Impossible("the user has no e-mail address"));
        };
        let [link, stop] = self.links(job, context).await?;
        let language = Language::of(context.locale.as_deref());
        let text = preview_with_addresses(&context.newest, language);
        let news = News {
            reader: Reader::User,
            app_name: &context.app_name,
            privacy: context.push_privacy,
            author: author(context),
            text: text.as_deref().unwrap_or(language.new_message()),
            count: context.count,
            language,
            has_link: link.is_some(),
        };
        let letter = Letter {
            to: email.as_str(),
            from: mailer.chosen().from(),
            id: &id(job, context).simple().to_string(),
            said: &news.said(),
            link: link.as_deref(),
            stop: stop.as_deref(),
            now: self.clock.now(),
        };
        Ok(match mailer.send(&letter).await {
            Sent::Answered(verdict, held) => Told::Answered(verdict, held),
            Sent::Held(pause) => Told::Held(pause),
        })
    }

    async fn call(&self, job: &PushJob, context: &FallbackContext) -> tidings_store::Result<Told> {
        let row = self.db.push_credential(context.app_id, PushProvider::Webhook).await?;
        let Some(row) = row else { return Ok(Told::Impossible("the app has no push webhook")) };
        let lane = self.lanes.lane(context.app_id, PushProvider::Webhook, row.version, &row.config);
        let Ok(lane) = lane else { return Ok(Told::Impossible("the app's push webhook cannot be used")) };
        let Client::Hook(hook) = &lane.client else {
            return Ok(Told::Impossible("the app has no push webhook"));
        };
        let Some(_place) = lane.place().await else { return Ok(Told::Held(WITHOUT_PLACE)) };
        if let Admission::Held { pause, .. } = lane.admit(self.clock.now()) {
            return Ok(Told::Held(pause));
        }
        let [link, _] = self.links(job, context).await?;
        let data = said(job, context, link.as_deref());
        let verdict = hook.post(&id(job, context).to_string(), "fallback", &data, self.clock.now()).await;
        let held = lane.settle(&verdict, self.clock.now());
        Ok(Told::Answered(verdict, held))
    }
}

/// Why the user need not be told.
fn spared(context: &FallbackContext, now: Timestamp) -> Option<&'static str> {
    let is_muted = context.wishes.is_muted(context.newest.conversation_id, now);
    [
        (context.is_settled, "delivered"),
        (context.is_told, "told_with_another"),
        (context.is_blocked, "blocked"),
        (is_muted, "muted"),
    ]
    .into_iter()
    .find_map(|(holds, reason)| holds.then_some(reason))
}

fn not_needed(reason: &'static str) -> Outcome {
    metrics::counter!("tidings_fallback_skipped_total", "reason" => reason).increment(1);
    Outcome::Done
}

fn way_word(way: FallbackWay) -> &'static str {
    match way {
        FallbackWay::Email => "email",
        FallbackWay::Webhook => "webhook",
    }
}

fn author(context: &FallbackContext) -> Option<&str> {
    match &context.newest.author {
        Author::Agent { name, .. } => Some(name.as_str()),
        Author::User { .. } | Author::System => None,
    }
}

/// One id for what is told of, first to last: an attempt that is repeated, after a crash too, carries the same.
fn id(job: &PushJob, context: &FallbackContext) -> Uuid {
    same_id(&[b"fallback", job.message_id.uuid().as_bytes(), context.newest.id.uuid().as_bytes()])
}

/// What the company's service is told.
fn said(job: &PushJob, context: &FallbackContext, link: Option<&str>) -> Value {
    let mut data = json!({
        "user_id": job.user_id,
        "conversation_id": job.conversation_id,
        "message_id": context.newest.id,
        "first_seq": job.seq,
        "last_seq": context.newest.seq,
        "count": context.count,
    });
    if let Some(external_id) = &context.external_id {
        data["external_id"] = external_id.as_str().into();
    }
    if let Some(link) = link {
        data["link"] = link.into();
    }
    if context.push_privacy == PushPrivacy::Preview {
        data["author"] = author(context).into();
        let language = Language::of(context.locale.as_deref());
        data["text"] = preview_with_addresses(&context.newest, language).into();
    }
    data
}
