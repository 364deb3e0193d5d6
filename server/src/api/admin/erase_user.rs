//! `DELETE /admin/v1/apps/{id}/users/{external_id}`, `DELETE /admin/v1/users/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::admin::Erasure;
use tidings_protocol::id::{AppId, UserId};
use tidings_protocol::text::ExternalId;
use tidings_store::erase::BeginErasure;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Path;
use crate::upkeep;

/// Erases a user and all that was said with them. When this is answered, nobody can act as them any more and nothing names
/// them; the rest goes in the moments after, however this server ends.
#[utoipa::path(
    delete, path = "/admin/v1/apps/{id}/users/{external_id}", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path), ("external_id" = ExternalId, Path)),
    responses((status = 202, body = Erasure), Problems)
)]
pub(crate) async fn erase_user(
    State(app): State<App>,
    backend: Backend,
    Path((app_id, external_id)): Path<(AppId, ExternalId)>,
) -> Result<(StatusCode, Json<Erasure>), Problem> {
    backend.app(&app, app_id).await?;
    let user_id = app.db.user_by_external_id(app_id, &external_id).await?.ok_or_else(Problem::not_found)?;
    erase(&app, &backend, user_id).await
}

/// The same of a user by our own id: of somebody whom nobody has vouched for, too.
#[utoipa::path(
    delete, path = "/admin/v1/users/{id}", tag = "admin", security(("server_key" = [])),
    params(("id" = UserId, Path)), responses((status = 202, body = Erasure), Problems)
)]
pub(crate) async fn erase_user_by_id(
    State(app): State<App>,
    backend: Backend,
    Path(user_id): Path<UserId>,
) -> Result<(StatusCode, Json<Erasure>), Problem> {
    erase(&app, &backend, user_id).await
}

async fn erase(
    app: &App,
    backend: &Backend,
    user_id: UserId,
) -> Result<(StatusCode, Json<Erasure>), Problem> {
    let begin = BeginErasure { user_id, workspace_id: Some(backend.workspace_id), by: backend.by(app) };
    let fingerprint = app.db.write(begin).await?;
    tracing::info!(fingerprint, "a user is being erased");
    upkeep::erase::soon(app, user_id);
    Ok((StatusCode::ACCEPTED, Json(Erasure { fingerprint })))
}

#[cfg(test)]
mod tests {
    use crate::testing::Harness;

    #[tokio::test]
    async fn an_erased_user_is_signed_out_and_gone() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "hello").await;
        let cookie = harness.agent_cookie().await;
        let path = format!("/admin/v1/apps/{}/users/ana", harness.app_id);
        let answer = harness.delete(&path).bearer(&harness.server_key).await;
        assert_eq!(answer.status, 202);
        let fingerprint = answer.json()["fingerprint"].as_str().unwrap().to_owned();
        assert!(fingerprint.starts_with("erased_"));
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&token).await.code(), "unauthenticated");
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.code(), "not_found");
        for _ in 0..200 {
            if harness.app.db.erasures_under_way().await.unwrap().is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let path = format!("/inbox/v1/conversations/{conversation}");
        assert_eq!(harness.get(&path).cookie(&cookie).await.code(), "not_found");
        let state = format!("/admin/v1/erasures/{fingerprint}");
        let state = harness.get(&state).bearer(&harness.server_key).await.json();
        assert!(state["done_at"].is_string(), "{state}");
        let unknown = harness.get("/admin/v1/erasures/erased_0").bearer(&harness.server_key).await;
        assert_eq!(unknown.code(), "not_found");
    }

    #[tokio::test]
    async fn somebody_whom_nobody_vouches_for_is_exported_and_erased_by_our_own_id() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "my address is").await;
        let cookie = harness.agent_cookie().await;
        let thread = format!("/inbox/v1/conversations/{conversation}");
        let user = harness.get(&thread).cookie(&cookie).await.json()["user"]["id"].clone();
        let path = format!("/admin/v1/users/{}", user.as_str().unwrap());
        let export = harness.get(&format!("{path}/export")).bearer(&harness.server_key).await;
        assert!(export.text().contains("my address is"));
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 202);
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&token).await.code(), "unauthenticated");
    }
}
