//! `PUT /app/v1/device`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::app::UpdateDevice;
use tidings_protocol::push::PushProvider;
use tidings_store::devices;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::push::web::{InvalidSubscription, check};
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
    if let Some(push) = update.push.as_ref().filter(|push| push.provider == PushProvider::WebPush) {
        check(push, app.config.push.reach()).map_err(|error| {
            let at = if error == InvalidSubscription::Keys { "/push/keys" } else { "/push/token" };
            Problem::invalid(at, error.to_string())
        })?;
    }
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
        let keys = json!({ "p256dh": format!("B{}", "A".repeat(86)), "auth": "A".repeat(22) });
        for (endpoint, keys, answer) in [
            ("https://push.example.org/1", keys.clone(), json!(null)),
            ("https://127.0.0.1/1", keys.clone(), json!("/push/token")),
            ("http://push.example.org/1", keys, json!("/push/token")),
            ("https://push.example.org/1", json!(null), json!("/push/keys")),
        ] {
            let push = json!({ "provider": "web_push", "token": endpoint, "keys": keys });
            let told = harness.put("/app/v1/device", &json!({ "push": push })).bearer(&token).await;
            let pointer = if told.status == 204 { json!(null) } else { told.json()["pointer"].clone() };
            assert_eq!(pointer, answer, "{push}");
        }
    }
}
