//! `PUT /app/v1/push_receipts/{message_id}` and `POST /app/v1/push_receipts`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::app::{PushArrived, PushReceipt};
use tidings_protocol::id::MessageId;
use tidings_store::ledger::NotePushReceipt;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::push::receipt::Receipt;
use crate::request::{Body, Path};

/// Says that the push for a message reached this device, and whether its notification was shown. Agents see it in the
/// message's ledger.
#[utoipa::path(
    put, path = "/app/v1/push_receipts/{message_id}", tag = "app", security(("session" = [])),
    params(("message_id" = MessageId, Path)), request_body = PushReceipt,
    responses((status = 204, description = "Noted"), Problems)
)]
pub(crate) async fn note_push_receipt(
    State(app): State<App>,
    user: User,
    Path(message_id): Path<MessageId>,
    Body(receipt): Body<PushReceipt>,
) -> Result<StatusCode, Problem> {
    let User { session, .. } = user;
    let of = Receipt { user_id: session.user_id, device_id: session.device_id, message_id };
    note(&app, of, receipt.shown).await
}

/// Says that a push reached a phone: for the app's notification extension, which has no session but what the push brings
/// along. iOS shows the notification when the extension is done, so it was shown as well.
#[utoipa::path(
    post, path = "/app/v1/push_receipts", tag = "app", request_body = PushArrived,
    responses((status = 204, description = "Noted"), Problems)
)]
pub(crate) async fn note_push_arrived(
    State(app): State<App>,
    Body(arrived): Body<PushArrived>,
) -> Result<StatusCode, Problem> {
    let receipt = app.receipts.read(arrived.receipt.as_str(), &app.db, &app.clock).await?;
    note(&app, receipt.ok_or_else(Problem::not_found)?, true).await
}

async fn note(app: &App, of: Receipt, shown: bool) -> Result<StatusCode, Problem> {
    let Receipt { user_id, device_id, message_id } = of;
    let news =
        app.db.write(NotePushReceipt { user_id, device_id, message_id, shown, now: app.clock.now() }).await?;
    for (step, is_news) in [("arrived", news.arrived), ("shown", news.shown)] {
        if is_news {
            metrics::counter!("tidings_push_receipts_total", "step" => step).increment(1);
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::MessageId;

    use crate::auth::token_hash;
    use crate::push::receipt::Receipt;
    use crate::testing::Harness;

    #[tokio::test]
    async fn what_a_device_says_of_a_push_stands_in_the_ledger() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let message = harness.reply(&conversation, 1, "hello").await.json();
        let message = message["id"].as_str().unwrap();
        let path = format!("/app/v1/push_receipts/{message}");
        let tell = |shown: bool, token: String| {
            let (harness, path) = (&harness, path.clone());
            async move { harness.put(&path, &json!({ "shown": shown })).bearer(&token).await.status }
        };
        assert_eq!(tell(false, token.clone()).await, 204);
        let ledger = format!("/inbox/v1/conversations/{conversation}/messages/{message}/ledger");
        let cookie = harness.agent_cookie().await;
        let before = harness.get(&ledger).cookie(&cookie).await.json()["devices"][0].clone();
        assert!(before["delivered_at"].is_string() && before["shown_at"].is_null(), "{before}");
        assert_eq!(tell(true, token).await, 204);
        let after = harness.get(&ledger).cookie(&cookie).await.json()["devices"][0].clone();
        assert!(after["shown_at"].is_string() && after["delivered_at"] == before["delivered_at"], "{after}");
        // Somebody else's message is not there.
        assert_eq!(tell(true, harness.anonymous(2).await).await, 404);
    }
    /// The extension of a phone has no session, only what the push brought along.
    #[tokio::test]
    async fn what_an_extension_says_with_a_push_s_receipt_counts_for_that_phone_and_message() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let message = harness.reply(&conversation, 1, "hello").await.json();
        let message = message["id"].as_str().unwrap();
        let app = &harness.app;
        let session = app.db.session(token_hash(&token), app.clock.now()).await.unwrap().unwrap();
        let of = async |message_id| {
            let of = Receipt { user_id: session.user_id, device_id: session.device_id, message_id };
            app.receipts.token(&of, &app.db, &app.clock).await.unwrap()
        };
        let tell = async |receipt: &str| {
            harness.post("/app/v1/push_receipts", &json!({ "receipt": receipt })).await.status
        };
        let receipt = of(message.parse().unwrap()).await;
        assert_eq!(tell(&receipt).await, 204);
        assert_eq!(tell(&receipt).await, 204);
        let ledger = format!("/inbox/v1/conversations/{conversation}/messages/{message}/ledger");
        let ledger = harness.get(&ledger).cookie(&harness.agent_cookie().await).await.json();
        let phone = &ledger["devices"][0];
        assert!(phone["delivered_at"].is_string() && phone["shown_at"].is_string(), "{phone}");
        // Another's hand, another's message: not known.
        let forged = format!("{}{}", if receipt.starts_with('A') { 'B' } else { 'A' }, &receipt[1..]);
        let elsewhere = of(MessageId::from_parts(7, [7; 10])).await;
        for bad in [forged.as_str(), elsewhere.as_str(), "no receipt"] {
            assert_eq!(tell(bad).await, 404, "{bad}");
        }
    }
}
