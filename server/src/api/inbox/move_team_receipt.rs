//! `PUT /inbox/v1/conversations/{id}/receipt`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox;
use tidings_store::receipts;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Says how far an agent has read. Receipts only move forward.
#[utoipa::path(
    put, path = "/inbox/v1/conversations/{id}/receipt", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = inbox::MoveTeamReceipt,
    responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn move_team_receipt(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(receipt): Body<inbox::MoveTeamReceipt>,
) -> Result<Json<InboxConversation>, Problem> {
    let command = receipts::MoveTeamReceipt {
        agent_id: agent.session.agent.id,
        conversation_id,
        read_seq: receipt.read_seq,
        now: app.clock.now(),
    };
    Ok(Json(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn what_the_team_has_read_reaches_the_user() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "hello").await;
        let cookie = harness.agent_cookie().await;
        let path = format!("/inbox/v1/conversations/{conversation}/receipt");
        let header = harness.put(&path, &json!({ "read_seq": 9 })).cookie(&cookie).same_origin().await.json();
        assert_eq!((&header["receipts"]["team_read_seq"], &header["unread"]), (&json!(1), &json!(0)));
        let theirs =
            harness.get(&format!("/app/v1/conversations/{conversation}")).bearer(&token).await.json();
        assert_eq!(theirs["receipts"]["team_read_seq"], 1);
    }
}
