//! One job: a message that somebody may have to be woken for, or notifications that are to go.

use std::sync::Arc;

use futures_util::future::join_all;
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, DeviceId, MessageId, UserId};
use tidings_protocol::push::{PushKind, PushOptions, PushPayload, PushPrivacy, PushProvider};
use tidings_protocol::time::Timestamp;
use tidings_store::Db;
use tidings_store::ledger::{ClearContext, MarkCleared, PushContext};
use tidings_store::push_contexts::{Asked, Credentials, PushContexts};

use super::decide::{Form, Screen, Wake, decide};
use super::fallback::Besides;
use super::lane::Lanes;
use super::receipt::Receipts;
use super::render::About;
use super::seal::Seals;
use super::serve::{Ledger, Served, Waking, Whom};
use super::verdict::{ATTEMPTS, EXPIRY_MS};
use super::{PushConfig, SetupError};
use crate::clock::Clock;
use crate::live::presence::Somebody;

/// Says whether a socket of somebody tells that they look at the app, or at the inbox.
pub type Foreground = Arc<dyn Fn(Somebody) -> bool + Send + Sync>;

/// A job of the kind `Push`, claimed.
#[derive(Debug, Clone, Copy)]
pub struct PushJob {
    /// Whom to wake.
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

/// A job of the kind `Clear`, claimed.
#[derive(Debug, Clone, Copy)]
pub struct ClearJob {
    /// Whose notifications.
    pub user_id: UserId,
    /// Of which conversation.
    pub conversation_id: ConversationId,
    /// Up to where it had been read when the job was written.
    pub read_seq: Seq,
    /// The device on which it was read.
    pub device_id: DeviceId,
    /// 1 on the first attempt.
    pub attempt: i64,
    /// When the job fell due first.
    pub created_at: Timestamp,
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There is nothing left to do.
    Done,
    /// Put off on purpose: nothing was tried.
    Defer {
        /// Until when.
        at: Timestamp,
    },
    /// Again at this time.
    RetryAt {
        /// When.
        at: Timestamp,
        /// Why; says nothing of the message.
        error: String,
    },
    /// Never again.
    Bury {
        /// Why; says nothing of the message.
        error: String,
    },
}

/// What was looked at for a job, just before it is done.
#[derive(Debug, Clone)]
pub struct Look {
    /// None when the message is not there any more.
    context: Option<PushContext>,
    credentials: Arc<Credentials>,
}

/// Runs push jobs; one for the whole process.
pub struct Dispatcher {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) foreground: Foreground,
    pub(super) lanes: Lanes,
    pub(super) besides: Besides,
    pub(super) receipts: Receipts,
}

impl Dispatcher {
    /// Checks the configuration; connects to nothing yet.
    pub fn new(
        config: &PushConfig,
        seals: Seals,
        db: Db,
        clock: Clock,
        foreground: Foreground,
    ) -> Result<Self, SetupError> {
        let lanes = Lanes::new(config, seals, clock.clone())?;
        Ok(Self { db, clock, foreground, lanes, besides: Besides::default(), receipts: Receipts::default() })
    }

    /// Asks what pushes for these jobs need to know, for all of them at once. What cannot be read now is asked for again
    /// by each job itself.
    pub async fn look(&self, jobs: &[PushJob]) -> Vec<Look> {
        let asked = |job: &PushJob| Asked {
            user_id: job.user_id,
            conversation_id: job.conversation_id,
            seq: job.seq,
        };
        let asked: Vec<_> = jobs.iter().map(asked).collect();
        match self.db.push_contexts(&asked, self.clock.now()).await {
            Ok(PushContexts { found, credentials }) => {
                let credentials = Arc::new(credentials);
                let look = |context| Look { context, credentials: credentials.clone() };
                found.into_iter().map(look).collect()
            }
            Err(_) => Vec::new(),
        }
    }

    /// Asks whether anybody must be woken, and sends one push to each device that took none yet.
    pub async fn run(&self, job: &PushJob) -> Outcome {
        self.run_after(job, None).await
    }

    /// The same with what was just looked at for many.
    pub async fn run_after(&self, job: &PushJob, look: Option<Look>) -> Outcome {
        match self.try_run(job, look).await {
            Ok(outcome) => outcome,
            Err(error) => self.after_fault(job.message_id, job.attempt, &error),
        }
    }

    async fn try_run(&self, job: &PushJob, look: Option<Look>) -> tidings_store::Result<Outcome> {
        let now = self.clock.now();
        let PushJob { user_id, conversation_id, seq, .. } = *job;
        let Look { context, credentials } = if let Some(look) = look {
            look
        } else {
            let asked = Asked { user_id, conversation_id, seq };
            let PushContexts { mut found, credentials } = self.db.push_contexts(&[asked], now).await?;
            Look { context: found.pop().flatten(), credentials: Arc::new(credentials) }
        };
        let Some(context) = context else { return Ok(skip(job, "gone")) };
        self.schedule_fallback(job, &context).await?;
        let screen = if (self.foreground)(Somebody::User(user_id)) { Screen::InFront } else { Screen::Away };
        match decide(&context, screen, now) {
            Wake::Now(_) if now >= job.created_at.plus_ms(EXPIRY_MS) => {
                Ok(Outcome::Bury { error: "expired".to_owned() })
            }
            Wake::Now(form) => self.wake(job, &context, &credentials, form).await,
            Wake::Later { at, reason } => {
                tracing::debug!(message_id = %job.message_id, reason, %at, "a push waits");
                Ok(Outcome::Defer { at })
            }
            Wake::Never(reason) => {
                if reason == "foreground" {
                    for device in &context.devices {
                        self.record(job.message_id, device, false, "not sent: the app was on the screen")
                            .await?;
                    }
                }
                Ok(skip(job, reason))
            }
        }
    }

