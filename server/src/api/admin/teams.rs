//! `POST /admin/v1/teams`, `PUT /admin/v1/teams/{id}/name`, `PUT /admin/v1/teams/{id}/members`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::TeamId;
use tidings_protocol::staff::{NameTeam, SetTeamMembers, StaffTeam};
use tidings_store::staff::HandBack;
use tidings_store::{apps, teams};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Makes a team, with nobody in it yet. No two teams share a name.
#[utoipa::path(
    post, path = "/admin/v1/teams", tag = "admin", security(("server_key" = [])), request_body = NameTeam,
    responses((status = 201, body = StaffTeam), Problems)
)]
pub(crate) async fn create_team(
    State(app): State<App>,
    backend: Backend,
    Body(NameTeam { name }): Body<NameTeam>,
) -> Result<(StatusCode, Json<StaffTeam>), Problem> {
    let id = TeamId::from_parts(app.clock.unix_ms(), app.clock.random());
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(apps::CreateTeam { id, workspace_id, name: name.clone(), by }).await?;
    Ok((StatusCode::CREATED, Json(StaffTeam { id, name, hours: None })))
}

/// Gives a team another name.
#[utoipa::path(
    put, path = "/admin/v1/teams/{id}/name", tag = "admin", security(("server_key" = [])),
    params(("id" = TeamId, Path)), request_body = NameTeam,
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn rename_team(
    State(app): State<App>,
    backend: Backend,
    Path(team_id): Path<TeamId>,
    Body(NameTeam { name }): Body<NameTeam>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(teams::RenameTeam { workspace_id, team_id, name, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says who is of a team. Whoever is not any more is signed out, and what they had of it goes back to it; whoever is now has
/// its conversations when they open the inbox the next time.
#[utoipa::path(
    put, path = "/admin/v1/teams/{id}/members", tag = "admin", security(("server_key" = [])),
    params(("id" = TeamId, Path)), request_body = SetTeamMembers,
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn set_team_members(
    State(app): State<App>,
    backend: Backend,
    Path(team_id): Path<TeamId>,
    Body(SetTeamMembers { agent_ids }): Body<SetTeamMembers>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    let left = app.db.write(teams::SetTeamMembers { workspace_id, team_id, agent_ids, by }).await?;
    for agent_id in left {
        let back = HandBack { workspace_id, agent_id, of: Some(team_id), now: by.at };
        while app.db.write(back).await? {}
    }
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::id::{AgentId, TeamId};

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_team_is_made_named_and_peopled() {
        let harness = Harness::start().await;
        let key = harness.server_key.clone();
        let made = harness.post("/admin/v1/teams", &json!({ "name": "Billing" })).bearer(&key).await;
        assert_eq!(made.status, 201);
        let team = made.json()["id"].as_str().unwrap().to_owned();
        let put = async |what: &str, body: Value| {
            harness.put(&format!("/admin/v1/teams/{team}/{what}"), &body).bearer(&key).await
        };
        assert_eq!(put("name", json!({ "name": "Support" })).await.code(), "already_exists");
        assert_eq!(put("name", json!({ "name": "Money" })).await.status, 204);
        assert_eq!(put("members", json!({ "agent_ids": [harness.agent_id] })).await.status, 204);
        let nobody = AgentId::from_parts(9, [9; 10]);
        assert_eq!(put("members", json!({ "agent_ids": [nobody] })).await.status, 404);
        let staff = harness.get("/admin/v1/agents").bearer(&key).await.json();
        assert_eq!(staff["teams"][1]["name"], "Money");
        assert_eq!(staff["agents"][0]["team_ids"], json!([harness.team_id, team]));
        let lost = format!("/admin/v1/teams/{}/members", TeamId::from_parts(9, [9; 10]));
        assert_eq!(harness.put(&lost, &json!({ "agent_ids": [] })).bearer(&key).await.status, 404);
    }

    #[tokio::test]
    async fn whoever_leaves_a_team_is_signed_out_and_what_they_had_of_it_goes_back() {
        let harness = Harness::start().await;
        let ben = AgentId::from_parts(7, [7; 10]);
        harness.new_agent(ben, harness.workspace_id, "ben@example.org", None).await;
        let token = harness.user("ana").await;
        let id = harness.conversation(&token, 1).await;
        let (cookie, his) = (harness.agent_cookie().await, harness.session_of(ben).await);
        let assign = format!("/inbox/v1/conversations/{id}/assignee");
        harness.put(&assign, &json!({ "agent_id": ben })).cookie(&cookie).same_origin().await;
        let path = format!("/admin/v1/teams/{}/members", harness.team_id);
        let body = json!({ "agent_ids": [harness.agent_id] });
        assert_eq!(harness.put(&path, &body).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&his).await.code(), "unauthenticated");
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&cookie).await.status, 200);
        let found = harness.get(&format!("/inbox/v1/conversations/{id}")).cookie(&cookie).await.json();
        assert_eq!(found["assignee_id"], Value::Null);
        let again = harness.session_of(ben).await;
        assert_eq!(harness.get(&format!("/inbox/v1/conversations/{id}")).cookie(&again).await.status, 404);
    }
}
