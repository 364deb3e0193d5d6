//! `GET` and `PUT /inbox/v1/availability`, `POST /inbox/v1/hand_over`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::availability::{AwayAgents, HandOver, HandedOver, SetAvailability};
use tidings_store::availability::{self, Availability};
use tidings_store::team_feed;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::Body;

/// Which agents of the workspace are away now.
#[utoipa::path(
    get, path = "/inbox/v1/availability", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = AwayAgents), Problems)
)]
pub(crate) async fn list_away(State(app): State<App>, agent: Agent) -> Result<Json<AwayAgents>, Problem> {
    let agents = app.db.who_is_away(agent.session.workspace_id, app.clock.now()).await?;
    Ok(Json(AwayAgents { agents }))
}

/// Says whether the agent is there. While they are away nobody can assign anything to them, and nothing tells them of
/// messages; what is theirs stays theirs until they hand it over.
#[utoipa::path(
    put, path = "/inbox/v1/availability", tag = "inbox", security(("cookie" = [])), request_body = SetAvailability,
    responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn set_availability(
    State(app): State<App>,
    agent: Agent,
    Body(asked): Body<SetAvailability>,
) -> Result<StatusCode, Problem> {
    let availability = match asked {
        SetAvailability::Available {} => Availability::Available,
        SetAvailability::Away { until } => Availability::Away { until },
    };
    let (agent_id, now) = (agent.session.agent.id, app.clock.now());
    app.db.write(availability::SetAvailability { agent_id, availability, now }).await?;
    for team in &agent.session.team_ids {
        app.bus.availability(&app.hub, team_feed(*team));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Gives away everything that is assigned to the agent and not closed: to a colleague, or back to the teams. A `note` goes
/// into each conversation, and mentions the colleague in those that they get.
#[utoipa::path(
    post, path = "/inbox/v1/hand_over", tag = "inbox", security(("cookie" = [])), request_body = HandOver,
    responses((status = 200, body = HandedOver), Problems)
)]
pub(crate) async fn hand_over(
    State(app): State<App>,
    agent: Agent,
    Body(asked): Body<HandOver>,
) -> Result<Json<HandedOver>, Problem> {
    let (agent_id, now) = (agent.session.agent.id, app.clock.now());
    let HandOver { agent_id: to, note } = asked;
    let mut all = HandedOver { assigned: 0, unassigned: 0 };
    loop {
        let note = note.clone();
        let step = availability::HandOver { agent_id, to, note, told: all.assigned > 0, now };
        let handed = app.db.write(step).await?;
        all.assigned += handed.over.assigned;
        all.unassigned += handed.over.unassigned;
        if !handed.more {
            return Ok(Json(all));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::id::AgentId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn whoever_is_away_gets_nothing_new_and_gives_away_what_is_theirs() {
        let harness = Harness::start().await;
        let ben = AgentId::from_parts(7, [7; 10]);
        harness.new_agent(ben, harness.workspace_id, "ben@example.org", None).await;
        let token = harness.user("ana").await;
        let first = harness.conversation(&token, 1).await;
        let second = harness.conversation(&token, 2).await;
        let (mine, his) = (harness.agent_cookie().await, harness.session_of(ben).await);
        let assign = async |conversation: &str, whom: Value| {
            let path = format!("/inbox/v1/conversations/{conversation}/assignee");
            harness.put(&path, &json!({ "agent_id": whom })).cookie(&mine).same_origin().await
        };
        let set = async |body: Value| {
            harness.put("/inbox/v1/availability", &body).cookie(&his).same_origin().await.status
        };
        assert_eq!(assign(&first, json!(ben)).await.status, 200);
        let until = harness.app.clock.now().plus_ms(3_600_000);
        assert_eq!(set(json!({ "state": "away", "until": until })).await, 204);
        let away = harness.get("/inbox/v1/availability").cookie(&mine).await.json();
        assert_eq!(
            (&away["agents"][0]["agent_id"], &away["agents"][0]["until"]),
            (&json!(ben), &json!(until))
        );
        let refused = assign(&second, json!(ben)).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "assignee_away"));
        let hand_over = async |cookie: &str, whom: Value| {
            harness
                .post("/inbox/v1/hand_over", &json!({ "agent_id": whom }))
                .cookie(cookie)
                .same_origin()
                .await
        };
        assert_eq!(hand_over(&mine, json!(ben)).await.code(), "assignee_away");
        assert_eq!(hand_over(&his, json!(ben)).await.code(), "invalid_body");
        let handed = hand_over(&his, json!(harness.agent_id)).await.json();
        assert_eq!(handed, json!({ "assigned": 1, "unassigned": 0 }));
        assert_eq!(hand_over(&mine, Value::Null).await.json(), json!({ "assigned": 0, "unassigned": 1 }));
        assert_eq!(set(json!({ "state": "available" })).await, 204);
        assert_eq!(assign(&second, json!(ben)).await.status, 200);
        let yesterday = harness.app.clock.now().plus_ms(-1);
        assert_eq!(set(json!({ "state": "away", "until": yesterday })).await, 400);
    }
}
