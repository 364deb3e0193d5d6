//! `DELETE /admin/v1/apps/{id}/identity_keys/{key_id}`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::{AppId, IdentityKeyId};
use tidings_store::apps::RevokeIdentityKey;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Path;

/// Revokes a key: tokens that it signed vouch for nobody from now on. Sessions that were begun with it go on.
#[utoipa::path(
    delete, path = "/admin/v1/apps/{id}/identity_keys/{key_id}", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path), ("key_id" = IdentityKeyId, Path)),
    responses((status = 204, description = "Revoked"), Problems)
)]
pub(crate) async fn revoke_identity_key(
    State(app): State<App>,
    backend: Backend,
    Path((app_id, id)): Path<(AppId, IdentityKeyId)>,
) -> Result<StatusCode, Problem> {
    backend.app(&app, app_id).await?;
    app.db.write(RevokeIdentityKey { app_id, id, by: backend.by(&app) }).await?;
    tracing::info!(app = %app_id, key = %id, "an identity key was revoked");
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Device, Harness};

    #[tokio::test]
    async fn a_revoked_key_vouches_for_nobody() {
        let harness = Harness::start().await;
        let keys = harness.app.db.identity_keys(harness.app_id).await.unwrap();
        let path = format!("/admin/v1/apps/{}/identity_keys/{}", harness.app_id, keys[0].id);
        assert_eq!(harness.sign_in(&Device::new(1), Some("ana")).await.status, 201);
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.sign_in(&Device::new(2), Some("ana")).await.code(), "identity_refused");
    }
}
