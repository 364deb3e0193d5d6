//! `/inbox/v1/uploads`: files on their way in, by tus.

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
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::Path;

const PATH: &str = "/inbox/v1/uploads";

/// What of tus the server can do.
#[utoipa::path(
    options, path = "/inbox/v1/uploads", tag = "inbox",
    responses((status = 204, description = "The headers say it"), Problems)
)]
pub(crate) async fn inbox_upload_options() -> Response {
    uploads::options()
}

/// Begins an upload (tus creation, creation with upload). `Upload-Metadata` has `id` (made by the client), `sha256` (64
/// hexadecimal digits) and `filename`. The same id for the same bytes finds the upload as it stands.
#[utoipa::path(
    post, path = "/inbox/v1/uploads", tag = "inbox", security(("cookie" = [])),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 201, description = "`Location` is where it goes on, `Upload-Offset` how far it is"),
        (status = 200, description = "The same, of a repeated request"),
        Problems,
    )
)]
pub(crate) async fn inbox_begin_upload(
    State(app): State<App>,
    agent: Agent,
    headers: HeaderMap,
    body: Body,
) -> Response {
    uploads::begin(&app, agent.actor(), PATH, &headers, body).await
}

/// How far an upload is.
#[utoipa::path(
    head, path = "/inbox/v1/uploads/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = AttachmentId, Path)),
    responses((status = 200, description = "`Upload-Offset`, `Upload-Length`, `Upload-Expires`"), Problems)
)]
pub(crate) async fn inbox_upload_offset(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<AttachmentId>,
    headers: HeaderMap,
) -> Response {
    uploads::offset(&app, agent.actor(), id, &headers).await
}

/// What an upload has come to: with `complete`, the part to put into a message.
#[utoipa::path(
    get, path = "/inbox/v1/uploads/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = AttachmentId, Path)), responses((status = 200, body = Upload), Problems)
)]
pub(crate) async fn inbox_get_upload(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<AttachmentId>,
) -> Result<Json<Upload>, Problem> {
    uploads::status(&app, agent.actor(), id).await.map(Json)
}

/// Takes the next chunk, at `Upload-Offset`. With the last one, the answer waits until the file was looked at.
#[utoipa::path(
    patch, path = "/inbox/v1/uploads/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = AttachmentId, Path)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "`Upload-Offset` is where the next one begins"), Problems)
)]
pub(crate) async fn inbox_append_to_upload(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<AttachmentId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    uploads::append(&app, agent.actor(), id, &headers, body).await
}

/// Gives an upload up (tus termination). What a message names stays.
#[utoipa::path(
    delete, path = "/inbox/v1/uploads/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = AttachmentId, Path)), responses((status = 204, description = "It is gone"), Problems)
)]
pub(crate) async fn inbox_give_up_upload(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<AttachmentId>,
    headers: HeaderMap,
) -> Response {
    uploads::give_up(&app, agent.actor(), id, &headers).await
}
