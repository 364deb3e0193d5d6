//! `GET` and `PUT /admin/v1/sign_in_rules`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::staff::SignInRules;
use tidings_store::second_factors::{RequireSecondFactor, Required};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Body;

/// What the company demands of whoever signs in.
#[utoipa::path(
    get, path = "/admin/v1/sign_in_rules", tag = "admin", security(("server_key" = [])),
    responses((status = 200, body = SignInRules), Problems)
)]
pub(crate) async fn get_rules(
    State(app): State<App>,
    backend: Backend,
) -> Result<Json<SignInRules>, Problem> {
    let second_factor_required = app.db.second_factor_required(backend.workspace_id).await?;
    Ok(Json(SignInRules { second_factor_required }))
}

/// Says what the company demands. Agents who lack a second factor that is required can do nothing but set one up.
#[utoipa::path(
    put, path = "/admin/v1/sign_in_rules", tag = "admin", security(("server_key" = [])), request_body = SignInRules,
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn set_rules(
    State(app): State<App>,
    backend: Backend,
    Body(asked): Body<SignInRules>,
) -> Result<StatusCode, Problem> {
    let required = if asked.second_factor_required { Required::Yes } else { Required::No };
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(RequireSecondFactor { workspace_id, required, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}
