//! Reports: what `milestones.rs` wrote down and when messages were sent, counted by the database. Whoever asks waits for
//! it; whoever writes does not, since nothing here takes a lock.

use std::collections::BTreeMap;

use tidings_protocol::id::{AgentId, TeamId};
use tidings_protocol::reports::{Backlog, Figures, Satisfied, Took};
use tidings_protocol::text::Tag;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::Db;
use crate::columns::{Columns, Ids, Numbers};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::open::in_time;
use crate::tags::fold;

/// What is to be counted.
#[derive(Debug, Clone)]
pub struct ReportAsked {
    /// Of these teams.
    pub teams: Vec<TeamId>,
    /// Where each period begins, in order, and at the end where the last one ends; two at least.
    pub bounds: Vec<Timestamp>,
    /// How groups are made; none: there are none.
    pub split: Option<Split>,
    /// Only what is of this group.
    pub only: Option<Only>,
    /// Now.
    pub now: Timestamp,
}

/// How groups are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// By team.
    Team,
    /// By agent.
    Agent,
    /// By tag.
    Tag,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Only {
    /// Of an agent; none: nobody's.
    Agent(Option<AgentId>),
    /// With a tag.
    Tag(Tag),
}

/// What a group is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A team's.
    Team(TeamId),
    /// An agent's; none: nobody's.
    Agent(Option<AgentId>),
    /// With a tag, as its team writes it.
    Tag(String),
}

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// Of the whole time.
    pub total: Figures,
    /// Of each period, in order.
    pub periods: Vec<Figures>,
    /// What waits now.
    pub backlog: Backlog,
    /// Of each group the figures of the whole time, and what waits now.
    pub groups: BTreeMap<Group, (Figures, Backlog)>,
}

/// By what rows are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The period they fall into; of one period, all of them.
    Period,
    Group(Split),
}

/// What rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Milestones,
    Messages,
    Waiting,
    Ratings,
}

/// Which rows are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    period: i64,
    id: Option<Uuid>,
    word: Option<String>,
}

fn key(row: &impl Columns) -> Result<Key> {
    Ok(Key { period: row.get("period")?, id: row.get("key_id")?, word: row.get("key_word")? })
}

/// The teams and the periods that are asked for.
const SQLITE: &str = "
    WITH t (id) AS (SELECT unhex(value) FROM json_each($1)),
    b (n, from_ms, until_ms) AS (SELECT key, value, LEAD(value) OVER (ORDER BY key) FROM json_each($2))";
const POSTGRES: &str = "
    WITH t (id) AS (SELECT UNNEST($1)),
    b (n, from_ms, until_ms) AS (
        SELECT n - 1, at, LEAD(at) OVER (ORDER BY n) FROM UNNEST($2) WITH ORDINALITY AS given (at, n))";

/// Tables are joined in the order in which they stand, each row by an index: whoever hashes, sorts or keeps a table for that
/// reads all conversations to count those of a week. It holds for this transaction.
const BY_INDEX: &str = "
    SET LOCAL join_collapse_limit = 1; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
    SET LOCAL enable_material = off";

/// From when on a user waits for so long, in milliseconds.
const HOUR_MS: i64 = 3_600_000;

impl By {
    /// The columns of a [`Key`].
    const fn columns(self, of: Of) -> (&'static str, &'static str, &'static str) {
        const NO_ID: &str = "CAST(NULL AS UUID)";
        const NO_WORD: &str = "CAST(NULL AS TEXT)";
        const FIRST: &str = "CAST(0 AS BIGINT)";
        match self {
            Self::Period if matches!(of, Of::Waiting) => (FIRST, NO_ID, NO_WORD),
            Self::Period => ("b.n", NO_ID, NO_WORD),
            Self::Group(Split::Team) if matches!(of, Of::Milestones | Of::Ratings) => {
                (FIRST, "m.team_id", NO_WORD)
            }
            Self::Group(Split::Team) => (FIRST, "c.team_id", NO_WORD),
            Self::Group(Split::Agent) => (FIRST, agent_of(of), NO_WORD),
            Self::Group(Split::Tag) => (FIRST, NO_ID, "g.name"),
        }
    }
}

/// Whose a row is, beside its conversation `c`.
const fn agent_of(of: Of) -> &'static str {
    match of {
        Of::Milestones => "COALESCE(m.agent_id, c.assignee_id)",
        Of::Messages => "CASE WHEN m.author_kind = 'agent' THEN m.author_id ELSE c.assignee_id END",
        Of::Waiting => "c.assignee_id",
        Of::Ratings => "m.agent_id",
    }
}

