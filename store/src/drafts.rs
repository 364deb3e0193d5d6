//! What agents have begun to write: of each conversation and kind the newest.

use tidings_protocol::drafts::{Draft, DraftKind, DraftList};
use tidings_protocol::id::{AgentId, ConversationId};
use tidings_protocol::limits;
use tidings_protocol::text::Text;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::conversations::team_of;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::{cut, in_time, page};
use crate::words::{self, word};
use crate::{Command, Db, Tx};

/// Drafts that were sent or cleared are remembered for so long.
const REMEMBERED_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Keeps a draft, unless a newer one is there. [`Error::Limit`] when the agent has too many.
#[derive(Debug, Clone)]
pub struct PutDraft {
    /// Whose.
    pub agent_id: AgentId,
    /// Where.
    pub conversation_id: ConversationId,
    /// What it becomes.
    pub kind: DraftKind,
    /// The words; none: it was sent or cleared.
    pub text: Option<Text>,
    /// When it was written.
    pub written_at: Timestamp,
    /// Now.
    pub now: Timestamp,
}

impl Command for PutDraft {
    /// What is there now.
    type Output = Draft;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Draft> {
        // The lock of the agent's row: revisions are given one after the other.
        const LOCK: &str = "UPDATE agents SET name = name WHERE id = $1";
        const PUT: &str = "
            INSERT INTO drafts (agent_id, conversation_id, kind, text, written_at, revision)
            VALUES ($1, $2, $3, $4, $5, (SELECT COALESCE(MAX(d.revision), 0) + 1 FROM drafts d WHERE d.agent_id = $1))
            ON CONFLICT (agent_id, conversation_id, kind) DO UPDATE
            SET text = excluded.text, written_at = excluded.written_at, revision = excluded.revision
            WHERE drafts.written_at <= excluded.written_at AND drafts.text <> excluded.text";
        team_of(&mut tx.conn, self.agent_id, self.conversation_id).await?;
        let conn = &mut tx.conn;
        let (agent, conversation, kind) =
            (self.agent_id.uuid(), self.conversation_id.uuid(), word(&self.kind));
        execute!(conn, LOCK, agent)?;
        self.forget_old(conn).await?;
        if self.text.is_some() {
            self.check_room(conn).await?;
        }
        let text = self.text.as_ref().map_or("", |text| text.as_str());
        let written_at = self.written_at.min(self.now).unix_ms();
        execute!(conn, PUT, agent, conversation, kind.as_str(), text, written_at)?;
        find(conn, self).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.agent_id.uuid())
    }
}

impl PutDraft {
    async fn forget_old(&self, conn: &mut Conn<'_>) -> Result<()> {
        // The newest revision stays: the next one is counted from it.
        const SQL: &str = "
            DELETE FROM drafts WHERE agent_id = $1 AND text = '' AND written_at < $2
                AND revision < (SELECT MAX(d.revision) FROM drafts d WHERE d.agent_id = $1)";
        execute!(conn, SQL, self.agent_id.uuid(), self.now.plus_ms(-REMEMBERED_MS).unix_ms())?;
        Ok(())
    }

    /// Whether there is room for one more, if this is one more.
    async fn check_room(&self, conn: &mut Conn<'_>) -> Result<()> {
        const SQL: &str = "
            SELECT COUNT(*) AS n FROM drafts
            WHERE agent_id = $1 AND text <> '' AND NOT (conversation_id = $2 AND kind = $3)";
        let (agent, conversation) = (self.agent_id.uuid(), self.conversation_id.uuid());
        let count: Option<i64> =
            one!(conn, |row| Columns::get(row, "n"), SQL, agent, conversation, word(&self.kind))?;
        if count.unwrap_or_default() >= limits::DRAFTS {
            return Err(Error::Limit("drafts of one agent"));
        }
        Ok(())
    }
}

fn draft(row: &impl Columns) -> Result<Draft> {
    let text: String = row.get("text")?;
    let text = (!text.is_empty()).then(|| text.try_into()).transpose();
    Ok(Draft {
        conversation_id: row.id("conversation_id")?,
        kind: words::get(row, "kind")?,
        text: text.map_err(|error: tidings_protocol::text::InvalidText| Error::stored("text", error))?,
        written_at: time(row, "written_at")?,
        revision: row.get("revision")?,
    })
}

async fn find(conn: &mut Conn<'_>, of: &PutDraft) -> Result<Option<Draft>> {
    const SQL: &str = "
        SELECT conversation_id, kind, text, written_at, revision FROM drafts
        WHERE agent_id = $1 AND conversation_id = $2 AND kind = $3";
    one!(conn, draft, SQL, of.agent_id.uuid(), of.conversation_id.uuid(), word(&of.kind))
}

/// Forgets what was being written in a conversation.
pub(crate) async fn forget_conversation(conn: &mut Conn<'_>, id: ConversationId) -> Result<()> {
    const SQL: &str = "DELETE FROM drafts WHERE conversation_id = $1";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

impl Db {
    /// An agent's drafts that were changed after a revision, in the order of their changes; of conversations that they may
    /// read.
    pub async fn drafts(&self, agent: AgentId, after: i64, limit: i64) -> Result<DraftList> {
        const SQL: &str = "
            SELECT d.conversation_id, d.kind, d.text, d.written_at, d.revision
            FROM drafts d JOIN conversations c ON c.id = d.conversation_id
            JOIN team_members t ON t.team_id = c.team_id AND t.agent_id = d.agent_id
            WHERE d.agent_id = $1 AND d.revision > $2 ORDER BY d.revision LIMIT $3";
        in_time(async {
            let limit = page(limit);
            let mut reading = self.single().await?;
            let mut drafts: Vec<Draft> = all!(reading.conn(), draft, SQL, agent.uuid(), after, limit + 1)?;
            let more = cut(&mut drafts, limit);
            Ok(DraftList { drafts, more })
        })
        .await
    }
}
