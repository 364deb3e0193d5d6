//! One job: a message that somebody may have to be woken for.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use sha2::{Digest as _, Sha256};
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, DeviceId, MessageId, UserId};
use tidings_protocol::push::{PushPayload, PushProvider, PushTarget};
use tidings_protocol::time::Timestamp;
use tidings_store::Db;
use tidings_store::devices::DropPushToken;
use tidings_store::ledger::{PushContext, PushDevice, RecordPush};
use uuid::Uuid;

use super::apns::ApnsPush;
use super::fcm::FcmPush;
use super::lane::{Admission, Client, Lane, Lanes, WITHOUT_PLACE};
use super::render::Notice;
use super::verdict::{ATTEMPTS, Attempt, EXPIRY_MS, Next, Renewal, Repeat, Scope, Verdict, policy};
use super::{PushConfig, SetupError};
use crate::clock::Clock;

/// Says whether a socket of the user tells that the app is on the screen.
pub type Foreground = Arc<dyn Fn(UserId) -> bool + Send + Sync>;

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

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There is nothing left to do.
    Done,
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

/// Runs push jobs; one for the whole process.
pub struct Dispatcher {
    db: Db,
    clock: Clock,
    foreground: Foreground,
    lanes: Lanes,
}

impl Dispatcher {
    /// Checks the configuration; connects to nothing yet.
    pub fn new(
        config: &PushConfig,
        db: Db,
        clock: Clock,
        foreground: Foreground,
    ) -> Result<Self, SetupError> {
        let lanes = Lanes::new(config, clock.clone())?;
        Ok(Self { db, clock, foreground, lanes })
    }

    /// Asks again whether anybody must be woken, and sends one push to each device that took none yet.
    pub async fn run(&self, job: &PushJob) -> Outcome {
        match self.try_run(job).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::warn!(message_id = %job.message_id, %error, "a push job met the database out of order");
                let random = u32::from_be_bytes(self.clock.random());
                after_fault(job, &error, self.clock.now(), random)
            }
        }
    }

    async fn try_run(&self, job: &PushJob) -> tidings_store::Result<Outcome> {
        if self.clock.now() >= job.created_at.plus_ms(EXPIRY_MS) {
            return Ok(Outcome::Bury { error: "expired".to_owned() });
        }
        let PushJob { user_id, conversation_id, seq, .. } = *job;
        let context = self.db.push_context(user_id, conversation_id, seq, self.clock.now()).await?;
        let Some(context) = context else { return Ok(skip(job, "gone")) };
        if context.is_read {
            return Ok(skip(job, "read"));
        }
        if context.message.deleted_at.is_some() {
            return Ok(skip(job, "deleted"));
        }
        let waiting = context.devices.iter().filter(|device| !context.already_accepted.contains(&device.id));
        if (self.foreground)(job.user_id) {
            for device in waiting {
                self.record(job, device, false, "not sent: the app was on the screen").await?;
            }
            return Ok(skip(job, "foreground"));
        }
        let served = join_all(waiting.map(|device| self.serve(job, &context, device))).await;
        Ok(sum_up(served.into_iter().collect::<tidings_store::Result<_>>()?))
    }

    /// Sends to one device - a second time at once if that is safe and may help - and writes down what came of it.
    async fn serve(
        &self,
        job: &PushJob,
        context: &PushContext,
        device: &PushDevice,
    ) -> tidings_store::Result<Served> {
        let provider = device.target.provider;
        let Some(row) = self.db.push_credential(context.app_id, provider).await? else {
            self.record(job, device, false, "not sent: the app has no key for this service").await?;
            return Ok(Served::Settled);
        };
        let lane = match self.lanes.lane(context.app_id, provider, row.version, &row.config) {
            Ok(lane) => lane,
            Err(error) => {
                self.record(job, device, false, &format!("not sent: {error}")).await?;
                return Ok(Served::Settled);
            }
        };
        let place = lane.place().await;
        let admission = match place {
            Some(_) => lane.admit(self.clock.now()),
            None => {
                Admission::Held { pause: WITHOUT_PLACE, reason: "many pushes wait for an answer".to_owned() }
            }
        };
        if let Admission::Held { pause, reason } = admission {
            let verdict = Verdict::Later { reason, after: Some(pause), scope: Scope::Device };
            let next = policy(&verdict, &self.attempt(job, Repeat::Used, pause));
            return self.settle(job, device, &verdict, next, self.clock.now()).await;
        }
        let sent_at = self.clock.now();
        let verdict = self.send(&lane, job, context, device).await;
        let next = policy(&verdict, &self.attempt(job, Repeat::Allowed, Duration::ZERO));
        if next != Next::AtOnce {
            let held = lane.settle(&verdict, self.clock.now());
            let next = policy(&verdict, &self.attempt(job, Repeat::Allowed, held));
            return self.settle(job, device, &verdict, next, sent_at).await;
        }
        note(job, device, &verdict, &next);
        let verdict = self.send(&lane, job, context, device).await;
        let held = lane.settle(&verdict, self.clock.now());
        let next = policy(&verdict, &self.attempt(job, Repeat::Used, held));
        self.settle(job, device, &verdict, next, sent_at).await
    }

    fn attempt(&self, job: &PushJob, repeat: Repeat, held: Duration) -> Attempt {
        let random = u32::from_be_bytes(self.clock.random());
        let PushJob { attempt: number, created_at, .. } = *job;
        Attempt { number, created_at, now: self.clock.now(), repeat, held, random }
    }

    /// Writes down what was said, and does what follows.
    async fn settle(
        &self,
        job: &PushJob,
        device: &PushDevice,
        verdict: &Verdict,
        next: Next,
        sent_at: Timestamp,
    ) -> tidings_store::Result<Served> {
        note(job, device, verdict, &next);
        let accepted = matches!(verdict, Verdict::Accepted { .. });
        self.record(job, device, accepted, verdict.detail()).await?;
        self.follow(device, verdict, next, sent_at).await
    }

    async fn follow(
        &self,
        device: &PushDevice,
        verdict: &Verdict,
        next: Next,
        sent_at: Timestamp,
    ) -> tidings_store::Result<Served> {
        let error = || format!("{}: {}", provider_word(device.target.provider), beginning(verdict.detail()));
        Ok(match next {
            Next::Done | Next::Refused => Served::Settled,
            Next::DropToken { registered_before } => {
                let drop = DropPushToken {
                    device_id: device.id,
                    token: device.target.token.as_str().to_owned(),
                    // A token that was registered after the service declared it dead is alive again.
                    registered_before: Some(registered_before.unwrap_or(sent_at)),
                    now: self.clock.now(),
                };
                let dropped = self.db.write(drop).await?;
                tracing::info!(device_id = %device.id, token = token_mark(&device.target), dropped, "dead push token");
                Served::Settled
            }
            Next::At(at) => Served::Later { at, error: error() },
            Next::GiveUp => Served::GivenUp { error: error() },
            // `serve` repeats instead of coming here.
            Next::AtOnce => Served::Later { at: self.clock.now(), error: error() },
        })
    }

    /// Sends once.
    async fn send(&self, lane: &Lane, job: &PushJob, context: &PushContext, device: &PushDevice) -> Verdict {
        let payload = PushPayload {
            v: 1,
            user_id: job.user_id,
            conversation_id: job.conversation_id,
            message_id: job.message_id,
            seq: job.seq,
            badge: context.unread,
        };
        let notice = Notice {
            payload: &payload,
            message: &context.message,
            app_name: &context.app_name,
            privacy: context.push_privacy,
            locale: device.locale.as_deref(),
        };
        let PushTarget { token, environment, .. } = &device.target;
        let expires_at = job.created_at.plus_ms(EXPIRY_MS);
        match &lane.client {
            Client::Apns(apns) => {
                let push = ApnsPush {
                    token,
                    environment: *environment,
                    id: push_id(job.message_id, device.id),
                    message_id: job.message_id,
                    expires_at,
                    body: notice.apns(),
                };
                let verdict = apns.send(push).await;
                if let Verdict::Credential { renewal: Renewal::Helps, .. } = verdict {
                    apns.renew_token();
                }
                verdict
            }
            Client::Fcm(fcm) => {
                let left_ms = expires_at.unix_ms() - self.clock.now().unix_ms();
                let ttl_seconds = (left_ms / 1000).max(0);
                fcm.send(FcmPush { token, ttl_seconds, data: notice.fcm() }).await
            }
        }
    }

    async fn record(
        &self,
        job: &PushJob,
        device: &PushDevice,
        accepted: bool,
        detail: &str,
    ) -> tidings_store::Result<()> {
        let record = RecordPush {
            message_id: job.message_id,
            device_id: device.id,
            provider: device.target.provider,
            accepted,
            detail: beginning(detail).to_owned(),
            now: self.clock.now(),
        };
        self.db.write(record).await
    }
}

