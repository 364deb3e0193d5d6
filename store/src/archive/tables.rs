//! The tables of an installation: which are carried to another place, in which order, and what their columns are.

use serde::{Deserialize, Serialize};

use super::value::{Column, Kind};
use crate::columns::Columns;
use crate::database_url::DatabaseUrl;
use crate::db::{Address, Conn};
use crate::error::{Error, Result};

/// Tables that are carried, each after those that it refers to. A new table belongs here or into [`LEFT_BEHIND`]: a
/// test compares both with what the migrations make.
pub(crate) const CARRIED: &[&str] = &[
    "workspaces",
    "feeds",
    "changes",
    "teams",
    "agents",
    "team_members",
    "agent_push_keys",
    "agent_sessions",
    "agent_browsers",
    "second_factors",
    "recovery_codes",
    "passkeys",
    "identity_providers",
    "agent_identities",
    "invitations",
    "team_watchers",
    "assignee_watchers",
    "apps",
    "logos",
    "identity_keys",
    "server_keys",
    "push_credentials",
    "card_sources",
    "webhooks",
    "webhook_deliveries",
    "webhook_progress",
    "users",
    "devices",
    "sessions",
    "conversations",
    "messages",
    "milestones",
    "ratings",
    "attachments",
    "upload_pieces",
    "notes",
    "mentions",
    "tags",
    "tagged",
    "saved_replies",
    "saved_views",
    "held_replies",
    "drafts",
    "contexts",
    "conversation_fields",
    "user_fields",
    "jobs",
    "dead_jobs",
    "pushes",
    "push_receipts",
    "receipt_moves",
    "fallbacks",
    "audit_log",
    "erasures",
    "retention",
];

/// Tables that are made anew in the other place: what can be computed again, and what speaks of this place only.
/// `meta` is told in the header of an archive.
pub(crate) const LEFT_BEHIND: &[&str] = &[
    "meta",
    "leases",
    // What was to be answered within minutes.
    "challenges",
    // Where somebody is who shares their place: it must not outlive its end in a file. The phone tells it again.
    "live_places",
    // The index of the search is made again in the background.
    "search_progress",
    "search_scans",
    "search_entries",
    "search_words",
];

/// A table, with the columns that it has in this database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// In the order of its rows' values.
    pub columns: Vec<Column>,
    /// How many rows it holds.
    pub rows: u64,
}

impl Table {
    pub(crate) fn names(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// The carried tables that are there, with the number of their rows.
pub(crate) async fn present(conn: &mut Conn<'_>) -> Result<Vec<Table>> {
    let mut found = Vec::with_capacity(CARRIED.len());
    for &name in CARRIED {
        let columns = columns(conn, name).await?;
        if !columns.is_empty() {
            let rows = count(conn, name).await?;
            found.push(Table { name: name.to_owned(), columns, rows });
        }
    }
    Ok(found)
}

/// The columns of a table; none when it is not there. Columns that the database computes are not told.
pub(crate) async fn columns(conn: &mut Conn<'_>, table: &str) -> Result<Vec<Column>> {
    const SQLITE: &str =
        "SELECT name, type AS kind FROM pragma_table_xinfo($1) WHERE hidden = 0 ORDER BY cid";
    const POSTGRES: &str = "
        SELECT column_name::text AS name, data_type::text AS kind FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'
        ORDER BY ordinal_position";
    let sql = conn.picks(SQLITE, POSTGRES);
    all!(conn, column, sql, table)
}

fn column(row: &impl Columns) -> Result<Column> {
    let (name, declared): (String, String) = (row.get("name")?, row.get("kind")?);
    let kind = Kind::of(&declared).ok_or_else(|| {
        Error::stored("column", format!("{name} has the type {declared}, which is not portable"))
    })?;
    Ok(Column { name, kind })
}

async fn count(conn: &mut Conn<'_>, table: &str) -> Result<u64> {
    // Only a name out of the list above is put into the text.
    let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) AS n FROM {table}"));
    let n: Option<i64> = one!(conn, |row| Columns::get(row, "n"), sql)?;
    Ok(n.unwrap_or_default().unsigned_abs())
}

/// Whether nobody has set anything up here: there are no tables, or no workspace.
pub(crate) async fn is_empty(conn: &mut Conn<'_>) -> Result<bool> {
    Ok(columns(conn, "workspaces").await?.is_empty() || count(conn, "workspaces").await? == 0)
}

/// Whether a table is ours; what SQLite makes beside a virtual table bears its name.
pub(crate) fn is_known(name: &str) -> bool {
    let beside =
        |left: &&str| name.strip_prefix(*left).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
    CARRIED.contains(&name) || LEFT_BEHIND.iter().any(beside)
}

/// Tables that a backup would forget, because nobody has said what becomes of them.
pub async fn unknown_tables(url: &DatabaseUrl) -> Result<Vec<String>> {
    let mut connected = Address::of_existing(url)?.connect().await?;
    let found = all(&mut connected.conn()).await?;
    connected.leave().await?;
    Ok(found.into_iter().filter(|name| !is_known(name)).collect())
}

/// All tables of this database's place.
pub(crate) async fn all(conn: &mut Conn<'_>) -> Result<Vec<String>> {
    const SQLITE: &str = "
        SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        ORDER BY sql NOT LIKE 'CREATE VIRTUAL%', name";
    const POSTGRES: &str =
        "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1";
    let sql = conn.picks(SQLITE, POSTGRES);
    all!(conn, |row| Columns::get(row, "name"), sql)
}

/// Removes our tables. Another's tables, in a schema of PostgreSQL that is shared, stay.
pub(crate) async fn clear(conn: &mut Conn<'_>) -> Result<()> {
    // A virtual table takes its shadows along, so the list is read again after each.
    loop {
        let ours = all(conn).await?;
        let is_file = matches!(conn, Conn::Sqlite(_));
        let Some(name) = ours.into_iter().find(|name| is_file || is_known(name)) else { return Ok(()) };
        let cascade = conn.picks("", "CASCADE");
        // Only a name out of the catalogue is put into the text.
        let sql = sqlx::AssertSqlSafe(format!("DROP TABLE \"{name}\" {cascade}"));
        on!(conn, |c| sqlx::raw_sql(sql).execute(c).await.map(|_| ()))?;
    }
}
