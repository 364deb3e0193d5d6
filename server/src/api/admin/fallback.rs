//! `GET`, `PUT` and `DELETE /admin/v1/apps/{id}/fallback`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::fallback::{Fallback, FallbackWay};
use tidings_protocol::id::AppId;
use tidings_protocol::push::PushProvider;
use tidings_store::fallback::SetFallback;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// When and how users of the app are told of messages that do not arrive; not found when they are not.
#[utoipa::path(
    get, path = "/admin/v1/apps/{id}/fallback", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 200, body = Fallback), Problems)
)]
pub(crate) async fn get_fallback(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
) -> Result<Json<Fallback>, Problem> {
    backend.app(&app, app_id).await?;
    app.db.fallback(app_id).await?.map(Json).ok_or_else(Problem::not_found)
}

/// Has users of the app told in another way of messages that none of their devices has after a while.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/fallback", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body = Fallback,
    responses((status = 200, body = Fallback), Problems)
)]
pub(crate) async fn set_fallback(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(asked): Body<Fallback>,
) -> Result<Json<Fallback>, Problem> {
    backend.app(&app, app_id).await?;
    check(&app, app_id, &asked).await?;
    let (fallback, by) = (Some(asked.clone()), backend.by(&app));
    app.db.write(SetFallback { app_id, fallback, by }).await?;
    Ok(Json(asked))
}

/// A wish that could never be fulfilled is refused here, where somebody reads the answer.
async fn check(app: &App, app_id: AppId, asked: &Fallback) -> Result<(), Problem> {
    if asked.way == FallbackWay::Email && app.config.mail.host.is_none() {
        return Err(Problem::invalid(
            "/way",
            "this server has no mail server: `mail.host` (TIDINGS_MAIL_HOST)",
        ));
    }
    let is_webhook = asked.way == FallbackWay::Webhook;
    if is_webhook && app.db.push_credential(app_id, PushProvider::Webhook).await?.is_none() {
        return Err(Problem::invalid(
            "/way",
            "the app has no push webhook: PUT /admin/v1/apps/{id}/push/webhook",
        ));
    }
    if asked.link.is_some() && app.config.public_url.is_none() {
        return Err(Problem::invalid("/link", "this server does not know its address: `public_url`"));
    }
    Ok(())
}

/// Tells nobody in another way any more.
#[utoipa::path(
    delete, path = "/admin/v1/apps/{id}/fallback", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn stop_fallback(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
) -> Result<StatusCode, Problem> {
    backend.app(&app, app_id).await?;
    app.db.write(SetFallback { app_id, fallback: None, by: backend.by(&app) }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn it_is_set_shown_and_switched_off() {
        let harness = Harness::start_with(|config| {
            config.mail.host = Some("smtp.example.com".to_owned());
            config.mail.from = Some("no-reply@example.com".to_owned());
            config.public_url = Some("https://support.example.com".to_owned().try_into().unwrap());
        })
        .await;
        let path = format!("/admin/v1/apps/{}/fallback", harness.app_id);
        let key = &harness.server_key;
        assert_eq!(harness.get(&path).bearer(key).await.code(), "not_found");
        let wish = json!({ "way": "email", "after_minutes": 15, "link": "https://app.example.com/{conversation_id}" });
        let set = harness.put(&path, &wish).bearer(key).await;
        assert_eq!(set.json()["pause_minutes"], 60);
        assert_eq!(harness.get(&path).bearer(key).await.json(), set.json());
        assert_eq!(harness.delete(&path).bearer(key).await.status, 204);
        assert_eq!(harness.get(&path).bearer(key).await.code(), "not_found");
        let log = harness.get("/admin/v1/audit_log?act=fallback_set").bearer(key).await.json();
        let ways = [0, 1].map(|place| log["entries"][place]["details"]["way"].clone());
        assert_eq!(ways, [json!("off"), json!("email")]);
    }

    #[tokio::test]
    async fn what_could_never_happen_is_refused() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/fallback", harness.app_id);
        for (wish, pointer) in [
            (json!({ "way": "email", "after_minutes": 15 }), "/way"),
            (json!({ "way": "webhook", "after_minutes": 15 }), "/way"),
            (json!({ "way": "webhook", "after_minutes": 0 }), "/after_minutes"),
            (json!({ "way": "webhook", "after_minutes": 15, "link": "javascript://x" }), "/link"),
        ] {
            let answer = harness.put(&path, &wish).bearer(&harness.server_key).await;
            assert_eq!(
                (answer.code().as_str(), answer.json()["pointer"].as_str()),
                ("invalid_body", Some(pointer))
            );
        }
    }
}
