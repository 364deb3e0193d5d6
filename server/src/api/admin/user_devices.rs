//! `GET /admin/v1/users/{id}/devices`, `DELETE /admin/v1/devices/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::devices::UserDevices;
use tidings_protocol::id::{DeviceId, UserId};
use tidings_store::user_devices::{RevokeDevice, Whose};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Path;

/// The devices of a user, the one that was seen last first, and how each can be woken.
#[utoipa::path(
    get, path = "/admin/v1/users/{id}/devices", tag = "admin", security(("server_key" = [])),
    params(("id" = UserId, Path)), responses((status = 200, body = UserDevices), Problems)
)]
pub(crate) async fn user_devices(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<UserId>,
) -> Result<Json<UserDevices>, Problem> {
    let person = app.db.person(id).await?.filter(|person| person.workspace_id == backend.workspace_id);
    person.ok_or_else(Problem::not_found)?;
    Ok(Json(UserDevices { devices: app.db.user_devices(id, app.clock.now()).await? }))
}

/// Signs a device out and forgets how it is woken: for a phone that was lost. What lies on it stays there.
#[utoipa::path(
    delete, path = "/admin/v1/devices/{id}", tag = "admin", security(("server_key" = [])),
    params(("id" = DeviceId, Path)), responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn revoke_device(
    State(app): State<App>,
    backend: Backend,
    Path(device_id): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    let whose = Whose::Workspace(backend.workspace_id, backend.by(&app));
    app.db.write(RevokeDevice { device_id, whose }).await?;
    Ok(StatusCode::NO_CONTENT)
}
