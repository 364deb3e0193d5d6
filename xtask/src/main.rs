//! The tasks of the project: `cargo xtask test | check | openapi | demo | phone | bench | size | trials | services`.
//!
//! It knows the other parts only as programs that it builds and starts, and so it compiles in seconds.

mod arrows;
mod bench;
mod checks;
mod demo;
mod generated;
mod interrupt;
mod laws;
mod library;
mod load;
mod packages;
mod phones;
mod place;
mod postgres;
mod process;
mod redis;
mod s3;
mod services;
mod size;
mod snippets;
mod stages;
mod tally;
mod test;
mod trials;
mod words;

use std::process::ExitCode;

const USAGE: &str = "\
The tasks of the project.

  cargo xtask test [--only STAGE]...   every test; installs and starts what they need (--list: the stages)
  cargo xtask check                    who may know whom, and generated files are as they would be generated
  cargo xtask openapi                  writes the generated files
  cargo xtask snippets                 writes the code of the guides to target/snippets, as the tests compile it
  cargo xtask words [--check]          writes the words of the UI kits, in Kotlin and Swift
  cargo xtask demo [--check]           a running, furnished Tidings; --check: the same tour without a person
  cargo xtask phone [ARGUMENTS]        a phone in the terminal, connected to the running demo
  cargo xtask bench [--quick] [--only sqlite|postgres] [--measure WHAT]... [--senders N]... [--seconds N]
                    [--rounds N] [--json] [--page FILE]
                                       measures the release build on each database, in turns with a floor
  cargo xtask bench inbox [--rounds N] [--page FILE]
                                       measures the agents' page with 20,000 conversations, in Chromium
  cargo xtask size --web [--json]      what a browser loads first, against its budget
  cargo xtask bench push [--jobs N] [--rounds N] [--seconds N] [--database sqlite|postgres] [--json]
                                       measures the push client, and the way of a push job
  cargo xtask bench sdk                measures the phone's core: opening, applying, searching, sending
  cargo xtask size [--json] [--record] the library that each app carries: not 100 kB larger than last recorded
  cargo xtask trials [TRIAL]           breaks things on purpose and looks whether the laws held
  cargo xtask services                 PostgreSQL and Redis for tests that are run by hand, until Ctrl-C";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    interrupt::watch()?;
    let (task, rest) = match arguments.split_first() {
        Some((task, rest)) => (task.as_str(), rest),
        None => ("help", arguments),
    };
    match task {
        "test" => test::run(rest),
        "check" => checks::run(rest),
        "openapi" => generated::write(rest),
        "demo" => demo::run(rest),
        "phone" => demo::phone(rest),
        "bench" => bench::run(rest),
        "trials" if rest.first().is_some_and(|trial| trial == "load") => load::run(&rest[1..]),
        "trials" => trials::run(rest),
        "services" => services::run(rest),
        "size" => size::run(rest),
        "snippets" => snippets::run(rest),
        "words" => words::run(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => anyhow::bail!("there is no task {other:?}\n\n{USAGE}"),
    }
}
