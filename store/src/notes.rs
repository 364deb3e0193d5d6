//! Internal notes. They have their own table, so that no query for a user's messages can return one.

use tidings_protocol::Seq;
use tidings_protocol::change::{ChangeKind, Mention, Note};
use tidings_protocol::id::{AgentId, ConversationId, NoteId};
use tidings_protocol::message::Message;
use tidings_protocol::text::Text;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::conversations::team_of;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::mentions::{self, Telling, mentions};
use crate::messages::agent_name;
use crate::planted::{self, Bug};
use crate::tx::{Change, Feed};
use crate::{Command, Created, Tx};

/// Writes a note after the newest message. The same id by the same agent with the same text gives the first
/// result.
#[derive(Debug, Clone)]
pub struct AppendNote {
    /// Made by the inbox.
    pub id: NoteId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who writes.
    pub agent_id: AgentId,
    /// What it says.
    pub text: Text,
    /// Colleagues of the conversation's team whom it mentions; somebody else is [`Error::Refused`].
    pub mentions: Vec<AgentId>,
    /// Now.
    pub now: Timestamp,
}

/// The columns of a note `n`, for [`note`].
macro_rules! note_columns {
    () => {
        "n.id AS n_id, n.conversation_id AS n_conversation_id, n.after_seq AS n_after_seq,
         n.agent_id AS n_agent_id, n.agent_name AS n_agent_name, n.text AS n_text, n.mentions AS n_mentions, n.created_at AS n_created_at"
    };
}

pub(crate) use note_columns;

/// The note of a row with [`note_columns!`].
pub(crate) fn note(row: &impl Columns) -> Result<Note> {
    Ok(Note {
        id: row.id("n_id")?,
        conversation_id: row.id("n_conversation_id")?,
        after_seq: row.get("n_after_seq")?,
        agent_id: row.id("n_agent_id")?,
        agent_name: row.text("n_agent_name")?,
        text: row.text("n_text")?,
        mentions: mentions(row, "n_mentions")?,
        created_at: time(row, "n_created_at")?,
    })
}

impl Command for AppendNote {
    type Output = Created<Note>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Created<Note>> {
        self.append(tx, Telling::Everybody).await
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

impl AppendNote {
    /// Appends it; `telling` says whether those whom it mentions are woken.
    pub(crate) async fn append(&self, tx: &mut Tx<'_>, telling: Telling) -> Result<Created<Note>> {
        const FIRST: &str = concat!("SELECT ", note_columns!(), " FROM notes n WHERE n.id = $1");
        let team_id = team_of(&mut tx.conn, self.agent_id, self.conversation_id).await?;
        if let Some(first) = one!(&mut tx.conn, note, FIRST, self.id.uuid())? {
            let same = first.conversation_id == self.conversation_id
                && first.agent_id == self.agent_id
                && first.text == self.text
                && self.mentions.iter().all(|id| first.mentions.iter().any(|known| known.agent_id == *id))
                && first.mentions.iter().all(|known| self.mentions.contains(&known.agent_id));
            return if same { Ok(Created { value: first, is_new: false }) } else { Err(Error::IdConflict) };
        }
        let mentions = mentions::colleagues(&mut tx.conn, team_id, &self.mentions).await?;
        let value = self.insert(&mut tx.conn, mentions).await?;
        mentions::tell(tx, &value, telling).await?;
        let added = Change::of(ChangeKind::NoteAdded, self.conversation_id, self.now).with_note(self.id);
        tx.record(Feed::Team(team_id), added);
        if planted::is(Bug::NoteToUser) {
            const USER: &str = "SELECT user_id FROM conversations WHERE id = $1";
            let user =
                one!(&mut tx.conn, |row| Columns::id(row, "user_id"), USER, self.conversation_id.uuid())?;
            tx.record(Feed::User(user.ok_or(Error::NotFound)?), added);
        }
        Ok(Created { value, is_new: true })
    }

    async fn insert(&self, conn: &mut Conn<'_>, mentions: Vec<Mention>) -> Result<Note> {
        const SQL: &str = "
            INSERT INTO notes (id, conversation_id, after_seq, agent_id, agent_name, text, created_at, mentions)
            SELECT $1, id, last_seq, $3, $4, $5, $6, $7 FROM conversations WHERE id = $2
            RETURNING after_seq";
        let agent_name = agent_name(conn, self.agent_id).await?;
        let (id, conversation, agent) = (self.id.uuid(), self.conversation_id.uuid(), self.agent_id.uuid());
        let (name, text, now) = (agent_name.as_str(), self.text.as_str(), self.now.unix_ms());
        let encoded = mentions::encode(&mentions)?;
        let encoded = encoded.as_deref();
        let after_seq: Option<Seq> = one!(
            conn,
            |row| Columns::get(row, "after_seq"),
            SQL,
            id,
            conversation,
            agent,
            name,
            text,
            now,
            encoded
        )?;
        Ok(Note {
            id: self.id,
            conversation_id: self.conversation_id,
            after_seq: after_seq.ok_or(Error::NotFound)?,
            agent_id: self.agent_id,
            agent_name,
            text: self.text.clone(),
            mentions,
            created_at: self.now,
        })
    }
}

/// The notes that stand after one of these messages, and, on the page with the first message, those before it. A
/// conversation without messages may have notes too; an empty page of one that has messages has none.
pub(crate) async fn notes_among(
    conn: &mut Conn<'_>,
    id: ConversationId,
    last_seq: Seq,
    messages: &[Message],
) -> Result<Vec<Note>> {
    const SQL: &str = concat!(
        "SELECT ",
        note_columns!(),
        " FROM notes n WHERE n.conversation_id = $1 AND n.after_seq BETWEEN $2 AND $3 ORDER BY n.after_seq, n.id"
    );
    if messages.is_empty() && last_seq > 0 {
        return Ok(Vec::new());
    }
    let from = messages.first().map_or(0, |first| if first.seq == 1 { 0 } else { first.seq });
    let to = messages.last().map_or(0, |last| last.seq);
    all!(conn, note, SQL, id.uuid(), from, to)
}
