//! Workspaces, teams and apps.
//!
//! Creating is repeatable by id: the same id with the same body gives the first result, anything else is
//! [`Error::IdConflict`].

use tidings_protocol::admin;
use tidings_protocol::audit::AuditAct;
use tidings_protocol::hours::TeamHours;
use tidings_protocol::id::{AgentId, AppId, TeamId, WorkspaceId};
use tidings_protocol::inbox::InboxApp;
use tidings_protocol::push::PushPrivacy;
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time_option;
use crate::hours::team_hours;
use crate::open::in_time;
use crate::words::{self, word};
use crate::{Command, Db, Tx};

/// Makes a workspace.
#[derive(Debug, Clone)]
pub struct CreateWorkspace {
    /// Made by the caller.
    pub id: WorkspaceId,
    /// What it is called.
    pub name: Name,
    /// Who does it, and when.
    pub by: By,
}

impl Command for CreateWorkspace {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const INSERT: &str = "
            INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO NOTHING";
        const SAME: &str = "SELECT id FROM workspaces WHERE id = $1 AND name = $2";
        let (id, name) = (self.id.uuid(), self.name.as_str());
        let new = execute!(&mut tx.conn, INSERT, id, name, self.by.at.unix_ms())?;
        if new == 0 {
            return first_result(one!(&mut tx.conn, found, SAME, id, name)?);
        }
        tx.audit(Line::new(self.id, self.by, AuditAct::WorkspaceCreated).target(self.id));
        Ok(())
    }
}

/// The id of a row that is looked for only to know whether it is there.
pub(crate) fn found(row: &impl Columns) -> Result<Uuid> {
    row.get("id")
}

pub(crate) fn first_result(same: Option<Uuid>) -> Result<()> {
    same.map(|_| ()).ok_or(Error::IdConflict)
}

/// Makes a team, and its feed.
#[derive(Debug, Clone)]
pub struct CreateTeam {
    /// Made by the caller.
    pub id: TeamId,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// What it is called; no two teams of a workspace share a name.
    pub name: Name,
    /// Who does it, and when.
    pub by: By,
}

impl Command for CreateTeam {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const INSERT: &str = "
            INSERT INTO teams (id, workspace_id, name, created_at)
            SELECT $1, id, $3, $4 FROM workspaces WHERE id = $2
            ON CONFLICT DO NOTHING";
        let (id, workspace_id, name) = (self.id.uuid(), self.workspace_id.uuid(), self.name.as_str());
        let new = execute!(&mut tx.conn, INSERT, id, workspace_id, name, self.by.at.unix_ms())?;
        if new > 0 {
            tx.audit(Line::new(self.workspace_id, self.by, AuditAct::TeamCreated).target(self.id));
            return insert_feed(&mut tx.conn, id).await;
        }
        self.why_not(tx).await
    }
}

impl CreateTeam {
    async fn why_not(&self, tx: &mut Tx<'_>) -> Result<()> {
        const WORKSPACE: &str = "SELECT id FROM workspaces WHERE id = $1";
        const BY_ID: &str = "SELECT workspace_id, name FROM teams WHERE id = $1";
        one!(&mut tx.conn, found, WORKSPACE, self.workspace_id.uuid())?.ok_or(Error::NotFound)?;
        match one!(&mut tx.conn, identity_of_team, BY_ID, self.id.uuid())? {
            Some(first) if first == (self.workspace_id, self.name.clone()) => Ok(()),
            Some(_) => Err(Error::IdConflict),
            None => Err(Error::AlreadyExists("team")),
        }
    }
}

fn identity_of_team(row: &impl Columns) -> Result<(WorkspaceId, Name)> {
    Ok((row.id("workspace_id")?, row.text("name")?))
}

/// Makes the feed of a user or a team.
pub(crate) async fn insert_feed(conn: &mut Conn<'_>, owner: Uuid) -> Result<()> {
    const SQL: &str = "INSERT INTO feeds (id) VALUES ($1)";
    execute!(conn, SQL, owner)?;
    Ok(())
}

/// Makes an app.
#[derive(Debug, Clone)]
pub struct CreateApp {
    /// Made by the caller.
    pub id: AppId,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// What it is called.
    pub name: Name,
    /// Who answers; none: the oldest team of the workspace.
    pub team_id: Option<TeamId>,
    /// How much a push may say.
    pub push_privacy: PushPrivacy,
    /// Who does it, and when.
    pub by: By,
}

impl Command for CreateApp {
    type Output = admin::App;

    /// [`Error::NotFound`] when the team is not one of the workspace.
    async fn apply(&self, tx: &mut Tx<'_>) -> Result<admin::App> {
        const INSERT: &str = "
            INSERT INTO apps (id, workspace_id, team_id, name, push_privacy, created_at)
            SELECT $1, workspace_id, id, $4, $5, $6 FROM teams
            WHERE workspace_id = $2 AND (id = $3 OR $3 IS NULL)
            ORDER BY created_at, id LIMIT 1
            ON CONFLICT (id) DO NOTHING";
        let team_id = self.team_id.map(TeamId::uuid);
        let (name, privacy) = (self.name.as_str(), word(&self.push_privacy));
        let (id, workspace_id, now) = (self.id.uuid(), self.workspace_id.uuid(), self.by.at.unix_ms());
        let new = execute!(&mut tx.conn, INSERT, id, workspace_id, team_id, name, privacy, now)?;
        let app = app(&mut tx.conn, self.id).await?.ok_or(Error::NotFound)?;
        let same = app.workspace_id == self.workspace_id
            && app.name == self.name
            && app.push_privacy == self.push_privacy
            && self.team_id.is_none_or(|team_id| team_id == app.team_id);
        if new == 0 && !same {
            return Err(Error::IdConflict);
        }
        if new > 0 {
            tx.audit(Line::new(self.workspace_id, self.by, AuditAct::AppCreated).target(self.id));
        }
        Ok(app.into())
    }
}

