//! `DELETE /admin/v1/apps/{id}/identity_keys/{key_id}`.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tidings_protocol::id::{AppId, IdentityKeyId};
use tidings_store::keys::{RevokeIdentityKey, Sessions};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Path, Query};

/// `?sessions=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// `end`, because the key may be in wrong hands, or `go_on`, because another one has taken its place.
    #[serde(default)]
    #[param(inline)]
    sessions: AskedSessions,
}

#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum AskedSessions {
    #[default]
    End,
    GoOn,
}

/// Revokes a key: tokens that it signed vouch for nobody from now on. Sessions that were begun with it end, and their
/// sockets close within five seconds, unless they are to go on.
#[utoipa::path(
    delete, path = "/admin/v1/apps/{id}/identity_keys/{key_id}", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path), ("key_id" = IdentityKeyId, Path), Asked),
    responses((status = 204, description = "Revoked"), Problems)
)]
pub(crate) async fn revoke_identity_key(
    State(app): State<App>,
    backend: Backend,
    Path((app_id, id)): Path<(AppId, IdentityKeyId)>,
    Query(asked): Query<Asked>,
) -> Result<StatusCode, Problem> {
    backend.app(&app, app_id).await?;
    let sessions = match asked.sessions {
        AskedSessions::End => Sessions::End,
        AskedSessions::GoOn => Sessions::GoOn,
    };
    app.db.write(RevokeIdentityKey { app_id, id, sessions, by: backend.by(&app) }).await?;
    tracing::info!(app = %app_id, key = %id, "an identity key was revoked");
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Device, Harness};

    #[tokio::test]
    async fn a_revoked_key_vouches_for_nobody() {
        let harness = Harness::start().await;
        let keys = harness.app.db.identity_keys(harness.app_id).await.unwrap();
        let path = format!("/admin/v1/apps/{}/identity_keys/{}", harness.app_id, keys[0].id);
        assert_eq!(harness.sign_in(&Device::new(1), Some("ana")).await.status, 201);
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
        assert_eq!(harness.sign_in(&Device::new(2), Some("ana")).await.code(), "identity_refused");
    }

    #[tokio::test]
    async fn sessions_of_a_revoked_key_end_unless_they_are_to_go_on() {
        let harness = Harness::start().await;
        let keys = harness.app.db.identity_keys(harness.app_id).await.unwrap();
        let path = format!("/admin/v1/apps/{}/identity_keys/{}", harness.app_id, keys[0].id);
        let (known, anonymous) = (harness.user("ana").await, harness.anonymous(7).await);
        let status = async |token: &str| harness.get("/app/v1/bootstrap").bearer(token).await.status;
        let keep = harness.delete(&format!("{path}?sessions=go_on")).bearer(&harness.server_key).await;
        assert_eq!((keep.status, status(&known).await), (204, 200));
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
        assert_eq!((status(&known).await, status(&anonymous).await), (401, 200));
    }
}
