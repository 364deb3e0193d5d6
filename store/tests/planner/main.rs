//! No statement of a hot path without an index that serves it. A day of an installation runs against the real store; what
//! it executes is recorded, and the planner of the database says how it finds the rows.
//!
//! In a program of its own, because what listens to the drivers listens to the whole process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../it/trial.rs"]
#[expect(dead_code, unused_macros, reason = "the other suite uses the rest")]
mod trial;

mod day;
mod full;
mod names;
mod postgres;
mod record;
mod sqlite;

use tidings_store::DatabaseUrl;

use crate::trial::Trial;

/// What does not grow with use: who works here and with what. All other tables do, new ones too until they are named
/// here.
const SMALL: [&str; 25] = [
    "agent_identities",
    "agent_push_keys",
    "agents",
    "apps",
    "assignee_watchers",
    "card_sources",
    "challenges",
    "identity_keys",
    "identity_providers",
    "invitations",
    "leases",
    "meta",
    "passkeys",
    "push_credentials",
    "retention",
    "search_progress",
    "search_scans",
    "second_factors",
    "server_keys",
    "team_members",
    "team_watchers",
    "teams",
    "webhook_progress",
    "webhooks",
    "workspaces",
];

fn grows(table: &str) -> bool {
    !SMALL.contains(&table)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_serves_every_statement_of_a_day_on_sqlite() {
    let record = record::begin().await;
    let t = Trial::sqlite().await;
    let w = t.world().await;
    record.clear();
    day::run(&t, &w).await;
    let statements = record.statements();
    let DatabaseUrl::Sqlite(file) = &t.url else { panic!("a file") };
    // Whatever the end of a process leaves to the planner of the next one, with little in the tables.
    t.db.clone().close().await;
    let found = sqlite::judge(file, &statements).await;
    assert!(found.judged > 60, "only {} statements were recorded", found.judged);
    assert_eq!(found.walks, Vec::<String>::new(), "walk through a table that grows");
    t.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_serves_every_statement_of_a_day_on_postgres() {
    let record = record::begin().await;
    let t = Trial::postgres().await;
    let w = t.world().await;
    t.sql(full::POSTGRES).await;
    let t = postgres::told_its_plans(t).await;
    record.clear();
    day::run(&t, &w).await;
    let found = postgres::judge(&record.notices());
    assert!(found.judged > 60, "only {} plans were recorded", found.judged);
    assert_eq!(found.walks, Vec::<String>::new(), "walk through a table that grows");
    t.end().await;
}

/// A plan is kept: one that was made when there was little in the tables must not walk through them when there is much.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_serves_every_statement_of_the_first_day_on_postgres() {
    let record = record::begin().await;
    let t = Trial::postgres().await;
    let w = t.world().await;
    let t = postgres::told_its_plans(t).await;
    record.clear();
    day::run(&t, &w).await;
    let found = postgres::judge(&record.notices());
    assert!(found.judged > 60, "only {} plans were recorded", found.judged);
    assert_eq!(found.walks, Vec::<String>::new(), "walk through a table that grows");
    t.end().await;
}

/// How many statements were looked at, and which of them read a table from end to end.
struct Found {
    judged: usize,
    walks: Vec<String>,
}
