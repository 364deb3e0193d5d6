//! Colleagues whom notes mention. A mention is an id that the inbox sends with the note, never found in the text; the
//! name that stands there is kept beside it, so that it is found again although somebody is called otherwise by now.

use tidings_protocol::alerts::{AgentNotifications, Means};
use tidings_protocol::change::{ChangeKind, Mention, Note};
use tidings_protocol::conversation::{InboxConversation, Mentioned};
use tidings_protocol::id::{AgentId, ConversationId, MessageId, NoteId, TeamId, UserId};
use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::alerts::agent_wishes;
use crate::append::AGENT_MAIL_AFTER_MS;
use crate::browsers::{browsers, job_id};
use crate::columns::Columns;
use crate::conversations::{team_conversation, team_of};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::jobs::{JobPayload, NewJob};
use crate::notes::{note, note_columns};
use crate::open::in_time;
use crate::tx::{Change, Feed};
use crate::waking::{AgentReach, reach, reach_columns, reachable};
use crate::{Command, Db, Tx};

/// Who is mentioned in the conversation of a row.
pub(crate) fn mentioned(row: &impl Columns) -> Result<Vec<Mentioned>> {
    match row.get::<Option<String>>("mentioned")? {
        None => Ok(Vec::new()),
        Some(json) => serde_json::from_str(&json).map_err(|error| Error::stored("mentioned", error)),
    }
}

/// Whom the note of a row mentions.
pub(crate) fn mentions(row: &impl Columns, column: &str) -> Result<Vec<Mention>> {
    match row.get::<Option<String>>(column)? {
        None => Ok(Vec::new()),
        Some(json) => serde_json::from_str(&json).map_err(|error| Error::stored("mentions", error)),
    }
}

/// As they are stored with a note.
pub(crate) fn encode(mentions: &[Mention]) -> Result<Option<String>> {
    let json = serde_json::to_string(mentions).map_err(|error| Error::stored("mentions", error))?;
    Ok((!mentions.is_empty()).then_some(json))
}

/// The colleagues of a team by their ids, each once, with their names. Somebody who is not of it, or has left, is
/// [`Error::Refused`].
pub(crate) async fn colleagues(conn: &mut Conn<'_>, team: TeamId, ids: &[AgentId]) -> Result<Vec<Mention>> {
    const SQL: &str = "
        SELECT a.id, a.name FROM agents a JOIN team_members t ON t.agent_id = a.id
        WHERE t.team_id = $1 AND a.id = $2 AND a.disabled_at IS NULL";
    if ids.len() > limits::MENTIONS {
        return Err(Error::Refused("a note mentions at most 20 colleagues"));
    }
    let mut found: Vec<Mention> = Vec::with_capacity(ids.len());
    for id in ids {
        if found.iter().any(|known| known.agent_id == *id) {
            continue;
        }
        let colleague = one!(conn, mention, SQL, team.uuid(), id.uuid())?;
        found
            .push(colleague.ok_or(Error::Refused("a note mentions colleagues of this conversation's team"))?);
    }
    Ok(found)
}

fn mention(row: &impl Columns) -> Result<Mention> {
    Ok(Mention { agent_id: row.id("id")?, name: row.text("name")? })
}

/// Whether those whom a note mentions are woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// As they chose.
    Everybody,
    /// They find it in their list: something else wakes them for the same reason.
    Nobody,
}

/// Says in the header whom a note mentions, and writes the jobs that tell them. Whoever mentions themselves knows.
pub(crate) async fn tell(tx: &mut Tx<'_>, note: &Note, telling: Telling) -> Result<()> {
    const PUT: &str = "
        INSERT INTO mentions (conversation_id, agent_id, note_id, is_unread) VALUES ($1, $2, $3, $4)
        ON CONFLICT (conversation_id, agent_id) DO UPDATE SET note_id = excluded.note_id, is_unread = excluded.is_unread";
    let others: Vec<_> =
        note.mentions.iter().map(|it| it.agent_id).filter(|id| *id != note.agent_id).collect();
    if others.is_empty() {
        return Ok(());
    }
    let conversation = note.conversation_id;
    let user_id = lock(&mut tx.conn, conversation).await?;
    for agent in others {
        execute!(&mut tx.conn, PUT, conversation.uuid(), agent.uuid(), note.id.uuid(), true)?;
        if telling == Telling::Everybody {
            enqueue(tx, note, agent, user_id).await?;
        }
    }
    keep_header(&mut tx.conn, conversation).await
}

/// Two who change a conversation's mentions at once come one after the other.
async fn lock(conn: &mut Conn<'_>, id: ConversationId) -> Result<UserId> {
    const SQLITE: &str = "SELECT user_id FROM conversations WHERE id = $1";
    const POSTGRES: &str = "SELECT user_id FROM conversations WHERE id = $1 FOR NO KEY UPDATE";
    let sql = conn.picks(SQLITE, POSTGRES);
    one!(conn, |row| Columns::id(row, "user_id"), sql, id.uuid())?.ok_or(Error::NotFound)
}

