//! `PUT /admin/v1/apps/{id}/users/{external_id}`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::admin::{AdminUser, UpsertUser};
use tidings_protocol::id::{AppId, UserId};
use tidings_protocol::text::ExternalId;
use tidings_store::contexts::{FieldSource, SetUserFields};
use tidings_store::users;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Tells us of a user before they write, or replaces what we know of them. Custom fields are replaced when some are given, and
/// stay when none are.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/users/{external_id}", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path), ("external_id" = ExternalId, Path)), request_body = UpsertUser,
    responses((status = 200, body = AdminUser), Problems)
)]
pub(crate) async fn upsert_user(
    State(app): State<App>,
    backend: Backend,
    Path((app_id, external_id)): Path<(AppId, ExternalId)>,
    Body(asked): Body<UpsertUser>,
) -> Result<Json<AdminUser>, Problem> {
    backend.app(&app, app_id).await?;
    let command = users::UpsertUser {
        app_id,
        user_id: UserId::from_parts(app.clock.unix_ms(), app.clock.random()),
        external_id,
        name: asked.name,
        email: asked.email,
        now: app.clock.now(),
    };
    let user = app.db.write(command).await?;
    if let Some(fields) = asked.fields {
        let set =
            SetUserFields { user_id: user.id, source: FieldSource::Backend, fields, now: app.clock.now() };
        app.db.write(set).await?;
    }
    Ok(Json(user))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{Device, Harness};

    #[tokio::test]
    async fn the_backend_and_the_phone_mean_the_same_user() {
        let harness = Harness::start().await;
        let path = format!("/admin/v1/apps/{}/users/ana%2F7", harness.app_id);
        let made = harness.put(&path, &json!({ "name": "Ana" })).bearer(&harness.server_key).await;
        assert_eq!(made.json()["external_id"], "ana/7");
        let signed_in = harness.sign_in(&Device::new(1), Some("ana/7")).await.json();
        assert_eq!(signed_in["user"]["id"], made.json()["id"]);
        let changed =
            harness.put(&path, &json!({ "email": "ana@example.org" })).bearer(&harness.server_key).await;
        assert_eq!(changed.json()["id"], made.json()["id"]);
        assert_eq!(
            (&changed.json()["name"], &changed.json()["email"]),
            (&json!(null), &json!("ana@example.org"))
        );
    }
}
