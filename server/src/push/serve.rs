//! One device: a push sent to it, what came of that written down, and what follows.

use std::fmt::Write as _;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tidings_protocol::id::{AppId, DeviceId, MessageId, WorkspaceId};
use tidings_protocol::push::{PushEnvironment, PushKind, PushOptions, PushPayload, PushPrivacy, PushTarget};
use tidings_protocol::time::Timestamp;
use tidings_store::browsers::{DropBrowser, ProveBrowser, StrikeBrowser};
use tidings_store::devices::{DropPushToken, ProvePushToken, StrikePushToken};
use tidings_store::ledger::{NOT_SENT_YET, PushDevice, RecordPush};
use tidings_store::push_contexts::Credentials;
use uuid::Uuid;

use super::dispatch::Dispatcher;
use super::lane::{Admission, Lane, Owner, WITHOUT_PLACE};
use super::provider::{Push, Urgency};
use super::provider_word;
use super::render::{About, Notice};
use super::same::same_id;
use super::verdict::{Attempt, EXPIRY_MS, Next, Repeat, Verdict, held_until, policy};

/// What is to be told to each of some devices.
pub(super) struct Waking<'a> {
    pub(super) whom: Whom,
    pub(super) app_id: AppId,
    pub(super) app_name: &'a str,
    pub(super) privacy: PushPrivacy,
    pub(super) options: &'a PushOptions,
    pub(super) about: About<'a>,
    pub(super) payload: PushPayload,
    pub(super) attempt: i64,
    pub(super) created_at: Timestamp,
    pub(super) ledger: Ledger<'a>,
    /// None: not asked for yet.
    pub(super) credentials: Option<&'a Credentials>,
}

/// Who is woken: whose key signs, and where it is written down when an address is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    User,
    Agent { workspace_id: WorkspaceId },
}

/// Whether attempts are written into the message's ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ledger<'a> {
    /// They are. That a push has to wait is said once, however often it is put off.
    Written {
        told_to_wait: &'a [DeviceId],
    },
    Spared,
}

/// What became of one device.
#[derive(Debug)]
pub(super) enum Served {
    Settled,
    Later {
        at: Timestamp,
        error: String,
    },
    /// Its lane is held: nothing was tried.
    Held {
        at: Timestamp,
    },
    GivenUp {
        error: String,
    },
}

/// A verdict, and of Apple's services the one that gave it.
struct Answered {
    verdict: Verdict,
    environment: PushEnvironment,
}

