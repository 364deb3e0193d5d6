//! `GET /admin/v1/audit_log`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::audit::{AuditAct, AuditLog};
use tidings_store::audit::AuditFilter;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Limit, Query};

/// `?before=&act=&target=&limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// `next` of the page before.
    before: Option<u32>,
    /// Only what was done in this way.
    act: Option<AuditAct>,
    /// Only what was done to this: an id.
    target: Option<String>,
    /// How many lines.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// Who administered what in the key's workspace, the newest first.
#[utoipa::path(
    get, path = "/admin/v1/audit_log", tag = "admin", security(("server_key" = [])), params(Asked),
    responses((status = 200, body = AuditLog), Problems)
)]
pub(crate) async fn audit_log(
    State(app): State<App>,
    backend: Backend,
    Query(asked): Query<Asked>,
) -> Result<Json<AuditLog>, Problem> {
    let filter = AuditFilter { before: asked.before.map(i64::from), act: asked.act, target: asked.target };
    Ok(Json(app.db.audit_log(backend.workspace_id, &filter, asked.limit.0).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{AGENT_EMAIL, AGENT_PASSWORD, Harness};

    fn acts(log: &Value) -> Vec<&str> {
        log["entries"].as_array().unwrap().iter().map(|entry| entry["act"].as_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn an_act_is_found_with_who_did_it() {
        let harness = Harness::start().await;
        let made = harness
            .post("/admin/v1/apps", &json!({ "name": "Second" }))
            .bearer(&harness.server_key)
            .await
            .json();
        let log = harness.get("/admin/v1/audit_log?limit=1").bearer(&harness.server_key).await.json();
        let entry = &log["entries"][0];
        assert_eq!((&entry["act"], &entry["target"]), (&json!("app_created"), &made["id"]));
        assert_eq!(entry["actor"]["type"], "server_key");
        let next = &log["next"];
        let path = format!("/admin/v1/audit_log?before={next}&act=app_created");
        let earlier = harness.get(&path).bearer(&harness.server_key).await.json();
        assert_eq!(acts(&earlier), ["app_created"]);
        assert_eq!(earlier["entries"][0]["target"], harness.app_id.to_string());
        assert!(earlier["next"].is_null());
    }

    #[tokio::test]
    async fn right_and_wrong_passwords_leave_a_line_and_no_secret() {
        let harness = Harness::start().await;
        for password in ["not the password", AGENT_PASSWORD] {
            let body = json!({ "email": AGENT_EMAIL, "password": password });
            harness.post("/inbox/v1/session", &body).same_origin().await;
        }
        let path = format!("/admin/v1/audit_log?target={}&limit=2", harness.agent_id);
        let log = harness.get(&path).bearer(&harness.server_key).await.json();
        assert_eq!(acts(&log), ["agent_signed_in", "agent_sign_in_failed"]);
        assert!(!log.to_string().contains(AGENT_PASSWORD));
        assert!(!log.to_string().contains("not the password"));
        let wrong = harness.get("/admin/v1/audit_log?act=nothing").bearer(&harness.server_key).await;
        assert_eq!(wrong.code(), "invalid_parameter");
    }
}
