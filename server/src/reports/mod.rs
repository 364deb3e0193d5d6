//! Reports: which days are meant by whose clock, which teams somebody may see, and the names of what was counted.

pub mod csv;

use std::collections::HashMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use tidings_protocol::hours::Day;
use tidings_protocol::id::{AgentId, TeamId};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::reports::{
    Backlog, Figures, Report, ReportGroup, ReportPeriod, ReportSplit, ReportStep,
};
use tidings_protocol::time::Timestamp;
use tidings_store::agents::AgentSession;
use tidings_store::apps::TeamRow;
use tidings_store::reports::{Group, Only, ReportAsked, Split};

use crate::app::App;
use crate::problem::Problem;

/// Days of a report when nothing is said of them.
const DAYS: i32 = 28;

/// What a request asks for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The first day.
    pub from: Option<Day>,
    /// The last day.
    pub until: Option<Day>,
    /// So many days up to today, when neither is said.
    pub days: Option<i32>,
    /// Into what it is cut.
    pub by: ReportStep,
    /// By what it is told apart.
    pub split: Option<ReportSplit>,
    /// Only this one of them; empty: what is nobody's.
    pub only: Option<String>,
}

/// Counts what an agent may see: owners and administrators every team, the others their own.
///
/// # Errors
/// [`ProblemCode::InvalidParameter`] when the days make no sense; what the store cannot answer in time.
pub async fn report(app: &App, session: &AgentSession, wish: &Wish) -> Result<Report, Problem> {
    let now = app.clock.now();
    let mut teams = app.db.teams(session.workspace_id).await?;
    if !matches!(session.agent.role, AgentRole::Owner | AgentRole::Admin) {
        teams.retain(|team| session.team_ids.contains(&team.id));
    }
    let zone = zone(&teams);
    let days = Days::of(wish, &zone, now)?;
    let mut asked = ReportAsked {
        teams: teams.iter().map(|team| team.id).collect(),
        bounds: days.bounds(&zone)?,
        split: wish.split.map(split),
        only: None,
        now,
    };
    narrow(&mut asked, wish)?;
    // One at a time on a node: whoever looks at figures leaves the other connections to those who answer.
    let counted = {
        let _turn = app.reports.lock().await;
        app.db.report(&asked).await?
    };
    let names = Names::of(app, session, teams).await?;
    let mut groups: Vec<_> = counted
        .groups
        .into_iter()
        .map(|(group, (figures, backlog))| names.group(group, figures, backlog))
        .filter(|group| wish.only.as_ref().is_none_or(|only| *only == group.id.clone().unwrap_or_default()))
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(weight(group)));
    groups.truncate(limits::REPORT_GROUPS);
    let periods = days.periods.iter().zip(counted.periods);
    Ok(Report {
        from: day(days.from)?,
        until: day(days.until)?,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        counted_at: now,
        total: counted.total,
        backlog: counted.backlog,
        periods: periods
            .map(|((from, until), figures)| {
                Ok(ReportPeriod { from: day(*from)?, until: day(*until)?, figures })
            })
            .collect::<Result<_, Problem>>()?,
        groups,
    })
}

/// How much there is to tell of a group.
fn weight(group: &ReportGroup) -> i64 {
    let Figures { opened, received, sent, resolution, .. } = group.figures;
    opened + received + sent + resolution.count + group.backlog.sum()
}

const fn split(split: ReportSplit) -> Split {
    match split {
        ReportSplit::Team => Split::Team,
        ReportSplit::Agent => Split::Agent,
        ReportSplit::Tag => Split::Tag,
    }
}

/// Asks for one group only. One that is not there, or not theirs to see, has nothing to tell.
fn narrow(asked: &mut ReportAsked, wish: &Wish) -> Result<(), Problem> {
    let Some(only) = &wish.only else { return Ok(()) };
    let not_one = |what| parameter(format!("`only` is not {what}"));
    match wish.split {
        None => return Err(parameter("`only` says which team, agent or tag: `split` is missing")),
        Some(ReportSplit::Team) => {
            let team: TeamId = only.parse().map_err(|_| not_one("the id of a team"))?;
            asked.teams.retain(|one| *one == team);
        }
        Some(ReportSplit::Agent) if only.is_empty() => asked.only = Some(Only::Agent(None)),
        Some(ReportSplit::Agent) => {
            let agent: AgentId = only.parse().map_err(|_| not_one("the id of an agent"))?;
            asked.only = Some(Only::Agent(Some(agent)));
        }
        Some(ReportSplit::Tag) => {
            let tag = only.as_str().try_into().map_err(|_| not_one("a tag"))?;
            asked.only = Some(Only::Tag(tag));
        }
    }
    Ok(())
}

