//! `POST /admin/v1/apps/{id}/identity_keys`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tidings_protocol::admin::{AddIdentityKey, IdentityKey, IdentityKeys};
use tidings_protocol::id::{AppId, IdentityKeyId};
use tidings_protocol::text::Label;
use tidings_store::keys::{AddIdentityKeys, IdentityAlgorithm, NewIdentityKey};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::identity::name_of;
use crate::auth::key::Backend;
use crate::auth::material::{self, PublicKey};
use crate::clock::Clock;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Registers how identity tokens of an app are signed. A secret is in the answer once, and never again.
#[utoipa::path(
    post, path = "/admin/v1/apps/{id}/identity_keys", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body = AddIdentityKey,
    responses((status = 201, body = IdentityKeys), Problems)
)]
pub(crate) async fn add_identity_key(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(asked): Body<AddIdentityKey>,
) -> Result<(StatusCode, Json<IdentityKeys>), Problem> {
    backend.app(&app, app_id).await?;
    let keys: Vec<_> = keys(asked, &app.clock)?.into_iter().map(|key| new_key(key, &app.clock)).collect();
    let answer = keys.iter().map(shown).collect();
    app.db.write(AddIdentityKeys { app_id, keys, by: backend.by(&app) }).await?;
    tracing::info!(app = %app_id, "identity keys were added");
    Ok((StatusCode::CREATED, Json(IdentityKeys { keys: answer })))
}

fn keys(asked: AddIdentityKey, clock: &Clock) -> Result<Vec<PublicKey>, Problem> {
    use IdentityAlgorithm::{EdDsa, Es256, Hs256};
    let from_pem = |algorithm, pem: &str, kid: Option<Label>| {
        let key = material::from_pem(algorithm, pem);
        let key = key.map_err(|error| Problem::invalid("/public_key_pem", error.to_string()))?;
        Ok(vec![PublicKey { kid: kid.map(Label::into_string), ..key }])
    };
    match asked {
        AddIdentityKey::ES256 { public_key_pem, kid } => from_pem(Es256, &public_key_pem, kid),
        AddIdentityKey::EdDSA { public_key_pem, kid } => from_pem(EdDsa, &public_key_pem, kid),
        AddIdentityKey::HS256 { kid } => {
            let material = clock.random::<32>().to_vec();
            Ok(vec![PublicKey { algorithm: Hs256, kid: kid.map(Label::into_string), material }])
        }
        AddIdentityKey::Jwks { jwks } => {
            material::from_jwks(&jwks).map_err(|error| Problem::invalid("/jwks", error.to_string()))
        }
    }
}

/// A key with its id.
pub(crate) fn new_key(key: PublicKey, clock: &Clock) -> NewIdentityKey {
    let id = IdentityKeyId::from_parts(clock.unix_ms(), clock.random());
    NewIdentityKey { id, algorithm: key.algorithm, kid: key.kid, material: key.material }
}

/// A key as its owner may see it, now or never.
pub(crate) fn shown(key: &NewIdentityKey) -> IdentityKey {
    let is_secret = key.algorithm == IdentityAlgorithm::Hs256;
    IdentityKey {
        id: key.id,
        algorithm: name_of(key.algorithm).to_owned(),
        kid: key.kid.clone(),
        secret: is_secret.then(|| URL_SAFE_NO_PAD.encode(&key.material)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::auth::material::{KeyPair, public_pem};
    use crate::testing::Harness;

    #[tokio::test]
    async fn each_kind_of_key_is_taken() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/identity_keys", harness.app_id);
        let es = public_pem(&KeyPair::generate_es256().unwrap().public);
        let ed = public_pem(&KeyPair::generate_eddsa().unwrap().public);
        for (body, has_secret) in [
            (json!({ "algorithm": "ES256", "public_key_pem": es, "kid": "a" }), false),
            (json!({ "algorithm": "EdDSA", "public_key_pem": ed }), false),
            (json!({ "algorithm": "HS256" }), true),
        ] {
            let answer = harness.post(&path, &body).bearer(&harness.server_key).await;
            assert_eq!(answer.status, 201, "{body}: {}", answer.text());
            let key = &answer.json()["keys"][0];
            assert_eq!(key["algorithm"], body["algorithm"]);
            assert_eq!(key["secret"].is_string(), has_secret);
        }
    }

    #[tokio::test]
    async fn broken_keys_are_refused_with_their_place() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/identity_keys", harness.app_id);
        for (body, pointer) in [
            (json!({ "algorithm": "ES256", "public_key_pem": "hello" }), "/public_key_pem"),
            (json!({ "algorithm": "JWKS", "jwks": { "keys": [] } }), "/jwks"),
            (json!({ "algorithm": "RS256", "public_key_pem": "hello" }), "/algorithm"),
        ] {
            let answer = harness.post(&path, &body).bearer(&harness.server_key).await;
            assert_eq!(answer.code(), "invalid_body", "{body}");
            assert_eq!(answer.json()["pointer"], pointer, "{body}");
        }
    }
}
