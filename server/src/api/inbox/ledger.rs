//! `GET /inbox/v1/conversations/{id}/messages/{message_id}/ledger`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::inbox::Ledger;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::Path;

/// What became of a message: stored, pushed, delivered, read.
#[utoipa::path(
    get, path = "/inbox/v1/conversations/{id}/messages/{message_id}/ledger", tag = "inbox",
    security(("cookie" = [])), params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)),
    responses((status = 200, body = Ledger), Problems)
)]
pub(crate) async fn ledger(
    State(app): State<App>,
    agent: Agent,
    Path((id, message_id)): Path<(ConversationId, MessageId)>,
) -> Result<Json<Ledger>, Problem> {
    let ledger = app.db.ledger(agent.session.agent.id, id, message_id).await?;
    ledger.map(Json).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn the_ledger_follows_a_message_to_its_reader() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let message = harness.reply(&conversation, 1, "hello").await.json();
        let message = message["id"].as_str().unwrap();
        let cookie = harness.agent_cookie().await;
        let path = format!("/inbox/v1/conversations/{conversation}/messages/{message}/ledger");
        let before = harness.get(&path).cookie(&cookie).await.json();
        assert_eq!((&before["delivered"], &before["read"]), (&json!(false), &json!(false)));
        let receipt = format!("/app/v1/conversations/{conversation}/receipt");
        harness.put(&receipt, &json!({ "read_seq": 1 })).bearer(&token).await;
        let after = harness.get(&path).cookie(&cookie).await.json();
        assert_eq!((&after["delivered"], &after["read"]), (&json!(true), &json!(true)));
        let elsewhere = harness.conversation(&token, 2).await;
        let path = format!("/inbox/v1/conversations/{elsewhere}/messages/{message}/ledger");
        assert_eq!(harness.get(&path).cookie(&cookie).await.code(), "not_found");
    }
}
