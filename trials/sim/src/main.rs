//! Deterministic simulation: phones with the SDK, nodes of the real server and agents in one process, in a time and on
//! a network of their own, while things break. The same seed is the same run, in whatever process.
//!
//! A process runs one seed: what a library keeps for its process would otherwise reach from one seed into the next.

mod agent;
mod backup;
mod clock;
mod dice;
mod exchange;
mod judge;
mod net;
mod node;
mod outcome;
mod phone;
mod plan;
mod sweep;
mod world;

use std::process::ExitCode;

use anyhow::Context as _;

use crate::sweep::Times;

/// What was asked for.
struct Asked {
    seed: Option<u64>,
    /// Before the others, those that found something once.
    kept: bool,
    /// How often each seed is run; every time must be the same.
    times: Times,
    seeds: u64,
    from: u64,
    trace: bool,
    json: bool,
}

fn main() -> ExitCode {
    match asked(std::env::args().skip(1)).and_then(|asked| run(&asked)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn asked(mut args: impl Iterator<Item = String>) -> anyhow::Result<Asked> {
    let mut asked =
        Asked { seed: None, kept: false, times: Times::Once, seeds: 300, from: 1, trace: false, json: false };
    while let Some(arg) = args.next() {
        let mut number = || -> anyhow::Result<u64> {
            let value = args.next().with_context(|| format!("{arg} wants a number"))?;
            value.parse().with_context(|| format!("{arg} {value}: not a number"))
        };
        match arg.as_str() {
            "--seed" => asked.seed = Some(number()?),
            "--seeds" => asked.seeds = number()?,
            "--from" => asked.from = number()?,
            "--kept" => asked.kept = true,
            "--twice" => asked.times = Times::Twice,
            "--trace" => asked.trace = true,
            "--json" => asked.json = true,
            _ => anyhow::bail!(
                "usage: --seeds N [--from K] [--kept] [--twice] [--json] | --seed K [--trace] [--json]; not {arg:?}"
            ),
        }
    }
    Ok(asked)
}

/// Whether no law was broken.
fn run(asked: &Asked) -> anyhow::Result<bool> {
    if let Some(seed) = asked.seed {
        return outcome::one(seed, asked.trace, asked.json);
    }
    let kept = if asked.kept { sweep::kept()? } else { Vec::new() };
    sweep::run(kept.into_iter().chain(asked.from..asked.from + asked.seeds), asked.times, asked.json)
}
