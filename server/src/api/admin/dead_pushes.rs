//! `GET /admin/v1/push/dead`, `POST /admin/v1/push/dead/{id}/retry`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tidings_protocol::admin::DeadPushes;
use tidings_protocol::id::JobId;
use tidings_store::dead_jobs::ReviveJob;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Limit, Path, Query};

/// `?limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// How many.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// Pushes that were given up in the key's workspace, the newest first. They are kept for 90 days.
#[utoipa::path(
    get, path = "/admin/v1/push/dead", tag = "admin", security(("server_key" = [])), params(Asked),
    responses((status = 200, body = DeadPushes), Problems)
)]
pub(crate) async fn dead_pushes(
    State(app): State<App>,
    backend: Backend,
    Query(asked): Query<Asked>,
) -> Result<Json<DeadPushes>, Problem> {
    let pushes = app.db.dead_pushes(Some(backend.workspace_id), asked.limit.0).await?;
    Ok(Json(DeadPushes { pushes }))
}

/// Tries one of them again, from the beginning: whether it is still needed is asked again, too.
#[utoipa::path(
    post, path = "/admin/v1/push/dead/{id}/retry", tag = "admin", security(("server_key" = [])),
    params(("id" = JobId, Path)), responses((status = 204, description = "It is tried again"), Problems)
)]
pub(crate) async fn retry_dead_push(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<JobId>,
) -> Result<StatusCode, Problem> {
    let workspace_id = Some(backend.workspace_id);
    app.db.write(ReviveJob { id, workspace_id, now: app.clock.now() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_store::jobs::{BuryJob, ClaimJobs};

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_push_that_was_given_up_is_listed_and_tried_again() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.reply(&conversation, 1, "hello").await;
        let (db, now) = (&harness.app.db, harness.app.clock.now());
        let claim = ClaimJobs { limit: 1, of_one_app: 1, under_way: [].into(), lease_ms: 1000, now };
        let [job] = &db.write(claim).await.unwrap()[..] else { panic!() };
        let error = "apns: InternalServerError".to_owned();
        db.write(BuryJob { id: job.id, lease: job.lease, error, now }).await.unwrap();

        let dead = || harness.get("/admin/v1/push/dead").bearer(&harness.server_key);
        let listed = dead().await.json();
        assert_eq!(listed["pushes"][0]["error"], "apns: InternalServerError");
        assert_eq!(listed["pushes"][0]["conversation_id"], conversation);
        let retry = format!("/admin/v1/push/dead/{}/retry", job.id);
        assert_eq!(harness.post(&retry, &Value::Null).bearer(&harness.server_key).await.status, 204);
        assert_eq!(dead().await.json(), json!({ "pushes": [] }));
        let counts = db.job_counts().await.unwrap();
        assert_eq!((counts.waiting, counts.dead), (1, 0));
        let again = harness.post(&retry, &Value::Null).bearer(&harness.server_key).await;
        assert_eq!(again.code(), "not_found");
    }
}
