//! Workspaces, teams, apps, and the keys and credentials of apps.
//!
//! Creating is repeatable by id: the same id with the same body gives the first result, anything else is
//! [`Error::IdConflict`].

use serde::{Deserialize, Serialize};
use tidings_protocol::admin;
use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{AppId, IdentityKeyId, ServerKeyId, TeamId, WorkspaceId};
use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_protocol::text::Name;
use uuid::Uuid;

use crate::audit::{By, Line};
use crate::db::{Columns, Conn};
use crate::error::{Error, Result};
use crate::open::in_time;
use crate::words::{self, word};
use crate::{Command, Db, EndedSession, TokenHash, Tx};

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
fn found(row: &impl Columns) -> Result<Uuid> {
    row.get("id")
}

fn first_result(same: Option<Uuid>) -> Result<()> {
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
        Ok(admin::App { id: app.id, name: app.name, team_id: app.team_id, push_privacy: app.push_privacy })
    }
}

/// How identity tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityAlgorithm {
    /// ECDSA on P-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256.
    Hs256,
}

/// A key to register.
#[derive(Clone)]
pub struct NewIdentityKey {
    /// Made by the caller.
    pub id: IdentityKeyId,
    /// How it signs.
    pub algorithm: IdentityAlgorithm,
    /// The `kid` of its tokens, if they carry one.
    pub kid: Option<String>,
    /// The public key in DER, the raw Ed25519 key, or the HMAC secret.
    pub material: Vec<u8>,
}

/// A key may be a secret: it never reaches a log.
impl std::fmt::Debug for NewIdentityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewIdentityKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Registers keys of an app.
#[derive(Debug, Clone)]
pub struct AddIdentityKeys {
    /// Of which app.
    pub app_id: AppId,
    /// The keys.
    pub keys: Vec<NewIdentityKey>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for AddIdentityKeys {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const INSERT: &str = "
            INSERT INTO identity_keys (id, app_id, algorithm, kid, material, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (id) DO NOTHING";
        const SAME: &str = "SELECT id FROM identity_keys WHERE id = $1 AND app_id = $2 AND material = $3";
        let workspace_id = app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?.workspace_id;
        for key in &self.keys {
            let (id, app_id, now) = (key.id.uuid(), self.app_id.uuid(), self.by.at.unix_ms());
            let (kid, material) = (key.kid.as_deref(), key.material.as_slice());
            let algorithm = word(&key.algorithm);
            if execute!(&mut tx.conn, INSERT, id, app_id, algorithm, kid, material, now)? == 0 {
                first_result(one!(&mut tx.conn, found, SAME, id, app_id, material)?)?;
            } else {
                let line = Line::new(workspace_id, self.by, AuditAct::IdentityKeyAdded).target(key.id);
                tx.audit(line.detail("app", self.app_id).detail("algorithm", word(&key.algorithm)));
            }
        }
        Ok(())
    }
}

/// What becomes of the sessions that a key vouched for when it is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sessions {
    /// They end: the key may have been in wrong hands.
    End,
    /// They go on: another key has taken its place.
    GoOn,
}

/// Revokes a key: tokens that it signed are worth nothing from now on.
#[derive(Debug, Clone, Copy)]
pub struct RevokeIdentityKey {
    /// Of which app.
    pub app_id: AppId,
    /// Which.
    pub id: IdentityKeyId,
    /// What becomes of the sessions that it vouched for.
    pub sessions: Sessions,
    /// Who does it, and when.
    pub by: By,
}

impl Command for RevokeIdentityKey {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE identity_keys SET revoked_at = COALESCE(revoked_at, $3),
                sessions_ended_at = CASE WHEN $4 THEN COALESCE(sessions_ended_at, $3) ELSE sessions_ended_at END
            WHERE id = $1 AND app_id = $2
                AND (revoked_at IS NULL OR ($4 AND sessions_ended_at IS NULL))";
        const ANY: &str = "SELECT id FROM identity_keys WHERE id = $1 AND app_id = $2";
        let (id, app_id) = (self.id.uuid(), self.app_id.uuid());
        let ends = self.sessions == Sessions::End;
        if execute!(&mut tx.conn, SQL, id, app_id, self.by.at.unix_ms(), ends)? == 0 {
            return one!(&mut tx.conn, found, ANY, id, app_id)?.map(|_| ()).ok_or(Error::NotFound);
        }
        let workspace_id = app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?.workspace_id;
        let line = Line::new(workspace_id, self.by, AuditAct::IdentityKeyRevoked).target(self.id);
        tx.audit(line.detail("app", self.app_id).detail("sessions", if ends { "ended" } else { "go on" }));
        if ends {
            tx.end_session(EndedSession::Many);
        }
        Ok(())
    }
}

/// Registers a key with which a backend calls the admin API.
#[derive(Debug, Clone)]
pub struct AddServerKey {
    /// Made by the caller.
    pub id: ServerKeyId,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub label: String,
    /// The SHA-256 of the key.
    pub secret_hash: TokenHash,
    /// Who does it, and when.
    pub by: By,
}

