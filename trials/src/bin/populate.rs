//! Fills an installation with people and messages: reads a backup of a small one, adds to it, and writes a backup that
//! `tidings restore` takes. Whoever measures an installation of a million messages begins here.
//!
//! `populate FROM TO --messages N --conversations N`

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write};

use anyhow::{Context as _, bail, ensure};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tidings_protocol::id::MessageId;
use uuid::Uuid;

/// Takes a row, as pairs of column and value.
type Put<'p> = &'p mut dyn FnMut(&[(&str, Value)]) -> anyhow::Result<()>;

/// When the first conversation was opened: 2026-01-01.
const START: u64 = 1_767_225_600_000;
/// Conversations of each user.
const PER_USER: u64 = 10;
const WORDS: [&str; 16] = [
    "bonjour", "commande", "colis", "adresse", "merci", "invoice", "delivery", "tomorrow", "street", "phone",
    "account", "refund", "battery", "screen", "please", "bientôt",
];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [from, to, "--messages", messages, "--conversations", conversations] = words[..] else {
        bail!("usage: populate FROM TO --messages N --conversations N");
    };
    let (messages, conversations): (u64, u64) = (messages.parse()?, conversations.parse()?);
    ensure!(conversations > 0 && messages >= conversations, "each conversation holds at least one message");
    let small = Small::read(from)?;
    let plan = Plan::of(&small, messages / conversations, conversations)?;
    write(&small, &plan, to)
}

/// A backup that fits into memory.
struct Small {
    header: Value,
    rows: BTreeMap<String, Vec<Value>>,
}

impl Small {
    fn read(path: &str) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| path.to_owned())?;
        let mut lines = BufReader::new(GzDecoder::new(file)).lines();
        let header = serde_json::from_str(&lines.next().context("the backup is empty")??)?;
        let (mut rows, mut table) = (BTreeMap::<String, Vec<Value>>::new(), String::new());
        for line in lines {
            let value: Value = serde_json::from_str(&line?)?;
            if let Some(name) = value["table"].as_str() {
                name.clone_into(&mut table);
                rows.entry(table.clone()).or_default();
            } else if value.is_array() {
                rows.entry(table.clone()).or_default().push(value);
            }
        }
        Ok(Self { header, rows })
    }

    fn columns(&self, table: &str) -> anyhow::Result<Vec<String>> {
        let tables = self.header["tables"].as_array().context("a header without tables")?;
        let found =
            tables.iter().find(|one| one["name"] == table).with_context(|| format!("no table {table}"))?;
        let columns = found["columns"].as_array().context("a table without columns")?;
        Ok(columns.iter().filter_map(|column| column["name"].as_str().map(str::to_owned)).collect())
    }

    /// A value of the first row.
    fn first(&self, table: &str, column: &str) -> anyhow::Result<String> {
        let at = self.columns(table)?.iter().position(|name| name == column).context("no such column")?;
        let row =
            self.rows.get(table).and_then(|rows| rows.first()).with_context(|| format!("no {table}"))?;
        Ok(row[at].as_str().context("not a text")?.to_owned())
    }
}

/// Who is added, and what they say.
struct Plan {
    app: String,
    team: String,
    /// Changes that the team's feed has already.
    team_seq: u64,
    each: u64,
    conversations: u64,
    users: u64,
}

impl Plan {
    fn of(small: &Small, each: u64, conversations: u64) -> anyhow::Result<Self> {
        let (app, team) = (small.first("apps", "id")?, small.first("apps", "team_id")?);
        let feeds = small.rows.get("feeds").context("no feeds")?;
        let columns = small.columns("feeds")?;
        let (id, last) = (place(&columns, "id")?, place(&columns, "last_seq")?);
        let feed = feeds.iter().find(|row| row[id] == json!(team)).context("the team has no feed")?;
        let team_seq = feed[last].as_u64().context("last_seq")?;
        Ok(Self { app, team, team_seq, each, conversations, users: conversations.div_ceil(PER_USER) })
    }

    /// Conversations of a user.
    fn of_user(&self, user: u64) -> u64 {
        PER_USER.min(self.conversations - user * PER_USER)
    }

