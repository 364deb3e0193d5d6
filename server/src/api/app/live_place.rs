//! `PUT` and `DELETE /app/v1/conversations/{id}/messages/{message_id}/place`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::{Message, MoveLivePlace};
use tidings_store::live_places::{EndOwnPlace, MovePlace};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Says where the user is, who shares their place in this message of theirs. The greatest `number` counts; nobody is
/// woken, and nothing is unread because of it. When the time is over the answer is `not_editable`; a place that comes
/// less than five seconds after the last one is `rate_limited`.
#[utoipa::path(
    put, path = "/app/v1/conversations/{id}/messages/{message_id}/place", tag = "app", security(("session" = [])),
    params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)), request_body = MoveLivePlace,
    responses((status = 200, body = Message), Problems)
)]
pub(crate) async fn move_live_place(
    State(app): State<App>,
    user: User,
    Path((conversation_id, id)): Path<(ConversationId, MessageId)>,
    Body(place): Body<MoveLivePlace>,
) -> Result<Json<Message>, Problem> {
    let (actor, now) = (user.actor(), app.clock.now());
    Ok(Json(app.db.write(MovePlace { conversation_id, id, actor, place, now }).await?))
}

/// Ends the sharing of a place before its time: the place is gone. Again: the same answer.
#[utoipa::path(
    delete, path = "/app/v1/conversations/{id}/messages/{message_id}/place", tag = "app", security(("session" = [])),
    params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)),
    responses((status = 200, body = Message), Problems)
)]
pub(crate) async fn end_live_place(
    State(app): State<App>,
    user: User,
    Path((conversation_id, id)): Path<(ConversationId, MessageId)>,
) -> Result<Json<Message>, Problem> {
    let (actor, now) = (user.actor(), app.clock.now());
    Ok(Json(app.db.write(EndOwnPlace { conversation_id, id, actor, now }).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{Answer, Harness};

    async fn share(harness: &Harness, token: &str, conversation: &str, number: u8) -> (Value, String) {
        let parts = json!([{ "type": "live_location", "for_s": 900 }]);
        let sent = harness.send_parts(token, conversation, number, &parts).await;
        assert_eq!(sent.status, 201, "{}", sent.text());
        let sent = sent.json();
        let id = sent["id"].as_str().unwrap();
        let path = format!("/app/v1/conversations/{conversation}/messages/{id}/place");
        (sent, path)
    }

    async fn put(harness: &Harness, token: &str, path: &str, number: i64) -> Answer {
        let place =
            json!({ "number": number, "latitude": 46.948_09, "longitude": 7.447_44, "accuracy_m": 12.5 });
        harness.put(path, &place).bearer(token).await
    }

    #[tokio::test]
    async fn a_place_moves_in_one_message_that_agents_see_and_nobody_counts() {
        let harness = Harness::start().await;
        let (ana, cookie) = (harness.user("ana").await, harness.agent_cookie().await);
        let conversation = harness.conversation(&ana, 1).await;
        let (sent, path) = share(&harness, &ana, &conversation, 1).await;
        let part = &sent["parts"][0];
        assert_eq!((&part["for_s"], part["until"].is_string(), part.get("last")), (&json!(900), true, None));
        let moved = put(&harness, &ana, &path, 1).await;
        assert_eq!((moved.status, &moved.json()["parts"][0]["last"]["number"]), (200, &json!(1)));
        let thread = format!("/inbox/v1/conversations/{conversation}/thread");
        let seen = harness.get(&thread).cookie(&cookie).await.json();
        assert_eq!(seen["messages"], json!([moved.json()]));
        assert_eq!(seen["conversation"]["last_message"], moved.json());
        assert_eq!(seen["conversation"]["unread"], json!(1), "one message, however often it moves");
        let soon = put(&harness, &ana, &path, 2).await;
        assert_eq!((soon.code().as_str(), soon.header("retry-after").as_str()), ("rate_limited", "4"));
        harness.hand.advance_ms(5_000);
        assert_eq!(put(&harness, &ana, &path, 2).await.json()["parts"][0]["last"]["number"], json!(2));
        let late = put(&harness, &ana, &path, 1).await;
        assert_eq!((late.status, &late.json()["parts"][0]["last"]["number"]), (200, &json!(2)));
        // A repeat of the first sending is not a conflict.
        let parts = json!([{ "type": "live_location", "for_s": 900 }]);
        assert_eq!(harness.send_parts(&ana, &conversation, 1, &parts).await.status, 200);
    }

    #[tokio::test]
    async fn only_its_author_moves_and_ends_it_and_then_there_is_no_place() {
        let harness = Harness::start().await;
        let (ana, ben, cookie) =
            (harness.user("ana").await, harness.user("ben").await, harness.agent_cookie().await);
        let conversation = harness.conversation(&ana, 1).await;
        let (_, path) = share(&harness, &ana, &conversation, 1).await;
        assert_eq!(put(&harness, &ben, &path, 1).await.code(), "not_found");
        assert_eq!(harness.delete(&path).bearer(&ben).await.code(), "not_found");
        assert_eq!(put(&harness, &ana, &path, 1).await.status, 200);
        let ended = harness.delete(&path).bearer(&ana).await;
        let part = ended.json()["parts"][0].clone();
        assert_eq!((ended.status, &part["ended"], part.get("last")), (200, &json!(true), None));
        assert_eq!(harness.delete(&path).bearer(&ana).await.json(), ended.json());
        assert_eq!(put(&harness, &ana, &path, 2).await.code(), "not_editable");
        let thread =
            harness.get(&format!("/inbox/v1/conversations/{conversation}/thread")).cookie(&cookie).await;
        assert!(!thread.text().contains("latitude"), "{}", thread.text());
    }

    #[tokio::test]
    async fn what_makes_no_sense_is_refused() {
        let harness = Harness::start().await;
        let ana = harness.user("ana").await;
        let conversation = harness.conversation(&ana, 1).await;
        let (_, path) = share(&harness, &ana, &conversation, 1).await;
        for bad in [
            json!({ "number": 0, "latitude": 1, "longitude": 2 }),
            json!({ "number": 1, "latitude": 91, "longitude": 2 }),
            json!({ "number": 1, "longitude": 2 }),
            json!({ "number": 1, "latitude": 1, "longitude": 2, "speed": 3 }),
        ] {
            assert_eq!(harness.put(&path, &bad).bearer(&ana).await.code(), "invalid_body", "{bad}");
        }
        let words = harness.send(&ana, &conversation, 2, "hello").await.json();
        let id = words["id"].as_str().unwrap();
        let path = format!("/app/v1/conversations/{conversation}/messages/{id}/place");
        assert_eq!(put(&harness, &ana, &path, 1).await.code(), "not_editable");
        assert_eq!(harness.delete(&path).bearer(&ana).await.code(), "not_editable");
    }

    #[tokio::test]
    async fn an_agent_shares_no_place() {
        let harness = Harness::start().await;
        let (ana, cookie) = (harness.user("ana").await, harness.agent_cookie().await);
        let conversation = harness.conversation(&ana, 1).await;
        let reply = json!({
            "id": "msg_01h2xcejqtf2nbrexx3vqjhp41", "seen_seq": 0,
            "parts": [{ "type": "live_location", "for_s": 900 }],
        });
        let path = format!("/inbox/v1/conversations/{conversation}/replies");
        let refused = harness.post(&path, &reply).cookie(&cookie).same_origin().await;
        assert_eq!(refused.code(), "invalid_body", "{}", refused.text());
    }
}
