//! What a push service's answer means, and what follows from it. All judgement is here, in pure functions.

use std::time::Duration;

use tidings_protocol::time::Timestamp;

use super::net::NetError;

/// How often a job is tried.
pub const ATTEMPTS: i64 = 8;
/// How long a job is tried: a push that comes a day late tells nobody anything.
pub const EXPIRY_MS: i64 = 24 * 60 * 60 * 1000;
/// The longest pause between two attempts, and the longest that a `Retry-After` is obeyed.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// What one answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The service took the push, and calls it this.
    Accepted {
        /// `apns-id`, or the name of the FCM message.
        provider_id: String,
    },
    /// The token will never work again.
    TokenDead {
        /// The service's word for it.
        reason: String,
        /// Since when, if the service says. A token registered after that is alive again.
        since: Option<Timestamp>,
    },
    /// The token does not fit the credential. Either may be at fault: one wrong topic must not wipe every token.
    TokenSuspect {
        /// The service's word for it.
        reason: String,
    },
    /// The push itself is wrong and will stay so.
    Rejected {
        /// The service's word for it.
        reason: String,
    },
    /// The credential is refused; no token is to blame.
    Credential {
        /// The service's word for it.
        reason: String,
        /// Whether a newly made token may help.
        renewal: Renewal,
    },
    /// Later, perhaps.
    Later {
        /// The service's word for it.
        reason: String,
        /// `Retry-After`, or the service's documented pause.
        after: Option<Duration>,
        /// For whom.
        scope: Scope,
    },
    /// The service did nothing with it: at once again.
    NotProcessed {
        /// What HTTP/2 said.
        reason: String,
    },
    /// The service may have taken it. A repeat carries the same ids, so it replaces itself.
    Ambiguous {
        /// What broke.
        reason: String,
    },
}

/// Whether a newly made provider or access token may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// The service calls the token expired or unknown.
    Helps,
    /// The key, team, topic or project is wrong.
    Useless,
}

/// For whom a service asks for patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// For pushes to this device.
    Device,
    /// For every push of this credential.
    Credential,
    /// For this push. The service is out of order, perhaps for a moment and in a part of it: only when that goes on it
    /// concerns every push of this credential.
    Service,
}

/// The circumstances of an attempt.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// 1 on the first.
    pub number: i64,
    /// When the job was made.
    pub created_at: Timestamp,
    /// When the answer came.
    pub now: Timestamp,
    /// Whether this push was already repeated at once.
    pub repeat: Repeat,
    /// For how long the credential's lane is held, because of this verdict or an earlier one.
    pub held: Duration,
    /// 32 random bits, for jitter.
    pub random: u32,
}

/// Whether a push may be repeated at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It may.
    Allowed,
    /// It was.
    Used,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The device is served.
    Done,
    /// The device will not be served; the token stays.
    Refused,
    /// The device will not be served; the token goes if this happens again and again.
    Strike,
    /// Drop the token, unless it was registered at this time or after it.
    DropToken {
        /// The time; absent: when the push was sent.
        registered_before: Option<Timestamp>,
    },
    /// Send again now.
    AtOnce,
    /// Send again then.
    At(Timestamp),
    /// Tried often or long enough.
    GiveUp,
}

/// Decides what follows from a verdict.
pub fn policy(verdict: &Verdict, attempt: &Attempt) -> Next {
    match verdict {
        Verdict::Accepted { .. } => Next::Done,
        Verdict::Rejected { .. } => Next::Refused,
        Verdict::TokenSuspect { .. } => Next::Strike,
        Verdict::TokenDead { since, .. } => Next::DropToken { registered_before: *since },
        Verdict::NotProcessed { .. } | Verdict::Credential { renewal: Renewal::Helps, .. }
            if attempt.repeat == Repeat::Allowed =>
        {
            Next::AtOnce
        }
        Verdict::NotProcessed { .. } | Verdict::Ambiguous { .. } | Verdict::Credential { .. } => {
            later(attempt, Duration::ZERO)
        }
        Verdict::Later { after, .. } => later(attempt, after.unwrap_or_default()),
    }
}

/// Waits at least `floor`, and a random part of 1 s, 4 s, 16 s … 1 h beyond it, so that many do not come back at
/// once ("full jitter"). Eight attempts last up to an hour and a half.
fn later(attempt: &Attempt, floor: Duration) -> Next {
    let exponent = u32::try_from(attempt.number.clamp(1, 7) - 1).unwrap_or_default();
    let ceiling = Duration::from_secs(4_u64.pow(exponent)).min(LONGEST_PAUSE);
    let jitter = ceiling.mul_f64(f64::from(attempt.random) / f64::from(u32::MAX));
    let pause = floor.max(attempt.held).min(LONGEST_PAUSE) + jitter;
    let at = attempt.now.plus_ms(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
    let expires = attempt.created_at.plus_ms(EXPIRY_MS);
    if attempt.number >= ATTEMPTS || at >= expires { Next::GiveUp } else { Next::At(at) }
}

/// When a push comes back whose lane is held: then, spread over a second.
pub(super) fn held_until(now: Timestamp, pause: Duration, random: u32) -> Timestamp {
    let spread = Duration::from_secs(1).mul_f64(f64::from(random) / f64::from(u32::MAX));
    now.plus_ms(i64::try_from((pause.min(LONGEST_PAUSE) + spread).as_millis()).unwrap_or(i64::MAX))
}

impl From<NetError> for Verdict {
    fn from(error: NetError) -> Self {
        let reason = error.to_string();
        match error {
            NetError::Unreachable(_) => Self::Later { reason, after: None, scope: Scope::Service },
            NetError::NotProcessed(_) => Self::NotProcessed { reason },
            NetError::Ambiguous(_) => Self::Ambiguous { reason },
        }
    }
}

impl Verdict {
    /// What the ledger says: the service's id or its reason.
    pub fn detail(&self) -> &str {
        match self {
            Self::Accepted { provider_id } => provider_id,
            Self::TokenDead { reason, .. }
            | Self::TokenSuspect { reason }
            | Self::Rejected { reason }
            | Self::Credential { reason, .. }
            | Self::Later { reason, .. }
            | Self::NotProcessed { reason }
            | Self::Ambiguous { reason } => reason,
        }
    }

    /// The word for metrics and logs.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::TokenDead { .. } => "token_dead",
            Self::TokenSuspect { .. } => "token_suspect",
            Self::Rejected { .. } => "rejected",
            Self::Credential { .. } => "credential",
            Self::Later { .. } => "later",
            Self::NotProcessed { .. } => "not_processed",
            Self::Ambiguous { .. } => "ambiguous",
        }
    }
}

