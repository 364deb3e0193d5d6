//! The feeds of teams become deliveries. A feed is written in the transaction of what it tells of, without a hole, so
//! whoever reads it to its end misses nothing and those who write need not know of webhooks.

use tidings_protocol::Seq;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{ConversationId, DeliveryId, NoteId, TeamId, WebhookId};
use tidings_protocol::time::Timestamp;
use tidings_protocol::webhooks::{WebhookEvent, WebhookEvents};
use uuid::Uuid;

use super::events;
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::same::same_id;
use crate::tx::{chunks, placeholders};
use crate::{Command, Db, Tx, words};

/// Makes deliveries of the next changes of a team's feed.
#[derive(Debug, Clone, Copy)]
pub struct SpreadFeed {
    /// Of which team.
    pub team_id: TeamId,
    /// At most so many changes.
    pub limit: i64,
}

/// How far a step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// There is more to do.
    GoesOn,
    /// Nothing is left.
    UpToDate,
}

/// Where webhooks stand in a feed.
struct Place {
    at: Seq,
    last_seq: Seq,
}

fn place(row: &impl Columns) -> Result<Place> {
    Ok(Place { at: row.get("at")?, last_seq: row.get("last_seq")? })
}

impl Command for SpreadFeed {
    type Output = Spread;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Spread> {
        const PLACE: &str = "
            SELECT COALESCE(p.seq, 0) AS at, f.last_seq
            FROM feeds f LEFT JOIN webhook_progress p ON p.team_id = f.id WHERE f.id = $1";
        const CHANGES: &str = "
            SELECT ch.seq, ch.kind, ch.conversation_id, ch.message_seq, ch.note_id, ch.recorded_at, m.author_kind,
                c.id AS c_id,
                CASE WHEN ch.kind = 'message_edited' AND (m.edited_at IS NULL OR m.edited_at < ch.recorded_at) THEN FALSE
                    WHEN ch.kind = 'note_added' AND n.created_at <> ch.recorded_at THEN FALSE
                    ELSE TRUE END AS is_news
            FROM changes ch
            LEFT JOIN conversations c ON c.id = ch.conversation_id
            LEFT JOIN messages m ON m.conversation_id = ch.conversation_id AND m.seq = ch.message_seq
            LEFT JOIN notes n ON n.id = ch.note_id
            WHERE ch.feed_id = $1 AND ch.seq > $2 ORDER BY ch.seq LIMIT $3";
        const MOVE: &str = "
            INSERT INTO webhook_progress (team_id, seq) VALUES ($1, $2)
            ON CONFLICT (team_id) DO UPDATE SET seq = excluded.seq WHERE webhook_progress.seq < excluded.seq";
        let (conn, team) = (&mut tx.conn, self.team_id.uuid());
        let place = one!(conn, place, PLACE, team)?.ok_or(Error::NotFound)?;
        // What retention took before anybody was told of it begins later: so does this page.
        let changes = all!(conn, told, CHANGES, team, place.at, self.limit)?;
        let Some(last) = changes.last().map(|change| change.seq) else { return Ok(Spread::UpToDate) };
        let wanting = wanting(conn, self.team_id).await?;
        let mut rows = Vec::new();
        for change in &changes {
            let Some(event) = change.event else { continue };
            let wants = wanting.iter().filter(|one| one.events.as_slice().contains(&event));
            // One that was added since is told of what happened after it.
            let wants = wants.filter(|one| one.created_at <= change.at);
            rows.extend(wants.map(|one| (delivery_id(one.id, self.team_id, change), one.id, event, change)));
        }
        insert(conn, &rows).await?;
        execute!(conn, MOVE, team, last)?;
        Ok(if last < place.last_seq { Spread::GoesOn } else { Spread::UpToDate })
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.team_id.uuid())
    }
}

/// A webhook that is on.
struct Wanting {
    id: WebhookId,
    events: WebhookEvents,
    created_at: Timestamp,
}

fn one_wanting(row: &impl Columns) -> Result<Wanting> {
    Ok(Wanting { id: row.id("id")?, events: events(row)?, created_at: time(row, "created_at")? })
}

async fn wanting(conn: &mut Conn<'_>, team: TeamId) -> Result<Vec<Wanting>> {
    const SQL: &str = "
        SELECT w.id, w.events, w.created_at FROM teams t JOIN webhooks w ON w.workspace_id = t.workspace_id
        WHERE t.id = $1 AND w.off_because IS NULL ORDER BY w.id";
    all!(conn, one_wanting, SQL, team.uuid())
}

/// A change, as far as webhooks are concerned.
struct Told {
    seq: Seq,
    /// None: nobody is told.
    event: Option<WebhookEvent>,
    conversation_id: ConversationId,
    message_seq: Option<Seq>,
    note_id: Option<NoteId>,
    at: Timestamp,
}

