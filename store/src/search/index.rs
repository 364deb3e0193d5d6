//! The indexer's commands. Each reads and writes in one transaction, so a row never outlives what it stands for: whoever
//! erases a user waits for this, or this finds the user gone.

use std::collections::BTreeSet;

use tidings_protocol::Seq;
use tidings_protocol::audit::AuditAct;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{ConversationId, TeamId, UserId, WorkspaceId};
use tidings_protocol::message::{KnownPart, Part};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use super::entries::{Entry, Kind, forget_message, forget_person, insert};
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::tx::{chunks, placeholders};
use crate::{Command, Db, Tx, words};

/// How far a step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indexed {
    /// There is more to do.
    GoesOn,
    /// Nothing is left.
    UpToDate,
}

/// Indexes the next changes of a team's feed.
#[derive(Debug, Clone, Copy)]
pub struct IndexFeed {
    /// Of which team.
    pub team_id: TeamId,
    /// At most so many changes.
    pub limit: i64,
}

/// Where the index stands in a feed.
struct Place {
    at: Seq,
    first_seq: Seq,
    last_seq: Seq,
}

fn place(row: &impl Columns) -> Result<Place> {
    Ok(Place { at: row.get("at")?, first_seq: row.get("first_seq")?, last_seq: row.get("last_seq")? })
}

impl Command for IndexFeed {
    type Output = Indexed;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Indexed> {
        const PLACE: &str = "
            SELECT COALESCE(p.seq, 0) AS at, f.first_seq, f.last_seq
            FROM feeds f LEFT JOIN search_progress p ON p.team_id = f.id WHERE f.id = $1";
        let conn = &mut tx.conn;
        let place = one!(conn, place, PLACE, self.team_id.uuid())?.ok_or(Error::NotFound)?;
        if place.at < place.first_seq - 1 {
            // What is missing is not told any more: everything is walked through instead.
            begin_scan(conn).await?;
            move_to(conn, self.team_id, place.last_seq).await?;
            return Ok(Indexed::GoesOn);
        }
        let changes = all!(conn, change, CHANGES, self.team_id.uuid(), place.at, self.limit)?;
        let Some(last) = changes.last().map(|change| change.seq) else { return Ok(Indexed::UpToDate) };
        // What is in the index of them may be from before: an indexer that read the old words can commit after the command
        // that changed them.
        for change in changes.iter().filter(|change| change.is_about_words()) {
            if let (Some(user), Some((id, seq))) = (change.user_id, change.place) {
                forget_message(conn, user, id, seq).await?;
            }
        }
        let about_people = changes.iter().filter(|change| change.is_about_person());
        let people: BTreeSet<_> = about_people.filter_map(|change| change.user_id).collect();
        let found: Vec<_> = changes.into_iter().filter_map(|change| change.entry).collect();
        put(conn, found, people).await?;
        move_to(conn, self.team_id, last).await?;
        Ok(if last < place.last_seq { Indexed::GoesOn } else { Indexed::UpToDate })
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.team_id.uuid())
    }
}

/// What a message or a note needs to be indexed.
macro_rules! message_text {
    () => {
        "m.id AS m_id, m.seq AS m_seq, m.parts AS m_parts, m.sent_at AS m_sent_at"
    };
}
macro_rules! note_text {
    () => {
        "n.id AS n_id, n.text AS n_text, n.created_at AS n_created_at"
    };
}

const CHANGES: &str = concat!(
    "SELECT ch.seq, ch.kind, c.id AS c_id, c.user_id, c.team_id, ",
    message_text!(),
    ", ",
    note_text!(),
    " FROM changes ch
    LEFT JOIN conversations c ON c.id = ch.conversation_id
    LEFT JOIN messages m ON m.conversation_id = ch.conversation_id AND m.seq = ch.message_seq
    LEFT JOIN notes n ON n.id = ch.note_id
    WHERE ch.feed_id = $1 AND ch.seq > $2 ORDER BY ch.seq LIMIT $3"
);

/// A change, as far as search is concerned.
struct Change {
    seq: Seq,
    kind: ChangeKind,
    /// None when the conversation is gone.
    user_id: Option<UserId>,
    /// Of the message that it is about.
    place: Option<(ConversationId, Seq)>,
    entry: Option<Entry>,
}

impl Change {
    const fn is_about_words(&self) -> bool {
        matches!(self.kind, ChangeKind::MessageEdited | ChangeKind::MessageDeleted)
    }

