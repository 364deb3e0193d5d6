//! `PUT /app/v1/conversations/{id}/fields` and `PUT /app/v1/fields`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::context::SetFields;
use tidings_protocol::id::ConversationId;
use tidings_store::contexts::{FieldSource, SetConversationFields, SetUserFields};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Replaces the custom fields of a conversation. Agents see them; the user does not.
#[utoipa::path(
    put, path = "/app/v1/conversations/{id}/fields", tag = "app", security(("session" = [])),
    params(("id" = ConversationId, Path)), request_body = SetFields,
    responses((status = 204, description = "Replaced"), Problems)
)]
pub(crate) async fn set_conversation_fields(
    State(app): State<App>,
    user: User,
    Path(conversation_id): Path<ConversationId>,
    Body(SetFields { fields }): Body<SetFields>,
) -> Result<StatusCode, Problem> {
    let (user_id, now) = (user.session.user_id, app.clock.now());
    app.db.write(SetConversationFields { conversation_id, user_id, fields, now }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces what the app says of this user. Nobody vouches for it, and what the backend says stands before it.
#[utoipa::path(
    put, path = "/app/v1/fields", tag = "app", security(("session" = [])), request_body = SetFields,
    responses((status = 204, description = "Replaced"), Problems)
)]
pub(crate) async fn set_user_fields(
    State(app): State<App>,
    user: User,
    Body(SetFields { fields }): Body<SetFields>,
) -> Result<StatusCode, Problem> {
    let (user_id, now) = (user.session.user_id, app.clock.now());
    app.db.write(SetUserFields { user_id, source: FieldSource::App, fields, now }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::{ConversationId, MessageId};

    use crate::testing::{Device, Harness};

    #[tokio::test]
    async fn agents_see_from_where_somebody_wrote_and_what_is_said_of_them() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let id = ConversationId::from_parts(1, [1; 10]);
        let home = json!({ "screen": { "name": "home" }, "time_zone": "Europe/Lisbon" });
        let open = json!({ "id": id, "title": "Parcel", "context": home, "fields": { "order": "4711" } });
        for status in [201, 200] {
            assert_eq!(harness.post("/app/v1/conversations", &open).bearer(&token).await.status, status);
        }
        let say = async |n: u8, context: serde_json::Value| {
            let message = MessageId::from_parts(1, [n; 10]);
            let mut body = json!({ "id": message, "parts": [{ "type": "text", "text": "hello" }] });
            if !context.is_null() {
                body["context"] = context;
            }
            harness.post(&format!("/app/v1/conversations/{id}/messages"), &body).bearer(&token).await.status
        };
        let checkout =
            json!({ "screen": { "name": "checkout", "detail": "order 4711" }, "visited": ["home"] });
        assert_eq!(say(1, json!(null)).await, 201);
        assert_eq!((say(2, checkout.clone()).await, say(2, checkout.clone()).await), (201, 200));
        assert_eq!(say(3, checkout.clone()).await, 201, "as the last one: no news");
        let path = format!("/app/v1/conversations/{id}/fields");
        let put = harness.put(&path, &json!({ "fields": { "order": "4712", "paid": true } }));
        assert_eq!(put.bearer(&token).await.status, 204);
        let told = json!({ "fields": { "plan": "gold", "theme": "dark" } });
        assert_eq!(harness.put("/app/v1/fields", &told).bearer(&token).await.status, 204);
        let admin = format!("/admin/v1/apps/{}/users/ana", harness.app_id);
        let vouched = json!({ "name": "Ana", "fields": { "plan": "free" } });
        assert_eq!(harness.put(&admin, &vouched).bearer(&harness.server_key).await.status, 200);
        // Without a word about fields they stay.
        assert_eq!(
            harness.put(&admin, &json!({ "name": "Ana" })).bearer(&harness.server_key).await.status,
            200
        );
        let cookie = harness.agent_cookie().await;
        let card = harness.get(&format!("/inbox/v1/conversations/{id}/user")).cookie(&cookie).await.json();
        assert_eq!(
            card["fields"],
            json!([
                { "key": "plan", "value": "free", "verified": true },
                { "key": "theme", "value": "dark", "verified": false },
            ])
        );
        assert_eq!(card["conversation_fields"], json!({ "order": "4712", "paid": true }));
        let trail: Vec<_> =
            card["trail"].as_array().unwrap().iter().map(|it| it["context"].clone()).collect();
        assert_eq!(trail, [checkout, home]);
        assert_eq!(card["trail"][0]["message_id"], json!(MessageId::from_parts(1, [2; 10])));
    }

    #[tokio::test]
    async fn what_is_wrong_is_refused_with_its_place_and_nobody_elses_is_not_there() {
        let harness = Harness::start().await;
        let (ana, ben) = (harness.anonymous(1).await, harness.anonymous(2).await);
        let hers = harness.conversation(&ana, 1).await;
        let path = format!("/app/v1/conversations/{hers}/fields");
        let some = json!({ "fields": { "plan": "gold" } });
        assert_eq!(harness.put(&path, &some).bearer(&ben).await.code(), "not_found");
        for wrong in [
            json!({ "fields": { "Plan": "gold" } }),
            json!({ "fields": { "plan": null } }),
            json!({ "fields": { "plan": "x".repeat(513) } }),
            json!({ "fields": (0..21).map(|n| (format!("f{n}"), json!(n))).collect::<serde_json::Map<_, _>>() }),
        ] {
            let answer = harness.put(&path, &wrong).bearer(&ana).await;
            assert_eq!(answer.code(), "invalid_body", "{wrong}");
            assert!(answer.json()["pointer"].as_str().unwrap().starts_with("/fields"), "{:?}", answer.json());
        }
    }

    #[tokio::test]
    async fn a_token_vouches_for_fields_and_a_malformed_claim_signs_nobody_in() {
        let harness = Harness::start().await;
        let claims = |fields: serde_json::Value| {
            harness.identity_token_with(harness.app_id, "ana", &json!({ "tidings_fields": fields }))
        };
        let device = Device::new(1);
        let sign_in = async |token: String| {
            let device = json!({ "id": device.id, "secret": device.secret, "platform": "ios" });
            let body = json!({ "app_id": harness.app_id, "identity_token": token, "device": device });
            harness.post("/app/v1/sessions", &body).await
        };
        assert_eq!(sign_in(claims(json!({ "Plan": "gold" }))).await.code(), "identity_refused");
        let token = sign_in(claims(json!({ "plan": "gold", "orders": 3 }))).await.session_token();
        let id = harness.conversation(&token, 1).await;
        let cookie = harness.agent_cookie().await;
        let card = harness.get(&format!("/inbox/v1/conversations/{id}/user")).cookie(&cookie).await.json();
        assert_eq!(
            card["fields"],
            json!([
                { "key": "orders", "value": 3, "verified": true },
                { "key": "plan", "value": "gold", "verified": true },
            ])
        );
    }
}