    async fn wake(
        &self,
        job: &PushJob,
        context: &PushContext,
        credentials: &Credentials,
        form: Form,
    ) -> tidings_store::Result<Outcome> {
        let (kind, count) = form.kind();
        let payload = PushPayload {
            v: 1,
            user_id: job.user_id,
            conversation_id: job.conversation_id,
            message_id: job.message_id,
            seq: job.seq,
            badge: context.unread,
            kind,
            count,
            receipt: None,
        };
        let waking = Waking {
            whom: Whom::User,
            app_id: context.app_id,
            app_name: &context.app_name,
            privacy: context.options.privacy,
            options: &context.options,
            about: About::Message(&context.message),
            payload,
            attempt: job.attempt,
            created_at: job.created_at,
            ledger: Ledger::Written { told_to_wait: &context.told_to_wait },
            credentials: Some(credentials),
        };
        let waiting = context.devices.iter().filter(|device| !context.already_accepted.contains(&device.id));
        let served = join_all(waiting.map(|device| self.serve(&waking, device))).await;
        Ok(sum_up(served.into_iter().collect::<tidings_store::Result<_>>()?))
    }

    /// Tells the other devices that a conversation was read, with the badge of now. Nothing of it is worth a place among
    /// the dead jobs: who opens the app sees the truth.
    pub async fn clear(&self, job: &ClearJob) -> Outcome {
        match self.try_clear(job).await {
            Ok(Outcome::Bury { .. }) => Outcome::Done,
            Ok(outcome) => outcome,
            Err(error) => self.after_fault(job.conversation_id, job.attempt, &error),
        }
    }

    async fn try_clear(&self, job: &ClearJob) -> tidings_store::Result<Outcome> {
        let ClearJob { user_id, conversation_id, device_id, .. } = *job;
        let context = self.db.clear_context(user_id, conversation_id, device_id, self.clock.now()).await?;
        let Some(context) = context else { return Ok(Outcome::Done) };
        // It was read further since, and a later job tells of all of it.
        if context.read_seq > job.read_seq {
            return Ok(Outcome::Done);
        }
        // A browser shows something for every push, whatever it says.
        let silent = context.devices.iter().filter(|device| device.target.provider != PushProvider::WebPush);
        let served = join_all(silent.map(async |device| {
            let served = self.serve(&clearing(job, &context), device).await?;
            if matches!(served, Served::Settled) {
                let (now, seq) = (self.clock.now(), context.read_seq);
                self.db.write(MarkCleared { conversation_id, device_id: device.id, seq, now }).await?;
            }
            Ok(served)
        }));
        Ok(sum_up(served.await.into_iter().collect::<tidings_store::Result<_>>()?))
    }

    /// The database could not be read or written: the push itself is not to blame.
    pub(super) fn after_fault(
        &self,
        of: impl std::fmt::Display,
        attempt: i64,
        error: &tidings_store::Error,
    ) -> Outcome {
        tracing::warn!(%of, %error, "a push job met the database out of order");
        let error = error.to_string();
        if attempt >= ATTEMPTS {
            return Outcome::Bury { error };
        }
        let random = u32::from_be_bytes(self.clock.random());
        Outcome::RetryAt { at: self.clock.now().plus_ms(1000 + i64::from(random % 4000)), error }
    }
}

fn clearing<'a>(job: &ClearJob, context: &ClearContext) -> Waking<'a> {
    let payload = PushPayload {
        v: 1,
        user_id: job.user_id,
        conversation_id: job.conversation_id,
        message_id: context.message_id,
        seq: context.read_seq,
        badge: context.unread,
        kind: PushKind::Clear,
        count: None,
        receipt: None,
    };
    Waking {
        whom: Whom::User,
        app_id: context.app_id,
        app_name: "",
        privacy: PushPrivacy::Opaque,
        options: &PushOptions::PLAIN,
        about: About::Nothing,
        payload,
        attempt: job.attempt,
        created_at: job.created_at,
        ledger: Ledger::Spared,
        credentials: None,
    }
}

/// The job comes back when the last of its devices may: earlier would break a `Retry-After`.
pub(super) fn sum_up(served: Vec<Served>) -> Outcome {
    let mut outcome = Outcome::Done;
    let mut held = None;
    for device in served {
        outcome = match (outcome, device) {
            (outcome, Served::Held { at }) => {
                held = held.max(Some(at));
                outcome
            }
            (outcome, Served::Settled) | (outcome @ Outcome::RetryAt { .. }, Served::GivenUp { .. }) => {
                outcome
            }
            (Outcome::RetryAt { at: before, .. }, Served::Later { at, error }) if at < before => {
                Outcome::RetryAt { at: before, error }
            }
            (_, Served::Later { at, error }) => Outcome::RetryAt { at, error },
            (_, Served::GivenUp { error }) => Outcome::Bury { error },
        };
    }
    match (outcome, held) {
        (Outcome::RetryAt { at, error }, Some(held)) => Outcome::RetryAt { at: at.max(held), error },
        // Nothing was tried with those that are held, so it is no attempt; the age of the job ends it.
        (Outcome::Done | Outcome::Bury { .. }, Some(at)) => Outcome::Defer { at },
        (outcome, _) => outcome,
    }
}

fn skip(job: &PushJob, reason: &'static str) -> Outcome {
    metrics::counter!("tidings_push_skipped_total", "reason" => reason).increment(1);
    tracing::debug!(message_id = %job.message_id, reason, "no push");
    Outcome::Done
}
