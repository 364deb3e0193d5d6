//! `DELETE /inbox/v1/conversations/{id}/messages/{message_id}`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::Message;
use tidings_store::amend;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::Path;

/// Takes one of the agent's own replies back: what it said is gone, its number stays. Again: the same answer.
#[utoipa::path(
    delete, path = "/inbox/v1/conversations/{id}/messages/{message_id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)),
    responses((status = 200, body = Message), Problems)
)]
pub(crate) async fn delete_reply(
    State(app): State<App>,
    agent: Agent,
    Path((conversation_id, id)): Path<(ConversationId, MessageId)>,
) -> Result<Json<Message>, Problem> {
    let (actor, now) = (agent.actor(), app.clock.now());
    Ok(Json(app.db.write(amend::DeleteMessage { conversation_id, id, actor, now }).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn an_agent_takes_back_their_own_replies_alone() {
        let harness = Harness::start().await;
        let (ana, cookie) = (harness.user("ana").await, harness.agent_cookie().await);
        let conversation = harness.conversation(&ana, 1).await;
        let asked = harness.send(&ana, &conversation, 1, "where?").await.json();
        let reply = harness.reply(&conversation, 2, "here").await.json();
        let path = |message: &serde_json::Value| {
            format!("/inbox/v1/conversations/{conversation}/messages/{}", message["id"].as_str().unwrap())
        };
        let deleted = harness.delete(&path(&reply)).cookie(&cookie).same_origin().await;
        assert_eq!((deleted.status, &deleted.json()["parts"]), (200, &json!([])));
        let header = harness.get(&format!("/app/v1/conversations/{conversation}")).bearer(&ana).await.json();
        assert_eq!(header["last_message"], deleted.json());
        // It stands in the thread still, and counts until it is read.
        assert_eq!((&header["last_seq"], &header["unread"]), (&json!(2), &json!(1)));
        let refused = harness.delete(&path(&asked)).cookie(&cookie).same_origin().await;
        assert_eq!(refused.code(), "not_found");
    }
}