fn parameter(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemCode::InvalidParameter).detail(detail)
}

/// The clock of a workspace: the one that most of its teams keep their hours by; of several, the first by name. Where no
/// team has hours it is UTC.
fn zone(teams: &[TeamRow]) -> TimeZone {
    let mut known: HashMap<&str, usize> = HashMap::new();
    for hours in teams.iter().filter_map(|team| team.hours.as_ref()) {
        *known.entry(hours.time_zone.as_str()).or_default() += 1;
    }
    let most = known.into_iter().max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)));
    let found = most.and_then(|(name, _)| TimeZoneDatabase::bundled().get(name).ok());
    found.unwrap_or(TimeZone::UTC)
}

/// The days of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Days {
    from: Date,
    until: Date,
    /// First and last day of each piece.
    periods: Vec<(Date, Date)>,
}

impl Days {
    fn of(wish: &Wish, zone: &TimeZone, now: Timestamp) -> Result<Self, Problem> {
        let outside = || parameter("the days lie outside of the calendar");
        let now = jiff::Timestamp::from_millisecond(now.unix_ms()).map_err(|_| outside())?;
        let today = zone.to_datetime(now).date();
        let until = wish.until.map_or(Some(today), date).ok_or_else(outside)?;
        let from = match (wish.from, wish.days.unwrap_or(DAYS)) {
            (Some(_), _) if wish.days.is_some() => {
                return Err(parameter("`days` counts back by itself: not together with `from`"));
            }
            (Some(day), _) => date(day).ok_or_else(outside)?,
            (None, days @ 1..=limits::REPORT_DAYS) => {
                until.checked_sub((days - 1).days()).map_err(|_| outside())?
            }
            (None, _) => return Err(too_long()),
        };
        if until < from {
            return Err(parameter("`until` is before `from`"));
        }
        let count = from.until(until).map_err(|_| outside())?.get_days() + 1;
        if count > limits::REPORT_DAYS {
            return Err(too_long());
        }
        let mut periods: Vec<(Date, Date)> = Vec::new();
        for place in 0..count {
            let date = from.checked_add(place.days()).map_err(|_| outside())?;
            match (wish.by, periods.last_mut()) {
                (ReportStep::Week, Some((_, last))) if date.weekday() != Weekday::Monday => *last = date,
                _ => periods.push((date, date)),
            }
        }
        Ok(Self { from, until, periods })
    }

    /// Where each piece begins, and where the last one ends. A day begins when its first minute does: where the clocks leave
    /// midnight out, that much later.
    fn bounds(&self, zone: &TimeZone) -> Result<Vec<Timestamp>, Problem> {
        let after = self.until.tomorrow().ok();
        let begins = self.periods.iter().map(|(from, _)| *from).chain(after);
        let at = |date: Date| zone.to_timestamp(date.at(0, 0, 0, 0)).ok();
        let bounds: Option<Vec<_>> =
            begins.map(|date| Some(Timestamp::from_unix_ms(at(date)?.as_millisecond()))).collect();
        bounds.ok_or_else(|| parameter("the days lie outside of the calendar"))
    }
}

fn too_long() -> Problem {
    parameter(format!("a report is of 1 to {} days", limits::REPORT_DAYS))
}

fn date(day: Day) -> Option<Date> {
    let (year, month, day) = day.parts();
    Date::new(year, month, day).ok()
}

fn day(date: Date) -> Result<Day, Problem> {
    Day::try_from(date.to_string()).map_err(|_| parameter("the days lie outside of the calendar"))
}

/// What teams and agents are called.
struct Names {
    teams: HashMap<TeamId, String>,
    agents: HashMap<AgentId, String>,
}

impl Names {
    async fn of(app: &App, session: &AgentSession, teams: Vec<TeamRow>) -> Result<Self, Problem> {
        let agents = app.db.agents(session.workspace_id).await?;
        Ok(Self {
            teams: teams.into_iter().map(|team| (team.id, team.name.into_string())).collect(),
            agents: agents.into_iter().map(|agent| (agent.id, agent.name.into_string())).collect(),
        })
    }

