//! `GET` and `PUT /admin/v1/apps/{id}/appearance`, `GET`, `PUT` and `DELETE /admin/v1/apps/{id}/logo`.

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tidings_protocol::appearance::{AppearanceSettings, SetAppearance};
use tidings_protocol::id::AppId;
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;
use tidings_store::appearance::{self, SetLogo};

use crate::api::logo;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::files::logo::{BadLogo, make};
use crate::problem::Problem;
use crate::request::{Body, Path};

/// How an app looks to its users, as it was set.
#[utoipa::path(
    get, path = "/admin/v1/apps/{id}/appearance", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 200, body = AppearanceSettings), Problems)
)]
pub(crate) async fn get_appearance(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
) -> Result<Json<AppearanceSettings>, Problem> {
    backend.app(&app, app_id).await?;
    Ok(Json(app.db.appearance_settings(app_id).await?))
}

/// Sets name, colour and greetings of an app, in place of what was set before. Any colour is taken: phones show one that is hard to
/// read a little darker or lighter. Phones that are connected show it at once, the others when they come back.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/appearance", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body = SetAppearance,
    responses((status = 200, body = AppearanceSettings), Problems)
)]
pub(crate) async fn set_appearance(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    Body(appearance): Body<SetAppearance>,
) -> Result<Json<AppearanceSettings>, Problem> {
    backend.app(&app, app_id).await?;
    app.db.write(appearance::SetAppearance { app_id, appearance, by: backend.by(&app) }).await?;
    app.bus.look(&app.hub, app_id);
    Ok(Json(app.db.appearance_settings(app_id).await?))
}

/// The logo of an app; not found when it has none.
#[utoipa::path(
    get, path = "/admin/v1/apps/{id}/logo", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)),
    responses(
        (status = 200, description = "The picture", body = Vec<u8>, content_type = "image/png"),
        (status = 304, description = "It has not changed"),
        Problems,
    )
)]
pub(crate) async fn get_logo(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    backend.app(&app, app_id).await?;
    let found = app.db.logo(app_id).await?.ok_or_else(Problem::not_found)?;
    Ok(logo::response(found, &headers, "private, no-cache"))
}

/// Gives an app a logo: a PNG, JPEG or WebP picture of at most 4 MiB. It is made anew, without what a camera wrote into it, with at
/// most 256 by 256 pixels; what is not square gets clear bars.
#[utoipa::path(
    put, path = "/admin/v1/apps/{id}/logo", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 200, body = AppearanceSettings), Problems)
)]
pub(crate) async fn set_logo(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
    bytes: Bytes,
) -> Result<Json<AppearanceSettings>, Problem> {
    backend.app(&app, app_id).await?;
    let bytes = axum::body::to_bytes(bytes, limits::LOGO_BYTES).await.map_err(|_| {
        let detail = format!("a logo has at most {} bytes, and all of it must arrive", limits::LOGO_BYTES);
        Problem::new(ProblemCode::TooLarge).detail(detail)
    })?;
    let logo = make(&app.files, bytes.into()).await.map_err(|bad| match bad {
        BadLogo::NoPicture => Problem::new(ProblemCode::UnsupportedMediaType).detail(bad.to_string()),
        BadLogo::Broken(why) => Problem::new(ProblemCode::InvalidBody).detail(why),
        BadLogo::NotEnded => Problem::internal("a logo", &bad),
    })?;
    app.db.write(SetLogo { app_id, logo: Some(logo), by: backend.by(&app) }).await?;
    app.bus.look(&app.hub, app_id);
    Ok(Json(app.db.appearance_settings(app_id).await?))
}

/// Takes the logo of an app away; there may be none.
#[utoipa::path(
    delete, path = "/admin/v1/apps/{id}/logo", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path)), responses((status = 204, description = "Done"), Problems)
)]
pub(crate) async fn remove_logo(
    State(app): State<App>,
    backend: Backend,
    Path(app_id): Path<AppId>,
) -> Result<StatusCode, Problem> {
    backend.app(&app, app_id).await?;
    app.db.write(SetLogo { app_id, logo: None, by: backend.by(&app) }).await?;
    app.bus.look(&app.hub, app_id);
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests;
