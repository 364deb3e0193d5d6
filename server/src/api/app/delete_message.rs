//! `DELETE /app/v1/conversations/{id}/messages/{message_id}`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::Message;
use tidings_store::amend;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::Path;

/// Takes one of the user's own messages back: what it said is gone, its number stays. Again: the same answer.
#[utoipa::path(
    delete, path = "/app/v1/conversations/{id}/messages/{message_id}", tag = "app", security(("session" = [])),
    params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)),
    responses((status = 200, body = Message), Problems)
)]
pub(crate) async fn delete_message(
    State(app): State<App>,
    user: User,
    Path((conversation_id, id)): Path<(ConversationId, MessageId)>,
) -> Result<Json<Message>, Problem> {
    let (actor, now) = (user.actor(), app.clock.now());
    Ok(Json(app.db.write(amend::DeleteMessage { conversation_id, id, actor, now }).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;
    use crate::testing_uploads::Sender;

    #[tokio::test]
    async fn what_was_taken_back_is_gone_everywhere_and_leaves_its_place() {
        let harness = Harness::start().await;
        let (ana, cookie) = (harness.user("ana").await, harness.agent_cookie().await);
        let conversation = harness.conversation(&ana, 1).await;
        let file = harness.uploaded(Sender::User(&ana), 9, b"a secret file", "secret.txt").await;
        let parts = json!([{ "type": "text", "text": "a secret" }, file]);
        let sent = harness.send_parts(&ana, &conversation, 1, &parts).await.json();
        let path = format!("/app/v1/conversations/{conversation}/messages/{}", sent["id"].as_str().unwrap());
        let deleted = harness.delete(&path).bearer(&ana).await;
        assert_eq!(
            (deleted.status, &deleted.json()["parts"], &deleted.json()["seq"]),
            (200, &json!([]), &json!(1))
        );
        assert_eq!(harness.delete(&path).bearer(&ana).await.json(), deleted.json());
        let thread =
            harness.get(&format!("/inbox/v1/conversations/{conversation}/thread")).cookie(&cookie).await;
        assert_eq!(thread.json()["messages"], json!([deleted.json()]));
        assert_eq!(thread.json()["conversation"]["last_message"], deleted.json());
        assert!(!thread.text().contains("secret"), "{}", thread.text());
        let file = file["attachment_id"].as_str().unwrap().to_owned();
        assert_eq!(harness.addresses(Sender::Agent(&cookie), &file).await.code(), "not_found");
        assert_eq!(harness.addresses(Sender::User(&ana), &file).await.code(), "not_found");
    }
}
