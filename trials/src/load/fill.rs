//! Fills an empty installation with conversations that are as old and as many as asked for: written straight into the
//! database, because a million sends would take longer than everything that is measured afterwards.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use tidings_protocol::id::ConversationId;

use crate::scene::Database;

/// How much.
#[derive(Debug, Clone, Copy)]
pub struct Filling {
    /// Conversations, each of a user of its own.
    pub conversations: u32,
    /// Messages in each; every other one is the user's.
    pub messages: u32,
}

/// `{random}` is sixteen random bytes; everything else is understood by both databases. Numbers, counts and feeds are those
/// that as many sends would have left.
const SQL: &str = "
CREATE TEMP TABLE filled AS WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {conversations})
    SELECT n, {random} AS conversation_id, {random} AS user_id FROM numbers;
CREATE TEMP TABLE written AS WITH RECURSIVE numbers (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM numbers WHERE seq < {messages})
    SELECT seq FROM numbers;
CREATE TEMP TABLE place AS SELECT apps.id AS app_id, apps.team_id, feeds.last_seq FROM apps JOIN feeds ON feeds.id = apps.team_id;
INSERT INTO users (id, app_id, conversation_count, created_at) SELECT user_id, app_id, 1, 1 FROM filled, place;
INSERT INTO feeds (id, last_seq) SELECT user_id, 1 + {messages} FROM filled;
INSERT INTO conversations (id, app_id, team_id, user_id, state, last_seq, user_count, created_at, active_at, listed_at)
    SELECT conversation_id, app_id, team_id, user_id, 'open', {messages}, ({messages} + 1) / 2, n, n, n FROM filled, place;
INSERT INTO messages (conversation_id, seq, id, author_kind, author_id, author_name, parts, user_count, sent_at)
    SELECT conversation_id, seq, {random}, CASE seq % 2 WHEN 1 THEN 'user' ELSE 'agent' END,
        CASE seq % 2 WHEN 1 THEN user_id ELSE (SELECT id FROM agents LIMIT 1) END, CASE seq % 2 WHEN 1 THEN NULL ELSE 'Ana' END,
        '[{\"type\":\"text\",\"text\":\"My order has not arrived yet, and the page of the courier says that it was delivered\"}]',
        (seq + 1) / 2, n FROM filled, written;
INSERT INTO changes (feed_id, seq, kind, conversation_id, recorded_at)
    SELECT user_id, 1, 'conversation_opened', conversation_id, n FROM filled;
INSERT INTO changes (feed_id, seq, kind, conversation_id, message_seq, recorded_at)
    SELECT user_id, 1 + written.seq, 'message_added', conversation_id, written.seq, n FROM filled, written;
INSERT INTO changes (feed_id, seq, kind, conversation_id, recorded_at)
    SELECT team_id, last_seq + (n - 1) * ({messages} + 1) + 1, 'conversation_opened', conversation_id, n FROM filled, place;
INSERT INTO changes (feed_id, seq, kind, conversation_id, message_seq, recorded_at)
    SELECT team_id, last_seq + (n - 1) * ({messages} + 1) + 1 + written.seq, 'message_added', conversation_id, written.seq, n
    FROM filled, written, place;
UPDATE feeds SET last_seq = last_seq + {conversations} * ({messages} + 1) WHERE id IN (SELECT team_id FROM place);
INSERT INTO search_progress (team_id, seq) SELECT place.team_id, feeds.last_seq FROM place, feeds WHERE feeds.id = place.team_id
    ON CONFLICT (team_id) DO UPDATE SET seq = excluded.seq;
";

/// Fills the database behind this address, which nobody else uses now, and gives the conversations, spread evenly and at most
/// so many. Search is told that it knows everything.
pub fn fill(
    database: Database,
    url: &str,
    filling: Filling,
    at_most: u32,
) -> anyhow::Result<Vec<ConversationId>> {
    let random = if database == Database::Sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
    let sql = SQL
        .replace("{random}", random)
        .replace("{conversations}", &filling.conversations.to_string())
        .replace("{messages}", &filling.messages.to_string());
    let step = (filling.conversations / at_most.max(1)).max(1);
    let id = if database == Database::Sqlite { "lower(hex(conversation_id))" } else { "conversation_id" };
    let sample = format!("SELECT {id} FROM filled WHERE n % {step} = 0 LIMIT {at_most};");
    let ids = match database {
        Database::Sqlite => fill_file(url, &sql, &sample)?,
        Database::Postgres => fill_postgres(url, &sql, &sample)?,
    };
    ids.iter().map(|id| conversation(id)).collect()
}

fn fill_file(url: &str, sql: &str, sample: &str) -> anyhow::Result<Vec<String>> {
    let file = url.strip_prefix("sqlite:").context("not the address of a SQLite file")?;
    let db = rusqlite::Connection::open(file).with_context(|| format!("cannot open {file}"))?;
    db.execute_batch(&format!("BEGIN; {sql} COMMIT; PRAGMA optimize;"))
        .context("cannot fill the database")?;
    let mut statement = db.prepare(sample)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn fill_postgres(url: &str, sql: &str, sample: &str) -> anyhow::Result<Vec<String>> {
    let mut psql = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start psql, which comes with PostgreSQL")?;
    let script = format!("BEGIN;\n{sql}\nCOMMIT;\n{sample}\nANALYZE;\n");
    psql.stdin.take().context("no input")?.write_all(script.as_bytes())?;
    let output = psql.wait_with_output()?;
    ensure!(output.status.success(), "psql could not fill the database");
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}

/// From the hexadecimal digits of its sixteen bytes.
fn conversation(text: &str) -> anyhow::Result<ConversationId> {
    let digits = text.replace('-', "");
    let number = u128::from_str_radix(&digits, 16).with_context(|| format!("not an id: {text:?}"))?;
    Ok(ConversationId::from(uuid::Uuid::from_u128(number)))
}
