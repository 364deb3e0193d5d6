//! Keys of an app that vouch for its users, and keys of a company's backend.

use serde::{Deserialize, Serialize};
use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{AppId, IdentityKeyId, ServerKeyId, WorkspaceId};

use crate::apps::{app, first_result, found};
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::open::in_time;
use crate::words::{self, word};
use crate::{Command, Db, EndedSession, TokenHash, Tx};

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

/// A server key that was not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerKeyRow {
    /// Which.
    pub id: ServerKeyId,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
}

impl Db {
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
}

fn server_key(row: &impl Columns) -> Result<ServerKeyRow> {
    Ok(ServerKeyRow { id: row.id("id")?, workspace_id: row.id("workspace_id")? })
}

fn identity_key(row: &impl Columns) -> Result<IdentityKeyRow> {
    Ok(IdentityKeyRow {
        id: row.id("id")?,
        algorithm: words::get(row, "algorithm")?,
        kid: row.get("kid")?,
        material: row.get("material")?,
    })
}
