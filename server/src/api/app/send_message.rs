//! `POST /app/v1/conversations/{id}/messages`.

use axum::extract::State;
use axum::response::Response;
use tidings_protocol::app::SendMessage;
use tidings_protocol::id::{ConversationId, JobId};
use tidings_protocol::message::Message;
use tidings_store::contexts::KeepContext;
use tidings_store::messages::AppendMessage;

use crate::api::created;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Sends a message. The same id with the same parts gives the first result.
#[utoipa::path(
    post, path = "/app/v1/conversations/{id}/messages", tag = "app", security(("session" = [])),
    params(("id" = ConversationId, Path)), request_body = SendMessage,
    responses(
        (status = 201, body = Message),
        (status = 200, description = "The first result of a repeated request", body = Message),
        Problems,
    )
)]
pub(crate) async fn send_message(
    State(app): State<App>,
    user: User,
    Path(conversation_id): Path<ConversationId>,
    Body(draft): Body<SendMessage>,
) -> Result<Response, Problem> {
    let command = AppendMessage {
        id: draft.id,
        conversation_id,
        actor: user.actor(),
        parts: draft.parts,
        quote: draft.quote,
        seen_seq: None,
        now: app.clock.now(),
        job_id: JobId::from_parts(app.clock.unix_ms(), app.clock.random()),
    };
    #[cfg(feature = "planted")]
    let command = crate::planted::on_repeat(&app, command).await?;
    let sent = app.db.write(command).await?;
    // Only what is stored has a context. If this node dies in between, the phone asks again and brings it again.
    if let Some(context) = draft.context {
        let keep = KeepContext {
            conversation_id,
            user_id: user.session.user_id,
            message_id: Some(draft.id),
            context: *context,
            now: app.clock.now(),
        };
        app.db.write(keep).await?;
    }
    Ok(created(sent))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::MessageId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn second_send_of_the_same_id_returns_the_first() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let first = harness.send(&token, &conversation, 1, "hello").await;
        let again = harness.send(&token, &conversation, 1, "hello").await;
        assert_eq!((first.status, again.status), (201, 200));
        assert_eq!(first.json(), again.json());
        assert_eq!(first.json()["seq"], 1);
        assert_eq!(harness.send(&token, &conversation, 1, "other words").await.code(), "id_conflict");
    }

    #[tokio::test]
    async fn a_session_that_asks_too_often_is_told_when_to_come_back() {
        let harness = Harness::start_with(|config| {
            config.rates.enabled = true;
            config.rates.session_per_second = 1;
        })
        .await;
        let token = harness.anonymous(1).await;
        for _ in 0..10 {
            assert_eq!(harness.get("/app/v1/bootstrap").bearer(&token).await.status, 200);
        }
        let answer = harness.get("/app/v1/bootstrap").bearer(&token).await;
        assert_eq!((answer.status, answer.code().as_str()), (429, "rate_limited"));
        assert_eq!(answer.header("retry-after"), answer.json()["retry_after"].to_string());
        let another = harness.anonymous(2).await;
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&another).await.status, 200);
    }

    #[tokio::test]
    async fn nobody_writes_in_somebody_elses_conversation() {
        let harness = Harness::start().await;
        let (ana, ben) = (harness.anonymous(1).await, harness.anonymous(2).await);
        let hers = harness.conversation(&ana, 1).await;
        assert_eq!(harness.send(&ben, &hers, 1, "hello").await.code(), "not_found");
        let page = harness.get(&format!("/app/v1/conversations/{hers}/messages")).bearer(&ana).await.json();
        assert_eq!(page["messages"], json!([]));
    }

    #[tokio::test]
    async fn a_message_that_is_too_long_is_refused_with_its_place() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let path = format!("/app/v1/conversations/{conversation}/messages");
        let id = MessageId::from_parts(1, [1; 10]);
        for parts in [
            json!([{ "type": "text", "text": "x".repeat(16 * 1024 + 1) }]),
            json!([{ "type": "text", "text": "a\u{0}b" }]),
            json!([{ "type": "text", "text": "" }]),
            json!([{ "type": "system", "event": "conversation_closed" }]),
            json!([{ "type": "telepathy" }]),
            json!([]),
            json!(vec![json!({ "type": "text", "text": "x" }); 11]),
        ] {
            let answer = harness.post(&path, &json!({ "id": id, "parts": parts })).bearer(&token).await;
            assert_eq!(answer.code(), "invalid_body", "{parts}");
            assert!(answer.json()["pointer"].as_str().unwrap().starts_with("/parts"), "{:?}", answer.json());
        }
    }
}
