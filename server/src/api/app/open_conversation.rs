//! `POST /app/v1/conversations`.

use axum::extract::State;
use axum::response::Response;
use tidings_protocol::app::OpenConversation;
use tidings_protocol::conversation::Conversation;
use tidings_store::contexts::{KeepContext, SetConversationFields};
use tidings_store::conversations;

use crate::api::created;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::Body;

/// Opens a conversation. The same id with the same title gives the first result.
#[utoipa::path(
    post, path = "/app/v1/conversations", tag = "app", security(("session" = [])), request_body = OpenConversation,
    responses(
        (status = 201, body = Conversation),
        (status = 200, description = "The first result of a repeated request", body = Conversation),
        Problems,
    )
)]
pub(crate) async fn open_conversation(
    State(app): State<App>,
    user: User,
    Body(asked): Body<OpenConversation>,
) -> Result<Response, Problem> {
    let command = conversations::OpenConversation {
        id: asked.id,
        user_id: user.session.user_id,
        title: asked.title,
        now: app.clock.now(),
    };
    let opened = app.db.write(command).await?;
    // Only what is stored has a context. If this node dies in between, the phone asks again and brings it again.
    let (conversation_id, user_id, now) = (asked.id, user.session.user_id, app.clock.now());
    if let Some(context) = asked.context {
        let context = *context;
        app.db.write(KeepContext { conversation_id, user_id, message_id: None, context, now }).await?;
    }
    if let Some(fields) = asked.fields {
        app.db.write(SetConversationFields { conversation_id, user_id, fields, now }).await?;
    }
    Ok(created(opened))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::ConversationId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_repeated_request_gets_the_first_result() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let body = json!({ "id": ConversationId::from_parts(1, [1; 10]), "title": "Parcel" });
        let first = harness.post("/app/v1/conversations", &body).bearer(&token).await;
        let again = harness.post("/app/v1/conversations", &body).bearer(&token).await;
        assert_eq!((first.status, again.status), (201, 200));
        assert_eq!(first.json(), again.json());
    }

    #[tokio::test]
    async fn the_same_id_for_something_else_is_a_conflict() {
        let harness = Harness::start().await;
        let (ana, ben) = (harness.anonymous(1).await, harness.anonymous(2).await);
        let id = ConversationId::from_parts(1, [1; 10]);
        let open = |token: &str, title: &str| {
            harness.post("/app/v1/conversations", &json!({ "id": id, "title": title })).bearer(token)
        };
        assert_eq!(open(&ana, "Parcel").await.status, 201);
        assert_eq!(open(&ana, "Bill").await.code(), "id_conflict");
        assert_eq!(open(&ben, "Parcel").await.code(), "id_conflict");
    }
}
