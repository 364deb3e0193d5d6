//! `GET /admin/v1/apps/{id}/identity_keys`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::admin::{IdentityKey, IdentityKeys};
use tidings_protocol::id::AppId;
use tidings_store::keys::IdentityAlgorithm;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Path;

/// The keys with which identity tokens of an app may be signed, without any secret.
#[utoipa::path(
    get, path = "/admin/v1/apps/{id}/identity_keys", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 200, body = IdentityKeys), Problems)
)]
pub(crate) async fn list_identity_keys(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<AppId>,
) -> Result<Json<IdentityKeys>, Problem> {
    backend.app(&app, id).await?;
    let keys = app.db.identity_keys(id).await?.into_iter().map(|key| {
        let algorithm = match key.algorithm {
            IdentityAlgorithm::Es256 => "ES256",
            IdentityAlgorithm::EdDsa => "EdDSA",
            IdentityAlgorithm::Hs256 => "HS256",
        };
        IdentityKey { id: key.id, algorithm: algorithm.to_owned(), kid: key.kid, secret: None }
    });
    Ok(Json(IdentityKeys { keys: keys.collect() }))
}
