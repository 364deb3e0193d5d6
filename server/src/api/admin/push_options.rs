//! `GET` and `PUT /admin/v1/apps/{id}/push_options`, `PUT /admin/v1/conversations/{id}/push_privacy`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::{AppId, ConversationId};
use tidings_protocol::push::{ConversationPushPrivacy, PushOptions};
use tidings_store::push_options::{SetConversationPrivacy, SetPushOptions};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// What the pushes of the app say, and how they look.
#[utoipa::path(
    get, path = "/admin/v1/apps/{id}/push_options", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 200, body = PushOptions), Problems)
)]
pub(crate) async fn push_options(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
) -> Result<Json<PushOptions>, Problem> {
    backend.app(&app, app_id).await?;
    app.db.push_options(app_id).await?.map(Json).ok_or_else(Problem::not_found)
}

/// Sets what the pushes of the app say, and how they look; what is absent is as at first. Holds for pushes from now on.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/push_options", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body = PushOptions,
    responses((status = 200, body = PushOptions), Problems)
)]
pub(crate) async fn set_push_options(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(options): Body<PushOptions>,
) -> Result<Json<PushOptions>, Problem> {
    backend.app(&app, app_id).await?;
    app.db.write(SetPushOptions { app_id, options: options.clone(), by: backend.by(&app) }).await?;
    Ok(Json(options))
}

/// Sets how much the pushes and e-mails of one conversation may say, whatever its app says.
#[utoipa::path(
    put, path = "/admin/v1/conversations/{id}/push_privacy", tag = "admin", security(("server_key" = [])),
    params(("id" = ConversationId, Path)), request_body = ConversationPushPrivacy,
    responses((status = 200, body = ConversationPushPrivacy), Problems)
)]
pub(crate) async fn set_conversation_push_privacy(
    State(app): State<App>,
    backend: Backend,
    Path(conversation_id): Path<ConversationId>,
    Body(asked): Body<ConversationPushPrivacy>,
) -> Result<Json<ConversationPushPrivacy>, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    let privacy = asked.push_privacy;
    app.db.write(SetConversationPrivacy { workspace_id, conversation_id, privacy, by }).await?;
    Ok(Json(asked))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::Harness;

    #[tokio::test]
    async fn they_are_as_at_first_until_they_are_set() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/push_options", harness.app_id);
        let key = &harness.server_key;
        let first = json!({"privacy": "generic", "fcm_form": "data", "interruption_level": "active"});
        assert_eq!(harness.get(&path).bearer(key).await.json(), first);
        let wish = json!({"privacy": "opaque", "fcm_form": "notification", "channel_id": "chat",
            "interruption_level": "time_sensitive"});
        assert_eq!(harness.put(&path, &wish).bearer(key).await.json(), wish);
        assert_eq!(harness.get(&path).bearer(key).await.json(), wish);
        assert_eq!(harness.put(&path, &json!({"privacy": "loud"})).bearer(key).await.code(), "invalid_body");
        let log = harness.get("/admin/v1/audit_log?act=push_options_set").bearer(key).await.json();
        assert_eq!(log["entries"][0]["details"]["privacy"], "opaque");
    }

    #[tokio::test]
    async fn one_conversation_may_say_less() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let path = format!("/admin/v1/conversations/{conversation}/push_privacy");
        let set = async |privacy: Value| {
            harness.put(&path, &json!({ "push_privacy": privacy })).bearer(&harness.server_key).await
        };
        assert_eq!(set(json!("opaque")).await.json()["push_privacy"], "opaque");
        assert_eq!(set(Value::Null).await.json()["push_privacy"], Value::Null);
        let nobodys = "/admin/v1/conversations/cnv_01h2xcejqtf2nbrexx3vqjhp41/push_privacy";
        let body = json!({ "push_privacy": "opaque" });
        assert_eq!(harness.put(nobodys, &body).bearer(&harness.server_key).await.status, 404);
    }
}