fn told(row: &impl Columns) -> Result<Told> {
    let kind: ChangeKind = words::get(row, "kind")?;
    let author: Option<String> = row.get("author_kind")?;
    let is_here = row.get::<Option<Uuid>>("c_id")?.is_some();
    // Whom an anonymous user turned out to be changes all that they wrote, and a live place moves: neither is an edit.
    let is_news: bool = row.get("is_news")?;
    // Of what is gone, that it is gone is all that is told.
    let event = event(kind, author.as_deref()).filter(|_| is_news);
    let event = event.filter(|event| is_here || *event == WebhookEvent::ConversationErased);
    Ok(Told {
        seq: row.get("seq")?,
        event,
        conversation_id: row.id("conversation_id")?,
        message_seq: row.get("message_seq")?,
        note_id: row.id_option("note_id")?,
        at: time(row, "recorded_at")?,
    })
}

/// What a company's systems are told of a change.
fn event(kind: ChangeKind, author: Option<&str>) -> Option<WebhookEvent> {
    use WebhookEvent as Event;
    Some(match kind {
        ChangeKind::ConversationOpened => Event::ConversationOpened,
        ChangeKind::ConversationClosed => Event::ConversationClosed,
        ChangeKind::ConversationReopened => Event::ConversationReopened,
        ChangeKind::ConversationAssigned => Event::ConversationAssigned,
        ChangeKind::ConversationSnoozed => Event::ConversationSnoozed,
        ChangeKind::ConversationWoken => Event::ConversationWoken,
        ChangeKind::ConversationPrioritised => Event::ConversationPrioritised,
        ChangeKind::ConversationTagged => Event::ConversationTagged,
        ChangeKind::ConversationMerged => Event::ConversationMerged,
        ChangeKind::ConversationUnmerged => Event::ConversationUnmerged,
        ChangeKind::ConversationErased => Event::ConversationErased,
        ChangeKind::MessageAdded => match author? {
            "user" => Event::MessageReceived,
            "agent" => Event::MessageSent,
            _ => return None,
        },
        ChangeKind::MessageEdited => Event::MessageEdited,
        ChangeKind::MessageDeleted => Event::MessageDeleted,
        ChangeKind::NoteAdded => Event::NoteAdded,
        _ => return None,
    })
}

/// The same whoever makes it, so that two nodes which read the same changes tell once.
fn delivery_id(webhook: WebhookId, team: TeamId, change: &Told) -> DeliveryId {
    same_id(change.at, &[webhook.uuid().as_bytes(), team.uuid().as_bytes(), &change.seq.to_be_bytes()])
}

type Row<'c> = (DeliveryId, WebhookId, WebhookEvent, &'c Told);

async fn insert(conn: &mut Conn<'_>, rows: &[Row<'_>]) -> Result<()> {
    for piece in chunks(rows) {
        let places = placeholders(piece.len(), 9);
        // Only the number of rows is put into the text.
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO webhook_deliveries
                (id, webhook_id, event, at, conversation_id, message_seq, note_id, state, next_at)
            VALUES {places} ON CONFLICT (id) DO NOTHING"
        ));
        on!(conn, |c| {
            let query = piece.iter().fold(sqlx::query(sql), |query, (id, webhook, event, change)| {
                let at = change.at.unix_ms();
                let query = query.bind(id.uuid()).bind(webhook.uuid()).bind(event.word()).bind(at);
                let query = query.bind(change.conversation_id.uuid()).bind(change.message_seq);
                query.bind(change.note_id.map(NoteId::uuid)).bind("waiting").bind(at)
            });
            query.execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

/// What was to be told of a conversation goes with it.
pub(crate) async fn forget_conversation(conn: &mut Conn<'_>, id: ConversationId) -> Result<()> {
    const SQL: &str = "DELETE FROM webhook_deliveries WHERE conversation_id = $1";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

fn team(row: &impl Columns) -> Result<TeamId> {
    row.id("team_id")
}

impl Db {
    /// Teams with changes that webhooks were not told of; none where no webhook is on.
    pub async fn untold_teams(&self) -> Result<Vec<TeamId>> {
        const SQL: &str = "
            SELECT t.id AS team_id FROM teams t LEFT JOIN webhook_progress p ON p.team_id = t.id
            WHERE EXISTS (SELECT 1 FROM webhooks w WHERE w.workspace_id = t.workspace_id AND w.off_because IS NULL)
                AND (SELECT f.last_seq FROM feeds f WHERE f.id = t.id) > COALESCE(p.seq, 0)
            ORDER BY t.id";
        in_time(async { all!(self.single().await?.conn(), team, SQL) }).await
    }
}
