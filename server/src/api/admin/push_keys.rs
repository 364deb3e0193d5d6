//! `GET /admin/v1/apps/{id}/push`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::admin::{ApnsCredential, FcmCredential, PushKeyInfo, PushKeys};
use tidings_protocol::id::AppId;
use tidings_protocol::push::PushProvider;

use crate::api::admin::opened;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::push::hook::StoredHook;
use crate::push::web::StoredVapid;
use crate::request::Path;

/// What pushes of an app are sent with. Secrets are not told.
#[utoipa::path(
    get, path = "/admin/v1/apps/{id}/push", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 200, body = PushKeys), Problems)
)]
pub(crate) async fn list_push_keys(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
) -> Result<Json<PushKeys>, Problem> {
    backend.app(&app, app_id).await?;
    let mut keys = Vec::new();
    for row in app.db.push_credentials_of(app_id).await? {
        let config = opened(&app, app_id, row.provider, &row.config)?;
        let label = label(row.provider, &config)
            .map_err(|error| Problem::internal("a push credential could not be read", &error))?;
        keys.push(PushKeyInfo { provider: row.provider, label, set_at: row.set_at });
    }
    Ok(Json(PushKeys { keys }))
}

/// What a credential is known by.
fn label(provider: PushProvider, config: &str) -> serde_json::Result<String> {
    #[derive(Deserialize)]
    struct Project {
        project_id: String,
    }
    Ok(match provider {
        PushProvider::Apns => {
            let ApnsCredential { key_id, topic, .. } = serde_json::from_str(config)?;
            format!("{} · {}", key_id.as_str(), topic.as_str())
        }
        PushProvider::Fcm => {
            let FcmCredential { service_account } = serde_json::from_str(config)?;
            serde_json::from_value::<Project>(service_account)?.project_id
        }
        PushProvider::WebPush => serde_json::from_str::<StoredVapid>(config)?.contact,
        PushProvider::Webhook => serde_json::from_str::<StoredHook>(config)?.url,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::auth::material::KeyPair;
    use crate::testing::Harness;

    #[tokio::test]
    async fn what_is_set_is_told_without_its_secrets() {
        let harness = Harness::start().await;
        let of = |what: &str| format!("/admin/v1/apps/{}/push{what}", harness.app_id);
        let key = &harness.server_key;
        assert_eq!(harness.get(&of("")).bearer(key).await.json(), json!({ "keys": [] }));
        let pem = KeyPair::generate_es256().unwrap().private_pem;
        let apns =
            json!({ "key_id": "ABCDE12345", "team_id": "T", "topic": "com.example", "private_key_pem": pem });
        let contact = "mailto:it@example.org";
        harness.put(&of("/apns"), &apns).bearer(key).await;
        harness.put(&of("/web"), &json!({ "contact": contact })).bearer(key).await;
        harness.put(&of("/webhook"), &json!({ "url": "https://push.example.org/in" })).bearer(key).await;
        let told = harness.get(&of("")).bearer(key).await;
        let keys = told.json()["keys"].clone();
        let labels: Vec<_> = keys.as_array().unwrap().iter().map(|key| key["label"].clone()).collect();
        assert_eq!(
            labels,
            [json!("ABCDE12345 · com.example"), json!(contact), json!("https://push.example.org/in")]
        );
        assert!(!told.text().contains("PRIVATE") && !told.text().contains("whsec"));
    }
}
