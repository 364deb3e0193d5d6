//! `PUT /admin/v1/apps/{id}/push/webhook`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::admin::{PushWebhook, SetPushWebhook};
use tidings_protocol::id::AppId;
use tidings_protocol::push::PushProvider;
use tidings_store::push_credentials::SetPushCredential;

use crate::api::admin::seal;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::push::hook::StoredHook;
use crate::push::web::origin;
use crate::request::{Body, Path};

/// Sets the company's own service that takes pushes, and answers the secret with which they are signed.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/push/webhook", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body = SetPushWebhook,
    responses((status = 200, body = PushWebhook), Problems)
)]
pub(crate) async fn set_push_webhook(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(asked): Body<SetPushWebhook>,
) -> Result<Json<PushWebhook>, Problem> {
    const PROVIDER: PushProvider = PushProvider::Webhook;
    backend.app(&app, app_id).await?;
    if origin(&asked.url, app.config.push.reach()).is_err() {
        return Err(Problem::invalid("/url", "expected an address: https, a host name, the usual port"));
    }
    let stored = StoredHook::new(&asked.url, &app.clock);
    let config = serde_json::to_string(&stored)
        .map_err(|error| Problem::internal("a push webhook could not be written", &error))?;
    let config = seal(&app, app_id, PROVIDER, &config)?;
    let by = backend.by(&app);
    app.db.write(SetPushCredential { app_id, provider: PROVIDER, config, by }).await?;
    Ok(Json(PushWebhook { secret: stored.secret }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_public_address_is_taken_and_one_inside_refused() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/push/webhook", harness.app_id);
        let put = |url: &str| {
            let body = json!({ "url": url });
            let (harness, path) = (&harness, path.clone());
            async move { harness.put(&path, &body).bearer(&harness.server_key).await.json() }
        };
        let made = put("https://push.example.org/tidings").await;
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        for inside in ["http://push.example.org", "https://10.0.0.1/", "https://push.example.org:8443/"] {
            assert_eq!(put(inside).await["pointer"], "/url", "{inside}");
        }
    }
}
