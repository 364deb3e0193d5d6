//! `GET /inbox/v1/saved_views`, `PUT` and `DELETE /inbox/v1/saved_views/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::SavedViewId;
use tidings_protocol::saved_views::{PutSavedView, SavedView, SavedViewList};
use tidings_store::saved_views;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// The views that the agent keeps and those that are shared, each with what it counts.
#[utoipa::path(
    get, path = "/inbox/v1/saved_views", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = SavedViewList), Problems)
)]
pub(crate) async fn list_saved_views(
    State(app): State<App>,
    agent: Agent,
) -> Result<Json<SavedViewList>, Problem> {
    Ok(Json(SavedViewList { views: app.db.saved_views(agent.session.agent.id).await? }))
}

/// Keeps a view, or changes one; the same again is fine.
#[utoipa::path(
    put, path = "/inbox/v1/saved_views/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = SavedViewId, Path)), request_body = PutSavedView,
    responses((status = 200, body = SavedView), Problems)
)]
pub(crate) async fn put_saved_view(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<SavedViewId>,
    Body(asked): Body<PutSavedView>,
) -> Result<Json<SavedView>, Problem> {
    let PutSavedView { name, filter, shared: is_shared } = asked;
    let (agent_id, now) = (agent.session.agent.id, app.clock.now());
    let command = saved_views::PutSavedView { agent_id, id, name, filter, is_shared, now };
    Ok(Json(app.db.write(command).await?))
}

/// Deletes a view; one that is not there is deleted already.
#[utoipa::path(
    delete, path = "/inbox/v1/saved_views/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = SavedViewId, Path)),
    responses((status = 204, description = "Deleted"), Problems)
)]
pub(crate) async fn delete_saved_view(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<SavedViewId>,
) -> Result<StatusCode, Problem> {
    app.db.write(saved_views::DeleteSavedView { agent_id: agent.session.agent.id, id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::SavedViewId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_view_is_kept_counted_changed_and_deleted() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let cookie = harness.agent_cookie().await;
        let conversation = harness.conversation(&token, 1).await;
        let tags = format!("/inbox/v1/conversations/{conversation}/tags");
        harness.post(&tags, &json!({ "add": ["VIP"] })).cookie(&cookie).same_origin().await;
        let path = format!("/inbox/v1/saved_views/{}", SavedViewId::from_parts(7, [1; 10]));
        let put = |name: &str, filter: serde_json::Value, shared: bool| {
            let body = json!({ "name": name, "filter": filter, "shared": shared });
            harness.put(&path, &body).cookie(&cookie).same_origin()
        };
        let vip = json!({ "view": "all", "tag": "vip" });
        let kept = put("Important", vip.clone(), false).await.json();
        assert_eq!((&kept["count"], &kept["filter"]), (&json!(1), &vip));
        let list =
            async || harness.get("/inbox/v1/saved_views").cookie(&cookie).await.json()["views"].clone();
        assert_eq!(list().await, json!([kept]));
        assert_eq!(put("For all", vip, true).await.json()["shared"], true);
        assert_eq!(list().await[0]["name"], "For all");
        assert_eq!(
            put("No", json!({ "view": "mine", "agent_id": harness.agent_id }), false).await.code(),
            "invalid_body"
        );
        assert_eq!(put("No", json!({ "view": "all", "colour": "red" }), false).await.code(), "invalid_body");
        assert_eq!(harness.delete(&path).cookie(&cookie).same_origin().await.status, 204);
        assert_eq!(list().await, json!([]));
        assert_eq!(harness.delete(&path).cookie(&cookie).same_origin().await.status, 204);
    }
}
