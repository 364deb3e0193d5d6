//! What reports count, written down by the transaction in which it happens: conversations that were opened, first
//! answered, opened again and resolved. Most messages are none of this and cost nothing.

use tidings_protocol::id::{AgentId, ConversationId, TeamId};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::db::Conn;
use crate::error::Result;
use crate::tx::{chunks, placeholders};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Opened,
    Answered,
    Reopened,
    Resolved,
}

impl Kind {
    /// As it is stored.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Answered => "answered",
            Self::Reopened => "reopened",
            Self::Resolved => "resolved",
        }
    }
}

/// Something that reports count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Milestone {
    pub(crate) conversation_id: ConversationId,
    pub(crate) kind: Kind,
    pub(crate) at: Timestamp,
    pub(crate) team_id: TeamId,
    /// Whose it is counted as; none: nobody's.
    pub(crate) agent_id: Option<AgentId>,
    /// After how long.
    pub(crate) ms: Option<i64>,
}

/// Writes what happened. Twice the same in one millisecond is one.
pub(crate) async fn write(conn: &mut Conn<'_>, rows: &[Milestone]) -> Result<()> {
    for piece in chunks(rows) {
        let places = placeholders(piece.len(), 6);
        // Only the number of rows is put into the text.
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO milestones (conversation_id, kind, at, team_id, agent_id, ms) VALUES {places}
            ON CONFLICT (conversation_id, kind, at) DO NOTHING"
        ));
        on!(conn, |c| {
            let query = piece.iter().fold(sqlx::query(sql), |query, row| {
                let query = query.bind(row.conversation_id.uuid()).bind(row.kind.word());
                let query = query.bind(row.at.unix_ms()).bind(row.team_id.uuid());
                query.bind(row.agent_id.map(AgentId::uuid)).bind(row.ms)
            });
            query.execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

/// Since when a conversation was open: its opening, or when it was last opened again.
pub(crate) async fn open_since(conn: &mut Conn<'_>, id: ConversationId) -> Result<Option<i64>> {
    const SQL: &str = "
        SELECT MAX(at) AS at FROM milestones WHERE conversation_id = $1 AND kind IN ('opened', 'reopened')";
    let found: Option<Option<i64>> = one!(conn, |row| Columns::get(row, "at"), SQL, id.uuid())?;
    Ok(found.flatten())
}

/// What was counted of a conversation goes with it.
pub(crate) async fn forget_conversation(conn: &mut Conn<'_>, id: ConversationId) -> Result<()> {
    const SQL: &str = "DELETE FROM milestones WHERE conversation_id = $1";
    let id: Uuid = id.uuid();
    execute!(conn, SQL, id)?;
    Ok(())
}
