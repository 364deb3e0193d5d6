//! `PUT /inbox/v1/conversations/{id}/priority`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::SetPriority;
use tidings_store::priority;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Says how much a conversation presses; the user does not learn of it.
#[utoipa::path(
    put, path = "/inbox/v1/conversations/{id}/priority", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = SetPriority,
    responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn set_priority(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(asked): Body<SetPriority>,
) -> Result<Json<InboxConversation>, Problem> {
    let command = priority::SetPriority {
        actor: agent.actor(),
        conversation_id,
        priority: asked.priority,
        now: app.clock.now(),
    };
    Ok(Json(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_priority_is_told_until_it_is_as_any_other() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let path = format!("/inbox/v1/conversations/{}/priority", harness.conversation(&token, 1).await);
        let cookie = harness.agent_cookie().await;
        let set = |priority: &str| {
            harness.put(&path, &json!({ "priority": priority })).cookie(&cookie).same_origin()
        };
        assert_eq!(set("urgent").await.json()["priority"], "urgent");
        assert!(set("normal").await.json().get("priority").is_none());
        assert_eq!(set("enormous").await.code(), "invalid_body");
    }
}