impl Dispatcher {
    /// Sends to one device - a second time at once if that is safe and may help - and writes down what came of it.
    pub(super) async fn serve(
        &self,
        waking: &Waking<'_>,
        device: &PushDevice,
    ) -> tidings_store::Result<Served> {
        let lane = match self.lane(waking, device).await? {
            Ok(lane) => lane,
            Err(why) => {
                self.note_down(waking, device, false, &format!("not sent: {why}")).await?;
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
            if !matches!(waking.ledger, Ledger::Written { told_to_wait } if told_to_wait.contains(&device.id))
            {
                self.note_down(waking, device, false, &format!("{NOT_SENT_YET}: {reason}")).await?;
            }
            let random = u32::from_be_bytes(self.clock.random());
            return Ok(Served::Held { at: held_until(self.clock.now(), pause, random) });
        }
        let payload = match waking.whom {
            Whom::User => &self.receipts.added(&waking.payload, device, &self.db, &self.clock).await?,
            Whom::Agent { .. } => &waking.payload,
        };
        let sent_at = self.clock.now();
        let answered = self.send(&lane, waking, device, payload).await;
        let next = policy(&answered.verdict, &self.attempt(waking, Repeat::Allowed, Duration::ZERO));
        if next != Next::AtOnce {
            let held = lane.settle(&answered.verdict, self.clock.now());
            let next = policy(&answered.verdict, &self.attempt(waking, Repeat::Allowed, held));
            return self.settle(waking, device, &lane, &answered, next, sent_at).await;
        }
        note(waking, device, &answered.verdict, &next);
        let answered = self.send(&lane, waking, device, payload).await;
        let held = lane.settle(&answered.verdict, self.clock.now());
        let next = policy(&answered.verdict, &self.attempt(waking, Repeat::Used, held));
        self.settle(waking, device, &lane, &answered, next, sent_at).await
    }

    /// The lane of the app's credential for this device, or why there is none.
    async fn lane(
        &self,
        waking: &Waking<'_>,
        device: &PushDevice,
    ) -> tidings_store::Result<Result<std::sync::Arc<Lane>, String>> {
        let provider = device.target.provider;
        let (asked, key);
        let (owner, stored) = match waking.whom {
            Whom::User => {
                let row = if let Some(known) = waking.credentials {
                    known.get(&(waking.app_id, provider))
                } else {
                    asked = self.db.push_credential(waking.app_id, provider).await?;
                    asked.as_ref()
                };
                (Owner::App(waking.app_id), row.map(|row| (row.config.as_str(), row.version)))
            }
            Whom::Agent { workspace_id } => {
                key = self.db.agent_push_key(workspace_id).await?;
                (Owner::Workspace(workspace_id), key.as_deref().map(|key| (key, 1)))
            }
        };
        let Some((config, version)) = stored else {
            return Ok(Err("the app has no key for this service".to_owned()));
        };
        let lane = self.lanes.lane(owner, provider, version, config);
        Ok(lane.map_err(|error| error.to_string()))
    }

    fn attempt(&self, waking: &Waking<'_>, repeat: Repeat, held: Duration) -> Attempt {
        let random = u32::from_be_bytes(self.clock.random());
        let Waking { attempt: number, created_at, .. } = *waking;
        Attempt { number, created_at, now: self.clock.now(), repeat, held, random }
    }

    /// Writes down what was said, and does what follows.
    async fn settle(
        &self,
        waking: &Waking<'_>,
        device: &PushDevice,
        lane: &Lane,
        answered: &Answered,
        next: Next,
        sent_at: Timestamp,
    ) -> tidings_store::Result<Served> {
        let verdict = &answered.verdict;
        note(waking, device, verdict, &next);
        let accepted = matches!(verdict, Verdict::Accepted { .. });
        self.note_down(waking, device, accepted, verdict.detail()).await?;
        if accepted {
            self.prove(waking.whom, lane, device, answered.environment).await?;
        }
        self.follow(waking.whom, device, lane, verdict, next, sent_at).await
    }

    /// A token that was in doubt has proven itself.
    async fn prove(
        &self,
        whom: Whom,
        lane: &Lane,
        device: &PushDevice,
        environment: PushEnvironment,
    ) -> tidings_store::Result<()> {
        let expected = lane.client.environment(&device.target, device.proven);
        if device.strikes == 0 && environment == expected {
            return Ok(());
        }
        if let Whom::Agent { .. } = whom {
            return self.db.write(ProveBrowser { id: device.id }).await;
        }
        let known = lane.client.environment(&device.target, None);
        let prove = ProvePushToken {
            device_id: device.id,
            token: device.target.token.as_str().to_owned(),
            environment: (environment != known).then_some(environment),
        };
        self.db.write(prove).await
    }

    async fn follow(
        &self,
        whom: Whom,
        device: &PushDevice,
        lane: &Lane,
        verdict: &Verdict,
        next: Next,
        sent_at: Timestamp,
    ) -> tidings_store::Result<Served> {
        let error = || format!("{}: {}", provider_word(device.target.provider), beginning(verdict.detail()));
        let now = self.clock.now();
        Ok(match next {
            Next::Done | Next::Refused => Served::Settled,
            Next::Strike => {
                if lane.suspects_many() {
                    tracing::error!(
                        error = error(),
                        "the service refuses so many tokens that the app's key or its topic must be wrong: no token is dropped"
                    );
                } else if self.strike(whom, device, now).await? {
                    tracing::info!(device_id = %device.id, token = token_mark(&device.target), "push token that does not fit dropped");
                }
                Served::Settled
            }
            Next::DropToken { registered_before } => {
                // A token that was registered after the service declared it dead is alive again.
                let dropped = self.forget(whom, device, registered_before.unwrap_or(sent_at)).await?;
                tracing::info!(device_id = %device.id, token = token_mark(&device.target), dropped, "dead push token");
                Served::Settled
            }
            Next::At(at) => Served::Later { at, error: error() },
            Next::GiveUp => Served::GivenUp { error: error() },
            // `serve` repeats instead of coming here.
            Next::AtOnce => Served::Later { at: now, error: error() },
        })
    }

    /// Notes that the service does not know the address; answers whether that was once too often.
    async fn strike(&self, whom: Whom, device: &PushDevice, now: Timestamp) -> tidings_store::Result<bool> {
        let (id, token) = (device.id, device.target.token.as_str().to_owned());
        match whom {
            Whom::User => self.db.write(StrikePushToken { device_id: id, token, now }).await,
            Whom::Agent { .. } => self.db.write(StrikeBrowser { id, endpoint: token, now }).await,
        }
    }

    /// Forgets a dead address, unless it was registered again since.
    async fn forget(
        &self,
        whom: Whom,
        device: &PushDevice,
        registered_before: Timestamp,
    ) -> tidings_store::Result<bool> {
        let (id, token, now) = (device.id, device.target.token.as_str().to_owned(), self.clock.now());
        match whom {
            Whom::User => {
                let registered_before = Some(registered_before);
                self.db.write(DropPushToken { device_id: id, token, registered_before, now }).await
            }
            Whom::Agent { .. } => self.db.write(DropBrowser { id, endpoint: token, registered_before }).await,
        }
    }

    /// Sends once; to the other of Apple's services too, if the first does not know the token: apps run from Xcode and
    /// apps from the store are easily taken for each other.
    async fn send(
        &self,
        lane: &Lane,
        waking: &Waking<'_>,
        device: &PushDevice,
        payload: &PushPayload,
    ) -> Answered {
        let notice = Notice {
            payload,
            about: waking.about,
            app_name: waking.app_name,
            privacy: waking.privacy,
            locale: device.locale.as_deref(),
            options: waking.options,
        };
        let environment = lane.client.environment(&device.target, device.proven);
        let push = |environment| Push {
            target: &device.target,
            environment,
            id: push_id(&waking.payload, device.id),
            collapse_id: match waking.whom {
                Whom::User => collapse_id(&waking.payload),
                // A browser that was away gets the newest of each conversation.
                Whom::Agent { .. } => waking.payload.conversation_id.to_string(),
            },
            urgency: if waking.payload.kind == PushKind::Clear { Urgency::Quiet } else { Urgency::High },
            expires_at: waking.created_at.plus_ms(EXPIRY_MS),
            now: self.clock.now(),
            notice,
        };
        let verdict = lane.client.send(&push(environment)).await;
        let other = match environment {
            PushEnvironment::Production => PushEnvironment::Sandbox,
            PushEnvironment::Sandbox => PushEnvironment::Production,
        };
        if lane.client.has_two_services()
            && matches!(&verdict, Verdict::TokenSuspect { reason } if reason == "BadDeviceToken")
            && let verdict @ Verdict::Accepted { .. } = lane.client.send(&push(other)).await
        {
            return Answered { verdict, environment: other };
        }
        Answered { verdict, environment }
    }

    async fn note_down(
        &self,
        waking: &Waking<'_>,
        device: &PushDevice,
        accepted: bool,
        detail: &str,
    ) -> tidings_store::Result<()> {
        match waking.ledger {
            Ledger::Written { .. } => self.record(waking.payload.message_id, device, accepted, detail).await,
            Ledger::Spared => Ok(()),
        }
    }

    pub(super) async fn record(
        &self,
        message_id: MessageId,
        device: &PushDevice,
        accepted: bool,
        detail: &str,
    ) -> tidings_store::Result<()> {
        let record = RecordPush {
            message_id,
            device_id: device.id,
            provider: device.target.provider,
            accepted,
            detail: beginning(detail).to_owned(),
            now: self.clock.now(),
        };
        self.db.write(record).await
    }
}

fn note(waking: &Waking<'_>, device: &PushDevice, verdict: &Verdict, next: &Next) {
    let provider = provider_word(device.target.provider);
    let outcome = verdict.outcome();
    metrics::counter!("tidings_push_total", "provider" => provider, "outcome" => outcome).increment(1);
    tracing::info!(
        message_id = %waking.payload.message_id,
        device_id = %device.id,
        token = token_mark(&device.target),
        kind = ?waking.payload.kind,
        provider,
        outcome,
        detail = beginning(verdict.detail()),
        ?next,
        attempt = waking.attempt,
        "push"
    );
}

/// One id for each message, device and purpose: an attempt that is repeated, after a crash too, carries the same.
fn push_id(payload: &PushPayload, device_id: DeviceId) -> Uuid {
    let purpose: &[u8] = if payload.kind == PushKind::Clear { b"clear" } else { b"" };
    same_id(&[payload.message_id.uuid().as_bytes(), device_id.uuid().as_bytes(), purpose])
}

/// What takes the place of what on the screen: a message of itself, a summary of the one before it.
fn collapse_id(payload: &PushPayload) -> String {
    match payload.kind {
        PushKind::Message | PushKind::Test => payload.message_id.to_string(),
        PushKind::Summary => payload.conversation_id.to_string(),
        PushKind::Clear => format!("clear-{}", payload.conversation_id),
    }
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