    const fn is_about_person(&self) -> bool {
        matches!(self.kind, ChangeKind::ConversationOpened | ChangeKind::UserChanged)
    }
}

fn change(row: &impl Columns) -> Result<Change> {
    let user_id = row.id_option("user_id")?;
    let has = |column| Ok::<_, Error>(row.get::<Option<Uuid>>(column)?.is_some());
    let entry = match (user_id, has("m_id")?, has("n_id")?) {
        (Some(_), true, _) => Some(of_message(row)?),
        (Some(_), _, true) => Some(of_note(row)?),
        _ => None,
    };
    let place = entry.as_ref().and_then(|entry| entry.conversation_id.zip(entry.message_seq));
    Ok(Change { seq: row.get("seq")?, kind: words::get(row, "kind")?, user_id, place, entry })
}

fn of_message(row: &impl Columns) -> Result<Entry> {
    let (user_id, team_id) = (row.id("user_id")?, row.id("team_id")?);
    Ok(Entry {
        kind: Kind::Message,
        at: time(row, "m_sent_at")?,
        id: row.get("m_id")?,
        user_id,
        conversation_id: Some(row.id("c_id")?),
        message_seq: Some(row.get("m_seq")?),
        note_id: None,
        text: text_of(&row.get::<String>("m_parts")?)?,
        scopes: vec![Kind::Message.of_user(user_id), Kind::Message.of_team(team_id)],
    })
}

fn of_note(row: &impl Columns) -> Result<Entry> {
    Ok(Entry {
        kind: Kind::Note,
        at: time(row, "n_created_at")?,
        id: row.get("n_id")?,
        user_id: row.id("user_id")?,
        conversation_id: Some(row.id("c_id")?),
        message_seq: None,
        note_id: Some(row.id("n_id")?),
        text: row.get("n_text")?,
        scopes: vec![Kind::Note.of_team(row.id("team_id")?)],
    })
}

/// What a person can read in a message.
fn text_of(parts: &str) -> Result<String> {
    let parts: Vec<Part> = serde_json::from_str(parts).map_err(|error| Error::stored("parts", error))?;
    Ok(text(&parts))
}

/// The words of a message's parts, each on a line.
pub(super) fn text(parts: &[Part]) -> String {
    let mut lines = Vec::new();
    for part in parts {
        let Part::Known(part) = part else { continue };
        match part {
            KnownPart::Text(part) => lines.push(part.text.as_str()),
            KnownPart::Attachment(part) => lines.extend(part.name.as_deref()),
            KnownPart::Location(part) => lines.extend(part.label.as_deref()),
            KnownPart::QuickReplies(part) => lines.extend(part.options.iter().map(|one| one.label.as_str())),
            KnownPart::Form(part) => lines.push(part.title.as_str()),
            KnownPart::Choice(part) => lines.push(part.label.as_str()),
            KnownPart::Answers(part) => lines.extend(part.fields.iter().map(|one| one.value.as_str())),
            KnownPart::LiveLocation(_) | KnownPart::Request(_) | KnownPart::System(_) => {}
        }
    }
    lines.join("\n")
}

/// Puts in what belongs to users who are still here, and makes the rows of these people again.
async fn put(conn: &mut Conn<'_>, mut found: Vec<Entry>, people: BTreeSet<UserId>) -> Result<()> {
    let owners: BTreeSet<_> = found.iter().map(|entry| entry.user_id).chain(people.iter().copied()).collect();
    let here = hold(conn, &owners.into_iter().collect::<Vec<_>>()).await?;
    found.retain(|entry| here.contains(&entry.user_id) && !entry.text.is_empty());
    for id in people.intersection(&here) {
        forget_person(conn, *id).await?;
        found.extend(person(conn, *id).await?);
    }
    insert(conn, &found).await
}

/// Those of these users who are here. They stay until the commit: whoever erases one waits. SQLite has one writer.
async fn hold(conn: &mut Conn<'_>, users: &[UserId]) -> Result<BTreeSet<UserId>> {
    let mut here = BTreeSet::new();
    for piece in chunks(users) {
        let places = placeholders(1, piece.len());
        let lock = conn.picks("", "ORDER BY id FOR KEY SHARE");
        // Only the number of users is put into the text.
        let sql = sqlx::AssertSqlSafe(format!("SELECT id FROM users WHERE id IN {places} {lock}"));
        here.extend(on!(conn, |c| {
            let query = piece.iter().fold(sqlx::query(sql), |query, id| query.bind(id.uuid()));
            query.fetch_all(c).await?.iter().map(user).collect::<Result<Vec<_>>>()
        })?);
    }
    Ok(here)
}