    fn group(&self, group: Group, figures: Figures, backlog: Backlog) -> ReportGroup {
        let (id, name) = match group {
            Group::Team(id) => (Some(id.to_string()), self.teams.get(&id).cloned()),
            Group::Agent(Some(id)) => (Some(id.to_string()), self.agents.get(&id).cloned()),
            Group::Agent(None) => (None, None),
            Group::Tag(tag) => (Some(tag.clone()), Some(tag)),
        };
        ReportGroup { id, name, figures, backlog }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> TimeZone {
        TimeZoneDatabase::bundled().get("Europe/Paris").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_unix_ms(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn wish(from: &str, until: &str, by: ReportStep) -> Wish {
        let day = |text: &str| Some(Day::try_from(text.to_owned()).unwrap());
        Wish { from: day(from), until: day(until), by, ..Wish::default() }
    }

    #[test]
    fn days_begin_at_midnight_of_the_place_in_summer_and_in_winter() {
        let now = at("2026-11-20T12:00:00Z");
        let days = Days::of(&wish("2026-10-24", "2026-10-26", ReportStep::Day), &paris(), now).unwrap();
        let bounds = days.bounds(&paris()).unwrap();
        let hours: Vec<_> =
            bounds.windows(2).map(|pair| (pair[1].unix_ms() - pair[0].unix_ms()) / 3_600_000).collect();
        assert_eq!((bounds[0], hours), (at("2026-10-23T22:00:00Z"), vec![24, 25, 24]));
    }

    #[test]
    fn today_is_the_last_day_by_the_clock_of_the_place() {
        let late = at("2026-11-20T23:30:00Z");
        let week = Wish { days: Some(7), ..Wish::default() };
        let days = Days::of(&week, &paris(), late).unwrap();
        assert_eq!(
            (days.from.to_string(), days.until.to_string()),
            ("2026-11-15".into(), "2026-11-21".into())
        );
        assert_eq!(days.periods.len(), 7);
        assert_eq!(Days::of(&Wish::default(), &TimeZone::UTC, late).unwrap().periods.len(), 28);
    }

    #[test]
    fn weeks_begin_on_monday_and_those_at_the_ends_may_be_shorter() {
        let days = Days::of(
            &wish("2026-11-11", "2026-11-24", ReportStep::Week),
            &TimeZone::UTC,
            at("2026-11-20T12:00:00Z"),
        );
        let periods: Vec<_> =
            days.unwrap().periods.iter().map(|(from, until)| format!("{from} {until}")).collect();
        assert_eq!(periods, ["2026-11-11 2026-11-15", "2026-11-16 2026-11-22", "2026-11-23 2026-11-24"]);
    }

    #[test]
    fn days_that_make_no_sense_are_refused() {
        let now = at("2026-11-20T12:00:00Z");
        let of = |wish: Wish| Days::of(&wish, &TimeZone::UTC, now).map(|days| days.periods.len());
        assert_eq!(of(wish("2025-11-20", "2026-11-20", ReportStep::Day)).unwrap(), 366);
        let both = Wish { days: Some(7), ..wish("2026-11-01", "2026-11-20", ReportStep::Day) };
        for wrong in [
            wish("2025-11-19", "2026-11-20", ReportStep::Week),
            wish("2026-11-20", "2026-11-19", ReportStep::Day),
            Wish { days: Some(0), ..Wish::default() },
            Wish { days: Some(367), ..Wish::default() },
            both,
        ] {
            assert_eq!(of(wrong).unwrap_err().code(), ProblemCode::InvalidParameter);
        }
    }

    #[test]
    fn the_clock_is_the_one_that_most_teams_keep() {
        let team = |zone: Option<&str>| TeamRow {
            id: TeamId::from_parts(1, [1; 10]),
            name: "Support".try_into().unwrap(),
            hours: zone.map(|zone| {
                let week = serde_json::json!([{ "day": "monday", "from": "09:00", "until": "17:00" }]);
                serde_json::from_value(serde_json::json!({ "time_zone": zone, "week": week })).unwrap()
            }),
        };
        let name = |teams: &[TeamRow]| zone(teams).iana_name().unwrap().to_owned();
        assert_eq!(name(&[team(None)]), "UTC");
        let two = ["Europe/Paris", "Asia/Tokyo", "Asia/Tokyo"].map(|zone| team(Some(zone)));
        assert_eq!(name(&two), "Asia/Tokyo");
        assert_eq!(name(&two[..2]), "Asia/Tokyo", "the first by name");
    }
}
