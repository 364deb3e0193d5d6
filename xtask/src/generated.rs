//! Files in the tree that are made from code: written by `openapi`, compared by `check`.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::tally::Tally;
use crate::{place, process};

/// Where a file's content comes from.
enum Source {
    /// What this program of the workspace prints: package, binary, arguments.
    Program(&'static [&'static str]),
    /// What the program prints, between two markers of the file.
    Between { begin: &'static str, end: &'static str, program: &'static [&'static str] },
    /// A command that writes the file itself: its folder, then program and arguments.
    Command(&'static str, &'static [&'static str]),
}

/// The files, each after those it is made from.
const FILES: &[(&str, Source)] =
    &[("docs/openapi.json", Source::Program(&["tidings-server", "--bin", "tidings", "--", "openapi"]))];

/// `cargo xtask openapi`.
pub(crate) fn write(arguments: &[String]) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(arguments.is_empty(), "`openapi` takes no arguments");
    for (path, source) in FILES {
        generate(path, source)?;
        println!("wrote {path}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Generates everything again, puts back what differs, and names it.
pub(crate) fn differing(tally: &mut Tally) -> anyhow::Result<Vec<&'static str>> {
    let before: Vec<Option<Vec<u8>>> = FILES.iter().map(|(path, _)| fs::read(place::at(path)).ok()).collect();
    let mut differing = Vec::new();
    let mut result = Ok(());
    for ((path, source), before) in FILES.iter().zip(&before) {
        result = generate(path, source);
        if result.is_err() {
            break;
        }
        if fs::read(place::at(path)).ok() == *before {
            println!("{path}: as generated");
            tally.passed(1);
        } else {
            differing.push(*path);
        }
    }
    // After the loop, since a file may be made from the one before it.
    for ((path, _), before) in FILES.iter().zip(before) {
        match before {
            Some(content) if fs::read(place::at(path)).ok().as_ref() != Some(&content) => {
                fs::write(place::at(path), content).with_context(|| format!("cannot restore {path}"))?;
            }
            _ => {}
        }
    }
    result.map(|()| differing)
}

fn generate(path: &str, source: &Source) -> anyhow::Result<()> {
    let file = place::at(path);
    match source {
        Source::Program(program) => {
            let content = print(program)?;
            put(&file, &content)
        }
        Source::Between { begin, end, program } => {
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?;
            let inside = String::from_utf8(print(program)?).with_context(|| format!("{path}: not UTF-8"))?;
            let text = between(&text, begin, end, &inside)
                .with_context(|| format!("{path} lacks {begin} or {end}"))?;
            put(&file, text.as_bytes())
        }
        Source::Command(folder, command) => {
            let (program, arguments) = command.split_first().context("an empty command")?;
            process::run(process::command(program, arguments).current_dir(place::at(folder)))
        }
    }
}

fn print(program: &[&str]) -> anyhow::Result<Vec<u8>> {
    process::output(process::cargo(&["run", "--quiet", "--package"]).args(program))
}

fn put(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}

/// The text with other lines between the two markers, each of which ends its line.
fn between(text: &str, begin: &str, end: &str, inside: &str) -> Option<String> {
    let (head, rest) = text.split_once(begin)?;
    let (_, tail) = rest.split_once(end)?;
    Some(format!("{head}{begin}\n{}\n{end}{tail}", inside.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let text = "a\n<b>\nold\n<e>\nz\n";
        let once = between(text, "<b>", "<e>", "new\n").unwrap();
        assert_eq!(once, "a\n<b>\nnew\n<e>\nz\n");
        assert_eq!(between(&once, "<b>", "<e>", "new\n").as_deref(), Some(once.as_str()));
        assert_eq!(between("a", "<b>", "<e>", "new"), None);
    }
}
