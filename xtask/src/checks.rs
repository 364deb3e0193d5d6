//! `cargo xtask check`: what the compiler does not see.

use std::process::ExitCode;

use crate::tally::Tally;
use crate::{arrows, generated, laws, place, process};

/// Runs the checks and says what is wrong.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(arguments.is_empty(), "`check` takes no arguments");
    let mut tally = Tally::default();
    all(&mut tally)?;
    println!("check: {} passed, 0 failed", tally.count().passed);
    Ok(ExitCode::SUCCESS)
}

/// The checks, counted; everything that is wrong is one error.
pub(crate) fn all(tally: &mut Tally) -> anyhow::Result<()> {
    let mut wrong = arrows::wrong()?;
    if wrong.is_empty() {
        println!("who may know whom: right");
        tally.passed(1);
    } else {
        // At once: what comes next may fail for other reasons.
        println!("{}", wrong.join("\n"));
    }
    let unheld = laws::wrong()?;
    if unheld.is_empty() {
        println!("a test for each law: right");
        tally.passed(1);
    } else {
        println!("{}", unheld.join("\n"));
    }
    wrong.extend(unheld);
    if place::program("cargo-deny").is_some() {
        // The bans have been looked at above; this adds licences and sources.
        match process::run(&mut process::cargo(&["deny", "check", "bans", "licenses", "sources"])) {
            Ok(()) => tally.passed(1),
            Err(error) => wrong.push(format!("{error:#}")),
        }
    }
    for file in generated::differing(tally)? {
        wrong
            .push(format!("{file} is not as it would be generated: run `cargo xtask openapi` and commit it"));
    }
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
