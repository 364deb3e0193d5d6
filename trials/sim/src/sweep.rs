//! Many seeds, each in a process of its own, as many at a time as there are cores.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tidings_trials::artefact;

use crate::outcome::{Outcome, short};

/// All seeds together.
#[derive(Debug, Default, Serialize)]
struct Total {
    seeds: u64,
    messages: u64,
    acknowledged: u64,
    faults: BTreeMap<String, u64>,
    simulated_hours: f64,
    /// Broken laws, counted.
    broken: BTreeMap<String, u64>,
    violations: u64,
    /// Seeds in which a law was broken.
    failing: Vec<u64>,
    /// SHA-256 of all histories, in the order of their seeds.
    trace: String,
}

/// The seeds of `trials/sim-seeds.txt`.
pub(crate) fn kept() -> anyhow::Result<Vec<u64>> {
    let lines = include_str!("../../sim-seeds.txt").lines().filter(|line| !line.starts_with('#'));
    let numbers = lines.filter_map(|line| line.split_whitespace().next());
    numbers.map(|number| number.parse().with_context(|| format!("sim-seeds.txt: {number:?}"))).collect()
}

/// Runs these seeds and prints what came of them. Whether no law was broken in any.
pub(crate) fn run(seeds: impl Iterator<Item = u64>, times: Times, json: bool) -> anyhow::Result<bool> {
    let seeds = Mutex::new(seeds.collect::<BTreeSet<_>>());
    let outcomes = Mutex::new(BTreeMap::new());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let next = seeds.lock().unwrap_or_else(PoisonError::into_inner).pop_first();
                    let Some(seed) = next else { return };
                    let outcome = several(seed, times);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.insert(seed, outcome);
                    }
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap_or_default();
    let total = add_up(outcomes.into_values())?;
    let line = artefact::write("sim", &total)?;
    if json {
        println!("{line}");
    } else {
        println!("{total:#?}");
    }
    Ok(total.failing.is_empty())
}

/// How often each seed is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    Twice,
}

/// One seed, in as many processes; a difference between them is a violation.
fn several(seed: u64, times: Times) -> anyhow::Result<Outcome> {
    let mut outcome = child(seed)?;
    if times == Times::Twice {
        let again = child(seed)?;
        if again.trace != outcome.trace {
            let what = format!("told another story the second time: {} and {}", outcome.trace, again.trace);
            outcome.violations.push(what);
        }
    }
    Ok(outcome)
}

/// One seed. A process that breaks off is a violation, too.
fn child(seed: u64) -> anyhow::Result<Outcome> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--seed", &seed.to_string(), "--json"]).stdin(Stdio::null());
    let output = command.output().context("cannot start a seed")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    Ok(serde_json::from_str(last).unwrap_or_else(|_| Outcome {
        seed,
        violations: vec![format!("broke off: {}", String::from_utf8_lossy(&output.stderr))],
        ..Outcome::default()
    }))
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn add_up(outcomes: impl Iterator<Item = anyhow::Result<Outcome>>) -> anyhow::Result<Total> {
    let mut total = Total::default();
    let mut digest = Sha256::new();
    let mut simulated_ms = 0;
    for outcome in outcomes {
        let outcome = outcome?;
        total.seeds += 1;
        total.messages += outcome.messages;
        total.acknowledged += outcome.acknowledged;
        total.violations += outcome.violations.len() as u64;
        simulated_ms += outcome.simulated_ms;
        for (total, counts) in [(&mut total.faults, &outcome.faults), (&mut total.broken, &outcome.broken)] {
            for (kind, count) in counts {
                *total.entry(kind.clone()).or_default() += count;
            }
        }
        digest.update(outcome.trace.as_bytes());
        if !outcome.violations.is_empty() {
            total.failing.push(outcome.seed);
            eprintln!("seed {}:", outcome.seed);
            outcome.violations.iter().for_each(|violation| eprintln!("  {violation}"));
        }
    }
    total.simulated_hours = (simulated_ms as f64 / 36_000.0).round() / 100.0;
    total.trace = short(&digest.finalize());
    Ok(total)
}
