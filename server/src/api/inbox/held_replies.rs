//! `POST /inbox/v1/conversations/{id}/held_replies`, and below it `DELETE …/{message_id}`, `PUT …/time`, `POST …/release`,
//! `POST …/return`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::held::{HoldReply, HoldUntil, ReleaseReply, ReturnReply, SetSendTime};
use tidings_protocol::id::{ConversationId, JobId, MessageId};
use tidings_protocol::message::Message;
use tidings_store::held::{self, Hands};

use crate::api::created;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::auth::role::{Act, may};
use crate::problem::Problem;
use crate::request::{Body, Path};

fn new_job(app: &App) -> JobId {
    JobId::from_parts(app.clock.unix_ms(), app.clock.random())
}

fn may_answer(agent: &Agent) -> bool {
    may(agent.session.agent.role, Act::Answer)
}

/// Leaves a reply with the server, which sends it at its time. It survives the page and the browser; until then anybody of the
/// team can take it back, and its user sees nothing of it. What somebody writes who may not answer waits for approval,
/// whatever they asked for.
#[utoipa::path(
    post, path = "/inbox/v1/conversations/{id}/held_replies", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = HoldReply,
    responses(
        (status = 201, body = InboxConversation),
        (status = 200, description = "A repeated request", body = InboxConversation),
        Problems,
    )
)]
pub(crate) async fn hold_reply(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(asked): Body<HoldReply>,
) -> Result<Response, Problem> {
    let command = held::HoldReply {
        id: asked.id,
        conversation_id,
        agent_id: agent.session.agent.id,
        parts: asked.parts,
        quote: asked.quote,
        seen_seq: asked.seen_seq,
        until: if may_answer(&agent) { asked.until } else { HoldUntil::Approval },
        then_close: asked.then_close && may_answer(&agent),
        now: app.clock.now(),
        job_id: new_job(&app),
    };
    Ok(created(app.db.write(command).await?))
}

/// Takes a held reply back, one's own or, for who answers, anybody's of the team. What has been sent is `not_editable`; what is
/// not held is fine, and is not held later either.
#[utoipa::path(
    delete, path = "/inbox/v1/conversations/{id}/held_replies/{message_id}", tag = "inbox",
    security(("cookie" = [])), params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)),
    responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn withdraw_reply(
    State(app): State<App>,
    agent: Agent,
    Path((conversation_id, id)): Path<(ConversationId, MessageId)>,
) -> Result<Json<InboxConversation>, Problem> {
    let command = held::WithdrawReply {
        id,
        conversation_id,
        agent_id: agent.session.agent.id,
        hands: if may_answer(&agent) { Hands::Any } else { Hands::Own },
        now: app.clock.now(),
    };
    Ok(Json(app.db.write(command).await?))
}

/// Gives a held reply another time.
#[utoipa::path(
    put, path = "/inbox/v1/conversations/{id}/held_replies/{message_id}/time", tag = "inbox",
    security(("cookie" = [])), params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)),
    request_body = SetSendTime, responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn set_send_time(
    State(app): State<App>,
    agent: Agent,
    Path((conversation_id, id)): Path<(ConversationId, MessageId)>,
    Body(asked): Body<SetSendTime>,
) -> Result<Json<InboxConversation>, Problem> {
    let command = held::SetSendTime {
        id,
        conversation_id,
        agent_id: agent.session.agent.id,
        send_at: asked.send_at,
        now: app.clock.now(),
        job_id: new_job(&app),
    };
    Ok(Json(app.db.write(command).await?))
}

/// Sends a held reply now, in the name of who wrote it: before its time, although somebody wrote, or because it is approved, with
/// other words if need be. One that has been sent is the same answer again; `409 id_conflict` when it went out with other words
/// than these.
#[utoipa::path(
    post, path = "/inbox/v1/conversations/{id}/held_replies/{message_id}/release", tag = "inbox",
    security(("cookie" = [])), params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)),
    request_body = ReleaseReply, responses((status = 200, body = Message), Problems)
)]
pub(crate) async fn release_reply(
    State(app): State<App>,
    agent: Agent,
    Path((conversation_id, id)): Path<(ConversationId, MessageId)>,
    Body(asked): Body<ReleaseReply>,
) -> Result<Json<Message>, Problem> {
    let command = held::SendHeld {
        conversation_id,
        id,
        agent_id: agent.session.agent.id,
        seen_seq: asked.seen_seq,
        parts: asked.parts,
        now: app.clock.now(),
        job_id: new_job(&app),
    };
    Ok(Json(app.db.write(command).await?))
}

