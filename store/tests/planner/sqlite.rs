//! What the planner of SQLite says.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Row as _, SqliteConnection};

use crate::{Found, grows};

/// Asks for the plan of each statement of these texts.
pub(crate) async fn judge(file: &Path, texts: &[String]) -> Found {
    let mut c = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .fetch_all(&mut c)
        .await
        .unwrap();
    let tables: HashSet<_> = tables.into_iter().filter(|table| grows(table)).collect();
    let mut found = Found { judged: 0, walks: Vec::new() };
    for statement in texts.iter().flat_map(|text| text.split(';')).map(str::trim) {
        if !["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|word| statement.starts_with(word)) {
            continue;
        }
        found.judged += 1;
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")));
        let lines = plan.fetch_all(&mut c).await.unwrap_or_else(|error| panic!("{error}: {statement}"));
        let names = names(statement);
        for line in lines {
            let line: String = line.get("detail");
            let Some(walked) = line.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()) else {
                continue;
            };
            let of = names.get(walked).map_or(walked, String::as_str);
            if tables.contains(of) && !line.contains("VIRTUAL TABLE INDEX") {
                found.walks.push(format!("{line}: {statement}"));
            }
        }
    }
    found
}

/// What each name in a statement stands for. A plan speaks of `m` where the text says `messages m`.
fn names(statement: &str) -> HashMap<String, String> {
    let words: Vec<_> = statement
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '(' || c == ','))
        .filter(|word| !word.is_empty())
        .collect();
    let mut names = HashMap::new();
    for three in words.windows(3) {
        if ["FROM", "JOIN", "UPDATE", "INTO"].contains(&three[0]) {
            names.insert(three[2].trim_end_matches(',').to_owned(), three[1].to_owned());
        }
    }
    names
}