    /// What is added to a table, row by row, as pairs of column and value.
    fn added(&self, table: &str, put: Put<'_>) -> anyhow::Result<()> {
        match table {
            "users" => (0..self.users).try_for_each(|user| {
                put(&[
                    ("id", id(1, user)),
                    ("app_id", json!(self.app)),
                    ("external_id", json!(format!("customer-{user}"))),
                    ("name", json!(format!("Customer {user}"))),
                    ("conversation_count", json!(self.of_user(user))),
                    ("created_at", json!(START)),
                ])
            }),
            "feeds" => (0..self.users).try_for_each(|user| {
                let last = self.of_user(user) * (self.each + 1);
                put(&[("id", id(1, user)), ("first_seq", json!(1)), ("last_seq", json!(last))])
            }),
            "conversations" => (0..self.conversations).try_for_each(|c| self.conversation(c, put)),
            "messages" => (0..self.conversations)
                .try_for_each(|c| (1..=self.each).try_for_each(|seq| self.message(c, seq, put))),
            "milestones" => (0..self.conversations).try_for_each(|c| self.milestones(c, put)),
            "changes" => (0..self.conversations)
                .try_for_each(|c| (0..=self.each).try_for_each(|seq| self.change(c, seq, put))),
            _ => Ok(()),
        }
    }

    fn conversation(&self, c: u64, put: Put<'_>) -> anyhow::Result<()> {
        put(&[
            ("id", id(2, c)),
            ("app_id", json!(self.app)),
            ("team_id", json!(self.team)),
            ("user_id", id(1, c / PER_USER)),
            ("state", json!("open")),
            ("first_seq", json!(1)),
            ("last_seq", json!(self.each)),
            ("user_count", json!(by_user(self.each))),
            ("user_delivered_seq", json!(self.each)),
            ("user_read_seq", json!(self.each / 2)),
            ("team_read_seq", json!(self.each / 3)),
            ("waiting_since", Value::Null),
            ("created_at", json!(at(c, 0))),
            ("active_at", json!(at(c, self.each))),
            ("listed_at", json!(at(c, self.each))),
            ("priority", json!(0)),
            ("to_approve", json!(0)),
        ])
    }

    fn message(&self, c: u64, seq: u64, put: Put<'_>) -> anyhow::Result<()> {
        let from_user = seq % 2 == 1;
        let n = c * self.each + seq;
        put(&[
            ("conversation_id", id(2, c)),
            ("seq", json!(seq)),
            ("id", id(3, n)),
            ("author_kind", json!(if from_user { "user" } else { "agent" })),
            ("author_id", if from_user { id(1, c / PER_USER) } else { id(4, 0) }),
            ("author_name", if from_user { Value::Null } else { json!("Ana") }),
            ("parts", json!(json!([{ "type": "text", "text": text(n) }]).to_string())),
            ("user_count", json!(by_user(seq))),
            ("sent_at", json!(at(c, seq))),
        ])
    }

    /// That it was opened, and, where there is a second message, first answered.
    fn milestones(&self, c: u64, put: Put<'_>) -> anyhow::Result<()> {
        let answered = self.each > 1;
        for (kind, seq) in [("opened", 0), ("answered", 2)].into_iter().take(1 + usize::from(answered)) {
            put(&[
                ("conversation_id", id(2, c)),
                ("kind", json!(kind)),
                ("at", json!(at(c, seq))),
                ("team_id", json!(self.team)),
                ("agent_id", if seq == 0 { Value::Null } else { id(4, 0) }),
                ("ms", if seq == 0 { Value::Null } else { json!(at(c, 2) - at(c, 1)) }),
            ])?;
        }
        Ok(())
    }

    /// The opening, and each message, in the feeds of the user and of the team.
    fn change(&self, c: u64, seq: u64, put: Put<'_>) -> anyhow::Result<()> {
        let each = self.each + 1;
        let in_user = (c % PER_USER) * each + seq + 1;
        let in_team = self.team_seq + c * each + seq + 1;
        let kind = if seq == 0 { "conversation_opened" } else { "message_added" };
        for (feed, number) in [(id(1, c / PER_USER), in_user), (json!(self.team), in_team)] {
            put(&[
                ("feed_id", feed),
                ("seq", json!(number)),
                ("kind", json!(kind)),
                ("conversation_id", id(2, c)),
                ("message_seq", if seq == 0 { Value::Null } else { json!(seq) }),
                ("recorded_at", json!(at(c, seq))),
            ])?;
        }
        Ok(())
    }
}

