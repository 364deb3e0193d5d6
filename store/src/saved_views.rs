//! Views that agents keep, each for themselves or for everybody.

use tidings_protocol::id::{AgentId, SavedViewId, WorkspaceId};
use tidings_protocol::limits;
use tidings_protocol::saved_views::{Filter, SavedView};
use tidings_protocol::text::Title;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::{Command, Db, Tx, filtered};

/// Keeps a view, or changes one. The same again is fine.
///
/// [`Error::NotFound`] for somebody else's, unless it is shared and the agent administers; [`Error::Limit`] when there are
/// too many; [`Error::Refused`] for what cannot be listed.
#[derive(Debug, Clone)]
pub struct PutSavedView {
    /// Who does it.
    pub agent_id: AgentId,
    /// Which; made by the inbox.
    pub id: SavedViewId,
    /// What it is called.
    pub name: Title,
    /// What it shows.
    pub filter: Filter,
    /// Whether everybody of the workspace has it.
    pub is_shared: bool,
    /// Now.
    pub now: Timestamp,
}

impl Command for PutSavedView {
    type Output = SavedView;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<SavedView> {
        const PUT: &str = "
            INSERT INTO saved_views (id, workspace_id, agent_id, name, filter, is_shared, updated_at)
            SELECT $1, workspace_id, $2, $4, $5, $6, $7 FROM agents WHERE id = $3
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, filter = excluded.filter,
                is_shared = excluded.is_shared, updated_at = excluded.updated_at";
        filtered::check(&self.filter, self.agent_id)?;
        let conn = &mut tx.conn;
        let known = owner(conn, self.id).await?;
        let owner = match &known {
            Some(owner) => owner.check(conn, self.agent_id).await?,
            None => self.agent_id,
        };
        if known.is_none_or(|known| known.is_shared != self.is_shared) {
            self.count(conn, owner).await?;
        }
        let filter = serde_json::to_string(&self.filter).map_err(|error| Error::stored("filter", error))?;
        let (id, me, now) = (self.id.uuid(), self.agent_id.uuid(), self.now.unix_ms());
        execute!(conn, PUT, id, owner.uuid(), me, self.name.as_str(), filter.as_str(), self.is_shared, now)?;
        Ok(SavedView {
            id: self.id,
            name: self.name.clone(),
            filter: self.filter.clone(),
            agent_id: owner,
            shared: self.is_shared,
            count: filtered::count(conn, self.agent_id, &self.filter).await?,
            updated_at: self.now,
        })
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.id.uuid())
    }
}

impl PutSavedView {
    /// Whether there is room for one more.
    async fn count(&self, conn: &mut Conn<'_>, owner: AgentId) -> Result<()> {
        const OWN: &str = "
            SELECT COUNT(*) AS n FROM saved_views WHERE agent_id = $1 AND is_shared = FALSE";
        const SHARED: &str = "
            SELECT COUNT(*) AS n FROM saved_views
            WHERE workspace_id = (SELECT workspace_id FROM agents WHERE id = $1) AND is_shared = TRUE";
        let (sql, most) =
            if self.is_shared { (SHARED, limits::SHARED_VIEWS) } else { (OWN, limits::SAVED_VIEWS) };
        let count: Option<i64> = one!(conn, |row| Columns::get(row, "n"), sql, owner.uuid())?;
        if count.unwrap_or_default() < most { Ok(()) } else { Err(Error::Limit("saved views")) }
    }
}

/// Deletes a view; one that is not there is deleted already.
#[derive(Debug, Clone, Copy)]
pub struct DeleteSavedView {
    /// Who does it.
    pub agent_id: AgentId,
    /// Which.
    pub id: SavedViewId,
}

impl Command for DeleteSavedView {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const DELETE: &str = "DELETE FROM saved_views WHERE id = $1";
        if let Some(owner) = owner(&mut tx.conn, self.id).await? {
            owner.check(&mut tx.conn, self.agent_id).await?;
            execute!(&mut tx.conn, DELETE, self.id.uuid())?;
        }
        Ok(())
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.id.uuid())
    }
}

/// Whose a view is.
struct Owner {
    workspace_id: WorkspaceId,
    agent_id: AgentId,
    is_shared: bool,
}

impl Owner {
    /// Whether an agent may change it; answers who made it.
    async fn check(&self, conn: &mut Conn<'_>, agent: AgentId) -> Result<AgentId> {
        const ADMIN: &str = "
            SELECT id FROM agents WHERE id = $1 AND workspace_id = $2 AND role IN ('owner', 'admin')";
        if self.agent_id == agent {
            return Ok(agent);
        }
        let (id, workspace) = (agent.uuid(), self.workspace_id.uuid());
        let admin: Option<AgentId> = one!(conn, |row| Columns::id(row, "id"), ADMIN, id, workspace)?;
        admin.filter(|_| self.is_shared).map(|_| self.agent_id).ok_or(Error::NotFound)
    }
}

async fn owner(conn: &mut Conn<'_>, id: SavedViewId) -> Result<Option<Owner>> {
    const SQL: &str = "SELECT workspace_id, agent_id, is_shared FROM saved_views WHERE id = $1";
    one!(conn, owner_of, SQL, id.uuid())
}

fn owner_of(row: &impl Columns) -> Result<Owner> {
    Ok(Owner {
        workspace_id: row.id("workspace_id")?,
        agent_id: row.id("agent_id")?,
        is_shared: row.get("is_shared")?,
    })
}

/// Its count is not known yet.
fn saved_view(row: &impl Columns) -> Result<SavedView> {
    Ok(SavedView {
        id: row.id("id")?,
        name: row.text("name")?,
        filter: serde_json::from_str(row.str("filter")?).map_err(|error| Error::stored("filter", error))?,
        agent_id: row.id("agent_id")?,
        shared: row.get("is_shared")?,
        count: 0,
        updated_at: time(row, "updated_at")?,
    })
}

impl Db {
    /// The views that an agent keeps, and those that are shared, ordered by their names; each with what it counts for them.
    pub async fn saved_views(&self, agent: AgentId) -> Result<Vec<SavedView>> {
        const OWN: &str = "
            SELECT id, name, filter, agent_id, is_shared, updated_at FROM saved_views
            WHERE agent_id = $1 AND is_shared = FALSE";
        const SHARED: &str = "
            SELECT v.id, v.name, v.filter, v.agent_id, v.is_shared, v.updated_at FROM saved_views v
            WHERE v.workspace_id = (SELECT workspace_id FROM agents WHERE id = $1) AND v.is_shared = TRUE";
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let mut views: Vec<SavedView> = all!(conn, saved_view, OWN, agent.uuid())?;
            views.extend(all!(conn, saved_view, SHARED, agent.uuid())?);
            views.sort_by(|a, b| (&*a.name, a.id).cmp(&(&*b.name, b.id)));
            for view in &mut views {
                view.count = filtered::count(&mut conn, agent, &view.filter).await?;
            }
            Ok(views)
        })
        .await
    }
}
