//! `GET` and `PUT /inbox/v1/notifications`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::alerts::AgentNotifications;
use tidings_protocol::problem::ProblemCode;
use tidings_store::alerts::SetAgentNotifications;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::Body;

/// What this agent wants to be told of, and how.
#[utoipa::path(
    get, path = "/inbox/v1/notifications", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = AgentNotifications), Problems)
)]
pub(crate) async fn get_agent_notifications(
    State(app): State<App>,
    agent: Agent,
) -> Result<Json<AgentNotifications>, Problem> {
    Ok(Json(app.db.wishes_of_agent(agent.session.agent.id).await?))
}

/// Replaces it, on all browsers of the agent.
#[utoipa::path(
    put, path = "/inbox/v1/notifications", tag = "inbox", security(("cookie" = [])), request_body = AgentNotifications,
    responses((status = 204, description = "Replaced"), Problems)
)]
pub(crate) async fn set_agent_notifications(
    State(app): State<App>,
    agent: Agent,
    Body(wishes): Body<AgentNotifications>,
) -> Result<StatusCode, Problem> {
    let wants_mail = wishes.assigned.mail || wishes.unassigned.mail || wishes.mentioned.mail;
    if wants_mail && app.config.mail.host.is_none() {
        let detail = "whoever runs this server can name a mail server: mail.host in its configuration";
        return Err(Problem::new(ProblemCode::NoMailServer).detail(detail));
    }
    app.db.write(SetAgentNotifications { agent_id: agent.session.agent.id, wishes }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn what_an_agent_wants_is_kept_and_nonsense_is_refused() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let get = || harness.get("/inbox/v1/notifications").cookie(&cookie);
        let shown = json!({ "sound": false, "desktop": true, "push": false, "mail": false });
        let pushed = json!({ "sound": false, "desktop": true, "push": true, "mail": false });
        let unchosen = json!({ "assigned": pushed, "unassigned": shown, "mentioned": pushed, "quiet_hours": null, "language": "en" });
        assert_eq!(get().await.json(), unchosen);
        let wishes = json!({
            "assigned": { "sound": true, "desktop": false, "push": true, "mail": false },
            "unassigned": pushed,
            "mentioned": shown,
            "quiet_hours": { "from": "19:00", "until": "08:00", "utc_offset_minutes": 60 },
            "language": "fr",
        });
        let put = |body| harness.put("/inbox/v1/notifications", body).cookie(&cookie).same_origin();
        assert_eq!(put(&wishes).await.status, 204);
        assert_eq!(get().await.json(), wishes);
        let mut wrong = wishes.clone();
        wrong["quiet_hours"]["until"] = json!("8");
        let refused = put(&wrong).await;
        assert_eq!(refused.json()["pointer"], "/quiet_hours/until");
        let mut mailed = wishes.clone();
        mailed["unassigned"]["mail"] = json!(true);
        assert_eq!(put(&mailed).await.code(), "no_mail_server");
        assert_eq!(get().await.json(), wishes);
        let more = json!({ "mail": true });
        assert_eq!(put(&more).await.code(), "invalid_body");
    }
}