impl Command for AddServerKey {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const INSERT: &str = "
            INSERT INTO server_keys (id, workspace_id, label, secret_hash, created_at)
            SELECT $1, id, $3, $4, $5 FROM workspaces WHERE id = $2
            ON CONFLICT DO NOTHING";
        const SAME: &str = "
            SELECT id FROM server_keys
            WHERE id = $1 AND workspace_id = $2 AND label = $3 AND secret_hash = $4";
        const WORKSPACE: &str = "SELECT id FROM workspaces WHERE id = $1";
        let (id, workspace_id) = (self.id.uuid(), self.workspace_id.uuid());
        let (label, hash) = (self.label.as_str(), self.secret_hash.as_slice());
        if execute!(&mut tx.conn, INSERT, id, workspace_id, label, hash, self.by.at.unix_ms())? == 0 {
            one!(&mut tx.conn, found, WORKSPACE, workspace_id)?.ok_or(Error::NotFound)?;
            return first_result(one!(&mut tx.conn, found, SAME, id, workspace_id, label, hash)?);
        }
        let line = Line::new(self.workspace_id, self.by, AuditAct::ServerKeyAdded).target(self.id);
        tx.audit(line.detail("label", label));
        Ok(())
    }
}

/// Revokes a server key.
#[derive(Debug, Clone, Copy)]
pub struct RevokeServerKey {
    /// Of which workspace; another workspace's key is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Which.
    pub id: ServerKeyId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for RevokeServerKey {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE server_keys SET revoked_at = $3 WHERE id = $1 AND workspace_id = $2 AND revoked_at IS NULL";
        const ANY: &str = "SELECT id FROM server_keys WHERE id = $1 AND workspace_id = $2";
        let (id, workspace) = (self.id.uuid(), self.workspace_id.uuid());
        if execute!(&mut tx.conn, SQL, id, workspace, self.by.at.unix_ms())? == 0 {
            return one!(&mut tx.conn, found, ANY, id, workspace)?.map(|_| ()).ok_or(Error::NotFound);
        }
        tx.audit(Line::new(self.workspace_id, self.by, AuditAct::ServerKeyRevoked).target(self.id));
        Ok(())
    }
}

/// Sets what pushes of an app are signed with, in the place of what was there.
#[derive(Clone)]
pub struct SetPushCredential {
    /// Of which app.
    pub app_id: AppId,
    /// For which provider.
    pub provider: PushProvider,
    /// JSON; it holds a private key.
    pub config: String,
    /// Who does it, and when.
    pub by: By,
}

/// A key never reaches a log.
impl std::fmt::Debug for SetPushCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetPushCredential").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

impl Command for SetPushCredential {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            INSERT INTO push_credentials (app_id, provider, config, version, updated_at)
            SELECT id, $2, $3, 1, $4 FROM apps WHERE id = $1
            ON CONFLICT (app_id, provider) DO UPDATE SET
                config = excluded.config,
                version = push_credentials.version + 1,
                updated_at = excluded.updated_at";
        let (provider, config) = (word(&self.provider), self.config.as_str());
        let set =
            execute!(&mut tx.conn, SQL, self.app_id.uuid(), provider.as_str(), config, self.by.at.unix_ms())?;
        if set == 0 {
            return Err(Error::NotFound);
        }
        let workspace_id = app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?.workspace_id;
        let line = Line::new(workspace_id, self.by, AuditAct::PushCredentialSet).target(self.app_id);
        tx.audit(line.detail("provider", provider));
        Ok(())
    }
}

/// Puts the same credential in its place, sealed anew: its version does not change. One that was replaced meanwhile stays.
#[derive(Clone)]
pub struct ResealPushCredential {
    /// Of which app.
    pub app_id: AppId,
    /// For which provider.
    pub provider: PushProvider,
    /// As it was read.
    pub before: String,
    /// As it is to be.
    pub config: String,
}

/// A key never reaches a log.
impl std::fmt::Debug for ResealPushCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResealPushCredential").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

impl Command for ResealPushCredential {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE push_credentials SET config = $4 WHERE app_id = $1 AND provider = $2 AND config = $3";
        let (before, config) = (self.before.as_str(), self.config.as_str());
        execute!(&mut tx.conn, SQL, self.app_id.uuid(), word(&self.provider), before, config)?;
        Ok(())
    }
}

/// A push credential, with whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPushCredential {
    /// Of which app.
    pub app_id: AppId,
    /// For which provider.
    pub provider: PushProvider,
    /// JSON, or what it was sealed into.
    pub config: String,
}

/// A key never reaches a log.
impl std::fmt::Debug for StoredPushCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredPushCredential").field("app_id", &self.app_id).finish_non_exhaustive()
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
}

/// A key that was not revoked.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityKeyRow {
    /// Which.
    pub id: IdentityKeyId,
    /// How it signs.
    pub algorithm: IdentityAlgorithm,
    /// The `kid` of its tokens, if they carry one.
    pub kid: Option<String>,
    /// The public key in DER, the raw Ed25519 key, or the HMAC secret.
    pub material: Vec<u8>,
}

