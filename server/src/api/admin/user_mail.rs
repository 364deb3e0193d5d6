//! `PUT` and `DELETE /admin/v1/users/{id}/mail_stopped`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::UserId;
use tidings_store::fallback::{Mail, SetMail};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::Path;

/// Stops e-mails to a user, as they do themselves by the link in each.
#[utoipa::path(
    put, path = "/admin/v1/users/{id}/mail_stopped", tag = "admin", security(("server_key" = [])),
    params(("id" = UserId, Path)), responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn stop_mail(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    set(&app, &backend, id, Mail::Stopped).await
}

/// Allows them again.
#[utoipa::path(
    delete, path = "/admin/v1/users/{id}/mail_stopped", tag = "admin", security(("server_key" = [])),
    params(("id" = UserId, Path)), responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn allow_mail(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    set(&app, &backend, id, Mail::Allowed).await
}

async fn set(app: &App, backend: &Backend, user_id: UserId, mail: Mail) -> Result<StatusCode, Problem> {
    let by = Some((backend.workspace_id, backend.by(app)));
    app.db.write(SetMail { user_id, mail, by, now: app.clock.now() }).await?;
    Ok(StatusCode::NO_CONTENT)
}
