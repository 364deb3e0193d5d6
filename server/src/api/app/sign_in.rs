//! `POST /app/v1/sessions`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::app::{AnonymousDevice, Me, SignIn, SignedIn};
use tidings_protocol::context::Fields;
use tidings_protocol::id::{AppId, UserId};
use tidings_protocol::problem::ProblemCode;
use tidings_store::contexts::{FieldSource, SetUserFields};
use tidings_store::merge::{MergeUser, Merged};
use tidings_store::users::{self, Identity, NewDevice, NewSession};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::{SESSION_PREFIX, identity, new_token, token_hash};
use crate::edge::ClientAddress;
use crate::problem::Problem;
use crate::request::Body;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Signs a device in: as the user an identity token vouches for, or anonymously. Repeating it with the same device
/// gives the same user. With `merge`, what an anonymous user has becomes this user's, before anything is answered.
#[utoipa::path(
    post, path = "/app/v1/sessions", tag = "app", request_body = SignIn,
    responses((status = 201, body = SignedIn), Problems)
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    address: ClientAddress,
    Body(asked): Body<SignIn>,
) -> Result<(StatusCode, Json<SignedIn>), Problem> {
    app.rates.sign_in(address.0)?;
    let now = app.clock.now();
    let (identity, fields) = match &asked.identity_token {
        Some(token) => vouched_for(&app, &asked, token).await?,
        None => (Identity::Anonymous, None),
    };
    app.rates.app(asked.app_id)?;
    let session_token = new_token(&app.clock, SESSION_PREFIX);
    let device = asked.device;
    let command = users::SignIn {
        app_id: asked.app_id,
        user_id: UserId::from_parts(app.clock.unix_ms(), app.clock.random()),
        identity,
        device: NewDevice {
            id: device.id,
            secret_hash: token_hash(device.secret.as_str()),
            platform: device.platform,
            locale: device.locale,
            app_version: device.app_version,
        },
        session: NewSession {
            token_hash: token_hash(&session_token),
            expires_at: now.plus_ms(i64::from(app.config.sessions.user_days) * DAY_MS),
        },
        now,
    };
    let user = app.db.write(command).await?;
    if let Some(fields) = fields {
        let set = SetUserFields { user_id: user.id, source: FieldSource::Token, fields, now };
        app.db.write(set).await?;
    }
    if let Some(proof) = asked.merge.filter(|_| !user.anonymous) {
        merge(&app, asked.app_id, user.id, &proof).await?;
    }
    let user = Me { id: user.id, anonymous: user.anonymous, name: user.name };
    Ok((StatusCode::CREATED, Json(SignedIn { user, session_token })))
}

async fn merge(app: &App, app_id: AppId, user_id: UserId, proof: &AnonymousDevice) -> Result<(), Problem> {
    let secret_hash = token_hash(proof.secret.as_str());
    let command = MergeUser { app_id, user_id, device_id: proof.id, secret_hash, now: app.clock.now() };
    match app.db.write(command).await? {
        Merged::Moved(conversations) => {
            tracing::info!(%user_id, conversations, "an anonymous user was merged into this one");
        }
        Merged::Already => {}
        // To sign in is worth more than to say why: the phone could do nothing about it.
        Merged::Nothing => tracing::info!(%user_id, "there was no anonymous user to merge"),
    }
    Ok(())
}

