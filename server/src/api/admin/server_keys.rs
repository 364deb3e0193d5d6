//! `GET` and `POST /admin/v1/server_keys`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::ServerKeyId;
use tidings_protocol::staff::{CreateServerKey, NewServerKey, ServerKeys};
use tidings_store::keys::AddServerKey;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::auth::{SERVER_KEY_PREFIX, new_token, token_hash};
use crate::problem::Problem;
use crate::request::Body;

/// The server keys that were not revoked.
#[utoipa::path(
    get, path = "/admin/v1/server_keys", tag = "admin", security(("server_key" = [])),
    responses((status = 200, body = ServerKeys), Problems)
)]
pub(crate) async fn list_server_keys(
    State(app): State<App>,
    backend: Backend,
) -> Result<Json<ServerKeys>, Problem> {
    Ok(Json(ServerKeys { keys: app.db.server_keys(backend.workspace_id).await? }))
}

/// Makes a server key, and tells it this once.
#[utoipa::path(
    post, path = "/admin/v1/server_keys", tag = "admin", security(("server_key" = [])), request_body = CreateServerKey,
    responses((status = 201, body = NewServerKey), Problems)
)]
pub(crate) async fn create_server_key(
    State(app): State<App>,
    backend: Backend,
    Body(asked): Body<CreateServerKey>,
) -> Result<(StatusCode, Json<NewServerKey>), Problem> {
    let secret = new_token(&app.clock, SERVER_KEY_PREFIX);
    let id = ServerKeyId::from_parts(app.clock.unix_ms(), app.clock.random());
    let command = AddServerKey {
        id,
        workspace_id: backend.workspace_id,
        label: asked.label.into_string(),
        secret_hash: token_hash(&secret),
        by: backend.by(&app),
    };
    app.db.write(command).await?;
    Ok((StatusCode::CREATED, Json(NewServerKey { id, secret })))
}
