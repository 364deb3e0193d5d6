//! What a user may expect: who answers, how soon they usually do, and when they are back. It is reckoned from what was
//! said, a few times an hour for each team, and costs the writing of messages nothing.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use tidings_protocol::hours::{Answering, Expected};
use tidings_protocol::id::{AppId, ConversationId, TeamId};
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;
use tidings_store::hours::{AnsweringTeam, Speaker, Spoken};
use tidings_store::{Db, Error};
use tokio::sync::Mutex;

use crate::hours::Hours;

/// For so long what was reckoned holds: milliseconds.
const HOLDS_MS: i64 = 5 * 60_000;
/// For so long who answers the users of an app, and at which hours, is remembered.
const TEAM_HOLDS_MS: i64 = 30_000;
/// From so long ago on answers count.
const LOOKS_BACK_MS: i64 = 28 * 24 * 3_600_000;
/// Fewer answers say nothing of the next one.
const ENOUGH: usize = 5;
/// Who answered last: so many names.
const NAMES: usize = 3;

/// What is expected of each team.
///
/// Whoever asks first reckons, and the others wait for it: after a restart ten thousand sockets ask at once.
#[derive(Default)]
pub struct Expectations(Mutex<Known>);

#[derive(Default)]
struct Known {
    teams: HashMap<AppId, Kept<Team>>,
    usual: HashMap<TeamId, Kept<Usual>>,
}

struct Kept<T> {
    since: Timestamp,
    value: T,
}

#[derive(Clone)]
struct Team {
    id: TeamId,
    hours: Option<Arc<Hours>>,
}

/// What a team has done lately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Usual {
    within_s: Option<u32>,
    names: Vec<Name>,
}

impl Expectations {
    /// What the users of an app may expect.
    pub async fn of_app(&self, db: &Db, app: AppId, now: Timestamp) -> Result<Answering, Error> {
        Ok(self.expected(db, app, None, now).await?.told)
    }

    /// The same, and when an answer is due to a user of it who waits since then.
    pub async fn expected(
        &self,
        db: &Db,
        app: AppId,
        waiting_since: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Expected, Error> {
        let mut known = self.0.lock().await;
        let Some(Team { id, hours }) = known.team(db, app, now).await? else {
            return Ok(Expected::default());
        };
        let Usual { within_s, names } = known.usual(db, id, hours.as_deref(), now).await?;
        let due_at = waiting_since.zip(within_s).and_then(|(since, within_s)| {
            let within_ms = i64::from(within_s) * 1000;
            hours.as_ref().map_or(Some(since.plus_ms(within_ms)), |hours| hours.after_open(since, within_ms))
        });
        let back_at = hours.and_then(|hours| hours.back_at(now));
        Ok(Expected { due_at, told: Answering { usually_within_s: within_s, back_at, names } })
    }

    /// Forgets what was known: somebody has changed hours.
    pub async fn forget(&self) {
        *self.0.lock().await = Known::default();
    }
}

impl Known {
    async fn team(&mut self, db: &Db, app: AppId, now: Timestamp) -> Result<Option<Team>, Error> {
        if let Some(team) = kept(&self.teams, &app, now, TEAM_HOLDS_MS) {
            return Ok(Some(team));
        }
        let Some(AnsweringTeam { id, hours }) = db.answering_team(app).await? else { return Ok(None) };
        let hours = hours.as_ref().map(Hours::new).transpose();
        // They were checked when they were set; another version of the program may know other places.
        let hours = hours.unwrap_or_else(|error| {
            tracing::warn!(%error, team = %id, "the hours of a team cannot be used");
            None
        });
        let team = Team { id, hours: hours.map(Arc::new) };
        self.teams.insert(app, Kept { since: now, value: team.clone() });
        Ok(Some(team))
    }

