//! `PUT` and `DELETE /admin/v1/apps/{id}/disabled`, `PUT /admin/v1/apps/{id}/name`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::admin::NameApp;
use tidings_protocol::id::AppId;
use tidings_store::access::{Access, SetAppAccess};
use tidings_store::apps::RenameApp;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Body, Path};

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

/// Gives an app another name. Users see it in the conversations of the app, unless its appearance says another one; phones that are
/// connected show it at once, the others when they come back.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/name", tag = "admin", security(("server_key" = [])), params(("id" = AppId, Path)),
    request_body = NameApp, responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn rename_app(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(NameApp { name }): Body<NameApp>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(RenameApp { workspace_id, app_id, name, by }).await?;
    app.bus.look(&app.hub, app_id);
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

    #[tokio::test]
    async fn an_app_is_renamed_for_its_users_too_and_the_list_says_whether_it_is_shut() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let key = harness.server_key.clone();
        let of = |what: &str| format!("/admin/v1/apps/{}/{what}", harness.app_id);
        let named = harness.put(&of("name"), &json!({ "name": "Fjord Shop" })).bearer(&key).await;
        assert_eq!(named.status, 204, "{}", named.text());
        let look = harness.get("/app/v1/appearance").bearer(&token).await.json();
        assert_eq!(look["name"], "Fjord Shop");
        let app = || async { harness.get("/admin/v1/apps").bearer(&key).await.json()["apps"][0].clone() };
        assert_eq!((&app().await["name"], &app().await["disabled_at"]), (&json!("Fjord Shop"), &json!(null)));
        harness.put(&of("disabled"), &json!(null)).bearer(&key).await;
        assert!(app().await["disabled_at"].is_string());
        let lost = format!("/admin/v1/apps/{}/name", tidings_protocol::id::AppId::from_parts(9, [9; 10]));
        assert_eq!(harness.put(&lost, &json!({ "name": "x" })).bearer(&key).await.status, 404);
        let log = harness.get("/admin/v1/audit_log?act=app_renamed").bearer(&key).await.json();
        assert_eq!(log["entries"][0]["details"]["name"], "Fjord Shop");
    }
}
