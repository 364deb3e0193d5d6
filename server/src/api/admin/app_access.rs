//! `PUT` and `DELETE /admin/v1/apps/{id}/disabled`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::AppId;
use tidings_store::access::{Access, SetAppAccess};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Path;

/// Shuts an app: what its users' phones ask is refused, their sockets close within five seconds, nobody can sign in.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/disabled", tag = "admin", security(("server_key" = [])), params(("id" = AppId, Path)),
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn disable_app(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<AppId>,
) -> Result<StatusCode, Problem> {
    set(&app, &backend, id, Access::Shut).await
}

/// Opens a disabled app again; its users' sessions go on.
#[utoipa::path(
    delete, path = "/admin/v1/apps/{id}/disabled", tag = "admin", security(("server_key" = [])), params(("id" = AppId, Path)),
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn enable_app(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<AppId>,
) -> Result<StatusCode, Problem> {
    set(&app, &backend, id, Access::Open).await
}

async fn set(app: &App, backend: &Backend, app_id: AppId, access: Access) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(app));
    app.db.write(SetAppAccess { workspace_id, app_id, access, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{Device, Harness};

    #[tokio::test]
    async fn the_users_of_a_disabled_app_are_out_until_it_is_open_again() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let path = format!("/admin/v1/apps/{}/disabled", harness.app_id);
        assert_eq!(harness.put(&path, &json!(null)).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&token).await.code(), "unauthenticated");
        assert_eq!(harness.sign_in(&Device::new(9), Some("ben")).await.code(), "identity_refused");
        assert_eq!(harness.sign_in(&Device::new(8), None).await.code(), "identity_refused");
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&token).await.status, 200);
    }
}
