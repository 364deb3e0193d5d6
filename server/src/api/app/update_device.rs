//! `PUT /app/v1/device`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::app::UpdateDevice;
use tidings_store::devices;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::Body;

/// Replaces what is known of this installation: how to wake it, its language, its version.
#[utoipa::path(
    put, path = "/app/v1/device", tag = "app", security(("session" = [])), request_body = UpdateDevice,
    responses((status = 204, description = "Replaced"), Problems)
)]
pub(crate) async fn update_device(
    State(app): State<App>,
    user: User,
    Body(update): Body<UpdateDevice>,
) -> Result<StatusCode, Problem> {
    let device_id = user.session.device_id;
    app.db.write(devices::UpdateDevice { device_id, update, now: app.clock.now() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_push_address_is_taken_and_a_wrong_one_refused() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let good = json!({ "push": { "provider": "apns", "token": "ab".repeat(32) }, "locale": "fr-CH" });
        assert_eq!(harness.put("/app/v1/device", &good).bearer(&token).await.status, 204);
        let wrong = json!({ "push": { "provider": "pigeon", "token": "x" } });
        let answer = harness.put("/app/v1/device", &wrong).bearer(&token).await;
        assert_eq!(answer.code(), "invalid_body");
        assert_eq!(answer.json()["pointer"], "/push/provider");
    }
}
