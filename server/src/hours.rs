//! When a team answers, by the clock of its place. Summer time is the business of the time zone database that is built
//! into the program, so that every node says the same.

use std::collections::HashSet;
use std::ops::Range;

use jiff::civil::{Date, DateTime, Weekday as CivilWeekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use tidings_protocol::hours::{Day, TeamHours, Weekday};
use tidings_protocol::time::Timestamp;

/// So far ahead somebody is looked for: a year, with holidays on every other day at worst.
const DAYS_AHEAD: usize = 366;
const MINUTES_OF_DAY: i16 = 24 * 60;
/// Less than this without anybody is a break, and no end of the hours: milliseconds.
const BREAK_MS: i64 = 4 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// Why hours are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not in the IANA time zone database; `Europe/Paris` is such a name")]
pub struct UnknownZone(String);

/// The hours of a team, ready to be asked.
#[derive(Debug, Clone)]
pub struct Hours {
    zone: TimeZone,
    /// Minutes of each day from Monday, in order and apart from each other.
    week: [Vec<Range<i16>>; 7],
    holidays: HashSet<Date>,
}

impl Hours {
    /// Looks the time zone up.
    pub fn new(hours: &TeamHours) -> Result<Self, UnknownZone> {
        let name = hours.time_zone.as_str();
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| UnknownZone(name.to_owned()))?;
        let mut week: [Vec<Range<i16>>; 7] = Default::default();
        for span in hours.week.iter() {
            week[number(span.day)].push(span.minutes());
        }
        for day in &mut week {
            *day = joined(std::mem::take(day));
        }
        let holidays = hours.holidays.iter().filter_map(|holiday| date(holiday.date)).collect();
        Ok(Self { zone, week, holidays })
    }

    /// When somebody is there again; none: now, or not within a year.
    pub fn back_at(&self, now: Timestamp) -> Option<Timestamp> {
        let next = self.spans_from(now, DAYS_AHEAD).find(|span| span.end > now)?;
        (next.start > now).then_some(next.start)
    }

    /// The time between the hours in which it is now: when they ended, and when they begin again. None within them, in a break,
    /// and when nobody was there within a year, or will be.
    pub fn between(&self, now: Timestamp) -> Option<Range<Timestamp>> {
        let begin_at = self.back_at(now)?;
        let year_ago = now.plus_ms(-DAY_MS * i64::try_from(DAYS_AHEAD).unwrap_or_default());
        let before = self.spans_from(year_ago, DAYS_AHEAD + 1).take_while(|span| span.end <= now);
        let ended_at = before.last()?.end;
        (begin_at.unix_ms() - ended_at.unix_ms() >= BREAK_MS).then_some(ended_at..begin_at)
    }

    /// How many milliseconds somebody was there between two times.
    pub fn open_ms(&self, from: Timestamp, until: Timestamp) -> i64 {
        self.spans_from(from, usize::MAX)
            .take_while(|span| span.start < until)
            .map(|span| span.end.min(until).unix_ms() - span.start.max(from).unix_ms())
            .map(|ms| ms.max(0))
            .sum()
    }

    /// When somebody will have been there for so many milliseconds since a time; none: not within a year.
    pub fn after_open(&self, since: Timestamp, mut ms: i64) -> Option<Timestamp> {
        for span in self.spans_from(since, DAYS_AHEAD) {
            let start = span.start.max(since);
            let open_ms = span.end.unix_ms() - start.unix_ms();
            if (ms.max(0)..).contains(&open_ms) {
                return Some(start.plus_ms(ms.max(0)));
            }
            ms -= open_ms.max(0);
        }
        None
    }

    /// The spans of so many days, from the day of a time on.
    fn spans_from(&self, time: Timestamp, days: usize) -> impl Iterator<Item = Range<Timestamp>> {
        let first = jiff::Timestamp::from_millisecond(time.unix_ms()).ok();
        let first = first.map(|time| self.zone.to_datetime(time).date());
        let dates = std::iter::successors(first, |date| date.tomorrow().ok()).take(days);
        dates.filter(|date| !self.holidays.contains(date)).flat_map(move |date| {
            let day = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
            self.week[day]
                .iter()
                .filter_map(move |span| Some(self.at(date, span.start)?..self.at(date, span.end)?))
        })
    }

    /// A minute of a day. One that the clocks leave out is that much later; of one that comes twice, the first.
    fn at(&self, date: Date, minute: i16) -> Option<Timestamp> {
        let (date, minute) =
            if minute == MINUTES_OF_DAY { (date.tomorrow().ok()?, 0) } else { (date, minute) };
        let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
        let local: DateTime = date.at(hour, minute, 0, 0);
        let time = self.zone.to_timestamp(local).ok()?;
        Some(Timestamp::from_unix_ms(time.as_millisecond()))
    }
}

