//! `GET` and `PUT /admin/v1/retention`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::WorkspaceId;
use tidings_protocol::retention::{AppRetention, KeptDays, Retention, SetRetention};
use tidings_store::retention::{self, Kept};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Body;

/// How long messages are kept.
#[utoipa::path(
    get, path = "/admin/v1/retention", tag = "admin", security(("server_key" = [])),
    responses((status = 200, body = Retention), Problems)
)]
pub(crate) async fn get_retention(
    State(app): State<App>,
    backend: Backend,
) -> Result<Json<Retention>, Problem> {
    rules(&app, backend.workspace_id).await.map(Json)
}

/// Says how long messages are kept of conversations that are closed and in which nothing was said since. What is older goes
/// within the hour, for good.
#[utoipa::path(
    put, path = "/admin/v1/retention", tag = "admin", security(("server_key" = [])), request_body = SetRetention,
    responses((status = 200, body = Retention), Problems)
)]
pub(crate) async fn set_retention(
    State(app): State<App>,
    backend: Backend,
    Body(asked): Body<SetRetention>,
) -> Result<Json<Retention>, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    let kept = match asked.app_id {
        None => Kept::Messages(workspace_id),
        Some(id) => Kept::MessagesOf(workspace_id, backend.app(&app, id).await?.id),
    };
    let days = asked.message_days.map(i64::from);
    app.db.write(retention::SetRetention { kept, days, workspace_id, by }).await?;
    rules(&app, workspace_id).await.map(Json)
}

async fn rules(app: &App, id: WorkspaceId) -> Result<Retention, Problem> {
    let found = app.db.retention(id).await?;
    // The command line knows no upper bound: what is kept for longer is kept for ever as far as anybody can see.
    let days = |days: i64| KeptDays::try_from(days).ok();
    let of = |(app_id, kept): (_, i64)| Some(AppRetention { app_id, message_days: days(kept)? });
    Ok(Retention {
        message_days: found.message_days.and_then(days),
        apps: found.apps.into_iter().filter_map(of).collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::AppId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn messages_are_kept_as_the_company_says_and_of_an_app_as_it_says_of_it() {
        let harness = Harness::start().await;
        let key = &harness.server_key;
        // The harness gives its workspace and its app the same bits, which no two things have elsewhere.
        let app = harness.post("/admin/v1/apps", &json!({ "name": "Second" })).bearer(key).await.json();
        let app: AppId = app["id"].as_str().unwrap().parse().unwrap();
        let get = || harness.get("/admin/v1/retention").bearer(key);
        assert_eq!(get().await.json(), json!({ "apps": [] }));
        let put = |body: serde_json::Value| {
            let harness = &harness;
            async move { harness.put("/admin/v1/retention", &body).bearer(&harness.server_key).await }
        };
        put(json!({ "message_days": 730 })).await;
        let both = put(json!({ "app_id": app, "message_days": 30 })).await.json();
        assert_eq!(both["message_days"], 730);
        let of_app = json!({ "app_id": app, "message_days": 30 });
        assert!(both["apps"].as_array().unwrap().contains(&of_app), "{both}");
        put(json!({ "app_id": app })).await;
        put(json!({})).await;
        assert_eq!(get().await.json(), json!({ "apps": [] }));
        let elsewhere = AppId::from_parts(99, [99; 10]);
        let refused = put(json!({ "app_id": elsewhere, "message_days": 1 })).await;
        assert_eq!(refused.code(), "not_found");
        assert_eq!(put(json!({ "message_days": 0 })).await.json()["pointer"], "/message_days");
        let log = harness.get("/admin/v1/audit_log?limit=1").bearer(key).await.json();
        assert_eq!(log["entries"][0]["act"], "retention_changed");
    }
}