/// Reads `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
pub fn retry_after(headers: &http::HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let date = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    let now = Duration::from_millis(now.unix_ms().unsigned_abs());
    Some(date.saturating_sub(now))
}

#[cfg(test)]
impl Verdict {
    /// Everything of a verdict that something follows from, for tables: its outcome, and for whom or whether a new token
    /// helps.
    pub(super) fn shape(&self) -> String {
        match self {
            Self::Later { scope, .. } => format!("later, {scope:?}").to_lowercase(),
            Self::Credential { renewal, .. } => format!("credential, {renewal:?}").to_lowercase(),
            other => other.outcome().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_795_253_400_000);

    fn attempt(number: i64) -> Attempt {
        let created_at = NOW.plus_ms(-1000);
        Attempt { number, created_at, now: NOW, repeat: Repeat::Allowed, held: Duration::ZERO, random: 0 }
    }

    fn after(seconds: i64) -> Next {
        Next::At(NOW.plus_ms(seconds * 1000))
    }

    #[test]
    fn each_verdict_has_its_consequence() {
        let used = Attempt { repeat: Repeat::Used, ..attempt(1) };
        let held = Attempt { held: Duration::from_mins(15), ..used };
        let old = Attempt { created_at: NOW.plus_ms(-EXPIRY_MS + 30_000), ..attempt(1) };
        let reason = || "reason".to_owned();
        let accepted = Verdict::Accepted { provider_id: reason() };
        let rejected = Verdict::Rejected { reason: reason() };
        let suspect = Verdict::TokenSuspect { reason: reason() };
        let dead = Verdict::TokenDead { reason: reason(), since: Some(NOW) };
        let not_processed = Verdict::NotProcessed { reason: reason() };
        let ambiguous = Verdict::Ambiguous { reason: reason() };
        let expired = Verdict::Credential { reason: reason(), renewal: Renewal::Helps };
        let wrong_key = Verdict::Credential { reason: reason(), renewal: Renewal::Useless };
        let later = |seconds| Verdict::Later {
            reason: reason(),
            after: Some(Duration::from_secs(seconds)),
            scope: Scope::Device,
        };
        let table = [
            (&accepted, attempt(8), Next::Done),
            (&rejected, attempt(1), Next::Refused),
            (&suspect, attempt(1), Next::Strike),
            (&dead, attempt(1), Next::DropToken { registered_before: Some(NOW) }),
            (&not_processed, attempt(8), Next::AtOnce),
            (&not_processed, used, after(0)),
            (&ambiguous, attempt(1), after(0)),
            (&ambiguous, attempt(8), Next::GiveUp),
            (&expired, attempt(1), Next::AtOnce),
            (&expired, held, after(900)),
            (&wrong_key, Attempt { repeat: Repeat::Allowed, ..held }, after(900)),
            (&later(60), attempt(3), after(60)),
            (&later(60), held, after(900)),
            (&later(24 * 60 * 60), attempt(1), after(60 * 60)),
            (&later(60), old, Next::GiveUp),
        ];
        for (verdict, attempt, next) in table {
            assert_eq!(policy(verdict, &attempt), next, "{verdict:?} {attempt:?}");
        }
    }

    #[test]
    fn pauses_grow_and_are_spread_over_their_whole_length() {
        let verdict = Verdict::Ambiguous { reason: "reason".to_owned() };
        let longest: Vec<i64> = (1..8)
            .map(|number| match policy(&verdict, &Attempt { random: u32::MAX, ..attempt(number) }) {
                Next::At(at) => (at.unix_ms() - NOW.unix_ms()) / 1000,
                next => panic!("{next:?}"),
            })
            .collect();
        assert_eq!(longest, [1, 4, 16, 64, 256, 1024, 3600]);
        let half = Attempt { random: u32::MAX / 2, ..attempt(4) };
        let Next::At(at) = policy(&verdict, &half) else { panic!() };
        assert!((31_900..32_100).contains(&(at.unix_ms() - NOW.unix_ms())), "{at}");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |value: &str| {
            let headers = [("retry-after".parse().unwrap(), value.parse().unwrap())].into_iter().collect();
            retry_after(&headers, NOW)
        };
        assert_eq!(NOW.to_string(), "2026-11-21T09:30:00.000Z");
        assert_eq!(after("120"), Some(Duration::from_mins(2)));
        assert_eq!(after("Sat, 21 Nov 2026 09:32:00 GMT"), Some(Duration::from_mins(2)));
        assert_eq!(after("Sat, 21 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("soon"), None);
        assert_eq!(after("-5"), None);
    }
}
