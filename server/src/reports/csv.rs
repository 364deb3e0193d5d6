//! A chart of a report as a table for spreadsheets: RFC 4180, in UTF-8, with a row of names.

use std::borrow::Cow;

use tidings_protocol::reports::{Backlog, Figures, Report, ReportTable, Took};

/// The word of a table in the name of its file.
pub const fn word(table: ReportTable) -> &'static str {
    match table {
        ReportTable::Volume => "volume",
        ReportTable::FirstAnswer => "first_answer",
        ReportTable::Resolution => "resolution",
        ReportTable::Backlog => "backlog",
        ReportTable::Satisfaction => "satisfaction",
    }
}

/// The names of the columns behind those that say what a row is of.
const fn columns(table: ReportTable) -> &'static [&'static str] {
    match table {
        ReportTable::Volume => {
            &["conversations_opened", "conversations_reopened", "messages_received", "messages_sent"]
        }
        ReportTable::FirstAnswer => &["first_answers", "median_seconds", "p90_seconds"],
        ReportTable::Resolution => &["resolved", "median_seconds", "p90_seconds"],
        ReportTable::Backlog => {
            &["under_1_hour", "under_4_hours", "under_1_day", "under_3_days", "under_7_days", "older"]
        }
        ReportTable::Satisfaction => &["asked", "answered", "good", "average"],
    }
}

/// The table of a chart: each day or week, then each group of the whole time, at last the whole.
///
/// What waits now has no days.
pub fn table(report: &Report, table: ReportTable) -> String {
    let mut text = String::new();
    let first = ["from", "until", "group_id", "group"].into_iter().chain(columns(table).iter().copied());
    line(&mut text, first.map(Cow::Borrowed));
    let mut put = |days: [String; 2], group: [&str; 2], cells: Vec<String>| {
        let days = days.into_iter().map(Cow::Owned);
        line(&mut text, days.chain(group.map(Cow::Borrowed)).chain(cells.into_iter().map(Cow::Owned)));
    };
    if table != ReportTable::Backlog {
        for period in &report.periods {
            let days = [period.from.to_string(), period.until.to_string()];
            put(days, ["", ""], cells(&period.figures, &Backlog::default(), table));
        }
    }
    let whole = || [report.from.to_string(), report.until.to_string()];
    for group in &report.groups {
        let labels = [group.id.as_deref().unwrap_or_default(), group.name.as_deref().unwrap_or_default()];
        put(whole(), labels, cells(&group.figures, &group.backlog, table));
    }
    put(whole(), ["", "total"], cells(&report.total, &report.backlog, table));
    text
}

fn cells(figures: &Figures, backlog: &Backlog, table: ReportTable) -> Vec<String> {
    let whole = |numbers: &[i64]| numbers.iter().map(i64::to_string).collect();
    match table {
        ReportTable::Volume => whole(&[figures.opened, figures.reopened, figures.received, figures.sent]),
        ReportTable::FirstAnswer => took(&figures.first_answer),
        ReportTable::Resolution => took(&figures.resolution),
        ReportTable::Backlog => {
            let Backlog { under_1h, under_4h, under_1d, under_3d, under_7d, older } = *backlog;
            whole(&[under_1h, under_4h, under_1d, under_3d, under_7d, older])
        }
        ReportTable::Satisfaction => {
            let found = &figures.satisfaction;
            let mut cells: Vec<String> = whole(&[found.asked, found.answered, found.good]);
            cells.push(average(found.sum, found.answered));
            cells
        }
    }
}

fn took(took: &Took) -> Vec<String> {
    let seconds = |value: Option<i64>| value.map_or_else(String::new, |seconds| seconds.to_string());
    vec![took.count.to_string(), seconds(took.median_s), seconds(took.p90_s)]
}

/// With two places behind the point; empty where nobody answered.
fn average(sum: i64, count: i64) -> String {
    if count == 0 {
        return String::new();
    }
    let hundredths = (sum * 200 + count) / (2 * count);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Adds a line.
fn line<'c>(text: &mut String, cells: impl Iterator<Item = Cow<'c, str>>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&quoted(&cell));
    }
    text.push_str("\r\n");
}

/// A cell. What a spreadsheet would take for a formula becomes a text by a leading apostrophe: names of tags are written
/// by people.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_a_text_whatever_it_says() {
        for (cell, written) in [
            ("Support", "Support"),
            ("a, b", "\"a, b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+33", "'+33"),
            ("-1", "'-1"),
            ("@sum", "'@sum"),
            ("=cmd,\"x\"", "\"'=cmd,\"\"x\"\"\""),
        ] {
            assert_eq!(quoted(cell), written);
        }
    }

    #[test]
    fn an_average_is_rounded_and_absent_where_nobody_answered() {
        let found = [(9, 2), (14, 3), (5, 1), (0, 0)].map(|(sum, count)| average(sum, count));
        assert_eq!(found, ["4.50", "4.67", "5.00", ""]);
    }
}
