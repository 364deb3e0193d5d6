//! Files in the tree that are made from code: written by `openapi`, compared by `check`.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Context as _;

use crate::tally::Tally;
use crate::{place, process};

/// How files are made.
enum Source {
    /// The file is what the server prints when it is called with these arguments.
    Printed { file: &'static str, arguments: &'static [&'static str] },
    /// A command, in this folder, writes the file.
    Written { file: &'static str, folder: &'static str, command: &'static [&'static str] },
    /// Programs that write, and programs that only compare; with a variable set while they write.
    Own {
        files: &'static str,
        write: &'static [&'static str],
        check: &'static [&'static str],
        variable: Option<(&'static str, &'static str)>,
    },
}

/// Tests of the protocol that keep its fixtures and tables, and write them when asked to.
const PROTOCOL: &[&str] =
    &["cargo", "test", "--quiet", "--workspace", "--test", "documents", "--test", "fixtures"];

/// Everything that is generated, each after what it is made from.
const SOURCES: &[Source] = &[
    Source::Own {
        files: "docs/protocol.md, docs/problems.md and protocol/fixtures/",
        write: PROTOCOL,
        check: PROTOCOL,
        variable: Some(("UPDATE_FIXTURES", "1")),
    },
    Source::Printed { file: "deploy/tidings.example.toml", arguments: &["config", "example"] },
    Source::Printed { file: "docs/openapi.json", arguments: &["openapi"] },
    Source::Written {
        file: "web/src/api/schema.d.ts",
        folder: "web",
        command: &["npm", "run", "--silent", "api"],
    },
    Source::Own {
        files: "the generated Kotlin and Swift in sdk-bindings/",
        write: &["sdk-bindings/generate.sh"],
        check: &["sdk-bindings/generate.sh", "--check"],
        variable: None,
    },
    Source::Own {
        files: "the words of the UI kits",
        write: &["cargo", "xtask", "words"],
        check: &["cargo", "xtask", "words", "--check"],
        variable: None,
    },
];

/// `cargo xtask openapi`.
pub(crate) fn write(arguments: &[String]) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(arguments.is_empty(), "`openapi` takes no arguments");
    for source in SOURCES {
        source.write()?;
        println!("written: {}", source.files());
    }
    Ok(ExitCode::SUCCESS)
}

/// Generates everything again, leaves the tree as it was, and names what differs.
pub(crate) fn differing(tally: &mut Tally) -> anyhow::Result<Vec<&'static str>> {
    let mut differing = Vec::new();
    for source in SOURCES {
        let files = source.files();
        if source.is_current().with_context(|| format!("cannot generate {files}"))? {
            println!("as generated: {files}");
            tally.passed(1);
        } else {
            differing.push(files);
        }
    }
    Ok(differing)
}

impl Source {
    const fn files(&self) -> &'static str {
        match self {
            Self::Printed { file, .. } | Self::Written { file, .. } => file,
            Self::Own { files, .. } => files,
        }
    }

    fn write(&self) -> anyhow::Result<()> {
        match self {
            Self::Printed { file, arguments } => put(&place::at(file), &print(arguments)?),
            Self::Written { folder, command, .. } => run(folder, command, None),
            Self::Own { write, variable, .. } => run(".", write, *variable),
        }
    }

    fn is_current(&self) -> anyhow::Result<bool> {
        match self {
            Self::Printed { file, arguments } => {
                let content = print(arguments)?;
                Ok(fs::read(place::at(file)).is_ok_and(|before| before == content))
            }
            Self::Written { file, .. } => {
                let path = place::at(file);
                let before = fs::read(&path).with_context(|| format!("cannot read {file}"))?;
                let result = self.write();
                let is_current = fs::read(&path).is_ok_and(|after| after == before);
                if !is_current {
                    put(&path, &before)?;
                }
                result.map(|()| is_current)
            }
            // What differs has been shown by the program itself.
            Self::Own { check, .. } => Ok(run(".", check, None).is_ok()),
        }
    }
}

fn run(folder: &str, command: &[&str], variable: Option<(&str, &str)>) -> anyhow::Result<()> {
    let mut command = match command.split_first().context("an empty command")? {
        (&"cargo", arguments) => process::cargo(arguments),
        (program, arguments) => process::command(program, arguments),
    };
    process::run(command.current_dir(place::at(folder)).envs(variable))
}

fn print(arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    process::run(&mut process::cargo(&["build", "--quiet", "--workspace", "--bin", "tidings"]))?;
    process::output(Command::new(place::target().join("debug/tidings")).args(arguments))
}

fn put(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}
