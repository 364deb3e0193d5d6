//! `GET /admin/v1/agents` and `/apps`, `PUT /admin/v1/agents/{id}/role`, `DELETE /admin/v1/agents/{id}/second_factor`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::admin;
use tidings_protocol::id::AgentId;
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::staff::{AppList, SetRole, Staff, StaffTeam};
use tidings_store::second_factors::RemoveSecondFactor;
use tidings_store::staff::SetAgentRole;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Everybody who works here, and the teams.
#[utoipa::path(
    get, path = "/admin/v1/agents", tag = "admin", security(("server_key" = [])),
    responses((status = 200, body = Staff), Problems)
)]
pub(crate) async fn list_agents(State(app): State<App>, backend: Backend) -> Result<Json<Staff>, Problem> {
    let agents = app.db.staff(backend.workspace_id).await?;
    let teams = app.db.teams(backend.workspace_id).await?;
    let teams =
        teams.into_iter().map(|team| StaffTeam { id: team.id, name: team.name, hours: team.hours }).collect();
    Ok(Json(Staff { agents, teams }))
}

/// The apps of the workspace.
#[utoipa::path(
    get, path = "/admin/v1/apps", tag = "admin", security(("server_key" = [])),
    responses((status = 200, body = AppList), Problems)
)]
pub(crate) async fn list_apps(State(app): State<App>, backend: Backend) -> Result<Json<AppList>, Problem> {
    let apps = app.db.apps(backend.workspace_id).await?;
    Ok(Json(AppList { apps: apps.into_iter().map(admin::App::from).collect() }))
}

/// Says what an agent may do. Only owners make and unmake owners, and somebody is always left who administers.
#[utoipa::path(
    put, path = "/admin/v1/agents/{id}/role", tag = "admin", security(("server_key" = [])),
    params(("id" = AgentId, Path)), request_body = SetRole,
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn set_role(
    State(app): State<App>,
    backend: Backend,
    Path(agent_id): Path<AgentId>,
    Body(asked): Body<SetRole>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    backend.over(&app, agent_id).await?;
    if asked.role == AgentRole::Owner {
        backend.as_owner()?;
    }
    app.db.write(SetAgentRole { workspace_id, agent_id, role: asked.role, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an agent's second factor away, for who has lost telephone and recovery codes; their sessions end.
#[utoipa::path(
    delete, path = "/admin/v1/agents/{id}/second_factor", tag = "admin", security(("server_key" = [])),
    params(("id" = AgentId, Path)), responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn reset_second_factor(
    State(app): State<App>,
    backend: Backend,
    Path(agent_id): Path<AgentId>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    backend.over(&app, agent_id).await?;
    app.db.write(RemoveSecondFactor { workspace_id, agent_id, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::id::AgentId;
    use tidings_protocol::inbox::AgentRole;

    use crate::testing::Harness;

    #[tokio::test]
    async fn an_administrator_does_not_touch_owners_and_somebody_is_always_left() {
        let harness = Harness::start().await;
        let [owner, admin] = [7, 8].map(|number| AgentId::from_parts(number, [8; 10]));
        for (id, email, role) in
            [(owner, "own@example.org", AgentRole::Owner), (admin, "adm@example.org", AgentRole::Admin)]
        {
            harness.new_agent(id, harness.workspace_id, email, None).await;
            harness.set_role(id, role).await;
        }
        let set = async |by: AgentId, whom: AgentId, role: &str| {
            let cookie = harness.session_of(by).await;
            let path = format!("/inbox/v1/settings/agents/{whom}/role");
            let answer = harness.put(&path, &json!({ "role": role })).cookie(&cookie).same_origin().await;
            if answer.status == 204 { "done".to_owned() } else { answer.code() }
        };
        assert_eq!(set(admin, owner, "agent").await, "forbidden");
        assert_eq!(set(admin, admin, "owner").await, "forbidden");
        for (whom, role) in [(owner, "agent"), (admin, "owner")] {
            let (path, role) = (format!("/admin/v1/agents/{whom}/role"), json!({ "role": role }));
            let by_key = harness.put(&path, &role).bearer(&harness.server_key).await;
            assert_eq!(by_key.code(), "forbidden", "any administrator makes a key");
        }
        assert_eq!(set(admin, harness.agent_id, "viewer").await, "done");
        assert_eq!(set(owner, admin, "agent").await, "done");
        assert_eq!(set(admin, owner, "agent").await, "forbidden");
        assert_eq!(set(owner, owner, "agent").await, "invalid_body", "nobody would be left");
        let cookie = harness.session_of(owner).await;
        let disable = format!("/inbox/v1/settings/agents/{owner}/disabled");
        let shut = harness.put(&disable, &Value::Null).cookie(&cookie).same_origin().await;
        assert_eq!(shut.code(), "invalid_body");
        let staff = harness.get("/inbox/v1/settings/agents").cookie(&cookie).await.json();
        let roles: Vec<_> =
            staff["agents"].as_array().unwrap().iter().map(|one| one["role"].as_str().unwrap()).collect();
        assert_eq!(roles, ["viewer", "owner", "agent"]);
        assert_eq!(staff["teams"][0]["name"], "Support");
    }

    #[tokio::test]
    async fn conversations_of_who_is_shut_out_go_back_to_the_team() {
        let harness = Harness::start().await;
        let leaver = AgentId::from_parts(7, [7; 10]);
        harness.new_agent(leaver, harness.workspace_id, "leaver@example.org", None).await;
        let token = harness.user("ana").await;
        let cookie = harness.agent_cookie().await;
        for number in 0..3 {
            let conversation = harness.conversation(&token, number).await;
            let path = format!("/inbox/v1/conversations/{conversation}/assignee");
            let body = json!({ "agent_id": leaver });
            assert_eq!(harness.put(&path, &body).cookie(&cookie).same_origin().await.status, 200);
        }
        let path = format!("/admin/v1/agents/{leaver}/disabled");
        let shut = harness.put(&path, &Value::Null).bearer(&harness.server_key).await;
        assert_eq!(shut.status, 204);
        let list = harness.get("/inbox/v1/conversations?view=unassigned").cookie(&cookie).await.json();
        assert_eq!(list["conversations"].as_array().unwrap().len(), 3);
    }
}