    async fn usual(
        &mut self,
        db: &Db,
        team: TeamId,
        hours: Option<&Hours>,
        now: Timestamp,
    ) -> Result<Usual, Error> {
        if let Some(usual) = kept(&self.usual, &team, now, HOLDS_MS) {
            return Ok(usual);
        }
        let spoken = db.spoken_in_team(team, now.plus_ms(-LOOKS_BACK_MS)).await?;
        let usual = usual(&spoken, hours);
        self.usual.insert(team, Kept { since: now, value: usual.clone() });
        Ok(usual)
    }
}

fn kept<K: Hash + Eq, T: Clone>(
    map: &HashMap<K, Kept<T>>,
    key: &K,
    now: Timestamp,
    holds_ms: i64,
) -> Option<T> {
    let found = map.get(key)?;
    let age_ms = now.unix_ms() - found.since.unix_ms();
    (0..holds_ms).contains(&age_ms).then(|| found.value.clone())
}

/// Reckons what was usual: the median of the waits that an answer ended, each from the first message of the user that
/// nobody had answered.
fn usual(spoken: &[Spoken], hours: Option<&Hours>) -> Usual {
    let mut waits = Vec::new();
    let mut last: Vec<(Timestamp, &Name)> = Vec::new();
    let mut waiting: Option<(ConversationId, Timestamp)> = None;
    for Spoken { conversation_id, at, by } in spoken {
        let since =
            waiting.filter(|(conversation, _)| conversation == conversation_id).map(|(_, since)| since);
        match by {
            Speaker::User => waiting = Some((*conversation_id, since.unwrap_or(*at))),
            Speaker::Agent(name) => {
                if let Some(since) = since {
                    waits.push(
                        hours.map_or(at.unix_ms() - since.unix_ms(), |hours| hours.open_ms(since, *at)),
                    );
                }
                waiting = None;
                last.extend(name.as_ref().map(|name| (*at, name)));
            }
            Speaker::Other => {}
        }
    }
    Usual { within_s: median_s(waits), names: names(last) }
}

fn median_s(mut waits_ms: Vec<i64>) -> Option<u32> {
    if waits_ms.len() < ENOUGH {
        return None;
    }
    waits_ms.sort_unstable();
    let median = waits_ms[waits_ms.len() / 2].max(0);
    Some(u32::try_from(median / 1000).unwrap_or(u32::MAX))
}

fn names(mut last: Vec<(Timestamp, &Name)>) -> Vec<Name> {
    last.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut names: Vec<Name> = Vec::with_capacity(NAMES);
    for (_, name) in last {
        if names.len() == NAMES {
            break;
        }
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const START: Timestamp = Timestamp::from_unix_ms(1_795_253_400_000);
    const MINUTE_MS: i64 = 60_000;

    fn said(conversation: u8, minute: i64, by: Speaker) -> Spoken {
        let conversation_id = ConversationId::from_parts(1, [conversation; 10]);
        Spoken { conversation_id, at: START.plus_ms(minute * MINUTE_MS), by }
    }

    fn agent(name: &str) -> Speaker {
        Speaker::Agent(Some(name.try_into().unwrap()))
    }

    /// In each conversation the user writes twice, and an agent answers the first after so many minutes.
    fn answered_after(minutes: &[i64]) -> Vec<Spoken> {
        let both = |(number, wait): (u8, &i64)| {
            [
                said(number, 0, Speaker::User),
                said(number, 1, Speaker::User),
                said(number, *wait, agent("Ana")),
                said(number, *wait + 500, agent("Jonas")),
            ]
        };
        (0..).zip(minutes).flat_map(both).collect()
    }

    #[test]
    fn half_of_the_answers_came_within_the_median() {
        assert_eq!(usual(&answered_after(&[9, 5, 7, 100]), None).within_s, None, "too few");
        assert_eq!(usual(&answered_after(&[9, 5, 7, 100, 8]), None).within_s, Some(8 * 60));
    }

    #[test]
    fn what_nobody_answered_and_what_nobody_asked_are_no_answers() {
        let mut spoken = answered_after(&[5, 5, 5, 5]);
        spoken.push(said(8, 0, Speaker::User));
        spoken.push(said(9, 50, agent("Ana")));
        spoken.push(said(9, 51, Speaker::Other));
        assert_eq!(usual(&spoken, None).within_s, None);
    }

    #[test]
    fn nights_do_not_count() {
        let week = json!([{ "day": "saturday", "from": "00:00", "until": "00:00" }]);
        let never = serde_json::from_value(json!({ "time_zone": "UTC", "week": week })).unwrap();
        // The start is a Saturday, 09:30; a day and a half later it is Sunday.
        let hours = Hours::new(&never).unwrap();
        let spoken = answered_after(&[36 * 60; 5]);
        assert_eq!(usual(&spoken, Some(&hours)).within_s, Some((14 * 60 + 30) * 60));
    }

    #[test]
    fn who_answered_last_is_named_first_and_once() {
        let mut spoken = answered_after(&[5]);
        for (minute, name) in [(600, "Mia"), (610, "Ana"), (620, "Mia"), (1, "Zoé")] {
            spoken.push(said(7, minute, agent(name)));
        }
        spoken.push(said(7, 700, Speaker::Agent(None)));
        let names = usual(&spoken, None).names;
        assert_eq!(names.iter().map(Name::as_str).collect::<Vec<_>>(), ["Mia", "Ana", "Jonas"]);
    }
}