/// Every other message, beginning with the first, is the user's.
const fn by_user(seq: u64) -> u64 {
    seq.div_ceil(2)
}

const fn at(conversation: u64, seq: u64) -> u64 {
    START + conversation * 1_000 + seq * 60_000
}

/// The same id in each run.
fn id(kind: u8, n: u64) -> Value {
    let mut random = [kind; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    let id: Uuid = MessageId::from_parts(START + n, random).uuid();
    json!(id.as_hyphenated().to_string())
}

/// About a hundred bytes.
fn text(n: u64) -> String {
    let word = |step: u64| WORDS[usize::try_from(n.wrapping_mul(step * 2 + 7) / 3 % 16).unwrap_or_default()];
    let words: Vec<_> = (0..13).map(word).collect();
    format!("{} {n}", words.join(" "))
}

fn place(columns: &[String], column: &str) -> anyhow::Result<usize> {
    columns.iter().position(|name| name == column).with_context(|| format!("no column {column}"))
}

/// The checksum of an archive's table: the SHA-256 of each line, added up.
#[derive(Default)]
struct Sum([u64; 4]);

impl Sum {
    fn add(&mut self, line: &str) {
        let mut carry = false;
        for (word, bytes) in self.0.iter_mut().zip(Sha256::digest(line).as_chunks::<8>().0) {
            let (sum, first) = word.overflowing_add(u64::from_le_bytes(*bytes));
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*word, carry) = (sum, first || second);
        }
    }

    fn text(&self) -> String {
        self.0
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}

fn write(small: &Small, plan: &Plan, to: &str) -> anyhow::Result<()> {
    let mut header = small.header.clone();
    let tables = header["tables"].as_array_mut().context("a header without tables")?;
    for table in tables.iter_mut() {
        let name = table["name"].as_str().context("a table without a name")?;
        let own = small.rows.get(name).map_or(0, Vec::len) as u64;
        let (each, c) = (plan.each, plan.conversations);
        let added = match name {
            "users" | "feeds" => plan.users,
            "conversations" => c,
            "messages" => c * each,
            "milestones" => c * (1 + u64::from(each > 1)),
            "changes" => c * (each + 1) * 2,
            _ => 0,
        };
        table["rows"] = json!(own + added);
    }
    let names: Vec<_> = tables.iter().filter_map(|table| table["name"].as_str().map(str::to_owned)).collect();
    let mut out = GzEncoder::new(BufWriter::new(File::create_new(to)?), Compression::fast());
    writeln!(out, "{header}")?;
    let mut sums = BTreeMap::new();
    for name in names {
        writeln!(out, "{}", json!({ "table": name }))?;
        sums.insert(name.clone(), write_table(small, plan, &name, &mut out)?.text());
    }
    writeln!(out, "{}", json!({ "end": sums }))?;
    out.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok(())
}

fn write_table(small: &Small, plan: &Plan, name: &str, out: &mut impl Write) -> anyhow::Result<Sum> {
    let columns = small.columns(name)?;
    let mut sum = Sum::default();
    for row in small.rows.get(name).into_iter().flatten() {
        let mut row = row.clone();
        if name == "feeds" && row[place(&columns, "id")?] == json!(plan.team) {
            let last = plan.team_seq + plan.conversations * (plan.each + 1);
            row[place(&columns, "last_seq")?] = json!(last);
        }
        let line = row.to_string();
        sum.add(&line);
        writeln!(out, "{line}")?;
    }
    plan.added(name, &mut |values| {
        let mut row = vec![Value::Null; columns.len()];
        for (column, value) in values {
            row[place(&columns, column)?] = value.clone();
        }
        let line = Value::Array(row).to_string();
        sum.add(&line);
        writeln!(out, "{line}")?;
        Ok(())
    })?;
    Ok(sum)
}
