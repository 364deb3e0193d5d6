//! `GET` and `PUT /app/v1/notifications`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::notifications::Notifications;
use tidings_store::notifications::SetNotifications;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::Body;

/// What this user wants to be told of by push.
#[utoipa::path(
    get, path = "/app/v1/notifications", tag = "app", security(("session" = [])),
    responses((status = 200, body = Notifications), Problems)
)]
pub(crate) async fn get_notifications(
    State(app): State<App>,
    user: User,
) -> Result<Json<Notifications>, Problem> {
    Ok(Json(app.db.notifications(user.session.user_id).await?))
}

/// Replaces it, for all devices of the user.
#[utoipa::path(
    put, path = "/app/v1/notifications", tag = "app", security(("session" = [])), request_body = Notifications,
    responses((status = 204, description = "Replaced"), Problems)
)]
pub(crate) async fn set_notifications(
    State(app): State<App>,
    user: User,
    Body(wishes): Body<Notifications>,
) -> Result<StatusCode, Problem> {
    app.db.write(SetNotifications { user_id: user.session.user_id, wishes }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn what_a_user_wants_is_kept_and_nonsense_is_refused() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let get = || harness.get("/app/v1/notifications").bearer(&token);
        assert_eq!(get().await.json(), json!({ "quiet_hours": null, "muted": [] }));
        let wishes = json!({
            "quiet_hours": { "from": "22:00", "until": "07:00", "utc_offset_minutes": 60 },
            "muted": [{ "conversation_id": conversation, "until": null }],
        });
        let put = |body| harness.put("/app/v1/notifications", body).bearer(&token);
        assert_eq!(put(&wishes).await.status, 204);
        assert_eq!(get().await.json(), wishes);
        let mut wrong = wishes.clone();
        wrong["quiet_hours"]["from"] = json!("25:00");
        let refused = put(&wrong).await;
        assert_eq!(
            (refused.code(), refused.json()["pointer"].as_str()),
            ("invalid_body".into(), Some("/quiet_hours/from"))
        );
        let other = harness.anonymous(2).await;
        let theirs = harness.get("/app/v1/notifications").bearer(&other).await.json();
        assert_eq!(theirs["quiet_hours"], json!(null));
    }
}
