//! For tests: every route, with a request that its rightful principal may make.

use std::fmt::Display;

use serde_json::{Value, json};
use tidings_protocol::id::{
    AgentId, AppId, AttachmentId, ConversationId, DeliveryId, DeviceId, IdentityKeyId, JobId, MessageId,
    NoteId, SavedReplyId, SavedViewId, ServerKeyId, TeamId, UserId, WebhookId,
};

use crate::auth::material::{KeyPair, public_pem};
use crate::clock::Clock;
use crate::testing::{AGENT_EMAIL, AGENT_PASSWORD, Device};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Anybody.
    Everybody,
    /// Any signed-in user; what they see is their own.
    Users,
    /// The user whose conversation it is.
    ItsUser,
    /// Any signed-in agent; what they see is their teams'.
    Agents,
    /// Agents of the team.
    ItsAgents,
    /// Any server key; what it reaches is its workspace's.
    Backends,
    /// A server key of the workspace.
    ItsBackend,
}

/// The headers of a request of tus, and its body.
pub(super) type Tus = (Vec<(&'static str, String)>, &'static [u8]);

/// A route and a good request to it.
pub(super) struct Route {
    pub(super) whom: For,
    pub(super) method: &'static str,
    /// As in the route table.
    pub(super) template: &'static str,
    /// With `{id}` and `{message_id}` filled in, and the query that it needs.
    pub(super) path: String,
    /// The body of a command.
    pub(super) body: Option<Value>,
    /// What an upload says in headers, and a chunk of it.
    pub(super) tus: Option<Tus>,
    /// The status of a good answer.
    pub(super) status: u16,
}

/// What the paths name: all of it belongs to the rightful principals.
#[derive(Clone)]
pub(super) struct Things {
    pub(super) app: AppId,
    pub(super) spare_key: IdentityKeyId,
    pub(super) spare_user: UserId,
    pub(super) other_spare_user: UserId,
    /// What is left of the name of somebody who was erased.
    pub(super) erasure: String,
    pub(super) spare_agent: AgentId,
    pub(super) spare_device: DeviceId,
    pub(super) spare_server_key: ServerKeyId,
    pub(super) team: TeamId,
    /// A team of nobody.
    pub(super) spare_team: TeamId,
    /// One that was told something; and one that nothing else needs.
    pub(super) webhook: WebhookId,
    pub(super) delivery: DeliveryId,
    pub(super) spare_webhook: WebhookId,
    /// A push that was given up.
    pub(super) dead_job: JobId,
    pub(super) conversation: String,
    /// The id of an agent's message in it.
    pub(super) message: String,
    /// The id of one of its user's.
    pub(super) own_message: String,
    /// Messages that nothing else needs: of the user, and of the agent.
    pub(super) spare_message: String,
    pub(super) spare_reply: String,
    /// Messages of the user that share a place; nothing else needs the second.
    pub(super) live_messages: [String; 2],
    /// Replies that are held: to take back, to give another time, to send, and one that waits for approval.
    pub(super) held: [MessageId; 4],
    /// Uploads that have just begun, of the user and of the agent; and two that nothing else needs.
    pub(super) uploads: [AttachmentId; 4],
    /// A file in the conversation, and where it can be fetched.
    pub(super) file: String,
    pub(super) address: String,
    /// Links in e-mails: into the app, and to stop them.
    pub(super) links: [String; 2],
    /// What a push for the agent's message brought along.
    pub(super) receipt: String,
    /// A cursor of the installation.
    pub(super) cursor: String,
}

/// Every route. New ids each time, so that a request can be made again as a new one.
pub(super) fn routes(things: &Things, clock: &Clock) -> Vec<Route> {
    let mut routes = status_routes();
    routes.extend(mail_routes(things));
    routes.extend(app_routes(things, clock));
    routes.extend(door_routes());
    routes.extend(inbox_routes(things, clock));
    routes.extend(admin_routes(things, clock));
    let [user, spare, agent, agents_spare] = things.uploads;
    let app = ["/app/v1/uploads", "/app/v1/uploads/{id}"];
    let inbox = ["/inbox/v1/uploads", "/inbox/v1/uploads/{id}"];
    routes.extend(upload_routes(app, (For::Users, For::ItsUser), [user, spare], clock));
    routes.extend(upload_routes(inbox, (For::Agents, For::ItsAgents), [agent, agents_spare], clock));
    let fetch = "/files/v1/{id}/{variant}";
    routes.push(route(For::Everybody, "GET", fetch, things.address.clone(), Value::Null, 200));
    routes
}

fn route(
    whom: For,
    method: &'static str,
    template: &'static str,
    path: String,
    body: Value,
    status: u16,
) -> Route {
    Route { whom, method, template, path, body: (!body.is_null()).then_some(body), tus: None, status }
}

fn plain(whom: For, method: &'static str, template: &'static str, body: Value, status: u16) -> Route {
    route(whom, method, template, template.to_owned(), body, status)
}

fn plain_query(whom: For, template: &'static str, query: &str) -> Route {
    route(whom, "GET", template, format!("{template}{query}"), Value::Null, 200)
}

const NO_PASSKEY: &str = "pky_01h2xcejqtf2nbrexx3vqjhp41";

fn provider() -> Value {
    json!({
        "label": "Acme ID", "issuer": "https://id.example.com", "client_id": "x", "client_secret": "y",
        "domains": ["example.com"],
    })
}

fn shown_passkey() -> Value {
    json!({ "id": "AA", "client_data": "e30", "authenticator_data": "AA", "signature": "AA" })
}

fn status_routes() -> Vec<Route> {
    ["/health", "/ready", "/metrics", "/openapi.json"]
        .map(|template| plain(For::Everybody, "GET", template, Value::Null, 200))
        .into()
}

fn mail_routes(things: &Things) -> [Route; 3] {
    let [open, stop] = &things.links;
    [
        ("GET", "/mail/v1/open/{token}", open, 303),
        ("GET", "/mail/v1/stop/{token}", stop, 200),
        ("POST", "/mail/v1/stop/{token}", stop, 200),
    ]
    .map(|(method, template, token, status)| {
        let path = template.replace("{token}", token);
        route(For::Everybody, method, template, path, Value::Null, status)
    })
}

fn parts() -> Value {
    json!([{ "type": "text", "text": "hello" }])
}

fn app_routes(things: &Things, clock: &Clock) -> Vec<Route> {
    use For::{Everybody, ItsUser, Users};
    let device = Device { secret: Device::new(1).secret, id: random_device(clock) };
    let device = json!({ "id": device.id, "secret": device.secret, "platform": "android", "locale": "fr" });
    let one = |template: &'static str| template.replace("{id}", &things.conversation);
    let its = |method, template, query: &str, body, status| {
        route(ItsUser, method, template, one(template) + query, body, status)
    };
    let of_message = |method, message: &str, body| {
        let template = "/app/v1/conversations/{id}/messages/{message_id}";
        route(ItsUser, method, template, one(template).replace("{message_id}", message), body, 200)
    };
    let of_place = |method, message: &str, body| {
        let template = "/app/v1/conversations/{id}/messages/{message_id}/place";
        route(ItsUser, method, template, one(template).replace("{message_id}", message), body, 200)
    };
    let message = MessageId::from_parts(clock.unix_ms(), clock.random());
    let conversation = ConversationId::from_parts(clock.unix_ms(), clock.random());
    let push = json!({ "provider": "fcm", "token": "t", "environment": "production" });
    let changes = format!("/app/v1/changes?after={}", things.cursor);
    let nobody_s = format!("/app/v1/devices/{}", random_device(clock));
    vec![
        plain(Users, "GET", "/app/v1/devices", Value::Null, 200),
        route(Users, "DELETE", "/app/v1/devices/{id}", nobody_s, Value::Null, 204),
        plain(Everybody, "POST", "/app/v1/sessions", json!({ "app_id": things.app, "device": device }), 201),
        plain(Users, "DELETE", "/app/v1/sessions/current", Value::Null, 204),
        plain(Users, "GET", "/app/v1/bootstrap", Value::Null, 200),
        route(Users, "GET", "/app/v1/changes", changes, Value::Null, 200),
        plain(Users, "GET", "/app/v1/conversations", Value::Null, 200),
        plain(Users, "POST", "/app/v1/conversations", json!({ "id": conversation, "title": "Parcel" }), 201),
        its("GET", "/app/v1/conversations/{id}", "", Value::Null, 200),
        its("GET", "/app/v1/conversations/{id}/messages", "?after=0", Value::Null, 200),
        its(
            "POST",
            "/app/v1/conversations/{id}/messages",
            "",
            json!({ "id": message, "parts": parts() }),
            201,
        ),
        of_message("PATCH", &things.own_message, json!({ "text": "other words" })),
        of_message("DELETE", &things.spare_message, Value::Null),
        of_place("PUT", &things.live_messages[0], json!({ "number": 1, "latitude": 46.9, "longitude": 7.4 })),
        of_place("DELETE", &things.live_messages[1], Value::Null),
        its(
            "PUT",
            "/app/v1/conversations/{id}/receipt",
            "",
            json!({ "delivered_seq": 1, "read_seq": 1 }),
            200,
        ),
        its("PUT", "/app/v1/conversations/{id}/fields", "", json!({ "fields": { "order": "4711" } }), 204),
        plain(Users, "PUT", "/app/v1/fields", json!({ "fields": { "plan": "gold" } }), 204),
        plain(
            Users,
            "PUT",
            "/app/v1/device",
            json!({ "push": push, "locale": "fr", "app_version": "1" }),
            204,
        ),
        plain(Users, "GET", "/app/v1/answering", Value::Null, 200),
        plain(Users, "GET", "/app/v1/appearance", Value::Null, 200),
        // Of each app its own logo alone: this is nobody's.
        route(
            Users,
            "GET",
            "/app/v1/logo/{sha256}",
            format!("/app/v1/logo/{}", "0".repeat(64)),
            Value::Null,
            404,
        ),
        plain(Users, "GET", "/app/v1/notifications", Value::Null, 200),
        plain(Users, "PUT", "/app/v1/notifications", json!({ "quiet_hours": null, "muted": [] }), 204),
        route(
            ItsUser,
            "PUT",
            "/app/v1/push_receipts/{message_id}",
            format!("/app/v1/push_receipts/{}", things.message),
            json!({ "shown": true }),
            204,
        ),
        plain(Everybody, "POST", "/app/v1/push_receipts", json!({ "receipt": things.receipt }), 204),
        plain_query(Users, "/app/v1/search", "?q=hello"),
        its_file(ItsUser, "/app/v1/attachments/{id}", things),
        // Its principal is in the first frame; a request without an upgrade is refused before that.
        plain(Everybody, "GET", "/app/v1/socket", Value::Null, 400),
    ]
}

/// The file in the conversation.
fn its_file(whom: For, template: &'static str, things: &Things) -> Route {
    route(whom, "GET", template, template.replace("{id}", &things.file), Value::Null, 200)
}

/// What the chunks of the uploads hold.
pub(super) const CHUNK: &[u8] = b"a file of a few bytes";

/// Uploads of one API: of somebody, with one that has begun and one to give up.
fn upload_routes(
    [all, one]: [&'static str; 2],
    (anybody, owner): (For, For),
    [begun, spare]: [AttachmentId; 2],
    clock: &Clock,
) -> Vec<Route> {
    let new = AttachmentId::from_parts(clock.unix_ms(), clock.random());
    let tus =
        |whom, method, template: &'static str, id: AttachmentId, status, more: &[(&'static str, String)]| {
            let path = template.replace("{id}", &id.to_string());
            let version = ("tus-resumable", "1.0.0".to_owned());
            let (headers, chunk) = (
                more.iter().cloned().chain([version]).collect(),
                if method == "PATCH" { CHUNK } else { b"" },
            );
            Route { tus: Some((headers, chunk)), ..route(whom, method, template, path, Value::Null, status) }
        };
    let announced = [
        ("upload-length", CHUNK.len().to_string()),
        ("upload-metadata", crate::testing_uploads::metadata(new, CHUNK, "a.txt")),
    ];
    let kind = ("content-type", "application/offset+octet-stream".to_owned());
    vec![
        plain(For::Everybody, "OPTIONS", all, Value::Null, 204),
        tus(anybody, "POST", all, new, 201, &announced),
        tus(owner, "HEAD", one, begun, 200, &[]),
        tus(owner, "GET", one, begun, 200, &[]),
        tus(owner, "PATCH", one, begun, 204, &[("upload-offset", "0".to_owned()), kind]),
        tus(owner, "DELETE", one, spare, 204, &[]),
    ]
}

