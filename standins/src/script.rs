//! What a stand-in is told to answer to one device.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// An answer for the pushes to one device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reply {
    /// The HTTP status; 0 and 200 accept the push.
    pub status: u16,
    /// APNs: `reason`. FCM: the error code, such as `UNREGISTERED`.
    pub reason: String,
    /// FCM: the text beside the code. Absent: the service's usual one.
    pub message: Option<String>,
    /// APNs with status 410: since when the token is dead, in unix milliseconds.
    pub timestamp: Option<i64>,
    /// The header of this name, as seconds or as a date.
    pub retry_after: Option<String>,
    /// Milliseconds to wait before anything happens.
    pub delay_ms: u64,
    /// What breaks, instead of an answer.
    pub fault: Option<Fault>,
    /// How often this holds, before the next reply given for the device or the usual answer; absent: for ever.
    pub times: Option<u32>,
}

/// How an exchange breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The stream is refused (`REFUSED_STREAM`) before anything was done.
    RefuseStream,
    /// The push is accepted, then its stream is reset (`INTERNAL_ERROR`): the answer is lost.
    Reset,
    /// The push is accepted, then the connection ends without a word: the answer is lost.
    HangUp,
    /// The push is accepted, and no answer ever comes.
    Silence,
    /// The push is accepted and answered, and the connection says GOAWAY.
    GoAway,
}

impl Reply {
    /// A refusal with a status and a reason, for ever.
    pub fn refuse(status: u16, reason: &str) -> Self {
        Self { status, reason: reason.to_owned(), ..Self::default() }
    }

    /// An exchange that breaks, for ever.
    pub fn fault(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// The same, for the next `times` pushes only.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// The same with a `Retry-After`.
    #[must_use]
    pub fn retry_after(self, value: &str) -> Self {
        Self { retry_after: Some(value.to_owned()), ..self }
    }

    /// The same with the time since which the token is dead, in unix milliseconds.
    #[must_use]
    pub fn timestamp(self, unix_ms: i64) -> Self {
        Self { timestamp: Some(unix_ms), ..self }
    }

    /// The same with the text beside the code.
    #[must_use]
    pub fn message(self, text: &str) -> Self {
        Self { message: Some(text.to_owned()), ..self }
    }

    pub(crate) fn accepts(&self) -> bool {
        self.status == 0 || self.status == 200
    }

    /// Whether who sent a push that is accepted learns of it.
    pub(crate) fn answers(&self) -> bool {
        matches!(self.fault, None | Some(Fault::GoAway))
    }
}

/// The replies that wait, for each device in order, and those that were given.
#[derive(Default)]
pub(crate) struct Script(Mutex<Replies>);

#[derive(Default)]
struct Replies {
    waiting: HashMap<String, VecDeque<Reply>>,
    given: HashMap<String, Vec<Reply>>,
}

/// So many replies are remembered of each device.
const GIVEN: usize = 1000;

impl Script {
    pub(crate) fn add(&self, token: &str, reply: Reply) {
        self.replies().waiting.entry(token.to_owned()).or_default().push_back(reply);
    }

    pub(crate) fn clear(&self) {
        *self.replies() = Replies::default();
    }

    /// The reply for the next push to this device; the usual answer if none waits.
    pub(crate) fn next(&self, token: &str) -> Reply {
        let mut replies = self.replies();
        let Replies { waiting, given } = &mut *replies;
        let Some(waiting) = waiting.get_mut(token) else { return Reply::default() };
        let Some(reply) = waiting.front_mut() else { return Reply::default() };
        let now = reply.clone();
        if let Some(times) = &mut reply.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                waiting.pop_front();
            }
        }
        let given = given.entry(token.to_owned()).or_default();
        if given.len() < GIVEN {
            given.push(now.clone());
        }
        now
    }

    /// The scripted replies that pushes to this device got, in order.
    pub(crate) fn given(&self, token: &str) -> Vec<Reply> {
        self.replies().given.get(token).cloned().unwrap_or_default()
    }

    fn replies(&self) -> std::sync::MutexGuard<'_, Replies> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_used_up_in_order_and_one_without_a_count_stays() {
        let script = Script::default();
        script.add("a", Reply::refuse(503, "Shutdown").times(2));
        script.add("a", Reply::refuse(410, "Unregistered"));
        let statuses: Vec<u16> = (0..4).map(|_| script.next("a").status).collect();
        assert_eq!(statuses, [503, 503, 410, 410]);
        assert!(script.next("b").accepts());
        let given: Vec<u16> = script.given("a").iter().map(|reply| reply.status).collect();
        assert_eq!((given, script.given("b").len()), (vec![503, 503, 410, 410], 0));
    }
}
