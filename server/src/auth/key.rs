//! A company's backend: `Authorization: Bearer tdk_…`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tidings_protocol::audit::AuditActor;
use tidings_protocol::id::{AppId, ServerKeyId, WorkspaceId};
use tidings_store::apps::AppRow;
use tidings_store::audit::By;

use super::{SERVER_KEY_PREFIX, bearer};
use crate::app::App;
use crate::problem::Problem;

/// Somebody who holds a server key of a workspace.
pub struct Backend {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The key.
    pub key_id: ServerKeyId,
}

impl Backend {
    /// The backend as the one who does an administrative act now.
    pub fn by(&self, app: &App) -> By {
        By { who: AuditActor::ServerKey { id: self.key_id }, at: app.clock.now() }
    }

    /// An app of the workspace; another workspace's is not there.
    pub async fn app(&self, app: &App, id: AppId) -> Result<AppRow, Problem> {
        let row = app.db.app(id).await?.filter(|row| row.workspace_id == self.workspace_id);
        row.ok_or_else(Problem::not_found)
    }
}

impl FromRequestParts<App> for Backend {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let secret_hash = bearer(&parts.headers, SERVER_KEY_PREFIX)?;
        let key = app.db.server_key(secret_hash).await?.ok_or_else(Problem::unauthenticated)?;
        app.rates.backend(secret_hash)?;
        Ok(Self { workspace_id: key.workspace_id, key_id: key.id })
    }
}