/// A key may be a secret: it never reaches a log.
impl std::fmt::Debug for IdentityKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentityKeyRow").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What pushes of an app are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct PushCredentialRow {
    /// JSON; it holds a private key.
    pub config: String,
    /// Grows when it is replaced.
    pub version: i64,
}

/// A key never reaches a log.
impl std::fmt::Debug for PushCredentialRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushCredentialRow").field("version", &self.version).finish_non_exhaustive()
    }
}

/// A server key that was not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerKeyRow {
    /// Which.
    pub id: ServerKeyId,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
}

fn server_key(row: &impl Columns) -> Result<ServerKeyRow> {
    Ok(ServerKeyRow { id: row.id("id")?, workspace_id: row.id("workspace_id")? })
}

fn workspace(row: &impl Columns) -> Result<Workspace> {
    Ok(Workspace { id: row.id("id")?, name: row.text("name")? })
}

fn team_row(row: &impl Columns) -> Result<TeamRow> {
    Ok(TeamRow { id: row.id("id")?, name: row.text("name")? })
}

fn app_row(row: &impl Columns) -> Result<AppRow> {
    Ok(AppRow {
        id: row.id("id")?,
        workspace_id: row.id("workspace_id")?,
        team_id: row.id("team_id")?,
        name: row.text("name")?,
        push_privacy: words::get(row, "push_privacy")?,
    })
}

pub(crate) async fn app(conn: &mut Conn<'_>, id: AppId) -> Result<Option<AppRow>> {
    const SQL: &str = "SELECT id, workspace_id, team_id, name, push_privacy FROM apps WHERE id = $1";
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
        const SQL: &str = "SELECT id, name FROM teams WHERE workspace_id = $1 ORDER BY created_at, id";
        in_time(async { all!(self.single().await?.conn(), team_row, SQL, id.uuid()) }).await
    }

    /// The apps of a workspace, the oldest first.
    pub async fn apps(&self, id: WorkspaceId) -> Result<Vec<AppRow>> {
        const SQL: &str = "
            SELECT id, workspace_id, team_id, name, push_privacy FROM apps
            WHERE workspace_id = $1 ORDER BY created_at, id";
        in_time(async { all!(self.single().await?.conn(), app_row, SQL, id.uuid()) }).await
    }

    /// An app.
    pub async fn app(&self, id: AppId) -> Result<Option<AppRow>> {
        in_time(async { app(&mut self.single().await?.conn(), id).await }).await
    }

    /// The keys of an app that were not revoked, the oldest first.
    pub async fn identity_keys(&self, id: AppId) -> Result<Vec<IdentityKeyRow>> {
        const SQL: &str = "
            SELECT id, algorithm, kid, material FROM identity_keys
            WHERE app_id = $1 AND revoked_at IS NULL ORDER BY created_at, id";
        in_time(async { all!(self.single().await?.conn(), identity_key, SQL, id.uuid()) }).await
    }

    /// A server key that was not revoked.
    pub async fn server_key(&self, secret_hash: TokenHash) -> Result<Option<ServerKeyRow>> {
        const SQL: &str =
            "SELECT id, workspace_id FROM server_keys WHERE secret_hash = $1 AND revoked_at IS NULL";
        let hash = secret_hash.as_slice();
        in_time(async { one!(self.single().await?.conn(), server_key, SQL, hash) }).await
    }

    /// All push credentials of the installation.
    pub async fn push_credentials(&self) -> Result<Vec<StoredPushCredential>> {
        const SQL: &str = "SELECT app_id, provider, config FROM push_credentials ORDER BY app_id, provider";
        in_time(async { all!(self.single().await?.conn(), stored_push_credential, SQL) }).await
    }

    /// What pushes of an app are signed with.
    pub async fn push_credential(
        &self,
        id: AppId,
        provider: PushProvider,
    ) -> Result<Option<PushCredentialRow>> {
        const SQL: &str = "SELECT config, version FROM push_credentials WHERE app_id = $1 AND provider = $2";
        in_time(async { one!(self.single().await?.conn(), push_credential, SQL, id.uuid(), word(&provider)) })
            .await
    }
}

fn identity_key(row: &impl Columns) -> Result<IdentityKeyRow> {
    Ok(IdentityKeyRow {
        id: row.id("id")?,
        algorithm: words::get(row, "algorithm")?,
        kid: row.get("kid")?,
        material: row.get("material")?,
    })
}

fn stored_push_credential(row: &impl Columns) -> Result<StoredPushCredential> {
    let (app_id, config) = (row.id("app_id")?, row.get("config")?);
    Ok(StoredPushCredential { app_id, provider: words::get(row, "provider")?, config })
}

fn push_credential(row: &impl Columns) -> Result<PushCredentialRow> {
    Ok(PushCredentialRow { config: row.get("config")?, version: row.get("version")? })
}
