//! `PUT /admin/v1/apps/{id}/push/web`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::admin::{SetWebPush, WebPushKey};
use tidings_protocol::id::AppId;
use tidings_protocol::push::PushProvider;
use tidings_store::push_credentials::SetPushCredential;

use crate::api::admin::{opened, seal};
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::push::web::StoredVapid;
use crate::request::{Body, Path};

/// Sets whom push services of browsers write to, and answers the key with which subscriptions are made.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/push/web", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body = SetWebPush,
    responses((status = 200, body = WebPushKey), Problems)
)]
pub(crate) async fn set_web_push(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(asked): Body<SetWebPush>,
) -> Result<Json<WebPushKey>, Problem> {
    const PROVIDER: PushProvider = PushProvider::WebPush;
    backend.app(&app, app_id).await?;
    let contact = asked.contact.as_str();
    let rest = contact.strip_prefix("mailto:").or_else(|| contact.strip_prefix("https://"));
    // Apple refuses addresses without a domain.
    if !rest.is_some_and(|rest| rest.contains('.') && !rest.contains(char::is_whitespace)) {
        return Err(Problem::invalid("/contact", "expected `mailto:` and an address, or an `https://` page"));
    }
    let broken =
        |error: &dyn std::fmt::Display| Problem::internal("a key for Web Push could not be made", error);
    let known = match app.db.push_credential(app_id, PROVIDER).await? {
        Some(row) if !asked.new_key => Some(opened(&app, app_id, PROVIDER, &row.config)?),
        _ => None,
    };
    let stored = match known {
        Some(text) => {
            let mut known: StoredVapid = serde_json::from_str(&text).map_err(|error| broken(&error))?;
            contact.clone_into(&mut known.contact);
            known
        }
        None => StoredVapid::generate(contact).map_err(|error| broken(&error))?,
    };
    let public_key = stored.public_key().map_err(|error| broken(&error))?;
    let config = serde_json::to_string(&stored).map_err(|error| broken(&error))?;
    let config = seal(&app, app_id, PROVIDER, &config)?;
    let by = backend.by(&app);
    app.db.write(SetPushCredential { app_id, provider: PROVIDER, config, by }).await?;
    Ok(Json(WebPushKey { public_key }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_key_is_made_once_and_again_when_asked_to() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/push/web", harness.app_id);
        let put = |body: serde_json::Value| {
            let (harness, path) = (&harness, path.clone());
            async move { harness.put(&path, &body).bearer(&harness.server_key).await.json() }
        };
        let first = put(json!({ "contact": "mailto:it@example.org" })).await["public_key"].clone();
        assert_eq!(first.as_str().unwrap().len(), 87);
        assert_eq!(put(json!({ "contact": "https://example.org" })).await["public_key"], first);
        let other = put(json!({ "contact": "https://example.org", "new_key": true })).await;
        assert_ne!(other["public_key"], first);
        assert_eq!(put(json!({ "contact": "mailto:root@localhost" })).await["pointer"], "/contact");
    }
}
