//! `PATCH /app/v1/conversations/{id}/messages/{message_id}`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::{EditMessage, Message};
use tidings_store::amend;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Gives one of the user's own messages other words. The words that it has already change nothing.
#[utoipa::path(
    patch, path = "/app/v1/conversations/{id}/messages/{message_id}", tag = "app", security(("session" = [])),
    params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)), request_body = EditMessage,
    responses((status = 200, body = Message), Problems)
)]
pub(crate) async fn edit_message(
    State(app): State<App>,
    user: User,
    Path((conversation_id, id)): Path<(ConversationId, MessageId)>,
    Body(edit): Body<EditMessage>,
) -> Result<Json<Message>, Problem> {
    let (actor, now) = (user.actor(), app.clock.now());
    Ok(Json(app.db.write(amend::EditMessage { conversation_id, id, actor, text: edit.text, now }).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn only_its_author_changes_a_message_and_the_same_words_change_nothing() {
        let harness = Harness::start().await;
        let (ana, ben) = (harness.user("ana").await, harness.user("ben").await);
        let conversation = harness.conversation(&ana, 1).await;
        let sent = harness.send(&ana, &conversation, 1, "helo").await.json();
        let reply = harness.reply(&conversation, 2, "yes?").await.json();
        let path = |message: &serde_json::Value| {
            format!("/app/v1/conversations/{conversation}/messages/{}", message["id"].as_str().unwrap())
        };
        let (mine, theirs) = (path(&sent), path(&reply));
        let words = json!({ "text": "hello" });
        let edited = harness.patch(&mine, &words).bearer(&ana).await;
        assert_eq!((edited.status, &edited.json()["parts"][0]["text"]), (200, &json!("hello")));
        assert!(edited.json()["edited_at"].is_string(), "{}", edited.text());
        assert_eq!(harness.patch(&mine, &words).bearer(&ana).await.json(), edited.json());
        for (path, by) in [(&mine, &ben), (&theirs, &ana)] {
            assert_eq!(harness.patch(path, &words).bearer(by).await.code(), "not_found");
        }
        // A repeat of the first sending is not a conflict.
        let again = harness.send(&ana, &conversation, 1, "helo").await;
        assert_eq!((again.status, again.json()), (200, edited.json()));
        for bad in [json!({ "text": "" }), json!({}), json!({ "text": "x", "color": "red" })] {
            assert_eq!(harness.patch(&mine, &bad).bearer(&ana).await.code(), "invalid_body");
        }
        assert_eq!(harness.delete(&mine).bearer(&ana).await.status, 200);
        assert_eq!(harness.patch(&mine, &words).bearer(&ana).await.code(), "not_editable");
    }
}
