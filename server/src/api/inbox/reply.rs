//! `POST /inbox/v1/conversations/{id}/replies`.

use axum::extract::State;
use axum::response::Response;
use tidings_protocol::id::{ConversationId, JobId};
use tidings_protocol::inbox::Reply;
use tidings_protocol::message::Message;
use tidings_store::messages::AppendMessage;

use crate::api::created;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Answers the user. The same id with the same parts gives the first result; if somebody wrote after `seen_seq`, the
/// answer is `conversation_moved` with what they wrote, and nothing is sent.
#[utoipa::path(
    post, path = "/inbox/v1/conversations/{id}/replies", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = Reply,
    responses(
        (status = 201, body = Message),
        (status = 200, description = "The first result of a repeated request", body = Message),
        Problems,
    )
)]
pub(crate) async fn reply(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(draft): Body<Reply>,
) -> Result<Response, Problem> {
    let command = AppendMessage {
        id: draft.id,
        conversation_id,
        actor: agent.actor(),
        parts: draft.parts,
        quote: draft.quote,
        seen_seq: draft.seen_seq,
        now: app.clock.now(),
        job_id: JobId::from_parts(app.clock.unix_ms(), app.clock.random()),
    };
    Ok(created(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::MessageId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn nobody_answers_past_what_they_have_not_seen() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "where is it?").await;
        harness.send(&token, &conversation, 2, "oh, found it").await;
        let cookie = harness.agent_cookie().await;
        let path = format!("/inbox/v1/conversations/{conversation}/replies");
        let reply = |seen: i64| {
            let parts = json!([{ "type": "text", "text": "on its way" }]);
            let body = json!({ "id": MessageId::from_parts(7, [7; 10]), "parts": parts, "seen_seq": seen });
            harness.post(&path, &body).cookie(&cookie).same_origin()
        };
        let moved = reply(1).await;
        assert_eq!((moved.status, moved.code().as_str()), (409, "conversation_moved"));
        assert_eq!(moved.json()["unseen"][0]["parts"][0]["text"], "oh, found it");
        let sent = reply(2).await;
        assert_eq!((sent.status, sent.json()["seq"].as_i64()), (201, Some(3)));
        assert_eq!(sent.json()["author"]["kind"], "agent");
        assert_eq!(reply(2).await.status, 200);
    }

    #[tokio::test]
    async fn agents_ask_for_a_place_and_say_what_for_and_users_do_not() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "where is it?").await;
        let cookie = harness.agent_cookie().await;
        let words = json!({ "type": "text", "text": "So that the driver finds you" });
        let request = json!({ "type": "request", "for": "place" });
        let id = |number| MessageId::from_parts(7, [number; 10]);
        let path = format!("/inbox/v1/conversations/{conversation}/replies");
        let reply = |number, parts: serde_json::Value| {
            let body = json!({ "id": id(number), "parts": parts, "seen_seq": 1 });
            harness.post(&path, &body).cookie(&cookie).same_origin()
        };
        let alone = reply(7, json!([request])).await;
        assert_eq!((alone.status, alone.code().as_str()), (400, "invalid_body"));
        assert!(alone.json().to_string().contains("beside a text"), "{}", alone.json());
        let asked = reply(8, json!([words, request])).await;
        assert_eq!((asked.status, &asked.json()["parts"][1]), (201, &request));
        let theirs = format!("/app/v1/conversations/{conversation}/messages");
        let send = |number, body: serde_json::Value| {
            let mut body = body;
            body["id"] = json!(id(number));
            harness.post(&theirs, &body).bearer(&token)
        };
        let refused = send(9, json!({ "parts": [words, request] })).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "invalid_body"));
        assert!(refused.json().to_string().contains("only agents ask"), "{}", refused.json());
        let place = json!({ "type": "location", "latitude": 46.95, "longitude": 7.45 });
        let answered = send(10, json!({ "parts": [place], "quote": id(8) })).await;
        assert_eq!(answered.status, 201);
        let declined = json!({ "type": "choice", "message_id": id(8), "option_id": "declined",
            "label": "Plutôt pas" });
        assert_eq!(send(11, json!({ "parts": [declined] })).await.status, 201);
    }
}