async fn keep_header(conn: &mut Conn<'_>, id: ConversationId) -> Result<()> {
    const ROWS: &str = "
        SELECT agent_id, note_id, is_unread FROM mentions WHERE conversation_id = $1 ORDER BY agent_id";
    const KEEP: &str = "UPDATE conversations SET mentioned = $2 WHERE id = $1";
    let rows: Vec<Mentioned> = all!(conn, mentioned_row, ROWS, id.uuid())?;
    let json = serde_json::to_string(&rows).map_err(|error| Error::stored("mentioned", error))?;
    execute!(conn, KEEP, id.uuid(), json.as_str())?;
    Ok(())
}

fn mentioned_row(row: &impl Columns) -> Result<Mentioned> {
    Ok(Mentioned {
        agent_id: row.id("agent_id")?,
        note_id: row.id("note_id")?,
        unread: row.get("is_unread")?,
    })
}

/// What an agent wants to be told of, and whether they have a browser that can be woken.
fn wishes(row: &impl Columns) -> Result<(AgentNotifications, bool)> {
    Ok((agent_wishes(row)?, row.get("has_browser")?))
}

async fn enqueue(tx: &mut Tx<'_>, note: &Note, agent_id: AgentId, user_id: UserId) -> Result<()> {
    const WISHES: &str = "
        SELECT a.notifications, EXISTS (SELECT 1 FROM agent_browsers b WHERE b.agent_id = a.id) AS has_browser
        FROM agents a WHERE a.id = $1";
    let found = one!(&mut tx.conn, wishes, WISHES, agent_id.uuid())?;
    let Some((AgentNotifications { mentioned, .. }, has_browser)) = found else { return Ok(()) };
    let Note { id: note_id, conversation_id, created_at, .. } = *note;
    let about = MessageId::from(note_id.uuid());
    if mentioned.push && has_browser {
        let payload = JobPayload::PushMention { agent_id, user_id, conversation_id, note_id };
        let id = job_id(b"mention", about, agent_id, created_at);
        tx.enqueue(NewJob { id, payload, now: created_at });
    }
    if mentioned.mail {
        let payload = JobPayload::MailMention { agent_id, user_id, conversation_id, note_id };
        let id = job_id(b"mention mail", about, agent_id, created_at);
        tx.enqueue(NewJob { id, payload, now: created_at.plus_ms(AGENT_MAIL_AFTER_MS) });
    }
    Ok(())
}

/// An agent has seen the note that mentions them. A newer one that does stays unseen; seen already is fine.
#[derive(Debug, Clone, Copy)]
pub struct ReadMention {
    /// Who.
    pub agent_id: AgentId,
    /// Where.
    pub conversation_id: ConversationId,
    /// The newest note that they saw.
    pub note_id: NoteId,
    /// Now.
    pub now: Timestamp,
}

impl Command for ReadMention {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        const SQL: &str = "
            UPDATE mentions SET is_unread = FALSE
            WHERE conversation_id = $1 AND agent_id = $2 AND note_id = $3 AND is_unread = TRUE";
        let (id, agent) = (self.conversation_id, self.agent_id);
        let team_id = team_of(&mut tx.conn, agent, id).await?;
        lock(&mut tx.conn, id).await?;
        if execute!(&mut tx.conn, SQL, id.uuid(), agent.uuid(), self.note_id.uuid())? > 0 {
            keep_header(&mut tx.conn, id).await?;
            tx.record(Feed::Team(team_id), Change::of(ChangeKind::MentionRead, id, self.now));
        }
        team_conversation(&mut tx.conn, agent, id).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// Forgets who is mentioned in a conversation of a user that is being erased.
pub(crate) async fn forget_conversation(conn: &mut Conn<'_>, id: ConversationId) -> Result<()> {
    const SQL: &str = "DELETE FROM mentions WHERE conversation_id = $1";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

/// What telling an agent of a mention needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct MentionContext {
    /// The note.
    pub note: Note,
    /// Whether the agent has not seen it.
    pub is_unread: bool,
    /// By which means they still want to be told.
    pub means: Means,
    /// How they are told.
    pub reach: AgentReach,
}

fn context(row: &impl Columns) -> Result<MentionContext> {
    let (reach, wishes) = reach(row)?;
    Ok(MentionContext { note: note(row)?, is_unread: row.get("is_unread")?, means: wishes.mentioned, reach })
}

impl Db {
    /// What telling an agent of a mention needs to know, read at one moment; none when it is not there, not for them any
    /// more, or a newer note mentions them in the same conversation, or they are away.
    pub async fn mention_context(
        &self,
        agent: AgentId,
        conversation: ConversationId,
        note: NoteId,
        now: Timestamp,
    ) -> Result<Option<MentionContext>> {
        const SQL: &str = concat!(
            "SELECT x.is_unread, ",
            reach_columns!(),
            ", ",
            note_columns!(),
            " FROM mentions x JOIN conversations c ON c.id = x.conversation_id ",
            reachable!("x.agent_id", "$4"),
            " JOIN notes n ON n.id = x.note_id
            WHERE x.conversation_id = $1 AND x.agent_id = $2 AND x.note_id = $3"
        );
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let (thread, id) = (conversation.uuid(), agent.uuid());
            let found = one!(conn, context, SQL, thread, id, note.uuid(), now.unix_ms())?;
            let Some(mut found) = found else { return Ok(None) };
            found.reach.browsers = browsers(&mut conn, agent, now).await?;
            Ok(Some(found))
        })
        .await
    }
}
