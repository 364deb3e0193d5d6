//! `POST /admin/v1/agents`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::admin::CreateAgent;
use tidings_protocol::id::AgentId;
use tidings_protocol::inbox::{self, AgentRole};
use tidings_store::agents;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::auth::password;
use crate::problem::Problem;
use crate::request::Body;

/// Makes an agent.
#[utoipa::path(
    post, path = "/admin/v1/agents", tag = "admin", security(("server_key" = [])), request_body = CreateAgent,
    responses((status = 201, body = inbox::Agent), Problems)
)]
pub(crate) async fn create_agent(
    State(app): State<App>,
    backend: Backend,
    Body(asked): Body<CreateAgent>,
) -> Result<(StatusCode, Json<inbox::Agent>), Problem> {
    if asked.role == AgentRole::Owner {
        backend.as_owner()?;
    }
    password::check(&asked.password).map_err(|unfit| Problem::invalid("/password", unfit.to_string()))?;
    if let Some(wanted) = &asked.team_ids {
        let teams = app.db.teams(backend.workspace_id).await?;
        if let Some(place) = wanted.iter().position(|id| !teams.iter().any(|team| team.id == *id)) {
            return Err(Problem::invalid(&format!("/team_ids/{place}"), "there is no such team"));
        }
    }
    let password_hash = app.passwords.hash(asked.password, app.clock.random()).await?;
    let command = agents::CreateAgent {
        id: AgentId::from_parts(app.clock.unix_ms(), app.clock.random()),
        workspace_id: backend.workspace_id,
        name: asked.name,
        email: asked.email,
        role: asked.role,
        password_hash,
        team_ids: asked.team_ids,
        by: backend.by(&app),
    };
    Ok((StatusCode::CREATED, Json(app.db.write(command).await?)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::TeamId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn an_agent_can_sign_in_and_is_made_once() {
        let harness = Harness::start().await;
        let password = "a long password";
        let body =
            json!({ "name": "Ben", "email": "Ben@Example.org", "password": password, "role": "agent" });
        let made = harness.post("/admin/v1/agents", &body).bearer(&harness.server_key).await;
        assert_eq!((made.status, &made.json()["email"]), (201, &json!("ben@example.org")));
        assert_eq!(
            harness.post("/admin/v1/agents", &body).bearer(&harness.server_key).await.code(),
            "already_exists"
        );
        let sign_in = json!({ "email": "ben@example.org", "password": password });
        assert_eq!(harness.post("/inbox/v1/session", &sign_in).same_origin().await.status, 201);
    }

    #[tokio::test]
    async fn weak_passwords_and_strange_teams_are_refused() {
        let harness = Harness::start().await;
        let make = |change: serde_json::Value| {
            let mut body =
                json!({ "name": "B", "email": "b@x", "password": "a long password", "role": "agent" });
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            harness.post("/admin/v1/agents", &body).bearer(&harness.server_key)
        };
        assert_eq!(make(json!({ "password": "short" })).await.json()["pointer"], "/password");
        assert_eq!(make(json!({ "password": "password123" })).await.json()["pointer"], "/password");
        let team = TeamId::from_parts(9, [9; 10]);
        assert_eq!(make(json!({ "team_ids": [team] })).await.json()["pointer"], "/team_ids/0");
        assert_eq!(make(json!({ "role": "boss" })).await.json()["pointer"], "/role");
    }
}
