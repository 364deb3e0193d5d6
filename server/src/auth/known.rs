//! The users' sessions that this node asked the database for a moment ago, so that who sends ten messages in a row is
//! looked up once.
//!
//! The rule: what the database said of a session is taken for granted for [`TRUST`], counted from before it was asked,
//! and only while nobody says otherwise.
//! - This node, or another through the bus, says that the session ended: it is forgotten at once, and so is an answer
//!   that is still on its way, which may be from before. When somebody says that many ended, all are forgotten.
//! - Nobody says so, because the bus is gone: [`TRUST`] is what remains of the five seconds in which a revocation holds
//!   everywhere.
//! - Its time is over: that is looked at each time, by the clock that the caller brings.
//!
//! Only what exists is kept: made-up tokens fill nothing.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tidings_protocol::time::Timestamp;
use tidings_store::EndedSession;
use tidings_store::users::SessionRow;
use tokio::time::Instant;

use super::TokenHash;
use crate::live::hub::lock;

/// How long an answer of the database holds.
pub const TRUST: Duration = Duration::from_secs(3);
/// Sessions that are kept; of more than these the database is asked each time.
const SESSIONS: usize = 10_000;

/// See the [module](self).
#[derive(Default)]
pub struct KnownSessions(Mutex<Known>);

#[derive(Default)]
struct Known {
    sessions: HashMap<TokenHash, Answer>,
    /// How often somebody said that sessions ended.
    endings: u64,
    tidied: Option<Instant>,
}

struct Answer {
    session: SessionRow,
    asked: Instant,
}

/// A question that the database is asked now.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    asked: Instant,
    endings: u64,
}

impl KnownSessions {
    /// The session of a token, if the database said within [`TRUST`] that it exists, and it has not expired since.
    pub fn find(&self, token: &TokenHash, now: Timestamp, instant: Instant) -> Option<SessionRow> {
        let known = lock(&self.0);
        let answer = known.sessions.get(token)?;
        let holds = answer.is_fresh(instant) && answer.session.expires_at > now;
        holds.then(|| answer.session.clone())
    }

    /// Notes that the database is about to be asked.
    pub fn ask(&self, instant: Instant) -> Question {
        Question { asked: instant, endings: lock(&self.0).endings }
    }

    /// Keeps what the database said, unless a session has ended since it was asked.
    pub fn keep(&self, question: Question, session: &SessionRow) {
        let mut known = lock(&self.0);
        if known.endings != question.endings {
            return;
        }
        known.tidy(question.asked);
        if known.sessions.len() < SESSIONS || known.sessions.contains_key(&session.token_hash) {
            let answer = Answer { session: session.clone(), asked: question.asked };
            known.sessions.insert(session.token_hash, answer);
        }
    }

    /// Somebody says that a session ended, or many.
    pub fn end(&self, ended: &EndedSession) {
        let mut known = lock(&self.0);
        known.endings += 1;
        match ended {
            EndedSession::App(token) => drop(known.sessions.remove(token)),
            // No agent's is kept here.
            EndedSession::Agent(_) => {}
            EndedSession::Many => known.sessions.clear(),
        }
    }
}

impl Known {
    /// Throws out what is not trusted any more. Once in a while: it looks at all of them.
    fn tidy(&mut self, instant: Instant) {
        if self.tidied.is_none_or(|tidied| instant.saturating_duration_since(tidied) >= TRUST) {
            self.sessions.retain(|_, answer| answer.is_fresh(instant));
            self.tidied = Some(instant);
        }
    }
}

impl Answer {
    fn is_fresh(&self, instant: Instant) -> bool {
        instant.saturating_duration_since(self.asked) < TRUST
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::id::{AppId, DeviceId, UserId, WorkspaceId};

    use super::*;

    const EXPIRES: i64 = 60_000;

    fn session(number: usize) -> SessionRow {
        let mut token_hash = [0; 32];
        token_hash[..8].copy_from_slice(&number.to_be_bytes());
        SessionRow {
            token_hash,
            user_id: UserId::from_parts(1, [1; 10]),
            device_id: DeviceId::from_parts(1, [1; 10]),
            app_id: AppId::from_parts(1, [1; 10]),
            workspace_id: WorkspaceId::from_parts(1, [1; 10]),
            anonymous: false,
            name: None,
            expires_at: Timestamp::from_unix_ms(EXPIRES),
        }
    }

    fn at(unix_ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(unix_ms)
    }

    /// One that knows a session, which was asked for at this instant.
    fn knows(number: usize) -> (KnownSessions, SessionRow, Instant) {
        let (known, session, start) = (KnownSessions::default(), session(number), Instant::now());
        known.keep(known.ask(start), &session);
        (known, session, start)
    }

    #[test]
    fn an_answer_holds_for_three_seconds_from_the_question() {
        let (known, session, start) = knows(1);
        let find = |after| known.find(&session.token_hash, at(0), start + after);
        assert_eq!(find(Duration::from_millis(2_999)), Some(session.clone()));
        assert_eq!(find(TRUST), None);
    }

    #[test]
    fn an_expired_session_is_not_found_whoever_asked_when() {
        let (known, session, start) = knows(1);
        assert!(known.find(&session.token_hash, at(EXPIRES - 1), start).is_some());
        assert!(known.find(&session.token_hash, at(EXPIRES), start).is_none());
    }

    #[test]
    fn who_is_said_to_have_ended_is_forgotten_and_only_they() {
        let (known, session_one, start) = knows(1);
        let other = session(2);
        known.keep(known.ask(start), &other);
        known.end(&EndedSession::App(session_one.token_hash));
        assert!(known.find(&session_one.token_hash, at(0), start).is_none());
        assert!(known.find(&other.token_hash, at(0), start).is_some());
        known.end(&EndedSession::Many);
        assert!(known.find(&other.token_hash, at(0), start).is_none());
    }

    #[test]
    fn an_answer_that_was_on_its_way_when_the_session_ended_is_not_kept() {
        for ended in [EndedSession::App(session(1).token_hash), EndedSession::Many] {
            let (known, start) = (KnownSessions::default(), Instant::now());
            let question = known.ask(start);
            known.end(&ended);
            known.keep(question, &session(1));
            assert!(known.find(&session(1).token_hash, at(0), start).is_none());
        }
    }

    #[test]
    fn many_are_kept_within_bounds_and_make_room_when_their_time_is_over() {
        let (known, _, start) = knows(0);
        (1..=SESSIONS).for_each(|number| known.keep(known.ask(start), &session(number)));
        assert_eq!(lock(&known.0).sessions.len(), SESSIONS);
        assert!(known.find(&session(SESSIONS).token_hash, at(0), start).is_none());
        let later = start + TRUST;
        known.keep(known.ask(later), &session(SESSIONS));
        assert!(known.find(&session(SESSIONS).token_hash, at(0), later).is_some());
        assert_eq!(lock(&known.0).sessions.len(), 1);
    }
}
