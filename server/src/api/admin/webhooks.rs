//! `/admin/v1/webhooks`: which there are, their secrets, what they were told.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tidings_protocol::id::{DeliveryId, WebhookId};
use tidings_protocol::push::PushProvider;
use tidings_protocol::webhooks::{
    NewWebhook, SetWebhook, Webhook, WebhookDeliveries, WebhookDelivery, WebhookOff, Webhooks,
};
use tidings_store::webhooks::{
    AddWebhook, ChangeWebhook, ChangeWebhookSecret, RemoveWebhook, ReplayDelivery, TryWebhook,
};

use crate::api::admin::seal;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::push::web::origin;
use crate::request::{Body, Limit, Path, Query};
use crate::webhooks::standard::new_secret;

/// The webhooks of the workspace, the oldest first.
#[utoipa::path(
    get, path = "/admin/v1/webhooks", tag = "admin", security(("server_key" = [])),
    responses((status = 200, body = Webhooks), Problems)
)]
pub(crate) async fn list_webhooks(
    State(app): State<App>,
    backend: Backend,
) -> Result<Json<Webhooks>, Problem> {
    let webhooks = app.db.webhooks(backend.workspace_id, app.clock.now()).await?;
    Ok(Json(Webhooks { webhooks }))
}

/// Adds a webhook, which is told of what happens from now on, and answers the secret with which requests are signed.
#[utoipa::path(
    post, path = "/admin/v1/webhooks", tag = "admin", security(("server_key" = [])), request_body = SetWebhook,
    responses((status = 201, body = NewWebhook), Problems)
)]
pub(crate) async fn add_webhook(
    State(app): State<App>,
    backend: Backend,
    Body(asked): Body<SetWebhook>,
) -> Result<(StatusCode, Json<NewWebhook>), Problem> {
    check(&app, &asked)?;
    let id = WebhookId::from_parts(app.clock.unix_ms(), app.clock.random());
    let secret = new_secret(&app.clock);
    let command = AddWebhook {
        id,
        workspace_id: backend.workspace_id,
        url: asked.url,
        events: asked.events,
        secret: seal(&app, id, PushProvider::Webhook, &secret)?,
        off: asked.disabled.then_some(WebhookOff::Chosen),
        by: backend.by(&app),
    };
    let webhook = app.db.write(command).await?;
    Ok((StatusCode::CREATED, Json(NewWebhook { webhook, secret })))
}

fn check(app: &App, asked: &SetWebhook) -> Result<(), Problem> {
    if origin(&asked.url, app.config.push.reach()).is_err() {
        return Err(Problem::invalid("/url", "expected an address: https, a host name, the usual port"));
    }
    Ok(())
}

/// Changes a webhook, switches it off, or on again: then it is told of what happens from now on, and of what was still to
/// be told.
#[utoipa::path(
    put, path = "/admin/v1/webhooks/{id}", tag = "admin", security(("server_key" = [])),
    params(("id" = WebhookId, Path)), request_body = SetWebhook,
    responses((status = 200, body = Webhook), Problems)
)]
pub(crate) async fn change_webhook(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<WebhookId>,
    Body(asked): Body<SetWebhook>,
) -> Result<Json<Webhook>, Problem> {
    check(&app, &asked)?;
    let command = ChangeWebhook {
        id,
        workspace_id: backend.workspace_id,
        url: asked.url,
        events: asked.events,
        off: asked.disabled.then_some(WebhookOff::Chosen),
        by: backend.by(&app),
    };
    Ok(Json(app.db.write(command).await?))
}

/// Removes a webhook: what was still to be told is not.
#[utoipa::path(
    delete, path = "/admin/v1/webhooks/{id}", tag = "admin", security(("server_key" = [])),
    params(("id" = WebhookId, Path)), responses((status = 204, description = "Removed"), Problems)
)]
pub(crate) async fn remove_webhook(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<WebhookId>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(RemoveWebhook { id, workspace_id, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes another secret. For a day requests carry a signature of the one before, too.
#[utoipa::path(
    post, path = "/admin/v1/webhooks/{id}/secret", tag = "admin", security(("server_key" = [])),
    params(("id" = WebhookId, Path)), responses((status = 200, body = NewWebhook), Problems)
)]
pub(crate) async fn change_webhook_secret(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<WebhookId>,
) -> Result<Json<NewWebhook>, Problem> {
    let secret = new_secret(&app.clock);
    let command = ChangeWebhookSecret {
        id,
        workspace_id: backend.workspace_id,
        secret: seal(&app, id, PushProvider::Webhook, &secret)?,
        by: backend.by(&app),
    };
    let webhook = app.db.write(command).await?;
    Ok(Json(NewWebhook { webhook, secret }))
}

/// Tells a webhook the event `test`, within a second or two.
#[utoipa::path(
    post, path = "/admin/v1/webhooks/{id}/test", tag = "admin", security(("server_key" = [])),
    params(("id" = WebhookId, Path)), responses((status = 201, body = WebhookDelivery), Problems)
)]
pub(crate) async fn test_webhook(
    State(app): State<App>,
    backend: Backend,
    Path(webhook_id): Path<WebhookId>,
) -> Result<(StatusCode, Json<WebhookDelivery>), Problem> {
    let id = DeliveryId::from_parts(app.clock.unix_ms(), app.clock.random());
    let (workspace_id, now) = (backend.workspace_id, app.clock.now());
    let delivery = app.db.write(TryWebhook { workspace_id, webhook_id, id, now }).await?;
    Ok((StatusCode::CREATED, Json(delivery)))
}