/// Gives an app another name. Its own is fine.
#[derive(Debug, Clone)]
pub struct RenameApp {
    /// Of which workspace; another workspace's app is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Which.
    pub app_id: AppId,
    /// The name.
    pub name: Name,
    /// Who does it, and when.
    pub by: By,
}

impl Command for RenameApp {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE apps SET name = $2 WHERE id = $1 AND name <> $2";
        let app = app(&mut tx.conn, self.app_id).await?;
        app.filter(|app| app.workspace_id == self.workspace_id).ok_or(Error::NotFound)?;
        if execute!(&mut tx.conn, SQL, self.app_id.uuid(), self.name.as_str())? > 0 {
            let line = Line::new(self.workspace_id, self.by, AuditAct::AppRenamed).target(self.app_id);
            tx.audit(line.detail("name", &*self.name));
        }
        Ok(())
    }
}

/// A workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Which.
    pub id: WorkspaceId,
    /// What it is called.
    pub name: Name,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRow {
    /// Which.
    pub id: TeamId,
    /// What it is called.
    pub name: Name,
    /// When it answers; none: at all times.
    pub hours: Option<TeamHours>,
}

/// An app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRow {
    /// Which.
    pub id: AppId,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// Who answers.
    pub team_id: TeamId,
    /// What it is called.
    pub name: Name,
    /// How much a push may say.
    pub push_privacy: PushPrivacy,
    /// Since when it is shut; none: it is open.
    pub disabled_at: Option<Timestamp>,
}

impl From<AppRow> for admin::App {
    fn from(row: AppRow) -> Self {
        let AppRow { id, name, team_id, push_privacy, disabled_at, .. } = row;
        Self { id, name, team_id, push_privacy, disabled_at }
    }
}

fn workspace(row: &impl Columns) -> Result<Workspace> {
    Ok(Workspace { id: row.id("id")?, name: row.text("name")? })
}

fn team_row(row: &impl Columns) -> Result<TeamRow> {
    Ok(TeamRow { id: row.id("id")?, name: row.text("name")?, hours: team_hours(row)? })
}

fn inbox_app(row: &impl Columns) -> Result<InboxApp> {
    Ok(InboxApp { id: row.id("id")?, name: row.text("name")? })
}

fn app_row(row: &impl Columns) -> Result<AppRow> {
    Ok(AppRow {
        id: row.id("id")?,
        workspace_id: row.id("workspace_id")?,
        team_id: row.id("team_id")?,
        name: row.text("name")?,
        push_privacy: words::get(row, "push_privacy")?,
        disabled_at: time_option(row, "disabled_at")?,
    })
}

pub(crate) async fn app(conn: &mut Conn<'_>, id: AppId) -> Result<Option<AppRow>> {
    const SQL: &str =
        "SELECT id, workspace_id, team_id, name, push_privacy, disabled_at FROM apps WHERE id = $1";
    one!(conn, app_row, SQL, id.uuid())
}

impl Db {
    /// The workspace of this installation: the oldest.
    pub async fn workspace(&self) -> Result<Option<Workspace>> {
        const SQL: &str = "SELECT id, name FROM workspaces ORDER BY created_at, id LIMIT 1";
        in_time(async { one!(self.single().await?.conn(), workspace, SQL) }).await
    }

    /// The teams of a workspace, the oldest first.
    pub async fn teams(&self, id: WorkspaceId) -> Result<Vec<TeamRow>> {
        const SQL: &str = "SELECT id, name, hours FROM teams WHERE workspace_id = $1 ORDER BY created_at, id";
        in_time(async { all!(self.single().await?.conn(), team_row, SQL, id.uuid()) }).await
    }

    /// The apps of a workspace, the oldest first.
    pub async fn apps(&self, id: WorkspaceId) -> Result<Vec<AppRow>> {
        const SQL: &str = "
            SELECT id, workspace_id, team_id, name, push_privacy, disabled_at FROM apps
            WHERE workspace_id = $1 ORDER BY created_at, id";
        in_time(async { all!(self.single().await?.conn(), app_row, SQL, id.uuid()) }).await
    }

    /// The apps that an agent's teams answer, ordered by their names.
    pub async fn apps_of_agent(&self, agent: AgentId) -> Result<Vec<InboxApp>> {
        const SQL: &str = "
            SELECT a.id, a.name FROM team_members m JOIN apps a ON a.team_id = m.team_id
            WHERE m.agent_id = $1 ORDER BY a.name, a.id";
        in_time(async { all!(self.single().await?.conn(), inbox_app, SQL, agent.uuid()) }).await
    }

    /// An app.
    pub async fn app(&self, id: AppId) -> Result<Option<AppRow>> {
        in_time(async { app(&mut self.single().await?.conn(), id).await }).await
    }
}
