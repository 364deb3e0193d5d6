//! `GET /inbox/v1/apps`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::inbox::InboxApps;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;

/// The apps that the agent's teams answer: what lists are narrowed down to.
#[utoipa::path(
    get, path = "/inbox/v1/apps", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = InboxApps), Problems)
)]
pub(crate) async fn list_inbox_apps(
    State(app): State<App>,
    agent: Agent,
) -> Result<Json<InboxApps>, Problem> {
    Ok(Json(InboxApps { apps: app.db.apps_of_agent(agent.session.agent.id).await? }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn agents_see_the_apps_of_their_teams() {
        let harness = Harness::start().await;
        let (cookie, stranger) = (harness.agent_cookie().await, harness.agent_of_another_team().await);
        let apps = async |who: &str| harness.get("/inbox/v1/apps").cookie(who).await.json()["apps"].clone();
        assert_eq!(apps(&cookie).await, json!([{ "id": harness.app_id, "name": "App" }]));
        assert_eq!(apps(&stranger).await, json!([]));
        assert_eq!(harness.get("/inbox/v1/apps").await.status, 401);
    }
}
