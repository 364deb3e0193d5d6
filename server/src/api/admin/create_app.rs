//! `POST /admin/v1/apps`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::admin::{self, CreateApp};
use tidings_protocol::id::AppId;
use tidings_store::apps;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Body;

/// Makes an app. It needs an identity key before it can vouch for users.
#[utoipa::path(
    post, path = "/admin/v1/apps", tag = "admin", security(("server_key" = [])), request_body = CreateApp,
    responses((status = 201, body = admin::App), Problems)
)]
pub(crate) async fn create_app(
    State(app): State<App>,
    backend: Backend,
    Body(asked): Body<CreateApp>,
) -> Result<(StatusCode, Json<admin::App>), Problem> {
    if let Some(team) = asked.team_id {
        let teams = app.db.teams(backend.workspace_id).await?;
        if !teams.iter().any(|row| row.id == team) {
            return Err(Problem::invalid("/team_id", "there is no such team"));
        }
    }
    let command = apps::CreateApp {
        id: AppId::from_parts(app.clock.unix_ms(), app.clock.random()),
        workspace_id: backend.workspace_id,
        name: asked.name,
        team_id: asked.team_id,
        push_privacy: asked.push_privacy,
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
    async fn an_app_is_answered_by_the_first_team_unless_it_says_otherwise() {
        let harness = Harness::start().await;
        let key = harness.server_key.clone();
        let made = harness.post("/admin/v1/apps", &json!({ "name": "Second" })).bearer(&key).await;
        assert_eq!(made.status, 201);
        assert_eq!(made.json()["team_id"], json!(harness.team_id));
        assert_eq!(made.json()["push_privacy"], "generic");
        let body = json!({ "name": "Third", "team_id": TeamId::from_parts(9, [9; 10]) });
        let answer = harness.post("/admin/v1/apps", &body).bearer(&key).await;
        assert_eq!((answer.code().as_str(), &answer.json()["pointer"]), ("invalid_body", &json!("/team_id")));
    }
}
