//! `GET /app/v1/answering`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::hours::Answering;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;

/// What this user may expect: who answers, how soon they usually do, when they are back.
#[utoipa::path(
    get, path = "/app/v1/answering", tag = "app", security(("session" = [])),
    responses((status = 200, body = Answering), Problems)
)]
pub(crate) async fn answering(State(app): State<App>, user: User) -> Result<Json<Answering>, Problem> {
    let now = app.clock.now();
    Ok(Json(app.expectations.of_app(&app.db, user.session.app_id, now).await?))
}
