//! `GET`, `PUT` and `DELETE /admin/v1/apps/{id}/cards`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::cards::{CardSource, NewCardSource, SetCardSource};
use tidings_protocol::id::AppId;
use tidings_protocol::push::PushProvider;
use tidings_store::card_sources;

use crate::api::admin::seal;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::cards::sealed_for;
use crate::problem::Problem;
use crate::push::web::origin;
use crate::request::{Body, Path};
use crate::webhooks::standard::new_secret;

/// Where the cards of the app's users come from; not found when there are none.
#[utoipa::path(
    get, path = "/admin/v1/apps/{id}/cards", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 200, body = CardSource), Problems)
)]
pub(crate) async fn get_card_source(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
) -> Result<Json<CardSource>, Problem> {
    backend.app(&app, app_id).await?;
    let found = app.db.card_source(app_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(found.source))
}

/// Says where the cards of the app's users come from, and answers the secret with which requests are signed. For a day
/// they carry a signature of the one before, too.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/cards", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body = SetCardSource,
    responses((status = 200, body = NewCardSource), Problems)
)]
pub(crate) async fn set_card_source(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(asked): Body<SetCardSource>,
) -> Result<Json<NewCardSource>, Problem> {
    backend.app(&app, app_id).await?;
    if origin(&asked.url, app.config.push.reach()).is_err() {
        return Err(Problem::invalid("/url", "expected an address: https, a host name, the usual port"));
    }
    let (secret, by) = (new_secret(&app.clock), backend.by(&app));
    let sealed = seal(&app, sealed_for(app_id), PushProvider::Webhook, &secret)?;
    let source = CardSource { url: asked.url.clone(), set_at: by.at };
    app.db.write(card_sources::SetCardSource { app_id, url: asked.url, secret: sealed, by }).await?;
    Ok(Json(NewCardSource { source, secret }))
}

/// Has no more cards fetched for the app.
#[utoipa::path(
    delete, path = "/admin/v1/apps/{id}/cards", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 204, description = "Removed"), Problems)
)]
pub(crate) async fn remove_card_source(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
) -> Result<StatusCode, Problem> {
    backend.app(&app, app_id).await?;
    let by = backend.by(&app);
    app.db.write(card_sources::RemoveCardSource { app_id, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_source_is_set_shown_without_its_secret_and_removed() {
        let harness = Harness::start().await;
        let (key, path) = (&harness.server_key, format!("/admin/v1/apps/{}/cards", harness.app_id));
        let get = || harness.get(&path).bearer(key);
        assert_eq!(get().await.code(), "not_found");
        let put = |url: &str| harness.put(&path, &json!({ "url": url })).bearer(key);
        for inside in ["http://crm.example.org/", "https://10.0.0.1/", "https://crm.example.org:8443/"] {
            assert_eq!(put(inside).await.json()["pointer"], "/url", "{inside}");
        }
        let made = put("https://crm.example.org/cards").await.json();
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        let shown = get().await;
        assert_eq!(shown.json()["url"], "https://crm.example.org/cards");
        assert!(!shown.text().contains("whsec_"));
        assert_eq!(harness.delete(&path).bearer(key).await.status, 204);
        assert_eq!(get().await.code(), "not_found");
        let log = harness.get("/admin/v1/audit_log?limit=1").bearer(key).await.json();
        assert_eq!(
            (&log["entries"][0]["act"], &log["entries"][0]["details"]["source"]),
            (&json!("card_source_set"), &json!("removed"))
        );
    }
}