fn user(row: &impl Columns) -> Result<UserId> {
    row.id("id")
}

fn team(row: &impl Columns) -> Result<TeamId> {
    row.id("team_id")
}

/// A user, for the teams that have a conversation with them.
async fn person(conn: &mut Conn<'_>, id: UserId) -> Result<Option<Entry>> {
    const PERSON: &str = "SELECT id, name, email, external_id, created_at FROM users WHERE id = $1";
    const TEAMS: &str = "SELECT DISTINCT team_id FROM conversations WHERE user_id = $1 ORDER BY team_id";
    let teams = all!(conn, team, TEAMS, id.uuid())?;
    let found = one!(conn, of_person, PERSON, id.uuid())?.filter(|_| !teams.is_empty());
    let scopes = teams.into_iter().map(|team| Kind::User.of_team(team)).collect();
    Ok(found.filter(|found| !found.text.is_empty()).map(|found| Entry { scopes, ..found }))
}

fn of_person(row: &impl Columns) -> Result<Entry> {
    let known = [row.get::<Option<String>>("name")?, row.get("email")?, row.get("external_id")?];
    Ok(Entry {
        kind: Kind::User,
        at: time(row, "created_at")?,
        id: row.get("id")?,
        user_id: row.id("id")?,
        conversation_id: None,
        message_seq: None,
        note_id: None,
        text: known.into_iter().flatten().collect::<Vec<_>>().join("\n"),
        scopes: Vec::new(),
    })
}

/// Two indexers may do the same: what they write is the same, and the place only moves on.
async fn move_to(conn: &mut Conn<'_>, team: TeamId, seq: Seq) -> Result<()> {
    const SQL: &str = "
        INSERT INTO search_progress (team_id, seq) VALUES ($1, $2)
        ON CONFLICT (team_id) DO UPDATE SET seq = excluded.seq WHERE search_progress.seq < excluded.seq";
    execute!(conn, SQL, team.uuid(), seq)?;
    Ok(())
}

async fn begin_scan(conn: &mut Conn<'_>) -> Result<()> {
    const SQL: &str = "
        INSERT INTO search_scans (subject, after_id, after_seq) VALUES ($1, $2, 0)
        ON CONFLICT (subject) DO UPDATE SET after_id = excluded.after_id, after_seq = 0";
    for subject in ["messages", "notes", "people"] {
        execute!(conn, SQL, subject, Uuid::nil())?;
    }
    Ok(())
}

/// Goes one step on with a walk over everything, if one is under way.
#[derive(Debug, Clone, Copy)]
pub struct IndexScan {
    /// At most so many rows.
    pub limit: i64,
}

struct Scan {
    subject: String,
    after_id: Uuid,
    after_seq: Seq,
}

fn scan(row: &impl Columns) -> Result<Scan> {
    Ok(Scan {
        subject: row.get("subject")?,
        after_id: row.get("after_id")?,
        after_seq: row.get("after_seq")?,
    })
}

impl Command for IndexScan {
    type Output = Indexed;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Indexed> {
        const NEXT: &str = "SELECT subject, after_id, after_seq FROM search_scans ORDER BY subject LIMIT 1";
        const DONE: &str = "DELETE FROM search_scans WHERE subject = $1";
        const ON: &str = "UPDATE search_scans SET after_id = $2, after_seq = $3 WHERE subject = $1";
        let conn = &mut tx.conn;
        let Some(scan) = one!(conn, scan, NEXT)? else { return Ok(Indexed::UpToDate) };
        let subject = scan.subject.as_str();
        match self.walk(conn, &scan).await? {
            None => execute!(conn, DONE, subject)?,
            Some((id, seq)) => execute!(conn, ON, subject, id, seq)?,
        };
        Ok(Indexed::GoesOn)
    }
}

macro_rules! next_messages {
    ($lock:literal) => {
        concat!(
            "SELECT c.id AS c_id, c.user_id, c.team_id, ",
            message_text!(),
            " FROM messages m JOIN conversations c ON c.id = m.conversation_id
            WHERE (m.conversation_id, m.seq) > ($1, $2) ORDER BY m.conversation_id, m.seq LIMIT $3 ",
            $lock
        )
    };
}

