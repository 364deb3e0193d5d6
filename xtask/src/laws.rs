//! The tests that hold the laws of delivery, as a table in docs/contributors.md names them: each must be there, and those of
//! the store's laws on both databases.

use std::collections::BTreeSet;
use std::fs;

use anyhow::Context as _;

use crate::place;

const TABLE: &str = "docs/contributors.md";
/// Those that a database can break.
const ON_BOTH: [u8; 10] = [1, 2, 3, 4, 5, 6, 7, 9, 11, 12];
const DATABASES: [&str; 2] = ["sqlite", "postgres"];
/// Macros that make of each test one for each database.
const BOTH: [&str; 3] = ["both! {", "laws! {", "law_5! {"];

/// What is wrong with the table.
pub(crate) fn wrong() -> anyhow::Result<Vec<String>> {
    let table = fs::read_to_string(place::at(TABLE)).context(TABLE)?;
    Ok(judge(&table, |file| fs::read_to_string(place::at(file)).ok()))
}

fn judge(table: &str, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut held = BTreeSet::new();
    for row in table.lines().filter(|row| row.starts_with("| ") && row.contains("`law_")) {
        let Some(law) = row.split('|').nth(1).and_then(|law| law.trim().parse::<u8>().ok()) else {
            wrong.push(format!("{TABLE}: no law has the number of this row: {row}"));
            continue;
        };
        let (mut file, mut text) = ("", String::new());
        for word in row.split('`').skip(1).step_by(2) {
            if word.contains('/') {
                file = word;
                text = read(file).unwrap_or_default();
                continue;
            }
            if !word.starts_with(&format!("law_{law}_")) {
                wrong.push(format!("{TABLE}: {word} is named for another law than {law}"));
            }
            match grounds(&text, word) {
                Some(databases) => held.extend(databases.iter().map(|database| (law, *database))),
                None => wrong.push(format!("{TABLE}: there is no test {word} in {file}")),
            }
        }
    }
    for law in ON_BOTH {
        for database in DATABASES.into_iter().filter(|database| !held.contains(&(law, database))) {
            wrong.push(format!("{TABLE}: no test holds law {law} on {database}"));
        }
    }
    wrong
}

/// On which databases a test of a file runs, as far as its name or what is around it says; none when it is not there.
fn grounds(file: &str, test: &str) -> Option<Vec<&'static str>> {
    let (function, listed) = (format!("fn {test}("), format!("    {test}:"));
    let at = file.find(&function).or_else(|| file.find(&listed))?;
    if let Some(database) = DATABASES.into_iter().find(|name| test.ends_with(&format!("_on_{name}"))) {
        return Some(vec![database]);
    }
    // What a macro wraps is set in, and the listing of one counts although the function stands elsewhere.
    let line = file[..at].rfind('\n').map_or(0, |end| end + 1);
    let inside = file[line..at].starts_with("    ") || file.contains(&listed);
    Some(if inside && BOTH.iter().any(|both| file.contains(both)) { DATABASES.to_vec() } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "both! {\n    async fn law_2_once(t) {}\n}\n\nfn law_2_alone() {}\nfn law_1_kept_on_sqlite() {}\n";

    fn wrong_with(rows: &str) -> Vec<String> {
        judge(rows, |file| (file == "a/b.rs").then(|| FILE.to_owned()))
    }

    #[test]
    fn the_table_of_this_tree_is_right() {
        assert_eq!(wrong().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_law_is_held_where_its_tests_run() {
        let wrong = wrong_with("| 2 | `a/b.rs`: `law_2_once` |\n| 1 | `a/b.rs`: `law_1_kept_on_sqlite` |");
        assert!(!wrong.iter().any(|line| line.contains("law 2 ")), "{wrong:?}");
        assert!(wrong.iter().any(|line| line.ends_with("no test holds law 1 on postgres")), "{wrong:?}");
        assert!(!wrong.iter().any(|line| line.ends_with("law 1 on sqlite")), "{wrong:?}");
        let wrong = wrong_with("| 2 | `a/b.rs`: `law_2_alone` |");
        assert!(wrong.iter().any(|line| line.ends_with("no test holds law 2 on sqlite")), "{wrong:?}");
    }

    #[test]
    fn a_test_that_is_not_there_is_named() {
        let wrong = wrong_with("| 2 | `a/b.rs`: `law_2_gone`; `no/file.rs`: `law_2_once` |");
        assert!(wrong.iter().any(|line| line.contains("no test law_2_gone in a/b.rs")), "{wrong:?}");
        assert!(wrong.iter().any(|line| line.contains("no test law_2_once in no/file.rs")), "{wrong:?}");
        assert!(wrong_with("| 3 | `a/b.rs`: `law_2_once` |")[0].contains("another law than 3"));
    }
}