/// Gives a reply that waits for approval back to its author, with a word about it.
#[utoipa::path(
    post, path = "/inbox/v1/conversations/{id}/held_replies/{message_id}/return", tag = "inbox",
    security(("cookie" = [])), params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)),
    request_body = ReturnReply, responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn return_reply(
    State(app): State<App>,
    agent: Agent,
    Path((conversation_id, id)): Path<(ConversationId, MessageId)>,
    Body(asked): Body<ReturnReply>,
) -> Result<Json<InboxConversation>, Problem> {
    let (agent_id, note, now) = (agent.session.agent.id, asked.note, app.clock.now());
    Ok(Json(app.db.write(held::ReturnReply { id, conversation_id, agent_id, note, now }).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::id::MessageId;

    use crate::testing::Harness;

    fn body(number: u8, until: &Value) -> Value {
        let parts = json!([{ "type": "text", "text": "It comes on Monday." }]);
        let id = MessageId::from_parts(7, [number; 10]);
        json!({ "id": id, "parts": parts, "seen_seq": 1, "until": until, "then_close": true })
    }

    #[tokio::test]
    async fn a_reply_waits_where_its_user_does_not_see_it_and_can_be_had_back() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "where is it?").await;
        let cookie = harness.agent_cookie().await;
        let path = format!("/inbox/v1/conversations/{conversation}/held_replies");
        let leave = || {
            harness
                .post(&path, &body(7, &json!({ "type": "seconds", "seconds": 60 })))
                .cookie(&cookie)
                .same_origin()
        };
        let held = leave().await;
        assert_eq!((held.status, &held.json()["held"][0]["waits_for"]), (201, &json!("undo")));
        assert_eq!(leave().await.status, 200);
        let theirs = format!("/app/v1/conversations/{conversation}");
        let seen = harness.get(&theirs).bearer(&token).await.json();
        assert_eq!((&seen["last_seq"], &seen["state"]), (&json!(1), &json!("open")), "{seen}");
        assert!(seen.get("held").is_none(), "{seen}");
        let one = format!("{path}/{}", MessageId::from_parts(7, [7; 10]));
        let back = harness.delete(&one).cookie(&cookie).same_origin().await;
        assert_eq!((back.status, back.json().get("held")), (200, None));
        let late = leave().await;
        assert_eq!((late.status, late.json().get("held")), (200, None), "it was taken back");
    }

    #[tokio::test]
    async fn a_held_reply_is_sent_now_once_and_closes_if_that_was_asked_for() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "where is it?").await;
        let cookie = harness.agent_cookie().await;
        let path = format!("/inbox/v1/conversations/{conversation}/held_replies");
        let tomorrow = json!({ "type": "time", "send_at": harness.app.clock.now().plus_ms(86_400_000) });
        let held = harness.post(&path, &body(7, &tomorrow)).cookie(&cookie).same_origin().await.json();
        assert_eq!(held["held"][0]["send_at"], tomorrow["send_at"]);
        let one = format!("{path}/{}", MessageId::from_parts(7, [7; 10]));
        harness.send(&token, &conversation, 2, "it has come!").await;
        let release = |seen: Value| {
            let path = format!("{one}/release");
            harness.post(&path, &json!({ "seen_seq": seen })).cookie(&cookie).same_origin()
        };
        let moved = release(json!(1)).await;
        assert_eq!((moved.status, moved.code().as_str()), (409, "conversation_moved"));
        let sent = release(json!(2)).await;
        assert_eq!((sent.status, &sent.json()["seq"]), (200, &json!(3)));
        assert_eq!(release(json!(2)).await.json(), sent.json());
        let gone = harness.delete(&one).cookie(&cookie).same_origin().await;
        assert_eq!((gone.status, gone.code().as_str()), (422, "not_editable"));
        let header =
            harness.get(&format!("/inbox/v1/conversations/{conversation}")).cookie(&cookie).await.json();
        assert_eq!((header.get("held"), &header["state"]), (None, &json!("closed")));
    }

    #[tokio::test]
    async fn only_a_time_to_come_and_a_moment_will_do() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let cookie = harness.agent_cookie().await;
        let path = format!("/inbox/v1/conversations/{conversation}/held_replies");
        let now = harness.app.clock.now();
        let bad = [
            json!({ "type": "seconds", "seconds": 0 }),
            json!({ "type": "seconds", "seconds": 61 }),
            json!({ "type": "time", "send_at": now }),
            json!({ "type": "time", "send_at": now.plus_ms(367 * 86_400_000) }),
        ];
        for until in bad {
            let refused = harness.post(&path, &body(7, &until)).cookie(&cookie).same_origin().await;
            assert_eq!((refused.status, refused.code().as_str()), (400, "invalid_body"), "{until}");
        }
    }
}
