//! `PUT /inbox/v1/conversations/{id}/assignee`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::Assign;
use tidings_store::conversations;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Hands the conversation to an agent of its team, or to nobody.
#[utoipa::path(
    put, path = "/inbox/v1/conversations/{id}/assignee", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = Assign,
    responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn assign(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(asked): Body<Assign>,
) -> Result<Json<InboxConversation>, Problem> {
    let command = conversations::Assign {
        actor: agent.actor(),
        conversation_id,
        assignee: asked.agent_id,
        now: app.clock.now(),
    };
    Ok(Json(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::AgentId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_conversation_goes_to_an_agent_of_its_team_or_to_nobody() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let path = format!("/inbox/v1/conversations/{}/assignee", harness.conversation(&token, 1).await);
        let cookie = harness.agent_cookie().await;
        let assign = |agent: serde_json::Value| {
            harness.put(&path, &json!({ "agent_id": agent })).cookie(&cookie).same_origin()
        };
        let assigned = assign(json!(harness.agent_id)).await.json();
        assert_eq!(assigned["assignee_id"], json!(harness.agent_id));
        assert!(assign(json!(null)).await.json()["assignee_id"].is_null());
        assert_eq!(assign(json!(AgentId::from_parts(9, [9; 10]))).await.code(), "invalid_body");
    }
}
