//! `PUT /admin/v1/apps/{id}/push/fcm`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::admin::FcmCredential;
use tidings_protocol::id::AppId;
use tidings_protocol::push::PushProvider;
use tidings_store::push_credentials::SetPushCredential;

use crate::api::admin::seal;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::push::credential::check_fcm;
use crate::request::{Body, Path};

/// Sets the service account that sends pushes to the app's Android phones.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/push/fcm", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body = FcmCredential,
    responses((status = 204, description = "Set"), Problems)
)]
pub(crate) async fn set_fcm_credential(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(credential): Body<FcmCredential>,
) -> Result<StatusCode, Problem> {
    backend.app(&app, app_id).await?;
    check_fcm(&credential)
        .map_err(|refused| Problem::invalid(&refused.pointer, refused.reason.to_string()))?;
    let config = serde_json::to_string(&credential)
        .map_err(|error| Problem::internal("a push credential could not be written", &error))?;
    let config = seal(&app, app_id, PushProvider::Fcm, &config)?;
    let by = backend.by(&app);
    app.db.write(SetPushCredential { app_id, provider: PushProvider::Fcm, config, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_service_account_is_kept_and_something_else_refused() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/push/fcm", harness.app_id);
        let set = |account: serde_json::Value| {
            harness.put(&path, &json!({ "service_account": account })).bearer(&harness.server_key)
        };
        let lacks = set(json!({ "project_id": "p" })).await;
        assert_eq!(lacks.json()["pointer"], "/service_account/private_key");
        let no_key = json!({ "project_id": "p", "private_key": "k", "client_email": "e" });
        assert_eq!(set(no_key).await.json()["pointer"], "/service_account/private_key");
        assert_eq!(set(json!("file.json")).await.code(), "invalid_body");
        let authority = tidings_standins::Authority::new().unwrap();
        let fcm =
            tidings_standins::Fcm::start(&authority, tidings_standins::FcmOptions::default()).await.unwrap();
        assert_eq!(set(fcm.service_account()).await.status, 204);
    }
}
