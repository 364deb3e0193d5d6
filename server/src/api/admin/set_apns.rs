//! `PUT /admin/v1/apps/{id}/push/apns`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::admin::ApnsCredential;
use tidings_protocol::id::AppId;
use tidings_protocol::push::PushProvider;
use tidings_store::push_credentials::SetPushCredential;

use crate::api::admin::seal;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::push::credential::check_apns;
use crate::request::{Body, Path};

/// Sets the key with which pushes to the app's iPhones are signed.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/push/apns", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body = ApnsCredential,
    responses((status = 204, description = "Set"), Problems)
)]
pub(crate) async fn set_apns_credential(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(credential): Body<ApnsCredential>,
) -> Result<StatusCode, Problem> {
    backend.app(&app, app_id).await?;
    check_apns(&credential)
        .map_err(|refused| Problem::invalid(&refused.pointer, refused.reason.to_string()))?;
    let config = serde_json::to_string(&credential)
        .map_err(|error| Problem::internal("a push credential could not be written", &error))?;
    let config = seal(&app, app_id, PushProvider::Apns, &config)?;
    let by = backend.by(&app);
    app.db.write(SetPushCredential { app_id, provider: PushProvider::Apns, config, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::push::PushProvider;

    use crate::auth::material::KeyPair;
    use crate::testing::Harness;

    #[tokio::test]
    async fn a_key_is_kept_and_something_else_refused() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/push/apns", harness.app_id);
        let set = |pem: &str| {
            let body = json!({
                "key_id": "ABCDE12345", "team_id": "TEAM123456", "topic": "com.example", "private_key_pem": pem,
            });
            harness.put(&path, &body).bearer(&harness.server_key)
        };
        assert_eq!(set("secret").await.json()["pointer"], "/private_key_pem");
        assert_eq!(set(&KeyPair::generate_es256().unwrap().private_pem).await.status, 204);
        let kept = harness.app.db.push_credential(harness.app_id, PushProvider::Apns).await.unwrap().unwrap();
        assert!(kept.config.starts_with("sealed:"));
        let opened = super::super::opened(&harness.app, harness.app_id, PushProvider::Apns, &kept.config);
        assert!(opened.unwrap().contains("ABCDE12345"));
    }
}