/// What else is to be read to tell rows apart and to narrow them down, and how it belongs to them.
fn narrowed(of: Of, by: By, only: Option<&Only>) -> (String, String) {
    let (mut tables, mut wheres) = (String::new(), String::new());
    if matches!(of, Of::Milestones | Of::Ratings)
        && (only.is_some() || matches!(by, By::Group(Split::Agent | Split::Tag)))
    {
        tables.push_str(" CROSS JOIN conversations c");
        wheres.push_str(" AND c.id = m.conversation_id");
    }
    if by == By::Group(Split::Tag) {
        tables.push_str(" CROSS JOIN tagged x CROSS JOIN tags g");
        wheres.push_str(" AND x.conversation_id = c.id AND g.team_id = x.team_id AND g.folded = x.folded");
    }
    match only {
        None => {}
        Some(Only::Agent(_)) => {
            wheres.push_str(" AND ");
            wheres.push_str(agent_of(of));
            wheres.push_str(" IS NOT DISTINCT FROM $3");
        }
        Some(Only::Tag(_)) => wheres.push_str(
            " AND EXISTS (SELECT 1 FROM tagged o WHERE o.conversation_id = c.id AND o.folded = $3)",
        ),
    }
    (tables, wheres)
}

/// The rows of a statement that asks for teams, for periods or a time, and perhaps for one group.
macro_rules! counted {
    ($conn:expr, $map:expr, $sql:expr, $teams:expr, $second:expr, $only:expr) => {
        match $only {
            None => all!($conn, $map, $sql, $teams, $second),
            Some(Only::Agent(agent)) => {
                let agent = agent.map(AgentId::uuid);
                all!($conn, $map, $sql, $teams, $second, agent)
            }
            Some(Only::Tag(tag)) => {
                let tag = fold(tag);
                all!($conn, $map, $sql, $teams, $second, tag.as_str())
            }
        }
    };
}

impl ReportAsked {
    fn teams(&self) -> Vec<Uuid> {
        self.teams.iter().map(|team| team.uuid()).collect()
    }

    /// The bounds of the periods, or of all of them as one.
    fn bounds(&self, by: By) -> Vec<i64> {
        let all = self.bounds.iter().map(|at| at.unix_ms());
        match (by, self.bounds.as_slice()) {
            (By::Group(_), [first, .., last]) => vec![first.unix_ms(), last.unix_ms()],
            _ => all.collect(),
        }
    }

