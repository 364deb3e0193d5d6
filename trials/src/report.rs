//! `docs/trust.md` and `docs/trust.json`, from what the trials left behind and from nothing else.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value};

/// Trials in the order of the page, with what each is.
const TRIALS: &[(&str, &str)] = &[
    ("sim", "Simulation: phones, nodes and agents in one process, in a time and a network of their own"),
    ("kill-sqlite", "The server killed in a loop, on SQLite"),
    ("kill-postgres", "The server killed in a loop, on PostgreSQL"),
    ("power", "Power cuts"),
    ("net", "Broken networks"),
    ("load", "Load and storms"),
    ("planted", "Bugs on purpose"),
    ("fuzz", "Random bytes for each parser"),
];

/// Reads the results in `artefacts` and writes both files into `docs`.
pub fn write(artefacts: &Path, docs: &Path) -> anyhow::Result<()> {
    let results = read(artefacts)?;
    anyhow::ensure!(!results.is_empty(), "there are no results in {}", artefacts.display());
    let json = serde_json::to_string_pretty(&results)? + "\n";
    std::fs::write(docs.join("trust.json"), json).context("cannot write docs/trust.json")?;
    std::fs::write(docs.join("trust.md"), page(&results)).context("cannot write docs/trust.md")
}

fn read(artefacts: &Path) -> anyhow::Result<Map<String, Value>> {
    let mut results = Map::new();
    for (name, _) in TRIALS {
        let file = artefacts.join(format!("{name}.json"));
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let value = serde_json::from_str(&text).with_context(|| format!("{} is broken", file.display()))?;
        results.insert((*name).to_owned(), value);
    }
    Ok(results)
}

fn page(results: &Map<String, Value>) -> String {
    let mut page = String::from(
        "# What was tried, and what came of it\n\n\
         Written by `cargo xtask trials report` from the results of the runs named below; no figure is typed by hand. \
         The same as data: [trust.json](trust.json). How each trial works is told in \
         [How it works inside](contributors.md).\n",
    );
    for (name, title) in TRIALS {
        match results.get(*name) {
            Some(result) => section(&mut page, name, title, result),
            None => {
                let _ = write!(page, "\n## {title}\n\nNot run.\n");
            }
        }
    }
    page
}

fn section(page: &mut String, name: &str, title: &str, result: &Value) {
    let text = |key: &str| result[key].as_str().unwrap_or("unknown");
    let _ = write!(
        page,
        "\n## {title}\n\n`{}`, commit {}, {}\n\n",
        text("command"),
        text("commit"),
        text("date")
    );
    if let Some(why) = result["not_run"].as_str() {
        let _ = writeln!(page, "Not run on this machine: {why}");
        return;
    }
    match name {
        "power" => power(page, result),
        "planted" => planted(page, result),
        _ => figures(page, result),
    }
}

/// Whatever the trial counted, with the laws that must be zero.
fn figures(page: &mut String, result: &Value) {
    let verdict = if result["verdict"].is_object() { &result["verdict"] } else { result };
    let mut rows = Vec::new();
    for key in ["seeds", "simulated_hours", "kills", "sockets", "seconds", "executions", "crashes"] {
        rows.push((key.replace('_', " "), result[key].clone()));
    }
    for key in ["messages", "sent", "acknowledged", "unknown", "violations"] {
        rows.push((key.to_owned(), verdict[key].clone()));
    }
    if result["verdict"].is_object() {
        for law in
            ["lost", "duplicated", "reordered", "gap", "phantom", "altered", "skipped", "unread", "leaked"]
        {
            let count = verdict["broken"][law].as_u64().unwrap_or_default();
            rows.push((law.to_owned(), count.into()));
        }
    }
    table(page, rows);
    if let Some(faults) = verdict["faults"].as_object() {
        let faults: Vec<String> = faults.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        let _ = writeln!(page, "\nFaults: {}.", faults.join(", "));
    }
}

fn table(page: &mut String, rows: Vec<(String, Value)>) {
    page.push_str("| | |\n|---|---:|\n");
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_null()) {
        let value = value
            .as_f64()
            .filter(|_| value.is_f64())
            .map_or_else(|| value.to_string(), |value| format!("{value:.1}"));
        let _ = writeln!(page, "| {name} | {value} |");
    }
}

fn power(page: &mut String, result: &Value) {
    page.push_str(
        "| database | commits are flushed | cuts | acknowledgements checked | lost | cuts that lost | broken laws |\n\
         |---|---|---:|---:|---:|---:|---:|\n",
    );
    for run in result["runs"].as_array().into_iter().flatten() {
        let kept = if run["flushing"] == "kept" { "yes" } else { "no: the control, which must lose" };
        let broken: u64 = run["verdict"]["broken"]
            .as_object()
            .map_or(0, |laws| laws.values().filter_map(Value::as_u64).sum());
        let _ = writeln!(
            page,
            "| {} | {kept} | {} | {} | {} | {} | {broken} |",
            run["database"].as_str().unwrap_or_default(),
            run["cuts"],
            run["checked"],
            run["lost"],
            run["cuts_that_lost"]
        );
    }
    page.push_str(
        "\nA cut copies the file behind a mounted file system while every process stands still: what was not flushed \
         is not in it. The cache inside a disk is not part of this.\n",
    );
}

fn planted(page: &mut String, result: &Value) {
    let _ = write!(
        page,
        "{} planted, {} caught.\n\n| bug | looked for by | on | caught | first sign |\n|---|---|---|---|---|\n",
        result["planted"], result["caught"]
    );
    for bug in result["bugs"].as_array().into_iter().flatten() {
        let text = |key: &str| bug[key].as_str().unwrap_or_default().replace('|', "\\|");
        let caught = if bug["caught"] == true { "yes" } else { "**no**" };
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {caught} | {} |",
            text("bug"),
            text("finder"),
            text("database"),
            text("example")
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_page_says_what_was_found_and_what_was_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let kill = json!({
            "command": "cargo xtask trials kill", "commit": "abc", "date": "2026-11-21", "kills": 12,
            "verdict": { "sent": 7, "acknowledged": 6, "faults": { "kill": 12 }, "broken": { "lost": 3 } },
        });
        std::fs::write(folder.path().join("kill-sqlite.json"), kill.to_string()).unwrap();
        let planted = json!({
            "planted": 2, "caught": 1,
            "bugs": [{ "bug": "no_idempotency", "finder": "kill", "database": "sqlite", "caught": false }],
        });
        std::fs::write(folder.path().join("planted.json"), planted.to_string()).unwrap();
        write(folder.path(), folder.path()).unwrap();
        let page = std::fs::read_to_string(folder.path().join("trust.md")).unwrap();
        assert!(page.contains("| kills | 12 |") && page.contains("| lost | 3 |"), "{page}");
        assert!(page.contains("| reordered | 0 |") && page.contains("Faults: kill 12."), "{page}");
        assert!(
            page.contains("2 planted, 1 caught")
                && page.contains("| `no_idempotency` | kill | sqlite | **no** |")
        );
        assert!(page.contains("Power cuts\n\nNot run."), "{page}");
        let data: Value =
            serde_json::from_str(&std::fs::read_to_string(folder.path().join("trust.json")).unwrap())
                .unwrap();
        assert_eq!(data["kill-sqlite"]["kills"], 12);
    }

    #[test]
    fn without_results_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write(folder.path(), folder.path()).is_err());
        assert!(!folder.path().join("trust.md").exists());
    }
}
