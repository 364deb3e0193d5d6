//! `PUT` and `DELETE /admin/v1/users/{id}/blocked`, and `DELETE /admin/v1/users/{id}/sessions`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::UserId;
use tidings_store::access::{Access, EndUserSessions, SetUserAccess};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Path;

/// Shuts a user out: their sessions end, their sockets close within five seconds, they get no push and cannot sign in.
#[utoipa::path(
    put, path = "/admin/v1/users/{id}/blocked", tag = "admin", security(("server_key" = [])), params(("id" = UserId, Path)),
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn block_user(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    set(&app, &backend, id, Access::Shut).await
}

/// Lets a blocked user in again; they sign in anew.
#[utoipa::path(
    delete, path = "/admin/v1/users/{id}/blocked", tag = "admin", security(("server_key" = [])), params(("id" = UserId, Path)),
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn unblock_user(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    set(&app, &backend, id, Access::Open).await
}

async fn set(app: &App, backend: &Backend, user_id: UserId, access: Access) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(app));
    app.db.write(SetUserAccess { workspace_id, user_id, access, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs a user out of all their devices; they may sign in again.
#[utoipa::path(
    delete, path = "/admin/v1/users/{id}/sessions", tag = "admin", security(("server_key" = [])),
    params(("id" = UserId, Path)), responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn sign_out_user(
    State(app): State<App>,
    backend: Backend,
    Path(user_id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(EndUserSessions { workspace_id, user_id, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{Device, Harness};

    async fn id_of(harness: &Harness, external_id: &str) -> String {
        let path = format!("/admin/v1/apps/{}/users/{external_id}", harness.app_id);
        let user = harness.put(&path, &json!({})).bearer(&harness.server_key).await.json();
        user["id"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_blocked_user_is_out_until_they_are_let_in() {
        let harness = Harness::start().await;
        let (token, path) =
            (harness.user("ana").await, format!("/admin/v1/users/{}/blocked", id_of(&harness, "ana").await));
        assert_eq!(harness.put(&path, &json!(null)).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&token).await.code(), "unauthenticated");
        assert_eq!(harness.sign_in(&Device::new(9), Some("ana")).await.code(), "identity_refused");
        assert_eq!(harness.sign_in(&Device::new(8), Some("ben")).await.status, 201);
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&token).await.code(), "unauthenticated");
        assert_eq!(harness.sign_in(&Device::new(9), Some("ana")).await.status, 201);
    }

    #[tokio::test]
    async fn a_user_who_was_signed_out_may_sign_in() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let path = format!("/admin/v1/users/{}/sessions", id_of(&harness, "ana").await);
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&token).await.code(), "unauthenticated");
        assert_eq!(harness.sign_in(&Device::new(9), Some("ana")).await.status, 201);
        let log =
            harness.get("/admin/v1/audit_log?act=user_sessions_ended").bearer(&harness.server_key).await;
        assert_eq!(log.json()["entries"][0]["details"]["sessions"], "1");
    }
}
