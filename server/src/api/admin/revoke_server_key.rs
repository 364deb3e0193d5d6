//! `DELETE /admin/v1/server_keys/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::ServerKeyId;
use tidings_store::keys::RevokeServerKey;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Path;

/// Revokes a server key of the workspace, perhaps the one that asks: it opens nothing from now on.
#[utoipa::path(
    delete, path = "/admin/v1/server_keys/{id}", tag = "admin", security(("server_key" = [])),
    params(("id" = ServerKeyId, Path)), responses((status = 204, description = "Revoked"), Problems)
)]
pub(crate) async fn revoke_server_key(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<ServerKeyId>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(RevokeServerKey { workspace_id, id, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use crate::auth::token_hash;
    use crate::testing::Harness;

    #[tokio::test]
    async fn a_revoked_server_key_opens_nothing() {
        let harness = Harness::start().await;
        let second = harness.new_server_key(harness.workspace_id).await;
        let id = harness.app.db.server_key(token_hash(&second)).await.unwrap().unwrap().id;
        let path = format!("/admin/v1/server_keys/{id}");
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.delete(&path).bearer(&second).await.code(), "unauthenticated");
    }
}
