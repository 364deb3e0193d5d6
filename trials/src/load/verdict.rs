//! What was aimed at, and whether it was reached.
//!
//! Figures of two machines cannot be compared, so most aims are ratios to something measured in the same run.

use serde::Serialize;

use crate::load::figures::{Figures, Series, mib, middle};

/// One aim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// `sqlite` or `postgres`.
    pub database: String,
    /// What was measured, with its unit.
    pub measure: String,
    /// What it was.
    pub value: f64,
    /// `at most` or `at least`.
    pub bound: Bound,
    /// The aim.
    pub aim: f64,
    /// Whether it was reached.
    pub met: bool,
}

/// On which side of the aim the value should lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Bound {
    /// Not more.
    #[serde(rename = "at most")]
    AtMost,
    /// Not less.
    #[serde(rename = "at least")]
    AtLeast,
}

impl Verdict {
    /// Holds a value against an aim.
    pub fn new(database: &str, measure: impl Into<String>, value: f64, bound: Bound, aim: f64) -> Self {
        let met = match bound {
            Bound::AtMost => value <= aim,
            Bound::AtLeast => value >= aim,
        };
        Self { database: database.to_owned(), measure: measure.into(), value, bound, aim, met }
    }
}

/// Every aim of which there is a figure.
pub fn of(sends: &[Series], databases: &[Figures]) -> Vec<Verdict> {
    let named = |name: &str| sends.iter().find(|series| series.name == name);
    let mut verdicts = Vec::new();
    if let (Some(floor), Some(sqlite)) = (named("floor"), named("sqlite")) {
        sends_on_sqlite(sqlite, floor, &mut verdicts);
    }
    if let (Some(pgbench), Some(postgres)) = (named("pgbench"), named("postgres")) {
        sends_on_postgres(postgres, pgbench, &mut verdicts);
    }
    for figures in databases {
        let kib = named(&figures.database).and_then(|series| series.after_load_kib);
        at_rest(figures, kib, &mut verdicts);
        reading(figures, &mut verdicts);
        live(figures, &mut verdicts);
    }
    verdicts
}

fn sends_on_sqlite(sqlite: &Series, floor: &Series, verdicts: &mut Vec<Verdict>) {
    let mut add = |measure: String, value, bound, aim| {
        verdicts.push(Verdict::new("sqlite", measure, value, bound, aim));
    };
    for (senders, aim) in [(1, 0.25), (16, 0.08), (64, 0.065)] {
        let (Some(ours), Some(floors)) = (sqlite.with(senders), floor.with(senders)) else { continue };
        let cpu = format!("send, CPU s per 1,000, {senders} senders");
        let ratio = ours.cpu_seconds_per_1000 / floors.cpu_seconds_per_1000;
        add(cpu.clone(), ours.cpu_seconds_per_1000, Bound::AtMost, aim);
        add(format!("{cpu}, times the floor"), ratio, Bound::AtMost, 2.5);
    }
    if let (Some(ours), Some(floors)) = (sqlite.with(64), floor.with(64)) {
        let rate = ours.per_second / floors.per_second;
        add("send rate, 64 senders, times the floor".to_owned(), rate, Bound::AtLeast, 0.5);
        if let (Some(ours), Some(floors)) = (ours.p99_ms, floors.p99_ms) {
            let p99 = "send p99, 64 senders, times the floor".to_owned();
            add(p99, ours / floors, Bound::AtMost, 2.0);
        }
    }
}

fn sends_on_postgres(postgres: &Series, pgbench: &Series, verdicts: &mut Vec<Verdict>) {
    let mut add = |measure: String, value, bound, aim| {
        verdicts.push(Verdict::new("postgres", measure, value, bound, aim));
    };
    for senders in [16, 64] {
        if let Some(ours) = postgres.with(senders) {
            let cpu = format!("send, CPU s per 1,000, {senders} senders");
            add(cpu, ours.cpu_seconds_per_1000, Bound::AtMost, 0.15);
        }
    }
    if let (Some(ours), Some(rows)) = (postgres.with(64), pgbench.with(64)) {
        let rate = "send rate, 64 senders, times pgbench's single rows".to_owned();
        add(rate, ours.per_second / rows.per_second, Bound::AtLeast, 0.5);
    }
}

