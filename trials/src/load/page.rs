//! The figures as they stand in the documentation, between their markers.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use crate::load::figures::Series;
use crate::load::verdict::{Bound, Verdict};

const BEGIN: &str = "<!-- figures:begin -->";
const END: &str = "<!-- figures:end -->";

/// Replaces what stands between the markers of this file.
pub fn write(file: &Path, figures: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = replace(&text, figures).with_context(|| format!("no markers in {}", file.display()))?;
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn replace(text: &str, figures: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", figures.trim()))
}

/// The tables: who took part in the sends, and what was aimed at.
pub fn figures(command: &str, date: &str, cores: usize, series: &[&Series], verdicts: &[Verdict]) -> String {
    let mut page = format!(
        "`{command}` of {date}, release build, {cores} shared cores, generator, server and database on the same machine.\n"
    );
    if !series.is_empty() {
        page += "\n| sends | senders | a second | p50, ms | p99, ms | CPU seconds per 1,000, server and database |\n|---|---|---|---|---|---|\n";
    }
    for series in series {
        for row in &series.sends {
            let p99 = row.p99_ms.map_or_else(String::new, |p99| format!("{p99:.2}"));
            // Writing to a string cannot fail.
            let _ = writeln!(
                page,
                "| {} | {} | {:.0} | {:.2} | {p99} | {:.3} |",
                series.name, row.senders, row.per_second, row.p50_ms, row.cpu_seconds_per_1000
            );
        }
    }
    if !verdicts.is_empty() {
        page += "\n| database | measure | measured | aim | |\n|---|---|---|---|---|\n";
    }
    for verdict in verdicts {
        let bound = if verdict.bound == Bound::AtMost { "at most" } else { "at least" };
        let _ = writeln!(
            page,
            "| {} | {} | {:.3} | {bound} {} | {} |",
            verdict.database,
            verdict.measure,
            verdict.value,
            verdict.aim,
            if verdict.met { "met" } else { "**not met**" }
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        assert_eq!(replace(&text, "new\n").unwrap(), format!("a\n{BEGIN}\nnew\n{END}\nb\n"));
        assert_eq!(replace("a", "new"), None);
    }
}
