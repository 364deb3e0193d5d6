//! `GET /admin/v1/erasures/{fingerprint}`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::retention::ErasureState;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Path;

/// How far the erasure of a user of the workspace is, by what is left of their name.
#[utoipa::path(
    get, path = "/admin/v1/erasures/{fingerprint}", tag = "admin", security(("server_key" = [])),
    params(("fingerprint" = String, Path)), responses((status = 200, body = ErasureState), Problems)
)]
pub(crate) async fn get_erasure(
    State(app): State<App>,
    backend: Backend,
    Path(fingerprint): Path<String>,
) -> Result<Json<ErasureState>, Problem> {
    let found = app.db.erasure(backend.workspace_id, &fingerprint).await?;
    found.map(Json).ok_or_else(Problem::not_found)
}
