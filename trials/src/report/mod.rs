//! `docs/trust.md` and `docs/trust.json`, from what the trials left behind and from nothing else.

mod sum;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value};

use self::sum::Sum;
use crate::checker::Law;

/// Trials in the order of the page, with what each is.
const TRIALS: &[(&str, &str)] = &[
    ("sim", "Simulation: phones, nodes and agents in one process, in a time and a network of their own"),
    ("phone", "A phone that dies at any step, and again while it recovers"),
    ("kill-sqlite", "The server killed in a loop, on SQLite"),
    ("kill-postgres", "The server killed in a loop, on PostgreSQL"),
    ("power-sqlite", "Power cuts, on SQLite"),
    ("power-postgres", "Power cuts, on PostgreSQL"),
    ("net", "Broken networks"),
    ("load", "Load and storms"),
    ("push", "Pushes: services that are busy, dead, slow, and the server killed in between"),
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
    overview(&mut page, results);
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
        "power-sqlite" | "power-postgres" => power(page, result),
        "planted" => planted(page, result),
        "phone" => phone(page, result),
        "load" => {
            figures(page, result);
            load(page, result);
        }
        _ => figures(page, result),
    }
}

/// One line for each trial that has a history, and all of them together.
fn overview(page: &mut String, results: &Map<String, Value>) {
    page.push_str(
        "\n| trial | sent | acknowledged | lost | duplicated | reordered | other broken laws | faults |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let mut all = Sum::default();
    for (name, title) in TRIALS {
        let Some(sum) = results.get(*name).map(Sum::of).filter(|sum| sum.sent > 0) else { continue };
        overview_line(page, title.split(':').next().unwrap_or(title), &sum);
        all.add(&sum);
    }
    overview_line(page, "**all**", &all);
    let faults: Vec<String> = all.faults.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    let _ = writeln!(page, "\nFaults by kind: {}.", faults.join(", "));
    let planted = &results.get("planted").unwrap_or(&Value::Null);
    if let (Some(planted), Some(caught)) = (planted["planted"].as_u64(), planted["caught"].as_u64()) {
        let _ = writeln!(
            page,
            "\nA checker that was never seen to find anything proves nothing: of {planted} bugs that were planted on \
             purpose, it caught {caught}."
        );
    }
}

fn overview_line(page: &mut String, title: &str, sum: &Sum) {
    let named = ["lost", "duplicated", "reordered"].map(|law| sum.count(law));
    let others = sum.broken.values().sum::<u64>() - named.iter().sum::<u64>();
    let faults: u64 = sum.faults.values().sum();
    let [lost, duplicated, reordered] = named;
    let (sent, acknowledged) = (sum.sent, sum.acknowledged);
    let _ = writeln!(
        page,
        "| {title} | {sent} | {acknowledged} | {lost} | {duplicated} | {reordered} | {others} | {faults} |"
    );
}

/// Whatever the trial counted, with the laws that must be zero.
fn figures(page: &mut String, result: &Value) {
    let sum = Sum::of(result);
    let mut rows = Vec::new();
    for key in [
        "seeds",
        "simulated_hours",
        "trace",
        "kills",
        "sockets",
        "seconds",
        "targets",
        "executions",
        "crashes",
        "missed",
        "twice",
        "after_read",
        "dead_exact",
        "given_up",
    ] {
        rows.push((key.replace('_', " "), result[key].clone()));
    }
    if sum.sent > 0 {
        let counts = [("sent", sum.sent), ("acknowledged", sum.acknowledged), ("unknown", sum.unknown)];
        rows.extend(counts.map(|(what, count)| (what.to_owned(), count.into())));
        rows.extend(Law::ALL.map(|law| (law.name().replace('_', " "), sum.count(law.name()).into())));
        let others = sum.broken.iter().filter(|(name, _)| Law::ALL.iter().all(|law| law.name() != *name));
        rows.extend(others.map(|(name, count)| (name.replace('_', " "), (*count).into())));
    }
    table(page, rows);
    if !sum.faults.is_empty() {
        let faults: Vec<String> = sum.faults.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
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

/// How the server bore it, beside what the laws say.
fn load(page: &mut String, result: &Value) {
    page.push_str(
        "\n| database | opened in, s | storms: all back in, s | that did not read: given up | memory at rest / open / \
         after storms / at the end, MiB | CPU, s |\n|---|---:|---:|---:|---:|---:|\n",
    );
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let runs = || result["databases"].as_array().into_iter().flatten();
    for run in runs() {
        let back = run["back_seconds"].as_array().into_iter().flatten();
        let back: Vec<String> = back.map(|seconds| format!("{:.1}", number(seconds))).collect();
        let memory = ["at_rest", "open", "after_storms", "at_the_end"]
            .map(|when| format!("{:.1}", number(&run["memory_kib"][when]) / 1024.0));
        let _ = writeln!(
            page,
            "| {} | {:.1} | {} | {} of {} | {} | {:.1} |",
            run["database"].as_str().unwrap_or_default(),
            number(&run["opened_seconds"]),
            back.join(", "),
            run["sluggish_closed"],
            run["sluggish"],
            memory.join(" / "),
            number(&run["cpu_seconds"])
        );
    }
    for run in runs().filter(|run| run["soak"].is_object()) {
        let soak = &run["soak"];
        let _ = writeln!(
            page,
            "\nThe long stretch on {}: {:.0} minutes, {} messages, p50 {:.2} ms, the worst p99 of ten seconds {:.1} ms; \
             over its second half memory grew by {:.0} KiB an hour and the writer's queue by {:.1} commands an hour.",
            run["database"].as_str().unwrap_or_default(),
            number(&soak["minutes"]),
            soak["messages"],
            number(&soak["acknowledged_p50_ms"]),
            number(&soak["acknowledged_p99_ms"]),
            number(&soak["memory_kib_per_hour"]),
            number(&soak["queue_per_hour"])
        );
    }
}

/// Each kind of thing that a phone tells or keeps, and how its stories ended.
fn phone(page: &mut String, result: &Value) {
    page.push_str(
        "Each kind of thing that a phone tells or keeps is cut at each of its steps - before and after each commit, each \
         file that is put in its place, each request and each answer - and cut again while the next process recovers. \
         Whatever was cut, what is there in the end on the server, on the screen and in the phone's files is compared \
         with what there is without a death. Nothing was lost, nothing was there twice, nothing else had changed; a \
         run that finds anything fails and leaves no table.\n\n\
         | kind | points | one death | two | three | ended as done | in part | as never begun |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for kind in result["kinds"].as_array().into_iter().flatten() {
        let deaths = kind["by_deaths"].as_array().into_iter().flatten();
        let deaths: Vec<String> = deaths.map(Value::to_string).collect();
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            kind["kind"].as_str().unwrap_or_default(),
            kind["points"],
            deaths.join(" | "),
            kind["done"],
            kind["part"],
            kind["nothing"]
        );
    }
    let _ = writeln!(page, "| **all** | {} | | | | | | |", result["points"]);
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
        let phone = json!({
            "points": 60, "kinds": [
                { "kind": "a photo", "points": 60, "by_deaths": [40, 15, 5], "done": 50, "part": 0, "nothing": 10 },
            ],
        });
        std::fs::write(folder.path().join("phone.json"), phone.to_string()).unwrap();
        write(folder.path(), folder.path()).unwrap();
        let page = std::fs::read_to_string(folder.path().join("trust.md")).unwrap();
        assert!(page.contains("| kills | 12 |") && page.contains("| lost | 3 |"), "{page}");
        assert!(page.contains("| reordered | 0 |") && page.contains("Faults: kill 12."), "{page}");
        assert!(
            page.contains("2 planted, 1 caught")
                && page.contains("| `no_idempotency` | kill | sqlite | **no** |")
        );
        assert!(page.contains("| **all** | 7 | 6 | 3 | 0 | 0 | 0 | 12 |"), "{page}");
        assert!(page.contains("| a photo | 60 | 40 | 15 | 5 | 50 | 0 | 10 |"), "{page}");
        assert!(page.contains("Power cuts, on SQLite\n\nNot run."), "{page}");
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
