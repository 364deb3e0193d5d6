//! `PUT /inbox/v1/conversations/{id}/state`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::SetState;
use tidings_store::conversations;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Closes or reopens; being in that state already is fine.
#[utoipa::path(
    put, path = "/inbox/v1/conversations/{id}/state", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = SetState,
    responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn set_state(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(asked): Body<SetState>,
) -> Result<Json<InboxConversation>, Problem> {
    let command = conversations::SetState {
        actor: agent.actor(),
        conversation_id,
        state: asked.state,
        now: app.clock.now(),
    };
    Ok(Json(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_message_of_the_user_opens_a_closed_conversation_again() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let path = format!("/inbox/v1/conversations/{conversation}/state");
        let cookie = harness.agent_cookie().await;
        for _ in 0..2 {
            let closed =
                harness.put(&path, &json!({ "state": "closed" })).cookie(&cookie).same_origin().await;
            assert_eq!(closed.json()["state"], "closed");
        }
        assert_eq!(harness.send(&token, &conversation, 1, "one more thing").await.status, 201);
        let header =
            harness.get(&format!("/app/v1/conversations/{conversation}")).bearer(&token).await.json();
        assert_eq!(header["state"], "open");
    }
}
