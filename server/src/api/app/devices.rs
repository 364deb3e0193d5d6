//! `GET /app/v1/devices`, `DELETE /app/v1/devices/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::devices::UserDevices;
use tidings_protocol::id::DeviceId;
use tidings_store::Error;
use tidings_store::user_devices::{RevokeDevice, Whose};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::Path;

/// The user's own devices, the one that was seen last first.
#[utoipa::path(
    get, path = "/app/v1/devices", tag = "app", security(("session" = [])),
    responses((status = 200, body = UserDevices), Problems)
)]
pub(crate) async fn list_devices(State(app): State<App>, user: User) -> Result<Json<UserDevices>, Problem> {
    let devices = app.db.user_devices(user.session.user_id, app.clock.now()).await?;
    Ok(Json(UserDevices { devices }))
}

/// Signs one of the user's own devices out and forgets how it is woken. One that is not theirs is not signed in as them
/// anyway, and nothing happens.
#[utoipa::path(
    delete, path = "/app/v1/devices/{id}", tag = "app", security(("session" = [])), params(("id" = DeviceId, Path)),
    responses((status = 204, description = "It is signed out"), Problems)
)]
pub(crate) async fn revoke_device(
    State(app): State<App>,
    user: User,
    Path(device_id): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    let whose = Whose::User(user.session.user_id);
    match app.db.write(RevokeDevice { device_id, whose }).await {
        Ok(()) | Err(Error::NotFound) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{Device, Harness};

    #[tokio::test]
    async fn a_lost_phone_is_signed_out_from_another_one() {
        let harness = Harness::start().await;
        let lost = harness.sign_in(&Device::new(1), Some("ana")).await.session_token();
        let here = harness.sign_in(&Device::new(2), Some("ana")).await.session_token();
        let stranger = harness.user("ben").await;
        let push = json!({ "push": { "provider": "fcm", "token": "a-token" } });
        harness.put("/app/v1/device", &push).bearer(&lost).await;
        let id = Device::new(1).id;
        let path = format!("/app/v1/devices/{id}");
        let one = async || -> Value {
            let all = harness.get("/app/v1/devices").bearer(&here).await.json();
            all["devices"]
                .as_array()
                .unwrap()
                .iter()
                .find(|device| device["id"] == json!(id))
                .unwrap()
                .clone()
        };
        assert_eq!(one().await["push"]["provider"], "fcm");
        assert!(!one().await.to_string().contains("a-token"));
        assert_eq!(harness.delete(&path).bearer(&stranger).await.status, 204);
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&lost).await.status, 200);
        assert_eq!(harness.delete(&path).bearer(&here).await.status, 204);
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&lost).await.code(), "unauthenticated");
        assert_eq!((&one().await["signed_in"], one().await.get("push")), (&json!(false), None));
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&here).await.status, 200);
    }
}