    /// What happened, and how long it took.
    async fn milestones(&self, conn: &mut Conn<'_>, by: By, bounds: &[i64]) -> Result<Vec<Happened>> {
        let (period, id, word) = by.columns(Of::Milestones);
        let (tables, wheres) = narrowed(Of::Milestones, by, self.only.as_ref());
        let asked = conn.picks(SQLITE, POSTGRES);
        // Only texts of this file are put into the text.
        let sql = sqlx::AssertSqlSafe(format!(
            "{asked}, found AS (
                SELECT {period} AS period, {id} AS key_id, {word} AS key_word, m.kind, m.ms
                FROM t CROSS JOIN b CROSS JOIN milestones m {tables}
                WHERE m.team_id = t.id AND m.kind IN ('opened', 'answered', 'reopened', 'resolved')
                    AND m.at >= b.from_ms AND m.at < b.until_ms {wheres}
            ), ranked AS (
                SELECT period, key_id, key_word, kind, ms,
                    ROW_NUMBER() OVER (PARTITION BY period, key_id, key_word, kind ORDER BY ms) AS place,
                    COUNT(*) OVER (PARTITION BY period, key_id, key_word, kind) AS many
                FROM found
            )
            SELECT period, key_id, key_word, kind, many,
                MAX(CASE WHEN place = (many + 1) / 2 THEN ms END) AS median,
                MAX(CASE WHEN place = (9 * many + 9) / 10 THEN ms END) AS p90
            FROM ranked GROUP BY period, key_id, key_word, kind, many"
        ));
        let teams = self.teams();
        counted!(conn, happened, sql, Ids(&teams), Numbers(bounds), &self.only)
    }

    async fn messages(&self, conn: &mut Conn<'_>, by: By, bounds: &[i64]) -> Result<Vec<Spoken>> {
        let (period, id, word) = by.columns(Of::Messages);
        let (tables, wheres) = narrowed(Of::Messages, by, self.only.as_ref());
        let asked = conn.picks(SQLITE, POSTGRES);
        // Only texts of this file are put into the text.
        let sql = sqlx::AssertSqlSafe(format!(
            "{asked}
            SELECT {period} AS period, {id} AS key_id, {word} AS key_word,
                CAST(SUM(CASE WHEN m.author_kind = 'user' THEN 1 ELSE 0 END) AS BIGINT) AS received,
                CAST(SUM(CASE WHEN m.author_kind = 'agent' THEN 1 ELSE 0 END) AS BIGINT) AS sent
            FROM b CROSS JOIN messages m CROSS JOIN conversations c {tables}
            WHERE m.sent_at >= b.from_ms AND m.sent_at < b.until_ms AND c.id = m.conversation_id
                AND c.team_id IN (SELECT id FROM t) {wheres}
            GROUP BY 1, 2, 3"
        ));
        let teams = self.teams();
        counted!(conn, spoken, sql, Ids(&teams), Numbers(bounds), &self.only)
    }

    async fn ratings(&self, conn: &mut Conn<'_>, by: By, bounds: &[i64]) -> Result<Vec<(Key, Satisfied)>> {
        let (period, id, word) = by.columns(Of::Ratings);
        let (tables, wheres) = narrowed(Of::Ratings, by, self.only.as_ref());
        let asked = conn.picks(SQLITE, POSTGRES);
        // Only texts of this file are put into the text.
        let sql = sqlx::AssertSqlSafe(format!(
            "{asked}
            SELECT {period} AS period, {id} AS key_id, {word} AS key_word, COUNT(*) AS asked,
                COUNT(m.score) AS answered, CAST(COALESCE(SUM(m.score), 0) AS BIGINT) AS sum,
                CAST(SUM(CASE WHEN m.score >= 4 THEN 1 ELSE 0 END) AS BIGINT) AS good
            FROM t CROSS JOIN b CROSS JOIN ratings m {tables}
            WHERE m.team_id = t.id AND m.asked_at >= b.from_ms AND m.asked_at < b.until_ms {wheres}
            GROUP BY 1, 2, 3"
        ));
        let teams = self.teams();
        counted!(conn, satisfied, sql, Ids(&teams), Numbers(bounds), &self.only)
    }

    async fn waiting(&self, conn: &mut Conn<'_>, by: By) -> Result<Vec<(Key, Backlog)>> {
        let (period, id, word) = by.columns(Of::Waiting);
        let (tables, wheres) = narrowed(Of::Waiting, by, self.only.as_ref());
        let teams = conn.picks("SELECT unhex(value) FROM json_each($1)", "SELECT UNNEST($1)");
        let between = |from_hours: i64, until_hours: i64| {
            let (from, until) = (from_hours * HOUR_MS, until_hours * HOUR_MS);
            let waits = "$2 - c.waiting_since";
            format!(
                "CAST(SUM(CASE WHEN {waits} >= {from} AND {waits} < {until} THEN 1 ELSE 0 END) AS BIGINT)"
            )
        };
        // A clock that was put back must not make anybody's wait disappear.
        let [h1, h4, d1, d3, d7, older] = [
            between(i64::MIN / (2 * HOUR_MS), 1),
            between(1, 4),
            between(4, 24),
            between(24, 72),
            between(72, 168),
            between(168, i64::MAX / (2 * HOUR_MS)),
        ];
        // Only texts of this file are put into the text.
        let sql = sqlx::AssertSqlSafe(format!(
            "WITH t (id) AS ({teams})
            SELECT {period} AS period, {id} AS key_id, {word} AS key_word,
                {h1} AS h1, {h4} AS h4, {d1} AS d1, {d3} AS d3, {d7} AS d7, {older} AS older
            FROM t CROSS JOIN conversations c {tables}
            WHERE c.team_id = t.id AND c.state = 'open' AND c.waiting_since IS NOT NULL {wheres}
            GROUP BY 1, 2, 3"
        ));
        let teams = self.teams();
        counted!(conn, waiting, sql, Ids(&teams), self.now.unix_ms(), &self.only)
    }

    fn group(&self, key: Key) -> Option<Group> {
        Some(match self.split? {
            Split::Team => Group::Team(key.id?.into()),
            Split::Agent => Group::Agent(key.id.map(AgentId::from)),
            Split::Tag => Group::Tag(key.word?),
        })
    }
}

/// How often something happened, and how long it took.
struct Happened {
    key: Key,
    kind: String,
    took: Took,
}

fn happened(row: &impl Columns) -> Result<Happened> {
    let seconds = |column| Ok::<_, Error>(row.get::<Option<i64>>(column)?.map(|ms| ms / 1_000));
    let took = Took { count: row.get("many")?, median_s: seconds("median")?, p90_s: seconds("p90")? };
    Ok(Happened { key: key(row)?, kind: row.get("kind")?, took })
}

