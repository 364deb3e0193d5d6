//! `POST /admin/v1/users/{id}/push_test`, `POST /admin/v1/apps/{id}/users/{external_id}/push_test`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::devices::{PushDiagnosis, PushTest};
use tidings_protocol::id::{AppId, UserId};
use tidings_protocol::text::ExternalId;
use tidings_store::user_devices::NotePushTest;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::push::doctor::Doctor;
use crate::push::seal::Seals;
use crate::request::{Body, Path};

/// Sends a real push to the user's devices, waits for their answers, and says for each how far it came and what to do: what
/// `tidings push doctor` does. No message is written, and nothing counts as unread.
#[utoipa::path(
    post, path = "/admin/v1/users/{id}/push_test", tag = "admin", security(("server_key" = [])),
    params(("id" = UserId, Path)), request_body = PushTest,
    responses((status = 200, body = PushDiagnosis), Problems)
)]
pub(crate) async fn test_push(
    State(app): State<App>,
    backend: Backend,
    Path(user_id): Path<UserId>,
    Body(asked): Body<PushTest>,
) -> Result<Json<PushDiagnosis>, Problem> {
    examine(&app, &backend, user_id, &asked).await
}

/// The same for a user by the id that the company's own systems know them by.
#[utoipa::path(
    post, path = "/admin/v1/apps/{id}/users/{external_id}/push_test", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path), ("external_id" = ExternalId, Path)), request_body = PushTest,
    responses((status = 200, body = PushDiagnosis), Problems)
)]
pub(crate) async fn test_push_by_external_id(
    State(app): State<App>,
    backend: Backend,
    Path((app_id, external_id)): Path<(AppId, ExternalId)>,
    Body(asked): Body<PushTest>,
) -> Result<Json<PushDiagnosis>, Problem> {
    backend.app(&app, app_id).await?;
    let id = app.db.user_by_external_id(app_id, &external_id).await?.ok_or_else(Problem::not_found)?;
    examine(&app, &backend, id, &asked).await
}

async fn examine(
    app: &App,
    backend: &Backend,
    user_id: UserId,
    asked: &PushTest,
) -> Result<Json<PushDiagnosis>, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(app));
    app.db.write(NotePushTest { workspace_id, user_id, by }).await?;
    let mut devices: Vec<_> =
        app.db.user_devices(user_id, app.clock.now()).await?.into_iter().map(|device| device.id).collect();
    if let Some(wanted) = asked.device_id {
        devices.retain(|device| *device == wanted);
        if devices.is_empty() {
            return Err(Problem::invalid("/device_id", "the user has no such device"));
        }
    }
    let set_up = |error: &dyn std::fmt::Display| Problem::internal("push cannot be set up", error);
    let seals = Seals::of(&app.config).map_err(|error| set_up(&error))?;
    let doctor = Doctor::new(&app.config.push, seals, app.db.clone(), app.clock.clone());
    let doctor = doctor.map_err(|error| set_up(&error))?;
    let devices = doctor.examine_all(&devices, asked.wait_seconds.as_duration()).await?;
    Ok(Json(PushDiagnosis { devices }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_standins::{Apns, ApnsOptions, Authority};

    use crate::testing::Harness;

    async fn user_of(harness: &Harness, token: &str) -> String {
        let screen = harness.get("/app/v1/bootstrap").bearer(token).await.json();
        screen["user"]["id"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_real_push_goes_out_and_each_hop_is_told() {
        let authority = Authority::new().unwrap();
        let clock = tidings_standins::Clock::manual(1_795_253_400_000);
        let apns = Apns::start(&authority, ApnsOptions { clock, ..ApnsOptions::default() }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authority.pem()).unwrap();
        let harness = Harness::start_with(|config| {
            config.push.apns_url = apns.url();
            config.push.apns_sandbox_url = apns.url();
            config.push.extra_ca = Some(ca);
        })
        .await;
        let token = harness.user("ana").await;
        let path = format!("/admin/v1/users/{}/push_test", user_of(&harness, &token).await);
        let test = |body: Value| {
            let (harness, path) = (&harness, path.clone());
            async move { harness.post(&path, &body).bearer(&harness.server_key).await }
        };
        let silent = test(json!({})).await.json();
        assert_eq!(silent["devices"][0]["findings"][0]["state"], "broken");
        let named = |whom: &str| format!("/admin/v1/apps/{}/users/{whom}/push_test", harness.app_id);
        let ask = |whom: &str| harness.post(&named(whom), &json!({})).bearer(&harness.server_key);
        assert_eq!(ask("ana").await.json(), silent, "the same, by their id in the company's systems");
        assert_eq!(ask("nobody").await.code(), "not_found");

        let push = json!({ "provider": "apns", "token": "00aa11bb22cc33dd44ee55ff00aa11bb22cc33dd44ee55ff00aa11bb22cc33dd" });
        assert_eq!(harness.put("/app/v1/device", &json!({ "push": push })).bearer(&token).await.status, 204);
        let key = json!({
            "key_id": apns.options().key_id, "team_id": apns.options().team_id, "topic": apns.options().topics[0],
            "private_key_pem": apns.private_key_pem(),
        });
        let put = format!("/admin/v1/apps/{}/push/apns", harness.app_id);
        assert_eq!(harness.put(&put, &key).bearer(&harness.server_key).await.status, 204);
        let told = test(json!({ "wait_seconds": 0 })).await.json();
        let findings = told["devices"][0]["findings"].as_array().unwrap();
        let [service, phone] = &findings[findings.len() - 2..] else { panic!() };
        assert_eq!((&service["hop"], &service["state"]), (&json!("service"), &json!("good")), "{told}");
        assert_eq!((&phone["hop"], &phone["state"]), (&json!("phone"), &json!("doubtful")));
        assert!(phone["fix"].is_string());
        assert_eq!(apns.received().len(), 1);
        let other = test(json!({ "device_id": "dev_01h2xcejqtf2nbrexx3vqjhp41" })).await;
        assert_eq!(other.json()["pointer"], "/device_id");
        let log = harness.get("/admin/v1/audit_log?act=push_tested").bearer(&harness.server_key).await.json();
        assert_eq!(log["entries"].as_array().unwrap().len(), 4);
    }
}
