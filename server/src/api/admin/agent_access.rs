//! `PUT` and `DELETE /admin/v1/agents/{id}/disabled`, and `DELETE /admin/v1/agents/{id}/sessions`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::AgentId;
use tidings_store::access::{Access, EndAgentSessions, SetAgentAccess};
use tidings_store::staff::HandBack;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Path;

/// Shuts an agent out: their sessions end, their sockets close within five seconds, they cannot sign in. Their open
/// conversations go back to their teams.
#[utoipa::path(
    put, path = "/admin/v1/agents/{id}/disabled", tag = "admin", security(("server_key" = [])), params(("id" = AgentId, Path)),
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn disable_agent(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<AgentId>,
) -> Result<StatusCode, Problem> {
    set(&app, &backend, id, Access::Shut).await
}

/// Lets a disabled agent in again; they sign in anew.
#[utoipa::path(
    delete, path = "/admin/v1/agents/{id}/disabled", tag = "admin", security(("server_key" = [])), params(("id" = AgentId, Path)),
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn enable_agent(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<AgentId>,
) -> Result<StatusCode, Problem> {
    set(&app, &backend, id, Access::Open).await
}

async fn set(app: &App, backend: &Backend, agent_id: AgentId, access: Access) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(app));
    backend.over(app, agent_id).await?;
    app.db.write(SetAgentAccess { workspace_id, agent_id, access, by }).await?;
    if access == Access::Shut {
        while app.db.write(HandBack { workspace_id, agent_id, of: None, now: by.at }).await? {}
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Signs an agent out everywhere; they may sign in again.
#[utoipa::path(
    delete, path = "/admin/v1/agents/{id}/sessions", tag = "admin", security(("server_key" = [])),
    params(("id" = AgentId, Path)), responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn sign_out_agent(
    State(app): State<App>,
    backend: Backend,
    Path(agent_id): Path<AgentId>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    backend.over(&app, agent_id).await?;
    app.db.write(EndAgentSessions { workspace_id, agent_id, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_disabled_agent_is_out_until_they_are_let_in() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let path = format!("/admin/v1/agents/{}/disabled", harness.agent_id);
        assert_eq!(harness.put(&path, &json!(null)).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&cookie).await.code(), "unauthenticated");
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&cookie).await.code(), "unauthenticated");
        let cookie = harness.agent_cookie().await;
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&cookie).await.status, 200);
        let path = format!("/admin/v1/agents/{}/sessions", harness.agent_id);
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&cookie).await.code(), "unauthenticated");
    }
}
