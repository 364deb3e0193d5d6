//! One seed from beginning to end, and what came of it. Nothing here differs between two runs of one seed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use mad_turmoil::rand::set_rng;
use mad_turmoil::time::SimClocksGuard;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tidings_trials::history::History;

use crate::plan::Plan;
use crate::world;

/// A seed that takes longer than this, in real time, hangs.
const LIMIT: Duration = Duration::from_secs(100);

/// What stands beside the laws in the counts of what was broken: somebody still waited when the time was up.
const UNFINISHED: &str = "unfinished";

/// What came of a seed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) seed: u64,
    /// Messages that somebody sent.
    pub(crate) messages: u64,
    /// Messages whose sender was told that they are safe.
    pub(crate) acknowledged: u64,
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) simulated_ms: u64,
    /// Broken laws, counted; what did not come right in the end stands under `unfinished`.
    pub(crate) broken: BTreeMap<String, u64>,
    pub(crate) violations: Vec<String>,
    /// SHA-256 of the whole history.
    pub(crate) trace: String,
}

/// Runs a seed in this process, which must not have run another, and prints what came of it. Whether no law was broken.
pub(crate) fn one(seed: u64, trace: bool, json: bool) -> anyhow::Result<bool> {
    // The order of hash maps and of whoever is ready at the same moment comes from here.
    set_rng(StdRng::seed_from_u64(seed));
    std::thread::spawn(move || {
        std::thread::sleep(LIMIT);
        eprintln!("seed {seed} hangs");
        std::process::exit(3);
    });
    let folder = folder()?;
    let file = folder.path().join("history.jsonl");
    let history = History::new(Some(&file))?;
    let run = {
        let _clocks = SimClocksGuard::init();
        world::run(Plan::of(seed), folder.path(), &history)?
    };
    let verdict = history.verdict();
    let mut violations: Vec<String> = verdict.examples.clone();
    let mut broken: BTreeMap<String, u64> =
        verdict.broken.iter().map(|(law, count)| (law.name().to_owned(), *count)).collect();
    broken.insert(UNFINISHED.to_owned(), run.unfinished.len() as u64);
    violations.extend(run.unfinished.into_iter().map(|what| format!("did not come right: {what}")));
    let outcome = Outcome {
        seed,
        messages: verdict.sent,
        acknowledged: verdict.acknowledged,
        faults: verdict.faults.clone(),
        simulated_ms: run.simulated_ms,
        broken,
        violations,
        trace: digest(&file)?,
    };
    if trace {
        std::io::stdout().write_all(&std::fs::read(&file)?)?;
    }
    if json {
        println!("{}", serde_json::to_string(&outcome)?);
    } else {
        println!("{outcome:#?}");
    }
    Ok(outcome.violations.is_empty())
}

/// In memory where there is such a place: no power is cut here, so flushing proves nothing.
fn folder() -> anyhow::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let mut builder = tempfile::Builder::new();
    builder.prefix("tidings-sim-");
    Ok(if memory.is_dir() { builder.tempdir_in(memory)? } else { builder.tempdir()? })
}

fn digest(file: &Path) -> anyhow::Result<String> {
    Ok(short(&Sha256::digest(std::fs::read(file)?)))
}

/// The beginning of a digest, in hexadecimal.
pub(crate) fn short(digest: &[u8]) -> String {
    let first = digest.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}