fn random_device(clock: &Clock) -> tidings_protocol::id::DeviceId {
    tidings_protocol::id::DeviceId::from_parts(clock.unix_ms(), clock.random())
}

/// The way in, and what concerns an agent's own account.
fn door_routes() -> Vec<Route> {
    use For::{Agents, Everybody};
    vec![
        plain(
            Everybody,
            "POST",
            "/inbox/v1/session",
            json!({ "email": AGENT_EMAIL, "password": AGENT_PASSWORD }),
            201,
        ),
        // This server does not know by which name it is reached, so it takes no passkeys.
        plain(Everybody, "POST", "/inbox/v1/session/passkey/challenge", Value::Null, 422),
        plain(Everybody, "POST", "/inbox/v1/session/passkey", shown_passkey(), 422),
        plain(Agents, "POST", "/inbox/v1/session/proof/challenge", Value::Null, 422),
        plain(Agents, "GET", "/inbox/v1/account/passkeys", Value::Null, 200),
        plain(Agents, "POST", "/inbox/v1/account/passkeys/challenge", Value::Null, 422),
        plain(
            Agents,
            "POST",
            "/inbox/v1/account/passkeys",
            json!({ "name": "Laptop", "client_data": "e30", "attestation": "oA" }),
            422,
        ),
        route(
            Agents,
            "PUT",
            "/inbox/v1/account/passkeys/{id}/name",
            format!("/inbox/v1/account/passkeys/{NO_PASSKEY}/name"),
            json!({ "name": "Laptop" }),
            404,
        ),
        route(
            Agents,
            "DELETE",
            "/inbox/v1/account/passkeys/{id}",
            format!("/inbox/v1/account/passkeys/{NO_PASSKEY}"),
            Value::Null,
            404,
        ),
        // The company has no identity provider.
        plain(Everybody, "GET", "/inbox/v1/session/ways", Value::Null, 200),
        plain(Everybody, "POST", "/inbox/v1/session/provider/address", Value::Null, 404),
        plain(Everybody, "POST", "/inbox/v1/session/provider", json!({ "code": "x", "state": "y" }), 404),
        plain(Agents, "POST", "/inbox/v1/session/proof/address", Value::Null, 404),
        plain(Agents, "POST", "/inbox/v1/account/provider/address", Value::Null, 404),
        plain(Agents, "POST", "/inbox/v1/account/provider", json!({ "code": "x", "state": "y" }), 404),
        plain(Agents, "GET", "/inbox/v1/session", Value::Null, 200),
        plain(Agents, "DELETE", "/inbox/v1/session", Value::Null, 204),
        // Nobody was invited with this.
        plain(Everybody, "POST", "/inbox/v1/invitation", json!({ "token": "x" }), 404),
        plain(
            Everybody,
            "POST",
            "/inbox/v1/invitation/accepted",
            json!({ "token": "x", "name": "Cleo", "password": AGENT_PASSWORD }),
            404,
        ),
        plain(
            Everybody,
            "POST",
            "/inbox/v1/invitation/password",
            json!({ "token": "x", "password": AGENT_PASSWORD }),
            404,
        ),
        plain(Agents, "POST", "/inbox/v1/session/proof", json!({ "password": AGENT_PASSWORD }), 204),
        plain(Agents, "GET", "/inbox/v1/account", Value::Null, 200),
        // There is no second factor, so nothing to confirm; then there is one to be confirmed.
        plain(Agents, "DELETE", "/inbox/v1/account/second_factor", Value::Null, 204),
        plain(Agents, "PUT", "/inbox/v1/account/second_factor", json!({ "code": "000000" }), 404),
        plain(Agents, "POST", "/inbox/v1/account/second_factor", Value::Null, 200),
        plain(Agents, "DELETE", "/inbox/v1/account/second_factor", Value::Null, 204),
        plain(Agents, "POST", "/inbox/v1/account/recovery_codes", Value::Null, 404),
        plain(
            Agents,
            "PUT",
            "/inbox/v1/account/password",
            json!({ "current": AGENT_PASSWORD, "new": AGENT_PASSWORD }),
            204,
        ),
        plain(Agents, "GET", "/inbox/v1/account/sessions", Value::Null, 200),
        plain(Agents, "DELETE", "/inbox/v1/account/sessions", Value::Null, 204),
        route(
            Agents,
            "DELETE",
            "/inbox/v1/account/sessions/{id}",
            "/inbox/v1/account/sessions/ags_01h2xcejqtf2nbrexx3vqjhp41".to_owned(),
            Value::Null,
            404,
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn inbox_routes(things: &Things, clock: &Clock) -> Vec<Route> {
    use For::{Agents, ItsAgents};
    let fill = |template: &str| {
        let path = template.replace("{message_id}", &things.message);
        let id =
            if template.contains("/teams/") { things.team.to_string() } else { things.conversation.clone() };
        path.replace("{id}", &id)
    };
    let its =
        |method, template, body, status| route(ItsAgents, method, template, fill(template), body, status);
    let changes = fill("/inbox/v1/teams/{id}/changes") + "?after=" + &things.cursor;
    let message = MessageId::from_parts(clock.unix_ms(), clock.random());
    let note = NoteId::from_parts(clock.unix_ms(), clock.random());
    let held = MessageId::from_parts(clock.unix_ms(), clock.random());
    let of_held = |method, what: &'static str, held: MessageId, body| {
        let template = match what {
            "/time" => "/inbox/v1/conversations/{id}/held_replies/{message_id}/time",
            "/release" => "/inbox/v1/conversations/{id}/held_replies/{message_id}/release",
            "/return" => "/inbox/v1/conversations/{id}/held_replies/{message_id}/return",
            _ => "/inbox/v1/conversations/{id}/held_replies/{message_id}",
        };
        let path = format!("/inbox/v1/conversations/{}/held_replies/{held}{what}", things.conversation);
        route(ItsAgents, method, template, path, body, 200)
    };
    let new_saved_view = || SavedViewId::from_parts(clock.unix_ms(), clock.random());
    let new_saved_reply = || SavedReplyId::from_parts(clock.unix_ms(), clock.random());
    vec![
        plain(Agents, "GET", "/inbox/v1/bootstrap", Value::Null, 200),
        route(ItsAgents, "GET", "/inbox/v1/teams/{id}/changes", changes, Value::Null, 200),
        plain(Agents, "GET", "/inbox/v1/conversations", Value::Null, 200),
        its("GET", "/inbox/v1/conversations/{id}", Value::Null, 200),
        its("GET", "/inbox/v1/conversations/{id}/thread", Value::Null, 200),
        its("POST", "/inbox/v1/conversations/{id}/replies", json!({ "id": message, "parts": parts() }), 201),
        its(
            "POST",
            "/inbox/v1/conversations/{id}/held_replies",
            json!({ "id": held, "parts": parts(), "until": { "type": "seconds", "seconds": 60 } }),
            201,
        ),
        of_held("DELETE", "", things.held[0], Value::Null),
        of_held("PUT", "/time", things.held[1], json!({ "send_at": clock.now().plus_ms(3_600_000) })),
        of_held("POST", "/release", things.held[2], json!({})),
        of_held("POST", "/return", things.held[3], json!({ "note": "Say sorry first." })),
        its("POST", "/inbox/v1/conversations/{id}/notes", json!({ "id": note, "text": "a note" }), 201),
        its(
            "PATCH",
            "/inbox/v1/conversations/{id}/messages/{message_id}",
            json!({ "text": "other words" }),
            200,
        ),
        route(
            ItsAgents,
            "DELETE",
            "/inbox/v1/conversations/{id}/messages/{message_id}",
            format!("/inbox/v1/conversations/{}/messages/{}", things.conversation, things.spare_reply),
            Value::Null,
            200,
        ),
        plain(Agents, "GET", "/inbox/v1/drafts", Value::Null, 200),
        route(
            ItsAgents,
            "PUT",
            "/inbox/v1/conversations/{id}/drafts/{kind}",
            format!("/inbox/v1/conversations/{}/drafts/note", things.conversation),
            json!({ "text": "not finished" }),
            200,
        ),
        its("PUT", "/inbox/v1/conversations/{id}/assignee", json!({ "agent_id": null }), 200),
        its("PUT", "/inbox/v1/conversations/{id}/snooze", json!({ "until": null }), 200),
        its("PUT", "/inbox/v1/conversations/{id}/merge", json!({ "into": null }), 200),
        its("PUT", "/inbox/v1/conversations/{id}/priority", json!({ "priority": "high" }), 200),
        its("POST", "/inbox/v1/conversations/{id}/tags", json!({ "add": ["refund"] }), 200),
        plain(Agents, "GET", "/inbox/v1/availability", Value::Null, 200),
        plain(Agents, "PUT", "/inbox/v1/availability", json!({ "state": "available" }), 204),
        plain(Agents, "POST", "/inbox/v1/hand_over", json!({ "agent_id": null }), 200),
        plain(Agents, "GET", "/inbox/v1/tags", Value::Null, 200),
        plain(Agents, "GET", "/inbox/v1/apps", Value::Null, 200),
        plain_query(Agents, "/inbox/v1/reports", "?split=agent"),
        route(
            Agents,
            "GET",
            "/inbox/v1/reports/{table}",
            "/inbox/v1/reports/volume?days=7".to_owned(),
            Value::Null,
            200,
        ),
        plain(Agents, "GET", "/inbox/v1/saved_replies", Value::Null, 200),
        route(
            Agents,
            "PUT",
            "/inbox/v1/saved_replies/{id}",
            format!("/inbox/v1/saved_replies/{}", new_saved_reply()),
            json!({ "name": "Thanks", "texts": [{ "language": "en", "text": "Thank you." }] }),
            200,
        ),
        route(
            Agents,
            "DELETE",
            "/inbox/v1/saved_replies/{id}",
            format!("/inbox/v1/saved_replies/{}", new_saved_reply()),
            Value::Null,
            204,
        ),
        plain(Agents, "GET", "/inbox/v1/saved_views", Value::Null, 200),
        route(
            Agents,
            "PUT",
            "/inbox/v1/saved_views/{id}",
            format!("/inbox/v1/saved_views/{}", new_saved_view()),
            json!({ "name": "VIP", "filter": { "view": "all", "tag": "VIP" }, "shared": false }),
            200,
        ),
        route(
            Agents,
            "DELETE",
            "/inbox/v1/saved_views/{id}",
            format!("/inbox/v1/saved_views/{}", new_saved_view()),
            Value::Null,
            204,
        ),
        its("PUT", "/inbox/v1/conversations/{id}/state", json!({ "state": "closed" }), 200),
        its("PUT", "/inbox/v1/conversations/{id}/mention", json!({ "note_id": note }), 200),
        its("PUT", "/inbox/v1/conversations/{id}/receipt", json!({ "read_seq": 1 }), 200),
        its("GET", "/inbox/v1/conversations/{id}/messages/{message_id}/ledger", Value::Null, 200),
        its("GET", "/inbox/v1/conversations/{id}/user", Value::Null, 200),
        its("GET", "/inbox/v1/conversations/{id}/cards", Value::Null, 200),
        its("GET", "/inbox/v1/conversations/{id}/expected", Value::Null, 200),
        route(
            Agents,
            "GET",
            "/inbox/v1/due",
            format!("/inbox/v1/due?ids={}", things.conversation),
            Value::Null,
            200,
        ),
        plain(Agents, "GET", "/inbox/v1/notifications", Value::Null, 200),
        plain(Agents, "PUT", "/inbox/v1/notifications", json!({ "quiet_hours": null }), 204),
        plain(Agents, "GET", "/inbox/v1/push/key", Value::Null, 200),
        plain(
            Agents,
            "PUT",
            "/inbox/v1/push/subscription",
            json!({
                "endpoint": "https://push.example.org/1",
                "keys": {
                    "p256dh": format!("BA{}", "A".repeat(85)),
                    "auth": "A".repeat(22),
                },
            }),
            204,
        ),
        plain(Agents, "DELETE", "/inbox/v1/push/subscription", Value::Null, 204),
        plain_query(Agents, "/inbox/v1/search", "?q=hello"),
        its_file(ItsAgents, "/inbox/v1/attachments/{id}", things),
        plain(Agents, "GET", "/inbox/v1/socket", Value::Null, 400),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn admin_routes(things: &Things, clock: &Clock) -> Vec<Route> {
    use For::{Backends, ItsBackend};
    let fill = |template: &str| {
        let path = template.replace("{id}", &things.app.to_string());
        path.replace("{key_id}", &things.spare_key.to_string()).replace("{external_id}", "ana")
    };
    let its =
        |method, template, body, status| route(ItsBackend, method, template, fill(template), body, status);
    let of = |method, template: &'static str, id: &dyn Display, body, status| {
        route(ItsBackend, method, template, template.replace("{id}", &id.to_string()), body, status)
    };
    // Somebody whom nothing else here needs.
    let of_leaver = |method, template: &'static str, status| {
        let path = fill(&template.replace("{external_id}", "leaver"));
        route(ItsBackend, method, template, path, Value::Null, status)
    };
    let pair = KeyPair::generate_es256().unwrap();
    let pem = public_pem(&pair.public);
    let apns =
        json!({ "key_id": "k", "team_id": "t", "topic": "com.example", "private_key_pem": pair.private_pem });
    let account = json!({ "project_id": "p", "private_key": tidings_standins::fcm::ACCOUNT_KEY_PEM, "client_email": "e" });
    let email = format!("{:x}@example.org", u64::from_be_bytes(clock.random()));
    let agent = json!({ "name": "Ben", "email": email, "password": "a long password", "role": "agent" });
    let key = json!({ "algorithm": "ES256", "public_key_pem": pem, "kid": "k" });
    let user = json!({ "name": "Ana", "email": "ana@example.org" });
    vec![
        plain(
            Backends,
            "POST",
            "/admin/v1/apps",
            json!({ "name": "Another", "push_privacy": "opaque" }),
            201,
        ),
        plain(Backends, "GET", "/admin/v1/apps", Value::Null, 200),
        plain(Backends, "GET", "/admin/v1/agents", Value::Null, 200),
        plain(Backends, "GET", "/admin/v1/sign_in_rules", Value::Null, 200),
        plain(Backends, "PUT", "/admin/v1/sign_in_rules", json!({ "second_factor_required": false }), 204),
        plain(
            Backends,
            "POST",
            "/admin/v1/invitations",
            json!({ "email": "new@example.org", "role": "agent" }),
            201,
        ),
        plain(Backends, "GET", "/admin/v1/invitations", Value::Null, 200),
        route(
            Backends,
            "DELETE",
            "/admin/v1/invitations/{id}",
            "/admin/v1/invitations/inv_01h2xcejqtf2nbrexx3vqjhp41".to_owned(),
            Value::Null,
            404,
        ),
        plain(Backends, "GET", "/admin/v1/server_keys", Value::Null, 200),
        plain(Backends, "POST", "/admin/v1/server_keys", json!({ "label": "another" }), 201),
        of("PUT", "/admin/v1/teams/{id}/hours", &things.team.to_string(), json!({ "hours": null }), 204),
        plain(Backends, "POST", "/admin/v1/teams", json!({ "name": random_device(clock) }), 201),
        of(
            "PUT",
            "/admin/v1/teams/{id}/name",
            &things.spare_team.to_string(),
            json!({ "name": "Gold" }),
            204,
        ),
        of(
            "PUT",
            "/admin/v1/teams/{id}/members",
            &things.spare_team.to_string(),
            json!({ "agent_ids": [] }),
            204,
        ),
        plain(Backends, "GET", "/admin/v1/tags", Value::Null, 200),
        plain(Backends, "POST", "/admin/v1/tags/rename", json!({ "tag": "not there", "to": "b" }), 404),
        plain(Backends, "POST", "/admin/v1/tags/merge", json!({ "tag": "not there", "into": "b" }), 404),
        route(
            Backends,
            "DELETE",
            "/admin/v1/tags",
            "/admin/v1/tags?tag=not+there".to_owned(),
            Value::Null,
            404,
        ),
        plain(Backends, "GET", "/admin/v1/assignment_rules", Value::Null, 200),
        plain(Backends, "PUT", "/admin/v1/assignment_rules", json!({ "rules": [] }), 204),
        plain(Backends, "POST", "/admin/v1/assignment_rules/trial", json!({ "rules": [] }), 200),
        of(
            "PUT",
            "/admin/v1/agents/{id}/talents",
            &things.spare_agent,
            json!({ "skills": ["billing"] }),
            204,
        ),
        of("PUT", "/admin/v1/agents/{id}/role", &things.spare_agent, json!({ "role": "trainee" }), 204),
        of("DELETE", "/admin/v1/agents/{id}/second_factor", &things.spare_agent, Value::Null, 204),
        of("DELETE", "/admin/v1/agents/{id}/identity", &things.spare_agent, Value::Null, 204),
        // The first agent: the spare one is shut out at times, and gets no link then.
        of("POST", "/admin/v1/agents/{id}/password_link", &AgentId::from_parts(1, [1; 10]), Value::Null, 201),
        its("GET", "/admin/v1/apps/{id}/identity_keys", Value::Null, 200),
        its("GET", "/admin/v1/apps/{id}/push", Value::Null, 200),
        its("POST", "/admin/v1/apps/{id}/identity_keys", key, 201),
        its("DELETE", "/admin/v1/apps/{id}/identity_keys/{key_id}", Value::Null, 204),
        its("PUT", "/admin/v1/apps/{id}/users/{external_id}", user, 200),
        its("POST", "/admin/v1/apps/{id}/users/{external_id}/push_test", json!({ "wait_seconds": 0 }), 200),
        of_leaver("GET", "/admin/v1/apps/{id}/users/{external_id}/export", 200),
        of_leaver("DELETE", "/admin/v1/apps/{id}/users/{external_id}", 202),
        its("PUT", "/admin/v1/apps/{id}/push/apns", apns, 204),
        its("PUT", "/admin/v1/apps/{id}/push/fcm", json!({ "service_account": account }), 204),
        its("PUT", "/admin/v1/apps/{id}/push/web", json!({ "contact": "mailto:it@example.org" }), 200),
        its("PUT", "/admin/v1/apps/{id}/push/webhook", json!({ "url": "https://push.example.org/" }), 200),
        its("PUT", "/admin/v1/apps/{id}/satisfaction", json!({ "after_minutes": 10 }), 200),
        its("GET", "/admin/v1/apps/{id}/satisfaction", Value::Null, 200),
        its("DELETE", "/admin/v1/apps/{id}/satisfaction", Value::Null, 204),
        its("PUT", "/admin/v1/apps/{id}/appearance", json!({ "accent": "#c2410c" }), 200),
        its("GET", "/admin/v1/apps/{id}/appearance", Value::Null, 200),
        Route {
            tus: Some((Vec::new(), crate::testing_uploads::DOT)),
            ..its("PUT", "/admin/v1/apps/{id}/logo", Value::Null, 200)
        },
        its("GET", "/admin/v1/apps/{id}/logo", Value::Null, 200),
        its("DELETE", "/admin/v1/apps/{id}/logo", Value::Null, 204),
        its("GET", "/admin/v1/apps/{id}/fallback", Value::Null, 200),
        its("PUT", "/admin/v1/apps/{id}/fallback", json!({ "way": "webhook", "after_minutes": 5 }), 200),
        its("DELETE", "/admin/v1/apps/{id}/fallback", Value::Null, 204),
        its("PUT", "/admin/v1/apps/{id}/cards", json!({ "url": "https://crm.example.org/" }), 200),
        its("GET", "/admin/v1/apps/{id}/cards", Value::Null, 200),
        its("DELETE", "/admin/v1/apps/{id}/cards", Value::Null, 204),
        its("GET", "/admin/v1/apps/{id}/push_options", Value::Null, 200),
        its("PUT", "/admin/v1/apps/{id}/push_options", json!({ "fcm_form": "notification" }), 200),
        of(
            "PUT",
            "/admin/v1/conversations/{id}/push_privacy",
            &things.conversation,
            json!({ "push_privacy": "opaque" }),
            200,
        ),
        of("GET", "/admin/v1/messages/{id}/ledger", &things.message, Value::Null, 200),
        of("POST", "/admin/v1/users/{id}/push_test", &things.spare_user, json!({ "wait_seconds": 0 }), 200),
        of("GET", "/admin/v1/users/{id}/devices", &things.spare_user, Value::Null, 200),
        of("DELETE", "/admin/v1/devices/{id}", &things.spare_device, Value::Null, 204),
        of("GET", "/admin/v1/users/{id}/ledger", &things.spare_user, Value::Null, 200),
        plain(Backends, "GET", "/admin/v1/push/dead", Value::Null, 200),
        of("POST", "/admin/v1/push/dead/{id}/retry", &things.dead_job, Value::Null, 204),
        plain(Backends, "POST", "/admin/v1/agents", agent, 201),
        plain(Backends, "GET", "/admin/v1/audit_log", Value::Null, 200),
        plain(Backends, "GET", "/admin/v1/single_sign_on", Value::Null, 200),
        // Owners do this, and no key.
        plain(Backends, "PUT", "/admin/v1/single_sign_on", provider(), 403),
        plain(
            Backends,
            "POST",
            "/admin/v1/single_sign_on/trial",
            json!({ "issuer": "https://127.0.0.1", "client_id": "x", "client_secret": "y" }),
            403,
        ),
        plain(Backends, "DELETE", "/admin/v1/single_sign_on", Value::Null, 403),
        plain(Backends, "GET", "/admin/v1/retention", Value::Null, 200),
        plain(Backends, "PUT", "/admin/v1/retention", json!({ "message_days": 730 }), 200),
        of("GET", "/admin/v1/users/{id}/export", &things.spare_user, Value::Null, 200),
        of("DELETE", "/admin/v1/users/{id}", &things.other_spare_user, Value::Null, 202),
        route(
            ItsBackend,
            "GET",
            "/admin/v1/erasures/{fingerprint}",
            format!("/admin/v1/erasures/{}", things.erasure),
            Value::Null,
            200,
        ),
        plain(Backends, "GET", "/admin/v1/webhooks", Value::Null, 200),
        plain(Backends, "POST", "/admin/v1/webhooks", webhook(), 201),
        of("PUT", "/admin/v1/webhooks/{id}", &things.webhook, webhook(), 200),
        of("POST", "/admin/v1/webhooks/{id}/secret", &things.webhook, Value::Null, 200),
        of("POST", "/admin/v1/webhooks/{id}/test", &things.webhook, Value::Null, 201),
        of("GET", "/admin/v1/webhooks/{id}/deliveries", &things.webhook, Value::Null, 200),
        of("DELETE", "/admin/v1/webhooks/{id}", &things.spare_webhook, Value::Null, 204),
        route(
            ItsBackend,
            "POST",
            "/admin/v1/webhooks/{id}/deliveries/{delivery_id}/replay",
            format!("/admin/v1/webhooks/{}/deliveries/{}/replay", things.webhook, things.delivery),
            Value::Null,
            204,
        ),
        its("PUT", "/admin/v1/apps/{id}/name", json!({ "name": "Acme" }), 204),
        its("PUT", "/admin/v1/apps/{id}/disabled", Value::Null, 204),
        its("DELETE", "/admin/v1/apps/{id}/disabled", Value::Null, 204),
    ]
    .into_iter()
    .chain(access_routes(things))
    .collect()
}

fn webhook() -> Value {
    json!({ "url": "https://hooks.example.org/", "events": ["message.received"] })
}

fn access_routes(things: &Things) -> impl Iterator<Item = Route> {
    let (user, agent) = (things.spare_user.to_string(), things.spare_agent.to_string());
    let key = things.spare_server_key.to_string();
    let its = |method, template: &'static str, id: &str| {
        route(For::ItsBackend, method, template, template.replace("{id}", id), Value::Null, 204)
    };
    [
        its("PUT", "/admin/v1/users/{id}/blocked", &user),
        its("DELETE", "/admin/v1/users/{id}/blocked", &user),
        its("DELETE", "/admin/v1/users/{id}/sessions", &user),
        its("PUT", "/admin/v1/users/{id}/mail_stopped", &user),
        its("DELETE", "/admin/v1/users/{id}/mail_stopped", &user),
        its("PUT", "/admin/v1/agents/{id}/disabled", &agent),
        its("DELETE", "/admin/v1/agents/{id}/disabled", &agent),
        its("DELETE", "/admin/v1/agents/{id}/sessions", &agent),
        its("DELETE", "/admin/v1/server_keys/{id}", &key),
    ]
    .into_iter()
}
