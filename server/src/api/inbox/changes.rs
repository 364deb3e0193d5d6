//! `GET /inbox/v1/teams/{id}/changes`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::change::Catchup;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::TeamId;

use crate::api::app::changes::Asked;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Path, Query};

/// Everything after a cursor of one team, in order; or `reset` when the cursor is of another history or too old.
#[utoipa::path(
    get, path = "/inbox/v1/teams/{id}/changes", tag = "inbox", security(("cookie" = [])),
    params(("id" = TeamId, Path), Asked), responses((status = 200, body = Catchup<InboxConversation>), Problems)
)]
pub(crate) async fn team_changes(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<TeamId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Catchup<InboxConversation>>, Problem> {
    if !agent.session.team_ids.contains(&id) {
        return Err(Problem::not_found());
    }
    Ok(Json(app.db.team_changes(id, asked.after, asked.limit.0).await?))
}

#[cfg(test)]
mod tests {
    use tidings_protocol::id::TeamId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn an_agent_reads_the_changes_of_their_own_teams_only() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let screen = harness.get("/inbox/v1/bootstrap").cookie(&cookie).await.json();
        let cursor = screen["teams"][0]["cursor"].as_str().unwrap();
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "hello").await;
        let path = format!("/inbox/v1/teams/{}/changes?after={cursor}", harness.team_id);
        let page = harness.get(&path).cookie(&cookie).await.json();
        let kinds: Vec<_> =
            page["changes"].as_array().unwrap().iter().map(|change| change["kind"].clone()).collect();
        assert_eq!(kinds, ["conversation_opened", "message_added"]);
        let elsewhere = format!("/inbox/v1/teams/{}/changes?after={cursor}", TeamId::from_parts(9, [9; 10]));
        assert_eq!(harness.get(&elsewhere).cookie(&cookie).await.code(), "not_found");
    }
}
