//! `GET`, `PUT` and `DELETE /admin/v1/apps/{id}/satisfaction`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::AppId;
use tidings_protocol::satisfaction::Satisfaction;
use tidings_store::satisfaction::SetSatisfaction;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// When and with which words users of the app are asked what they think; not found when they are not.
#[utoipa::path(
    get, path = "/admin/v1/apps/{id}/satisfaction", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 200, body = Satisfaction), Problems)
)]
pub(crate) async fn get_satisfaction(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
) -> Result<Json<Satisfaction>, Problem> {
    backend.app(&app, app_id).await?;
    app.db.satisfaction(app_id).await?.map(Json).ok_or_else(Problem::not_found)
}

/// Has users of the app asked what they think, some time after a conversation was closed: at most once in 14 days each.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/satisfaction", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body = Satisfaction,
    responses((status = 200, body = Satisfaction), Problems)
)]
pub(crate) async fn set_satisfaction(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(asked): Body<Satisfaction>,
) -> Result<Json<Satisfaction>, Problem> {
    backend.app(&app, app_id).await?;
    let (satisfaction, by) = (Some(asked.clone()), backend.by(&app));
    app.db.write(SetSatisfaction { app_id, satisfaction, by }).await?;
    Ok(Json(asked))
}

/// Asks nobody any more, not after what is closed already either.
#[utoipa::path(
    delete, path = "/admin/v1/apps/{id}/satisfaction", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn stop_satisfaction(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
) -> Result<StatusCode, Problem> {
    backend.app(&app, app_id).await?;
    app.db.write(SetSatisfaction { app_id, satisfaction: None, by: backend.by(&app) }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn it_is_off_until_somebody_switches_it_on() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/satisfaction", harness.app_id);
        let key = &harness.server_key;
        assert_eq!(harness.get(&path).bearer(key).await.code(), "not_found");
        let wish = json!({ "after_minutes": 10, "questions": [{ "language": "fr", "text": "Alors ?" }] });
        assert_eq!(harness.put(&path, &wish).bearer(key).await.json(), wish);
        assert_eq!(harness.get(&path).bearer(key).await.json(), wish);
        assert_eq!(harness.delete(&path).bearer(key).await.status, 204);
        assert_eq!(harness.get(&path).bearer(key).await.code(), "not_found");
        let log = harness.get("/admin/v1/audit_log?act=satisfaction_set").bearer(key).await.json();
        let told = [0, 1].map(|place| log["entries"][place]["details"]["after_minutes"].clone());
        assert_eq!(told, [json!("off"), json!("10")]);
    }

    #[tokio::test]
    async fn what_cannot_be_is_refused() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/satisfaction", harness.app_id);
        let french = || json!({ "language": "fr", "text": "Alors ?" });
        for (wish, pointer) in [
            (json!({ "after_minutes": 1441 }), "/after_minutes"),
            (json!({ "after_minutes": -1 }), "/after_minutes"),
            (json!({ "after_minutes": 1, "questions": [french(), french()] }), "/questions"),
            (
                json!({ "after_minutes": 1, "questions": [{ "language": "fr", "text": " " }] }),
                "/questions/0/text",
            ),
        ] {
            let answer = harness.put(&path, &wish).bearer(&harness.server_key).await;
            assert_eq!(answer.code(), "invalid_body", "{wish}");
            assert_eq!(answer.json()["pointer"], pointer, "{wish}");
        }
    }
}
