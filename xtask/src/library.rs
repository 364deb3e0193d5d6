//! `cargo xtask size`: how large the library is that each app carries, and that it does not grow unseen.
//!
//! The library of this machine stands in for those of phones, which `phones` can only link: its profile is theirs, and what makes
//! it grow makes theirs grow.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::{place, process};

/// More growth than this needs a new entry in the history, which a review sees.
const GROWTH: u64 = 100_000;

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    /// Bytes of the stripped library.
    bytes: u64,
    /// The same, compressed as in an app's package.
    gzip: u64,
}

/// Builds, measures, compares with the last entry of the history.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let (mut json, mut record) = (false, false);
    for argument in arguments {
        match argument.as_str() {
            "--json" => json = true,
            "--record" => record = true,
            other => anyhow::bail!("`size` knows --json and --record, not {other:?}"),
        }
    }
    let size = measure()?;
    let path = place::root().join("sdk-bindings/size.json");
    let mut history = read(&path)?;
    let before = history.last().map(size_of).transpose()?;
    if record {
        history.push(entry(size)?);
        let text = serde_json::to_string_pretty(&history)?;
        fs::write(&path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    } else {
        for entry in history.iter().rev().take(10).rev() {
            println!(
                "{}  {:>9} bytes  {:>9} gzip  {}",
                entry["date"], entry["bytes"], entry["gzip"], entry["commit"]
            );
        }
    }
    println!("now: {} bytes stripped, {} compressed", size.bytes, size.gzip);
    if json {
        println!(
            "{}",
            json!({"bytes": size.bytes, "gzip": size.gzip, "before": before.map(|size| size.bytes)})
        );
    }
    match before {
        Some(before) if !record => within(before, size)?,
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn measure() -> anyhow::Result<Size> {
    let arguments = ["rustc", "--quiet", "--profile", "mobile", "--lib", "--crate-type", "cdylib"];
    let mut cargo = process::cargo(&arguments);
    cargo.args(["--package", "tidings-sdk-bindings"]).envs(environment()?);
    // As small as the linkers of phones make them by themselves.
    process::run(cargo.args(["--", "-C", "link-arg=-Wl,-z,pack-relative-relocs"]))?;
    let built = place::target().join("mobile/libtidings_sdk.so");
    let stripped = place::target().join("mobile/libtidings_sdk.stripped.so");
    let [from, to] = [&built, &stripped].map(|path: &PathBuf| path.to_string_lossy().into_owned());
    process::run(&mut process::command("strip", &["--strip-unneeded", "-o", &to, &from]))?;
    let bytes = fs::metadata(&stripped).with_context(|| format!("no library at {to}"))?.len();
    let compressed = process::output(&mut process::command("gzip", &["-9", "-c", &to]))?;
    Ok(Size { bytes, gzip: u64::try_from(compressed.len())? })
}

/// What a library for phones is built with beside its profile, as `sdk-bindings/mobile.env` says.
pub(crate) fn environment() -> anyhow::Result<Vec<(String, String)>> {
    let path = place::at("sdk-bindings/mobile.env");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let settings = settings(&text);
    anyhow::ensure!(!settings.is_empty(), "{} says nothing", path.display());
    Ok(settings)
}

/// Lines of the form `NAME="value"`.
fn settings(text: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
        Some((name.to_owned(), value.trim_matches('"').to_owned()))
    };
    text.lines().filter_map(line).collect()
}

fn read(path: &Path) -> anyhow::Result<Vec<Value>> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a list of sizes", path.display()))
}

fn size_of(entry: &Value) -> anyhow::Result<Size> {
    let number =
        |name: &str| entry[name].as_u64().with_context(|| format!("size.json: an entry has no {name}"));
    Ok(Size { bytes: number("bytes")?, gzip: number("gzip")? })
}

fn entry(size: Size) -> anyhow::Result<Value> {
    let told = |program: &str, arguments: &[&str]| -> anyhow::Result<String> {
        let output = process::output(&mut process::command(program, arguments))?;
        Ok(String::from_utf8_lossy(&output).trim().to_owned())
    };
    let commit = told("git", &["rev-parse", "--short", "HEAD"])?;
    let date = told("date", &["-u", "+%F"])?;
    Ok(json!({"date": date, "commit": commit, "bytes": size.bytes, "gzip": size.gzip}))
}

fn within(before: Size, now: Size) -> anyhow::Result<()> {
    anyhow::ensure!(
        now.bytes <= before.bytes + GROWTH,
        "the library grew by {} bytes since the last entry of sdk-bindings/size.json, more than {GROWTH}: make it smaller, \
         or write a new entry with `cargo xtask size --record` and say in the commit what it is for",
        now.bytes - before.bytes
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_may_grow_by_a_little_and_not_by_more() {
        let size = |bytes| Size { bytes, gzip: 0 };
        assert!(within(size(1_000), size(101_000)).is_ok());
        assert!(within(size(1_000), size(10)).is_ok());
        let error = within(size(1_000), size(101_001)).unwrap_err().to_string();
        assert!(error.contains("grew by 100001 bytes"), "{error}");
    }

    #[test]
    fn settings_are_read_as_a_shell_reads_them() {
        let text = "# What=\"is this\"\n\nFLAGS=\"-UA -DB=0\"\n";
        assert_eq!(settings(text), [("FLAGS".to_owned(), "-UA -DB=0".to_owned())]);
    }

    #[test]
    fn an_entry_without_a_size_is_an_error() {
        assert!(size_of(&json!({"bytes": 5})).is_err());
        assert_eq!(size_of(&json!({"bytes": 5, "gzip": 2})).unwrap(), Size { bytes: 5, gzip: 2 });
    }
}
