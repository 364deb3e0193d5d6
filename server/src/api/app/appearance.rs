//! `GET /app/v1/appearance` and `GET /app/v1/logo/{sha256}`.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use tidings_protocol::appearance::Appearance;
use tidings_protocol::upload::Sha256;

use crate::api::logo;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::Path;

/// How the app looks to its users: the name they write to, a colour, greetings, which logo.
#[utoipa::path(
    get, path = "/app/v1/appearance", tag = "app", security(("session" = [])),
    responses((status = 200, body = Appearance), Problems)
)]
pub(crate) async fn appearance(State(app): State<App>, user: User) -> Result<Json<Appearance>, Problem> {
    Ok(Json(app.db.appearance(user.session.app_id).await?))
}

/// The app's logo, by the SHA-256 that its appearance says: a PNG or JPEG of at most 256 by 256 pixels. Another logo than the one
/// it has now is not found.
#[utoipa::path(
    get, path = "/app/v1/logo/{sha256}", tag = "app", security(("session" = [])),
    params(("sha256" = Sha256, Path)),
    responses(
        (status = 200, description = "The picture", body = Vec<u8>, content_type = "image/png"),
        (status = 304, description = "It has not changed"),
        Problems,
    )
)]
pub(crate) async fn logo(
    State(app): State<App>,
    user: User,
    Path(sha256): Path<Sha256>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = app.db.logo(user.session.app_id).await?.filter(|logo| logo.sha256 == sha256);
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(logo::response(found, &headers, "private, max-age=31536000, immutable"))
}