fn at_rest(figures: &Figures, after_load_kib: Option<u64>, verdicts: &mut Vec<Verdict>) {
    let sqlite = figures.database == "sqlite";
    let mut add = |measure: &str, value, aim| {
        verdicts.push(Verdict::new(&figures.database, measure, value, Bound::AtMost, aim));
    };
    if !figures.start_ms.is_empty() {
        let aim = if sqlite { 150.0 } else { 300.0 };
        add("start to first answer, ms", middle(&figures.start_ms), aim);
    }
    if sqlite {
        for (when, kib, aim) in [("at rest", figures.rest_kib, 15.0), ("after load", after_load_kib, 60.0)] {
            if let Some(kib) = kib {
                add(&format!("memory {when}, MiB"), mib(kib), aim);
            }
        }
    }
    for idle in &figures.idle {
        add(&format!("memory of an idle socket of {}, KiB", idle.sockets), idle.kib_each, 12.0);
        // Below 0.05 it reads as 0.0 %.
        let percent = idle.cores * 100.0 / f64::from(u32::try_from(idle.sockets.max(1)).unwrap_or(u32::MAX));
        add(&format!("idle socket of {}, % of a core", idle.sockets), percent, 0.049);
    }
}

fn reading(figures: &Figures, verdicts: &mut Vec<Verdict>) {
    let sqlite = figures.database == "sqlite";
    let mut add = |measure: &str, value, aim| {
        verdicts.push(Verdict::new(&figures.database, measure, value, Bound::AtMost, aim));
    };
    if let Some(catchup) = &figures.catchup {
        add("catch-up, requests", f64::from(catchup.requests), 1.0);
        add("catch-up, ms", catchup.pages_p50_ms, if sqlite { 10.0 } else { 20.0 });
        if sqlite {
            add("catch-up, CPU ms", catchup.cpu_ms, 4.0);
        }
    }
    if let Some(history) = &figures.history {
        add("newest page, ms", history.newest_p50_ms, if sqlite { 0.6 } else { 2.0 });
        if sqlite {
            add("middle page, times the newest", history.middle_p50_ms / history.newest_p50_ms, 1.3);
        } else {
            add("middle page, ms", history.middle_p50_ms, 2.0);
        }
    }
}

fn live(figures: &Figures, verdicts: &mut Vec<Verdict>) {
    for delivery in &figures.delivery {
        let aim = match (figures.database.as_str(), delivery.nodes) {
            ("sqlite", 1) => 0.3,
            ("postgres", 2) => 3.0,
            _ => continue,
        };
        let where_ = if delivery.nodes == 1 { "one node" } else { "two nodes by Redis" };
        let measure = format!(
            "delivery after the acknowledgement, p50 ms, {}, {} a second, {where_}",
            delivery.way, delivery.rate
        );
        let value = delivery.after_acknowledgement_p50_ms;
        verdicts.push(Verdict::new(&figures.database, measure, value, Bound::AtMost, aim));
    }
}

/// The lines that a person reads.
pub fn table(verdicts: &[Verdict]) -> String {
    let line = |verdict: &Verdict| {
        let bound = if verdict.bound == Bound::AtMost { "<=" } else { ">=" };
        format!(
            "{:<9} {:<84} {:>9.3} {bound} {:<7} {}",
            verdict.database,
            verdict.measure,
            verdict.value,
            verdict.aim,
            if verdict.met { "met" } else { "NOT met" }
        )
    };
    verdicts.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::figures::SendFigures;

    fn series(name: &str, per_second: f64, cpu: f64) -> Series {
        let figures = SendFigures {
            senders: 64,
            messages: 1,
            per_second,
            p50_ms: 1.0,
            p95_ms: Some(2.0),
            p99_ms: Some(3.0),
            cpu_seconds_per_1000: cpu,
            generator_cores: 0.1,
        };
        Series { name: name.to_owned(), sends: vec![figures], after_load_kib: None }
    }

    #[test]
    fn sends_are_held_against_the_floor_of_the_same_run() {
        let verdicts = of(&[series("floor", 10_000.0, 0.03), series("sqlite", 4_900.0, 0.06)], &[]);
        let met: Vec<(f64, bool)> = verdicts.iter().map(|verdict| (verdict.aim, verdict.met)).collect();
        assert_eq!(met, [(0.065, true), (2.5, true), (0.5, false), (2.0, true)]);
    }

    #[test]
    fn what_was_not_measured_has_no_verdict() {
        assert_eq!(of(&[series("sqlite", 1.0, 1.0)], &[Figures::default()]), []);
    }
}
