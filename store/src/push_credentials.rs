//! What pushes of an app are signed with.

use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::AppId;
use tidings_protocol::push::PushProvider;
use tidings_protocol::time::Timestamp;

use crate::apps::app;
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::words::{self, word};
use crate::{Command, Db, Tx};

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

/// A push credential of an app, with when it was set.
#[derive(Clone, PartialEq, Eq)]
pub struct DatedPushCredential {
    /// For which provider.
    pub provider: PushProvider,
    /// JSON, or what it was sealed into.
    pub config: String,
    /// When it was set.
    pub set_at: Timestamp,
}

/// A key never reaches a log.
impl std::fmt::Debug for DatedPushCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatedPushCredential").field("provider", &self.provider).finish_non_exhaustive()
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

impl Db {
    /// All push credentials of the installation.
    pub async fn push_credentials(&self) -> Result<Vec<StoredPushCredential>> {
        const SQL: &str = "SELECT app_id, provider, config FROM push_credentials ORDER BY app_id, provider";
        in_time(async { all!(self.single().await?.conn(), stored_push_credential, SQL) }).await
    }

    /// The push credentials of an app, by the names of their providers.
    pub async fn push_credentials_of(&self, id: AppId) -> Result<Vec<DatedPushCredential>> {
        const SQL: &str = "
            SELECT provider, config, updated_at FROM push_credentials WHERE app_id = $1 ORDER BY provider";
        in_time(async { all!(self.single().await?.conn(), dated, SQL, id.uuid()) }).await
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

fn dated(row: &impl Columns) -> Result<DatedPushCredential> {
    let (config, set_at) = (row.get("config")?, time(row, "updated_at")?);
    Ok(DatedPushCredential { provider: words::get(row, "provider")?, config, set_at })
}

fn stored_push_credential(row: &impl Columns) -> Result<StoredPushCredential> {
    let (app_id, config) = (row.id("app_id")?, row.get("config")?);
    Ok(StoredPushCredential { app_id, provider: words::get(row, "provider")?, config })
}

pub(crate) fn push_credential(row: &impl Columns) -> Result<PushCredentialRow> {
    Ok(PushCredentialRow { config: row.get("config")?, version: row.get("version")? })
}
