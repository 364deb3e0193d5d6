//! Two nodes that share PostgreSQL and a bucket: an upload goes on at the other one, and the file is fetched there.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tidings_protocol::id::{AppId, AttachmentId, ConversationId, DeviceId, MessageId, TeamId, WorkspaceId};
use tidings_protocol::push::PushPrivacy;
use tidings_server::Ground;
use tidings_server::app::App;
use tidings_server::config::Config;
use tidings_server::lifecycle::Lifecycle;
use tidings_store::apps::{CreateApp, CreateTeam, CreateWorkspace};
use tidings_store::audit::By;
use tokio::sync::Notify;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::bucket;

fn new_database() -> String {
    let server = std::env::var("TIDINGS_TEST_POSTGRES").expect(
        "TIDINGS_TEST_POSTGRES must hold the address of a PostgreSQL whose user may create databases",
    );
    let random: [u8; 16] = tidings_server::clock::Clock::system().random();
    let name = format!("files_{}", Uuid::from_bytes(random).simple());
    let sql = format!("CREATE DATABASE {name}");
    let mut psql = std::process::Command::new("psql");
    assert!(psql.args(["--no-psqlrc", "--quiet", "--command", &sql, &server]).status().unwrap().success());
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

async fn node(config: &Config) -> (App, Router) {
    let wake = Arc::new(Notify::new());
    let app =
        tidings_server::assemble(config.clone(), Ground::system(), Lifecycle::new(), &wake).await.unwrap();
    (app.clone(), tidings_server::router(app))
}

async fn ask(node: &Router, request: Request<Body>) -> Response<Body> {
    node.clone().oneshot(request).await.unwrap()
}

async fn body(response: Response<Body>) -> Bytes {
    axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap()
}

async fn json(response: Response<Body>) -> Value {
    serde_json::from_slice(&body(response).await).unwrap()
}

/// An app, and the session token of an anonymous user of it.
async fn user(app: &App, router: &Router) -> String {
    let (id, by) = (WorkspaceId::from_parts(1, [1; 10]), By::command_line(app.clock.now()));
    let (team, app_id) = (TeamId::from_parts(1, [1; 10]), AppId::from_parts(1, [1; 10]));
    let name = |text: &str| text.try_into().unwrap();
    app.db.write(CreateWorkspace { id, name: name("Acme"), by }).await.unwrap();
    app.db.write(CreateTeam { id: team, workspace_id: id, name: name("Help"), by }).await.unwrap();
    let create = CreateApp {
        id: app_id,
        workspace_id: id,
        name: name("App"),
        team_id: Some(team),
        push_privacy: PushPrivacy::Generic,
        by,
    };
    app.db.write(create).await.unwrap();
    let device =
        json!({ "id": DeviceId::from_parts(1, [1; 10]), "secret": "A".repeat(43), "platform": "ios" });
    let sign_in = post("/app/v1/sessions", "", &json!({ "app_id": app_id, "device": device }));
    let signed_in = json(ask(router, sign_in).await).await;
    signed_in["session_token"].as_str().unwrap().to_owned()
}

fn post(path: &str, token: &str, body: &Value) -> Request<Body> {
    let request = Request::post(path).header("authorization", format!("Bearer {token}"));
    request.header("content-type", "application/json").body(body.to_string().into()).unwrap()
}

fn chunk(id: AttachmentId, token: &str, offset: usize, bytes: &[u8]) -> Request<Body> {
    Request::patch(format!("/app/v1/uploads/{id}"))
        .header("authorization", format!("Bearer {token}"))
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", offset)
        .header("content-type", "application/offset+octet-stream")
        .body(bytes.to_vec().into())
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn law_10_an_upload_goes_on_at_another_node() {
    let config = Config { database_url: new_database(), ..bucket() };
    let ((app, one), (_, two)) = (node(&config).await, node(&config).await);
    let token = user(&app, &one).await;
    let file: Vec<u8> = (0..1_300_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
    let digest = ring::digest::digest(&ring::digest::SHA256, &file);
    let sha256 = digest.as_ref().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    let id = AttachmentId::from_parts(1, [9; 10]);
    let metadata = format!("id {},sha256 {}", STANDARD.encode(id.to_string()), STANDARD.encode(sha256));
    let begin = Request::post("/app/v1/uploads")
        .header("authorization", format!("Bearer {token}"))
        .header("tus-resumable", "1.0.0")
        .header("upload-length", file.len())
        .header("upload-metadata", metadata)
        .body(Body::empty())
        .unwrap();
    assert_eq!(ask(&one, begin).await.status(), 201);
    let (first, rest) = file.split_at(524_288);
    // Both take the same chunk at once: one does.
    let both = [&one, &two].map(|node| ask(node, chunk(id, &token, 0, first)));
    let mut statuses: Vec<_> =
        futures_util::future::join_all(both).await.iter().map(|answer| answer.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    let (second, third) = rest.split_at(524_288);
    assert_eq!(ask(&two, chunk(id, &token, 524_288, second)).await.status(), 204);
    assert_eq!(ask(&one, chunk(id, &token, 1_048_576, third)).await.status(), 204);
    let get = |path: String| {
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        request.body(Body::empty()).unwrap()
    };
    let upload = json(ask(&two, get(format!("/app/v1/uploads/{id}"))).await).await;
    assert_eq!(upload["state"], "complete", "{upload}");

    let conversation = ConversationId::from_parts(1, [1; 10]);
    ask(&two, post("/app/v1/conversations", &token, &json!({ "id": conversation }))).await;
    let mut part = upload["attachment"].clone();
    part["type"] = json!("attachment");
    let message = json!({ "id": MessageId::from_parts(1, [1; 10]), "parts": [part] });
    let path = format!("/app/v1/conversations/{conversation}/messages");
    assert_eq!(ask(&two, post(&path, &token, &message)).await.status(), 201);
    let told = json(ask(&one, get(format!("/app/v1/attachments/{id}"))).await).await;
    let address = told["variants"][0]["address"].as_str().unwrap().to_owned();
    let fetched = ask(&two, Request::get(address.as_str()).body(Body::empty()).unwrap()).await;
    assert_eq!(fetched.status(), 200);
    assert!(body(fetched).await == file);
    let range = Request::get(address).header("range", "bytes=1299990-").body(Body::empty()).unwrap();
    let range = ask(&one, range).await;
    assert_eq!((range.status().as_u16(), &body(range).await[..]), (206, &file[1_299_990..]));
}