struct Spoken {
    key: Key,
    received: i64,
    sent: i64,
}

fn spoken(row: &impl Columns) -> Result<Spoken> {
    Ok(Spoken { key: key(row)?, received: row.get("received")?, sent: row.get("sent")? })
}

fn satisfied(row: &impl Columns) -> Result<(Key, Satisfied)> {
    let (asked, answered) = (row.get("asked")?, row.get("answered")?);
    Ok((key(row)?, Satisfied { asked, answered, good: row.get("good")?, sum: row.get("sum")? }))
}

fn waiting(row: &impl Columns) -> Result<(Key, Backlog)> {
    let backlog = Backlog {
        under_1h: row.get("h1")?,
        under_4h: row.get("h4")?,
        under_1d: row.get("d1")?,
        under_3d: row.get("d3")?,
        under_7d: row.get("d7")?,
        older: row.get("older")?,
    };
    Ok((key(row)?, backlog))
}

/// Puts together what was counted apart.
#[derive(Default)]
struct Table(BTreeMap<Key, Figures>);

impl Table {
    fn happened(&mut self, rows: Vec<Happened>) {
        for Happened { key, kind, took } in rows {
            let figures = self.0.entry(key).or_default();
            match kind.as_str() {
                "opened" => figures.opened = took.count,
                "reopened" => figures.reopened = took.count,
                "answered" => figures.first_answer = took,
                _ => figures.resolution = took,
            }
        }
    }

    fn spoken(&mut self, rows: Vec<Spoken>) {
        for Spoken { key, received, sent } in rows {
            let figures = self.0.entry(key).or_default();
            (figures.received, figures.sent) = (received, sent);
        }
    }

    fn satisfied(&mut self, rows: Vec<(Key, Satisfied)>) {
        for (key, satisfied) in rows {
            self.0.entry(key).or_default().satisfaction = satisfied;
        }
    }
}

impl Db {
    /// Counts what happened in a time, and what waits now.
    ///
    /// [`Error::Unavailable`] when one of its statements takes more than five seconds: then less time is to be asked for.
    pub async fn report(&self, asked: &ReportAsked) -> Result<Counted> {
        let mut reading = in_time(self.snapshot()).await?;
        let mut conn = reading.conn();
        if matches!(conn, Conn::Postgres(_)) {
            in_time(conn.run(BY_INDEX)).await?;
        }
        let count = i64::try_from(asked.bounds.len()).unwrap_or_default() - 1;
        let mut counted = Counted::default();

        let bounds = asked.bounds(By::Period);
        let mut table = Table::default();
        table.happened(in_time(asked.milestones(&mut conn, By::Period, &bounds)).await?);
        table.spoken(in_time(asked.messages(&mut conn, By::Period, &bounds)).await?);
        table.satisfied(in_time(asked.ratings(&mut conn, By::Period, &bounds)).await?);
        let of = |period| table.0.get(&Key { period, id: None, word: None }).copied().unwrap_or_default();
        counted.periods = (0..count).map(of).collect();

        // Counts can be added up. How long something takes in the middle cannot.
        let whole = asked.bounds(By::Group(Split::Team));
        let mut table = Table::default();
        table.happened(in_time(asked.milestones(&mut conn, By::Period, &whole)).await?);
        table.satisfied(in_time(asked.ratings(&mut conn, By::Period, &whole)).await?);
        counted.total = table.0.into_values().next().unwrap_or_default();
        counted.total.received = counted.periods.iter().map(|figures| figures.received).sum();
        counted.total.sent = counted.periods.iter().map(|figures| figures.sent).sum();
        let waiting = in_time(asked.waiting(&mut conn, By::Period)).await?;
        counted.backlog = waiting.into_iter().next().map(|(_, backlog)| backlog).unwrap_or_default();

        let Some(split) = asked.split else { return Ok(counted) };
        let by = By::Group(split);
        let mut table = Table::default();
        table.happened(in_time(asked.milestones(&mut conn, by, &whole)).await?);
        table.spoken(in_time(asked.messages(&mut conn, by, &whole)).await?);
        table.satisfied(in_time(asked.ratings(&mut conn, by, &whole)).await?);
        for (key, figures) in table.0 {
            if let Some(group) = asked.group(key) {
                counted.groups.entry(group).or_default().0 = figures;
            }
        }
        for (key, backlog) in in_time(asked.waiting(&mut conn, by)).await? {
            if let Some(group) = asked.group(key) {
                counted.groups.entry(group).or_default().1 = backlog;
            }
        }
        Ok(counted)
    }
}