/// `?before=&limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Deliveries before this one: `next` of the page before.
    before: Option<DeliveryId>,
    /// How many.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// What a webhook was told, and what it is still to be told, the newest first. Deliveries are kept for 30 days.
#[utoipa::path(
    get, path = "/admin/v1/webhooks/{id}/deliveries", tag = "admin", security(("server_key" = [])),
    params(("id" = WebhookId, Path), Asked), responses((status = 200, body = WebhookDeliveries), Problems)
)]
pub(crate) async fn webhook_deliveries(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<WebhookId>,
    Query(asked): Query<Asked>,
) -> Result<Json<WebhookDeliveries>, Problem> {
    let found = app.db.webhook_deliveries(backend.workspace_id, id, asked.before, asked.limit.0).await?;
    Ok(Json(found))
}

/// Tells a webhook of an event once more, under the same id.
#[utoipa::path(
    post, path = "/admin/v1/webhooks/{id}/deliveries/{delivery_id}/replay", tag = "admin",
    security(("server_key" = [])), params(("id" = WebhookId, Path), ("delivery_id" = DeliveryId, Path)),
    responses((status = 204, description = "It is told again"), Problems)
)]
pub(crate) async fn replay_delivery(
    State(app): State<App>,
    backend: Backend,
    Path((webhook_id, id)): Path<(WebhookId, DeliveryId)>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, now) = (backend.workspace_id, app.clock.now());
    app.db.write(ReplayDelivery { workspace_id, webhook_id, id, now }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::inbox::AgentRole;

    use crate::testing::Harness;

    fn body(url: &str) -> Value {
        json!({ "url": url, "events": ["message.received", "conversation.closed"] })
    }

    #[tokio::test]
    async fn a_webhook_is_added_changed_and_removed_and_its_secret_told_once() {
        let harness = Harness::start().await;
        let key = &harness.server_key;
        let made = harness.post("/admin/v1/webhooks", &body("https://hooks.example.org/a")).bearer(key).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        let path = format!("/admin/v1/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
        let listed = harness.get("/admin/v1/webhooks").bearer(key).await;
        assert!(!listed.text().contains("whsec_"));
        assert_eq!(
            listed.json()["webhooks"][0]["events"],
            json!(["conversation.closed", "message.received"])
        );
        let secret = harness.post(&format!("{path}/secret"), &Value::Null).bearer(key).await.json();
        assert_ne!(secret["secret"], made["secret"]);
        assert!(secret["webhook"]["old_secret_until"].is_string());
        let off =
            json!({ "url": "https://hooks.example.org/b", "events": ["message.sent"], "disabled": true });
        let off = harness.put(&path, &off).bearer(key).await.json();
        assert_eq!(
            (off["off"].as_str(), off["url"].as_str()),
            (Some("chosen"), Some("https://hooks.example.org/b"))
        );
        let test = harness.post(&format!("{path}/test"), &Value::Null).bearer(key).await;
        assert_eq!(test.code(), "invalid_body", "it is off");
        assert_eq!(harness.delete(&path).bearer(key).await.status, 204);
        assert_eq!(harness.delete(&path).bearer(key).await.code(), "not_found");
        let log = harness.get("/admin/v1/audit_log").bearer(key).await.json();
        let acts: Vec<_> = log["entries"].as_array().unwrap().iter().map(|entry| &entry["act"]).collect();
        assert_eq!(
            acts[..4],
            ["webhook_removed", "webhook_changed", "webhook_secret_changed", "webhook_added"]
        );
    }

    #[tokio::test]
    async fn an_address_inside_and_a_choice_of_nothing_are_refused() {
        let harness = Harness::start().await;
        let add = |body: Value| {
            let harness = &harness;
            async move { harness.post("/admin/v1/webhooks", &body).bearer(&harness.server_key).await.json() }
        };
        for url in ["http://hooks.example.org/", "https://10.0.0.1/", "https://hooks.example.org:8443/"] {
            assert_eq!(add(body(url)).await["pointer"], "/url", "{url}");
        }
        for events in [json!([]), json!(["test"]), json!(["message.unheard_of"])] {
            let refused = add(json!({ "url": "https://hooks.example.org/", "events": events })).await;
            assert_eq!(refused["code"], "invalid_body", "{events}");
        }
    }

    #[tokio::test]
    async fn who_answers_may_not_and_who_administers_proves_who_they_are() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let add = || {
            let body = body("https://hooks.example.org/");
            harness.post("/inbox/v1/settings/webhooks", &body).cookie(&cookie).same_origin()
        };
        assert_eq!(add().await.code(), "forbidden");
        harness.set_role(harness.agent_id, AgentRole::Admin).await;
        harness.hand.advance_ms(11 * 60_000);
        assert_eq!(add().await.code(), "proof_needed");
    }
}