/// Puts spans into order and makes one of those that touch.
fn joined(mut spans: Vec<Range<i16>>) -> Vec<Range<i16>> {
    spans.sort_by_key(|span| span.start);
    let mut joined: Vec<Range<i16>> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

fn date(day: Day) -> Option<Date> {
    let (year, month, day) = day.parts();
    Date::new(year, month, day).ok()
}

fn number(day: Weekday) -> usize {
    let day = match day {
        Weekday::Monday => CivilWeekday::Monday,
        Weekday::Tuesday => CivilWeekday::Tuesday,
        Weekday::Wednesday => CivilWeekday::Wednesday,
        Weekday::Thursday => CivilWeekday::Thursday,
        Weekday::Friday => CivilWeekday::Friday,
        Weekday::Saturday => CivilWeekday::Saturday,
        Weekday::Sunday => CivilWeekday::Sunday,
    };
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn hours(zone: &str, spans: &[(&str, &str, &str)], holidays: &[&str]) -> Hours {
        let week: Vec<_> = spans
            .iter()
            .map(|(day, from, until)| json!({ "day": day, "from": from, "until": until }))
            .collect();
        let holidays: Vec<_> =
            holidays.iter().map(|date| json!({ "date": date, "name": "a holiday" })).collect();
        let stored = json!({ "time_zone": zone, "week": week, "holidays": holidays });
        Hours::new(&serde_json::from_value(stored).unwrap()).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_unix_ms(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn somebody_is_back_at_the_next_hour_that_is_no_holiday() {
        let week =
            [("thursday", "09:00", "17:00"), ("friday", "09:00", "12:00"), ("friday", "13:00", "17:00")];
        let paris = hours("Europe/Paris", &week, &["2026-12-25"]);
        let table = [
            ("2026-12-17T07:59:59Z", Some("2026-12-17T08:00:00Z")),
            ("2026-12-17T08:00:00Z", None),
            ("2026-12-17T15:59:59Z", None),
            ("2026-12-17T16:00:00Z", Some("2026-12-18T08:00:00Z")),
            ("2026-12-18T11:30:00Z", Some("2026-12-18T12:00:00Z")),
            ("2026-12-18T20:00:00Z", Some("2026-12-24T08:00:00Z")),
            // Christmas Day is a Friday.
            ("2026-12-24T16:00:00Z", Some("2026-12-31T08:00:00Z")),
            ("2026-12-25T10:00:00Z", Some("2026-12-31T08:00:00Z")),
        ];
        for (now, back) in table {
            assert_eq!(paris.back_at(at(now)), back.map(at), "{now}");
        }
    }

    #[test]
    fn the_hours_end_with_the_day_and_not_with_a_break() {
        let week =
            [("thursday", "09:00", "12:00"), ("thursday", "14:00", "18:00"), ("friday", "09:00", "17:00")];
        let paris = hours("Europe/Paris", &week, &["2026-12-25"]);
        let table = [
            ("2026-12-17T07:00:00Z", Some(("2026-12-11T16:00:00Z", "2026-12-17T08:00:00Z"))),
            ("2026-12-17T08:00:00Z", None),
            ("2026-12-17T11:30:00Z", None),
            ("2026-12-17T16:59:59Z", None),
            ("2026-12-17T17:00:00Z", Some(("2026-12-17T17:00:00Z", "2026-12-18T08:00:00Z"))),
            // Christmas Day is a Friday.
            ("2026-12-25T10:00:00Z", Some(("2026-12-24T17:00:00Z", "2026-12-31T08:00:00Z"))),
            // By the clock of the place, in summer too.
            ("2026-07-10T15:00:00Z", Some(("2026-07-10T15:00:00Z", "2026-07-16T07:00:00Z"))),
        ];
        for (now, between) in table {
            let expected = between.map(|(ended, begin)| at(ended)..at(begin));
            assert_eq!(paris.between(at(now)), expected, "{now}");
        }
        let through = hours("UTC", &[("friday", "20:00", "00:00"), ("saturday", "00:00", "02:00")], &[]);
        assert_eq!(through.between(at("2026-11-21T00:30:00Z")), None);
        assert_eq!(
            through.between(at("2026-11-21T02:00:00Z")).map(|it| it.start),
            Some(at("2026-11-21T02:00:00Z"))
        );
    }

    #[test]
    fn the_night_in_which_the_clocks_change_is_as_long_as_it_is() {
        let late =
            hours("Europe/Paris", &[("saturday", "12:00", "23:00"), ("sunday", "03:00", "09:00")], &[]);
        // Three hours are left of four in spring, and five in autumn.
        assert_eq!(late.between(at("2026-03-28T23:00:00Z")), None);
        let autumn = late.between(at("2026-10-24T22:00:00Z"));
        assert_eq!(autumn, Some(at("2026-10-24T21:00:00Z")..at("2026-10-25T02:00:00Z")));
    }

    #[test]
    fn nine_o_clock_is_nine_o_clock_in_summer_and_winter() {
        let sunday = hours("Europe/Paris", &[("sunday", "09:00", "10:00")], &[]);
        assert_eq!(sunday.back_at(at("2026-03-28T12:00:00Z")), Some(at("2026-03-29T07:00:00Z")));
        assert_eq!(sunday.back_at(at("2026-03-21T12:00:00Z")), Some(at("2026-03-22T08:00:00Z")));
    }

    #[test]
    fn an_hour_that_the_clocks_leave_out_is_not_worked_and_one_that_comes_twice_is() {
        let night = hours("Europe/Paris", &[("sunday", "00:00", "06:00")], &[]);
        let worked = |day: &str| {
            let from = at(&format!("{day}T00:00:00+01:00"));
            night.open_ms(from.plus_ms(-12 * HOUR_MS), from.plus_ms(12 * HOUR_MS)) / HOUR_MS
        };
        assert_eq!((worked("2026-03-22"), worked("2026-03-29"), worked("2026-10-25")), (6, 5, 7));
    }

    #[test]
    fn nobody_waits_while_nobody_is_there() {
        let week = [("friday", "09:00", "17:00"), ("monday", "09:00", "17:00")];
        let utc = hours("UTC", &week, &[]);
        let (asked, answered) = (at("2026-11-20T16:00:00Z"), at("2026-11-23T10:30:00Z"));
        assert_eq!(utc.open_ms(asked, answered), 2 * HOUR_MS + HOUR_MS / 2);
        assert_eq!(utc.open_ms(answered, asked), 0);
        let through = hours("UTC", &[("friday", "20:00", "00:00"), ("saturday", "00:00", "02:00")], &[]);
        assert_eq!(through.back_at(at("2026-11-20T23:59:59Z")), None);
        assert_eq!(through.open_ms(at("2026-11-20T23:00:00Z"), at("2026-11-21T12:00:00Z")), 3 * HOUR_MS);
    }

    #[test]
    fn an_answer_is_due_when_somebody_was_there_for_long_enough() {
        let week = [("friday", "09:00", "17:00"), ("monday", "09:00", "17:00")];
        let utc = hours("UTC", &week, &["2026-11-23"]);
        let table = [
            ("2026-11-20T10:00:00Z", 2, "2026-11-20T12:00:00Z"),
            ("2026-11-20T15:00:00Z", 2, "2026-11-20T17:00:00Z"),
            // The Monday after is a holiday.
            ("2026-11-20T16:00:00Z", 2, "2026-11-27T10:00:00Z"),
            ("2026-11-21T12:00:00Z", 0, "2026-11-27T09:00:00Z"),
            ("2026-11-20T16:00:00Z", 10, "2026-11-30T10:00:00Z"),
        ];
        for (since, open, due) in table {
            let due = at(due);
            assert_eq!(utc.after_open(at(since), open * HOUR_MS), Some(due), "{open} h since {since}");
            assert!(utc.open_ms(at(since), due) >= open * HOUR_MS);
        }
        assert_eq!(utc.after_open(at("2026-11-20T10:00:00Z"), i64::MAX), None);
    }

    #[test]
    fn spans_that_overlap_are_one() {
        let twice = hours("UTC", &[("friday", "09:00", "13:00"), ("friday", "12:00", "17:00")], &[]);
        assert_eq!(twice.open_ms(at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z")), 8 * HOUR_MS);
    }

    #[test]
    fn a_place_that_is_not_there_is_refused_by_name() {
        let nowhere = json!({
            "time_zone": "Europe/Atlantis", "week": [{ "day": "monday", "from": "09:00", "until": "10:00" }],
        });
        let error = Hours::new(&serde_json::from_value(nowhere).unwrap()).unwrap_err();
        assert!(error.to_string().contains("`Europe/Atlantis`"));
    }
}
