//! The seam between jobs and services: what every service is given, and that it answers with a [`Verdict`].

use tidings_protocol::push::{PushEnvironment, PushTarget};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use super::apns::{Apns, ApnsPush};
use super::fcm::{Fcm, FcmPush, Shown};
use super::hook::Hook;
use super::render::Notice;
use super::verdict::{Renewal, Verdict};
use super::web::WebPush;

/// One push for one device, before it takes the form of a service.
#[derive(Debug, Clone)]
pub struct Push<'a> {
    /// The device's address.
    pub target: &'a PushTarget,
    /// Which of Apple's services to use.
    pub environment: PushEnvironment,
    /// The same for every attempt.
    pub id: Uuid,
    /// What of the same id is on the screen gives way to it; at most 64 bytes.
    pub collapse_id: String,
    /// How much of a hurry it is.
    pub urgency: Urgency,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// What it says.
    pub notice: Notice<'a>,
}

/// How much of a hurry a push is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody is to look.
    High,
    /// Nobody is to notice.
    Quiet,
}

/// A push service, as one credential sees it.
pub trait Provider: Send + Sync {
    /// Sends one push. It never fails: whatever happens has a verdict.
    fn push(&self, push: &Push<'_>) -> impl Future<Output = Verdict> + Send;
}

impl Push<'_> {
    /// For how many seconds it is of use.
    pub fn ttl_seconds(&self) -> i64 {
        ((self.expires_at.unix_ms() - self.now.unix_ms()) / 1000).max(0)
    }
}

impl Provider for Apns {
    async fn push(&self, push: &Push<'_>) -> Verdict {
        let verdict = self
            .send(ApnsPush {
                token: &push.target.token,
                environment: push.environment,
                id: push.id,
                collapse_id: push.collapse_id.clone(),
                urgency: push.urgency,
                expires_at: push.expires_at,
                body: push.notice.apns(),
            })
            .await;
        if let Verdict::Credential { renewal: Renewal::Helps, .. } = verdict {
            self.renew_token();
        }
        verdict
    }
}

impl Provider for Fcm {
    async fn push(&self, push: &Push<'_>) -> Verdict {
        let shown = push.notice.fcm_notification().map(|notification| Shown {
            notification,
            tag: &push.collapse_id,
            channel_id: push.notice.options.channel_id.as_deref(),
        });
        self.send(FcmPush {
            token: push.target.token.as_str(),
            ttl_seconds: push.ttl_seconds(),
            urgency: push.urgency,
            data: push.notice.fcm(),
            shown,
        })
        .await
    }
}

/// The client of one credential: a closed set, so no boxed futures.
pub enum Client {
    /// Apple's.
    Apns(Box<Apns>),
    /// Google's.
    Fcm(Box<Fcm>),
    /// Browsers'.
    Web(Box<WebPush>),
    /// The company's own.
    Hook(Box<Hook>),
}

impl Client {
    /// Sends one push.
    pub async fn send(&self, push: &Push<'_>) -> Verdict {
        match self {
            Self::Apns(apns) => apns.push(push).await,
            Self::Fcm(fcm) => fcm.push(push).await,
            Self::Web(web) => web.push(push).await,
            Self::Hook(hook) => hook.push(push).await,
        }
    }

    /// Whether a token that one service does not know may belong to another one of the same company.
    pub const fn has_two_services(&self) -> bool {
        matches!(self, Self::Apns(_))
    }

    /// Which of Apple's services to use for a device: the one that has taken its token before, or as it is set up.
    pub fn environment(&self, target: &PushTarget, proven: Option<PushEnvironment>) -> PushEnvironment {
        match self {
            Self::Apns(apns) => proven.unwrap_or_else(|| apns.environment(target.environment)),
            Self::Fcm(_) | Self::Web(_) | Self::Hook(_) => target.environment,
        }
    }
}