/// Who a token vouches for, and what it says of them if it says something.
async fn vouched_for(app: &App, asked: &SignIn, token: &str) -> Result<(Identity, Option<Fields>), Problem> {
    let keys = app.db.identity_keys(asked.app_id).await?;
    if keys.is_empty() && app.db.app(asked.app_id).await?.is_none() {
        return Err(Problem::new(ProblemCode::NotFound).detail("there is no such app"));
    }
    let vouched = identity::verify(token, asked.app_id, &keys, app.clock.now())?;
    let identity::VouchedFor { external_id, name, email, fields, key_id } = vouched;
    Ok((Identity::Known { external_id, name, email, key_id: Some(key_id) }, fields))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::AppId;

    use crate::testing::{Device, Harness};

    #[tokio::test]
    async fn a_vouched_for_user_is_the_same_on_every_device() {
        let harness = Harness::start().await;
        let (phone, tablet) = (Device::new(1), Device::new(2));
        let first = harness.sign_in(&phone, Some("ana")).await;
        assert_eq!(first.status, 201);
        assert_eq!(first.json()["user"]["anonymous"], false);
        let second = harness.sign_in(&tablet, Some("ana")).await;
        assert_eq!(first.json()["user"]["id"], second.json()["user"]["id"]);
        assert_ne!(first.json()["session_token"], second.json()["session_token"]);
    }

    #[tokio::test]
    async fn signing_in_again_ends_the_earlier_session() {
        let harness = Harness::start().await;
        let phone = Device::new(1);
        let first = harness.sign_in(&phone, None).await.json();
        let again = harness.sign_in(&phone, None).await.json();
        assert_eq!(first["user"]["id"], again["user"]["id"]);
        let bootstrap =
            |token: &serde_json::Value| harness.get("/app/v1/bootstrap").bearer(token.as_str().unwrap());
        assert_eq!(bootstrap(&first["session_token"]).await.code(), "unauthenticated");
        assert_eq!(bootstrap(&again["session_token"]).await.status, 200);
    }

    #[tokio::test]
    async fn a_device_of_somebody_else_is_refused() {
        let harness = Harness::start().await;
        let phone = Device::new(1);
        harness.sign_in(&phone, Some("ana")).await;
        assert_eq!(harness.sign_in(&phone, Some("ben")).await.code(), "id_conflict");
        let stolen = Device { id: phone.id, secret: Device::new(9).secret };
        assert_eq!(harness.sign_in(&stolen, Some("ana")).await.code(), "id_conflict");
    }

    #[tokio::test]
    async fn a_refused_token_says_why_and_signs_nobody_in() {
        let harness = Harness::start().await;
        let device = json!({ "id": Device::new(1).id, "secret": Device::new(1).secret, "platform": "ios" });
        let body = json!({ "app_id": harness.app_id, "identity_token": "a.b.c", "device": device });
        let answer = harness.post("/app/v1/sessions", &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "identity_refused"));
        assert!(answer.json()["detail"].as_str().unwrap().contains("JWT"));
    }

    #[tokio::test]
    async fn an_anonymous_user_moves_in_with_a_sign_in_that_proves_both() {
        let harness = Harness::start().await;
        let (anonymous, phone) = (Device::new(1), Device::new(2));
        let before = harness.sign_in(&anonymous, None).await.session_token();
        let id = harness.conversation(&before, 1).await;
        let sign_in = async |merge: serde_json::Value, token: Option<String>| {
            let device = json!({ "id": phone.id, "secret": phone.secret, "platform": "ios" });
            let mut body = json!({ "app_id": harness.app_id, "device": device, "merge": merge });
            if let Some(token) = token {
                body["identity_token"] = json!(token);
            }
            harness.post("/app/v1/sessions", &body).await
        };
        let proof = json!({ "id": anonymous.id, "secret": anonymous.secret });
        let wrong = json!({ "id": anonymous.id, "secret": Device::new(9).secret });
        let path = format!("/app/v1/conversations/{id}");
        // Without the secret nothing moves, and the sign-in says nothing of it.
        let token = sign_in(wrong, Some(harness.identity_token(harness.app_id, "ana"))).await.session_token();
        assert_eq!(harness.get(&path).bearer(&token).await.status, 404);
        for _ in 0..2 {
            let signed_in = sign_in(proof.clone(), Some(harness.identity_token(harness.app_id, "ana"))).await;
            assert_eq!(signed_in.status, 201);
            assert_eq!(harness.get(&path).bearer(&signed_in.session_token()).await.status, 200);
        }
        assert_eq!(harness.get(&path).bearer(&before).await.status, 401);
        assert_eq!(harness.sign_in(&anonymous, None).await.code(), "id_conflict");
    }

    #[tokio::test]
    async fn an_unknown_app_is_not_there() {
        let harness = Harness::start().await;
        let device = json!({ "id": Device::new(1).id, "secret": Device::new(1).secret, "platform": "ios" });
        for token in [json!(null), json!("a.b.c")] {
            let body =
                json!({ "app_id": AppId::from_parts(9, [9; 10]), "identity_token": token, "device": device });
            assert_eq!(harness.post("/app/v1/sessions", &body).await.code(), "not_found");
        }
    }

    #[tokio::test]
    async fn one_device_too_many_signs_another_out_even_when_the_clock_went_back() {
        let harness = Harness::start().await;
        for number in 1..=20 {
            harness.sign_in(&Device::new(number), Some("ana")).await;
        }
        harness.hand.advance_ms(-super::DAY_MS);
        let token = harness.sign_in(&Device::new(21), Some("ana")).await.session_token();
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&token).await.status, 200);
    }

    #[tokio::test]
    async fn a_session_ends_by_itself() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        harness.hand.advance_ms(366 * super::DAY_MS);
        assert_eq!(harness.get("/app/v1/bootstrap").bearer(&token).await.code(), "unauthenticated");
    }
}
