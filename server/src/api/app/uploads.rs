//! `/app/v1/uploads`: files on their way in, by tus.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use tidings_protocol::id::AttachmentId;
use tidings_protocol::upload::Upload;

use crate::api::openapi::Problems;
use crate::api::uploads;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::Path;

const PATH: &str = "/app/v1/uploads";

/// What of tus the server can do.
#[utoipa::path(
    options, path = "/app/v1/uploads", tag = "app",
    responses((status = 204, description = "The headers say it"), Problems)
)]
pub(crate) async fn upload_options() -> Response {
    uploads::options()
}

/// Begins an upload (tus creation, creation with upload). `Upload-Metadata` has `id` (made by the client), `sha256` (64
/// hexadecimal digits) and `filename`. The same id for the same bytes finds the upload as it stands.
#[utoipa::path(
    post, path = "/app/v1/uploads", tag = "app", security(("session" = [])),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 201, description = "`Location` is where it goes on, `Upload-Offset` how far it is"),
        (status = 200, description = "The same, of a repeated request"),
        Problems,
    )
)]
pub(crate) async fn begin_upload(
    State(app): State<App>,
    user: User,
    headers: HeaderMap,
    body: Body,
) -> Response {
    uploads::begin(&app, user.actor(), PATH, &headers, body).await
}

/// How far an upload is.
#[utoipa::path(
    head, path = "/app/v1/uploads/{id}", tag = "app", security(("session" = [])),
    params(("id" = AttachmentId, Path)),
    responses((status = 200, description = "`Upload-Offset`, `Upload-Length`, `Upload-Expires`"), Problems)
)]
pub(crate) async fn upload_offset(
    State(app): State<App>,
    user: User,
    Path(id): Path<AttachmentId>,
    headers: HeaderMap,
) -> Response {
    uploads::offset(&app, user.actor(), id, &headers).await
}

/// What an upload has come to: with `complete`, the part to put into a message.
#[utoipa::path(
    get, path = "/app/v1/uploads/{id}", tag = "app", security(("session" = [])),
    params(("id" = AttachmentId, Path)), responses((status = 200, body = Upload), Problems)
)]
pub(crate) async fn get_upload(
    State(app): State<App>,
    user: User,
    Path(id): Path<AttachmentId>,
) -> Result<Json<Upload>, Problem> {
    uploads::status(&app, user.actor(), id).await.map(Json)
}

/// Takes the next chunk, at `Upload-Offset`. With the last one, the answer waits until the file was looked at.
#[utoipa::path(
    patch, path = "/app/v1/uploads/{id}", tag = "app", security(("session" = [])),
    params(("id" = AttachmentId, Path)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "`Upload-Offset` is where the next one begins"), Problems)
)]
pub(crate) async fn append_to_upload(
    State(app): State<App>,
    user: User,
    Path(id): Path<AttachmentId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    uploads::append(&app, user.actor(), id, &headers, body).await
}

/// Gives an upload up (tus termination). What a message names stays.
#[utoipa::path(
    delete, path = "/app/v1/uploads/{id}", tag = "app", security(("session" = [])),
    params(("id" = AttachmentId, Path)), responses((status = 204, description = "It is gone"), Problems)
)]
pub(crate) async fn give_up_upload(
    State(app): State<App>,
    user: User,
    Path(id): Path<AttachmentId>,
    headers: HeaderMap,
) -> Response {
    uploads::give_up(&app, user.actor(), id, &headers).await
}
