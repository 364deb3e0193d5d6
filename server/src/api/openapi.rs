//! The OpenAPI 3.1 document: made from the route table, served, and checked in as `docs/openapi.json`.

use std::sync::OnceLock;

use axum::http::header;
use axum::response::IntoResponse;
use tidings_protocol::cards::{CardAnswer, CardQuestion};
use tidings_protocol::frame::{AppFrame, AppServerFrame, InboxFrame, InboxServerFrame};
use tidings_protocol::inbox::View;
use tidings_protocol::problem::Problem as ProblemBody;
use tidings_protocol::push::PushPayload;
use tidings_protocol::reports::{ReportSplit, ReportStep, ReportTable};
use tidings_protocol::search::{SearchAmong, SearchIn};
use tidings_protocol::webhooks::WebhookBody;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi};

use super::settings;
use crate::auth::agent::COOKIE;

/// What the document says besides its routes. Frames and payloads belong to no route, and clients need their
/// types all the same.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tidings",
        description = "Asynchronous in-app messaging that a company hosts itself. docs/protocol.md has the reasons and \
                       the rules that a schema cannot say.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(CardAnswer, CardQuestion, AppFrame, AppServerFrame, InboxFrame, InboxServerFrame, PushPayload, ProblemBody, ReportSplit, ReportStep, ReportTable, SearchAmong, SearchIn, View, WebhookBody)),
    modifiers(&Security),
    tags(
        (name = "app", description = "What the SDK calls"),
        (name = "inbox", description = "What agents call"),
        (name = "admin", description = "What a company's backend calls"),
        (name = "settings", description = "The same, for agents who administer"),
        (name = "files", description = "What whoever has an address may fetch"),
        (name = "status", description = "What operators ask"),
    )
)]
struct Frame;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = |description: &str| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description));
            SecurityScheme::Http(scheme.build())
        };
        let components = openapi.components.get_or_insert_default();
        components
            .add_security_scheme("session", bearer("A session's token, `tds_…`, of `POST /app/v1/sessions`"));
        components.add_security_scheme("server_key", bearer("A server key, `tdk_…`"));
        let cookie = ApiKeyValue::with_description(COOKIE, "Set by `POST /inbox/v1/session`");
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

pub(super) fn frame() -> utoipa::openapi::OpenApi {
    Frame::openapi()
}

/// The document as text.
///
/// # Errors
/// Never: it is made of what was compiled.
pub fn document() -> anyhow::Result<String> {
    let mut openapi = super::routes().into_openapi();
    name_seq(&mut openapi);
    add_settings(&mut openapi);
    let text = serde_json::to_string_pretty(&openapi)?;
    Ok(text.replace("#/components/schemas/i64\"", "#/components/schemas/Seq\"") + "\n")
}

/// What is administered with a server key is administered from the inbox too.
fn add_settings(openapi: &mut utoipa::openapi::OpenApi) {
    let admin = openapi.paths.paths.iter().filter_map(|(path, item)| {
        let path = path.strip_prefix(settings::ADMIN)?;
        Some((format!("{}{path}", settings::INBOX), item.clone()))
    });
    for (path, mut item) in admin.collect::<Vec<_>>() {
        for operation in
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten()
        {
            operation.operation_id = operation.operation_id.as_ref().map(|id| format!("settings_{id}"));
            operation.tags = Some(vec!["settings".to_owned()]);
            operation.security = Some(vec![SecurityRequirement::new("cookie", Vec::<String>::new())]);
        }
        openapi.paths.paths.insert(path, item);
    }
}

/// The generator calls a type alias by what it stands for.
fn name_seq(openapi: &mut utoipa::openapi::OpenApi) {
    let components = openapi.components.get_or_insert_default();
    if components.schemas.remove("i64").is_some() {
        let seq = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .description(Some(
                "A message's number in its conversation, or a change's number in its feed: 1, 2, 3 …",
            ));
        components.schemas.insert("Seq".to_owned(), seq.into());
    }
}

/// `GET /openapi.json`.
pub(super) async fn serve() -> impl IntoResponse {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let text = DOCUMENT.get_or_init(|| document().unwrap_or_default()).as_str();
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], text)
}

/// The answer of every route that cannot do what it was asked.
pub(crate) struct Problems;

impl IntoResponses for Problems {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let response = ResponseBuilder::new()
            .description("Anything else: branch on `code`")
            .content("application/problem+json", content)
            .build();
        [("default".to_owned(), response.into())].into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_that_is_checked_in_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert!(checked_in == document().unwrap(), "run: tidings openapi > docs/openapi.json");
    }

    #[test]
    fn every_reference_has_its_schema() {
        let text = document().unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        for part in text.split("\"#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(json["components"]["schemas"][name].is_object(), "{name}");
        }
        for name in
            ["AppFrame", "AppServerFrame", "InboxFrame", "InboxServerFrame", "Problem", "ProblemCode", "Seq"]
        {
            assert!(json["components"]["schemas"][name].is_object(), "{name}");
        }
        assert_eq!(json["openapi"], "3.1.0");
    }
}
