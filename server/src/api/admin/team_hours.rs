//! `PUT /admin/v1/teams/{id}/hours`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::hours::SetTeamHours;
use tidings_protocol::id::TeamId;
use tidings_store::hours;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::hours::Hours;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Says when a team answers. Users are never turned away: outside of these hours they are told when somebody is back.
#[utoipa::path(
    put, path = "/admin/v1/teams/{id}/hours", tag = "admin", security(("server_key" = [])),
    params(("id" = TeamId, Path)), request_body = SetTeamHours,
    responses((status = 204, description = "Set"), Problems)
)]
pub(crate) async fn set_team_hours(
    State(app): State<App>,
    backend: Backend,
    Path(team_id): Path<TeamId>,
    Body(SetTeamHours { hours }): Body<SetTeamHours>,
) -> Result<StatusCode, Problem> {
    if let Some(hours) = &hours {
        Hours::new(hours).map_err(|error| Problem::invalid("/hours/time_zone", error.to_string()))?;
    }
    let by = backend.by(&app);
    let workspace_id = backend.workspace_id;
    app.db.write(hours::SetTeamHours { workspace_id, team_id, hours, by }).await?;
    app.expectations.forget().await;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::Harness;

    #[tokio::test]
    async fn users_are_told_when_somebody_is_back() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let answering = || harness.get("/app/v1/answering").bearer(&token);
        assert_eq!(answering().await.json(), json!({}), "nothing is known, and nothing is promised");
        let path = format!("/admin/v1/teams/{}/hours", harness.team_id);
        let set = |hours: Value| harness.put(&path, &json!({ "hours": hours })).bearer(&harness.server_key);
        // The clock of the tests stands at 2026-11-21, a Saturday.
        let week = json!([{ "day": "monday", "from": "09:00", "until": "17:00" }]);
        let paris = json!({ "time_zone": "Europe/Paris", "week": week });
        assert_eq!(set(paris.clone()).await.status, 204);
        let back_at = answering().await.json()["back_at"].clone();
        assert!(back_at.is_i64() || back_at.is_string(), "{back_at}");
        let teams = harness.get("/admin/v1/agents").bearer(&harness.server_key).await.json()["teams"].clone();
        assert_eq!(teams[0]["hours"]["time_zone"], "Europe/Paris");
        let log = harness.get("/admin/v1/audit_log?limit=1").bearer(&harness.server_key).await.json();
        assert_eq!(log["entries"][0]["act"], "team_hours_set");
        let mut nowhere = paris;
        nowhere["time_zone"] = json!("Europe/Atlantis");
        let refused = set(nowhere).await;
        assert_eq!((refused.status, refused.json()["pointer"].as_str()), (400, Some("/hours/time_zone")));
        assert_eq!(set(json!(null)).await.status, 204);
        assert_eq!(answering().await.json(), json!({}));
    }
}