fn note(job: &PushJob, device: &PushDevice, verdict: &Verdict, next: &Next) {
    let provider = provider_word(device.target.provider);
    let outcome = verdict.outcome();
    metrics::counter!("tidings_push_total", "provider" => provider, "outcome" => outcome).increment(1);
    tracing::info!(
        message_id = %job.message_id,
        device_id = %device.id,
        token = token_mark(&device.target),
        provider,
        outcome,
        detail = beginning(verdict.detail()),
        ?next,
        attempt = job.attempt,
        "push"
    );
}

/// What became of one device.
#[derive(Debug)]
enum Served {
    Settled,
    Later { at: Timestamp, error: String },
    GivenUp { error: String },
}

/// The job comes back when the last of its devices may: earlier would break a `Retry-After`.
fn sum_up(served: Vec<Served>) -> Outcome {
    let mut outcome = Outcome::Done;
    for device in served {
        outcome = match (outcome, device) {
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
    outcome
}

fn skip(job: &PushJob, reason: &'static str) -> Outcome {
    metrics::counter!("tidings_push_skipped_total", "reason" => reason).increment(1);
    tracing::debug!(message_id = %job.message_id, reason, "no push");
    Outcome::Done
}

/// The database could not be read or written: the push itself is not to blame.
fn after_fault(job: &PushJob, error: &tidings_store::Error, now: Timestamp, random: u32) -> Outcome {
    let error = error.to_string();
    if job.attempt >= ATTEMPTS {
        return Outcome::Bury { error };
    }
    Outcome::RetryAt { at: now.plus_ms(1000 + i64::from(random % 4000)), error }
}

/// One id for each message and device: an attempt that is repeated, after a crash too, carries the same.
fn push_id(message_id: MessageId, device_id: DeviceId) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(message_id.uuid().as_bytes());
    hash.update(device_id.uuid().as_bytes());
    let digest = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// How a token appears in logs: 8 hexadecimal digits of its SHA-256.
fn token_mark(target: &PushTarget) -> String {
    Sha256::digest(target.token.as_bytes()).iter().take(4).fold(String::new(), |mut mark, byte| {
        let _ = write!(mark, "{byte:02x}");
        mark
    })
}

/// A service's reason is a word; more than this is not one.
fn beginning(detail: &str) -> &str {
    const BYTES: usize = 200;
    &detail[..detail.floor_char_boundary(BYTES)]
}

fn provider_word(provider: PushProvider) -> &'static str {
    match provider {
        PushProvider::Apns => "apns",
        PushProvider::Fcm => "fcm",
    }
}