impl IndexScan {
    /// Indexes the next rows and says where they end; none: that was all.
    async fn walk(&self, conn: &mut Conn<'_>, scan: &Scan) -> Result<Option<(Uuid, Seq)>> {
        // Whoever edits or deletes one of them waits, and then finds what was put in.
        const SQLITE: &str = next_messages!("");
        const POSTGRES: &str = next_messages!("FOR SHARE OF m");
        const NOTES: &str = concat!(
            "SELECT c.id AS c_id, c.user_id, c.team_id, ",
            note_text!(),
            " FROM notes n JOIN conversations c ON c.id = n.conversation_id
            WHERE n.id > $1 ORDER BY n.id LIMIT $2"
        );
        const PEOPLE: &str = "SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2";
        let after = scan.after_id;
        match scan.subject.as_str() {
            "messages" => {
                let messages = conn.picks(SQLITE, POSTGRES);
                let found = all!(conn, of_message, messages, after, scan.after_seq, self.limit)?;
                let end =
                    found.last().and_then(|last| Some((last.conversation_id?.uuid(), last.message_seq?)));
                put(conn, found, BTreeSet::new()).await?;
                Ok(end)
            }
            "notes" => {
                let found = all!(conn, of_note, NOTES, after, self.limit)?;
                let end = found.last().map(|last| (last.id, 0));
                put(conn, found, BTreeSet::new()).await?;
                Ok(end)
            }
            "people" => {
                let people = all!(conn, user, PEOPLE, after, self.limit)?;
                let end = people.last().map(|last| (last.uuid(), 0));
                put(conn, Vec::new(), people.into_iter().collect()).await?;
                Ok(end)
            }
            other => Err(Error::stored("search_scans", other)),
        }
    }
}

/// Throws the index away; it is made again by walking through everything.
#[derive(Debug, Clone, Copy)]
pub struct RebuildSearch {
    /// In whose audit log it is written.
    pub workspace_id: WorkspaceId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for RebuildSearch {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQLITE: &str = "DELETE FROM search_words; DELETE FROM search_entries";
        const POSTGRES: &str = "TRUNCATE search_entries";
        const PROGRESS: &str = "
            INSERT INTO search_progress (team_id, seq) SELECT t.id, f.last_seq FROM teams t JOIN feeds f ON f.id = t.id
            WHERE TRUE
            ON CONFLICT (team_id) DO UPDATE SET seq = excluded.seq";
        let sql = tx.conn.picks(SQLITE, POSTGRES);
        tx.conn.run(sql).await?;
        execute!(&mut tx.conn, PROGRESS)?;
        begin_scan(&mut tx.conn).await?;
        tx.audit(Line::new(self.workspace_id, self.by, AuditAct::SearchRebuilt));
        Ok(())
    }
}

impl Db {
    /// Whether there is anything to index.
    pub async fn search_is_behind(&self) -> Result<bool> {
        const SQL: &str = "SELECT COUNT(*) AS scans FROM search_scans";
        if !self.unindexed_teams().await?.is_empty() {
            return Ok(true);
        }
        let scans: Option<i64> =
            in_time(async { one!(self.single().await?.conn(), |row| Columns::get(row, "scans"), SQL) })
                .await?;
        Ok(scans != Some(0))
    }

    /// Teams whose feeds the index has not read to their ends.
    pub async fn unindexed_teams(&self) -> Result<Vec<TeamId>> {
        const SQL: &str = "
            SELECT t.id AS team_id FROM teams t LEFT JOIN search_progress p ON p.team_id = t.id
            WHERE (SELECT f.last_seq FROM feeds f WHERE f.id = t.id) > COALESCE(p.seq, 0) ORDER BY t.id";
        in_time(async { all!(self.single().await?.conn(), team, SQL) }).await
    }

    /// When the oldest change was made that the index has not read; none when it is up to date.
    pub async fn unindexed_since(&self) -> Result<Option<Timestamp>> {
        const SQL: &str = "
            SELECT MIN((SELECT ch.recorded_at FROM changes ch
                WHERE ch.feed_id = t.id AND ch.seq = COALESCE(p.seq, 0) + 1)) AS since
            FROM teams t LEFT JOIN search_progress p ON p.team_id = t.id";
        let since = in_time(async { one!(self.single().await?.conn(), since, SQL) }).await?;
        Ok(since.flatten())
    }
}

pub(super) fn since(row: &impl Columns) -> Result<Option<Timestamp>> {
    crate::headers::time_option(row, "since")
}

/// The header's id is needed in two places of a page.
pub(super) fn distinct(ids: impl Iterator<Item = ConversationId>) -> Vec<ConversationId> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}
