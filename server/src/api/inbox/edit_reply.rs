//! `PATCH /inbox/v1/conversations/{id}/messages/{message_id}`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::{EditMessage, Message};
use tidings_store::amend;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Gives one of the agent's own replies other words. The words that it has already change nothing.
#[utoipa::path(
    patch, path = "/inbox/v1/conversations/{id}/messages/{message_id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)), request_body = EditMessage,
    responses((status = 200, body = Message), Problems)
)]
pub(crate) async fn edit_reply(
    State(app): State<App>,
    agent: Agent,
    Path((conversation_id, id)): Path<(ConversationId, MessageId)>,
    Body(edit): Body<EditMessage>,
) -> Result<Json<Message>, Problem> {
    let (actor, now) = (agent.actor(), app.clock.now());
    Ok(Json(app.db.write(amend::EditMessage { conversation_id, id, actor, text: edit.text, now }).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn an_agent_changes_their_own_replies_alone() {
        let harness = Harness::start().await;
        let (ana, cookie) = (harness.user("ana").await, harness.agent_cookie().await);
        let conversation = harness.conversation(&ana, 1).await;
        let asked = harness.send(&ana, &conversation, 1, "where?").await.json();
        let reply = harness.reply(&conversation, 2, "here").await.json();
        let path = |message: &serde_json::Value| {
            format!("/inbox/v1/conversations/{conversation}/messages/{}", message["id"].as_str().unwrap())
        };
        let words = json!({ "text": "there" });
        let edited = harness.patch(&path(&reply), &words).cookie(&cookie).same_origin().await;
        assert_eq!((edited.status, &edited.json()["parts"][0]["text"]), (200, &json!("there")));
        let messages = format!("/app/v1/conversations/{conversation}/messages");
        let seen = harness.get(&messages).bearer(&ana).await.json();
        assert_eq!(seen["messages"][1], edited.json());
        let refused = harness.patch(&path(&asked), &words).cookie(&cookie).same_origin().await;
        assert_eq!(refused.code(), "not_found");
    }
}
