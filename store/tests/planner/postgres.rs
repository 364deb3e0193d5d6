//! What the planner of PostgreSQL says: `auto_explain` remarks the plan of each statement that is executed.

use serde_json::Value;
use tidings_store::DatabaseUrl;

use crate::trial::Trial;
use crate::{Found, grows};

/// A plan that fits any values, as a statement has after a few calls; and it is told.
const TOLD: &str = "options[session_preload_libraries]=auto_explain&options[auto_explain.log_min_duration]=0\
    &options[auto_explain.log_format]=json&options[auto_explain.log_level]=notice\
    &options[plan_cache_mode]=force_generic_plan";

/// The same database, which from now on tells the plan of each statement.
pub(crate) async fn told_its_plans(t: Trial) -> Trial {
    let mut t = t.shut().await;
    let DatabaseUrl::Postgres(url) = &t.url else { panic!("only PostgreSQL tells") };
    t.url = DatabaseUrl::Postgres(format!("{url}&{TOLD}"));
    t.reopen().await
}

/// Reads the plans among the remarks.
pub(crate) fn judge(notices: &[String]) -> Found {
    let mut found = Found { judged: 0, walks: Vec::new() };
    for notice in notices {
        let Some(json) = notice.find('{').filter(|_| notice.contains("plan:")).map(|at| &notice[at..]) else {
            continue;
        };
        let told: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
        found.judged += 1;
        let mut walks = Vec::new();
        look(&told["Plan"], "", &mut walks);
        let text = told["Query Text"].as_str().unwrap_or_default();
        found.walks.extend(walks.iter().map(|walk| format!("{walk}: {text}")));
    }
    found.walks.sort();
    found.walks.dedup();
    found
}

/// Every node of a plan that reads a table that grows from end to end. `above` is the table of the nodes above: an index
/// that gives a bitmap does not say whose it is.
fn look(node: &Value, above: &str, walks: &mut Vec<String>) {
    let word = |name: &str| node[name].as_str().unwrap_or_default();
    let table = node["Relation Name"].as_str().unwrap_or(above);
    let walks_here = match word("Node Type") {
        "Seq Scan" => grows(table),
        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" => {
            grows(table) && node["Index Cond"].is_null()
        }
        _ => false,
    };
    if walks_here {
        walks.push(format!("{} {table} {}", word("Node Type"), word("Index Name")));
    }
    for below in node["Plans"].as_array().into_iter().flatten() {
        look(below, table, walks);
    }
}
