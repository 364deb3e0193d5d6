//! A list of stages run in order, each with a heading, its seconds and its tests, and a summary at the end.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::interrupt;
use crate::tally::{Count, Tally};

/// One stage.
pub(crate) struct Stage<S> {
    /// One word, for `--only`.
    pub(crate) name: &'static str,
    /// What it proves, for the heading.
    pub(crate) about: &'static str,
    /// Stages without whose success it makes no sense; they come earlier in the list.
    pub(crate) after: &'static [&'static str],
    /// Does it.
    pub(crate) run: fn(&mut S, &mut Tally) -> anyhow::Result<()>,
}

enum Outcome {
    Passed,
    Failed(String),
    NotRun(&'static str),
}

struct Done {
    outcome: Outcome,
    count: Count,
    seconds: f64,
}

/// Keeps those that were asked for and what they need; all of them when nothing was asked for.
pub(crate) fn choose<S>(stages: Vec<Stage<S>>, only: &[String]) -> anyhow::Result<Vec<Stage<S>>> {
    if only.is_empty() {
        return Ok(stages);
    }
    for name in only {
        let names: Vec<&str> = stages.iter().map(|stage| stage.name).collect();
        anyhow::ensure!(
            names.contains(&name.as_str()),
            "there is no stage {name:?}; there are {}",
            names.join(", ")
        );
    }
    let mut wanted: Vec<&str> = only.iter().map(String::as_str).collect();
    // What is needed stands earlier in the list, so one pass from its end finds everything.
    for stage in stages.iter().rev() {
        if wanted.contains(&stage.name) {
            wanted.extend(stage.after);
        }
    }
    Ok(stages.into_iter().filter(|stage| wanted.contains(&stage.name)).collect())
}

/// Runs them all: a failure holds up only what needs that stage, so that one run tells everything. The answer says
/// whether everything passed.
pub(crate) fn run<S>(stages: &[Stage<S>], scene: &mut S) -> bool {
    let started = Instant::now();
    let mut results: BTreeMap<&str, Done> = BTreeMap::new();
    for (index, stage) in stages.iter().enumerate() {
        println!("\n=== {}/{} {}: {}", index + 1, stages.len(), stage.name, stage.about);
        let missing = stage.after.iter().find(|needed| {
            results.get(**needed).is_some_and(|done| !matches!(done.outcome, Outcome::Passed))
        });
        let done = match missing {
            Some(needed) => Done { outcome: Outcome::NotRun(needed), count: Count::default(), seconds: 0.0 },
            None => attempt(stage, scene),
        };
        println!("=== {}", line(stage.name, &done));
        results.insert(stage.name, done);
        if interrupt::happened() {
            break;
        }
    }
    summarise(stages, &results, started.elapsed().as_secs_f64())
}

fn attempt<S>(stage: &Stage<S>, scene: &mut S) -> Done {
    let started = Instant::now();
    let mut tally = Tally::default();
    let result = (stage.run)(scene, &mut tally);
    let mut count = tally.count();
    let outcome = match result {
        Ok(()) if count.failed > 0 => Outcome::Failed(format!("{} failed", count.failed)),
        Ok(()) => Outcome::Passed,
        Err(error) => {
            // What fails without having counted a test is one failure of its own.
            count.failed = count.failed.max(1);
            Outcome::Failed(format!("{error:#}"))
        }
    };
    Done { outcome, count, seconds: started.elapsed().as_secs_f64() }
}

fn line(name: &str, done: &Done) -> String {
    let Done { outcome, count, seconds } = done;
    match outcome {
        Outcome::Passed if count.passed > 0 => format!("{name}: {} passed, in {seconds:.0} s", count.passed),
        Outcome::Passed => format!("{name}: ok, in {seconds:.0} s"),
        Outcome::Failed(why) => format!("{name}: FAILED after {seconds:.0} s: {why}"),
        Outcome::NotRun(needed) => format!("{name}: NOT RUN, because {needed} did not pass"),
    }
}

fn summarise<S>(stages: &[Stage<S>], results: &BTreeMap<&str, Done>, seconds: f64) -> bool {
    println!("\n=== summary, {seconds:.0} s in all");
    let mut total = Count::default();
    let mut passed = true;
    for stage in stages {
        if let Some(done) = results.get(stage.name) {
            println!("  {}", line(stage.name, done));
            total += done.count;
            passed &= matches!(done.outcome, Outcome::Passed);
        } else {
            println!("  {}: NOT RUN, interrupted", stage.name);
            passed = false;
        }
    }
    println!("tests: {} passed, {} failed", total.passed, total.failed);
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(
        name: &'static str,
        after: &'static [&'static str],
        run: fn(&mut Vec<&'static str>, &mut Tally) -> anyhow::Result<()>,
    ) -> Stage<Vec<&'static str>> {
        Stage { name, about: "", after, run }
    }

    #[test]
    fn asking_for_one_stage_brings_what_it_needs() {
        let fine = |_: &mut Vec<&'static str>, _: &mut Tally| Ok(());
        let stages = || vec![stage("a", &[], fine), stage("b", &["a"], fine), stage("c", &["b"], fine)];
        let names = |only: &str| -> Vec<&str> {
            choose(stages(), &[only.to_owned()]).unwrap().iter().map(|stage| stage.name).collect()
        };
        assert_eq!(names("c"), ["a", "b", "c"]);
        assert_eq!(names("a"), ["a"]);
        assert!(choose(stages(), &["d".to_owned()]).is_err());
    }

    #[test]
    fn a_failure_holds_up_what_needs_it_and_nothing_else() {
        let stages = [
            stage("a", &[], |seen, _| {
                seen.push("a");
                anyhow::bail!("no")
            }),
            stage("b", &["a"], |seen, _| {
                seen.push("b");
                Ok(())
            }),
            stage("c", &[], |seen, _| {
                seen.push("c");
                Ok(())
            }),
        ];
        let mut seen = Vec::new();
        assert!(!run(&stages, &mut seen));
        assert_eq!(seen, ["a", "c"]);
    }
}
