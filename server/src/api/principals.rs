//! Tests: every route with every kind of principal.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};
use tidings_protocol::id::{
    AgentId, AppId, DeliveryId, IdentityKeyId, JobId, MessageId, TeamId, UserId, WebhookId, WorkspaceId,
};
use tidings_store::access::{Access, SetAgentAccess, SetAppAccess, SetUserAccess};
use tidings_store::apps::{CreateTeam, CreateWorkspace};
use tidings_store::audit::By;
use tidings_store::fallback::SetFallback;
use tidings_store::jobs::{BuryJob, ClaimJobs};
use tidings_store::keys::{AddIdentityKeys, IdentityAlgorithm, NewIdentityKey, RevokeServerKey};

use super::table::{CHUNK, For, Route, Things, routes};
use crate::mail::link::{Link, Purpose};
use crate::push::receipt::Receipt;
use crate::testing::{Answer, Ask, Device, Harness, name};
use crate::testing_uploads::{Sender, file_id};

/// Every kind of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Nobody,
    AnonymousUser,
    OtherAppsUser,
    OtherUser,
    ItsUser,
    SignedOutUser,
    BlockedUser,
    UserOfDisabledApp,
    AgentOfAnotherTeam,
    ItsAgent,
    SignedOutAgent,
    DisabledAgent,
    OtherWorkspacesKey,
    RevokedKey,
    ItsKey,
}

impl Who {
    const ALL: [Self; 15] = [
        Self::Nobody,
        Self::AnonymousUser,
        Self::OtherAppsUser,
        Self::OtherUser,
        Self::ItsUser,
        Self::SignedOutUser,
        Self::BlockedUser,
        Self::UserOfDisabledApp,
        Self::AgentOfAnotherTeam,
        Self::ItsAgent,
        Self::SignedOutAgent,
        Self::DisabledAgent,
        Self::OtherWorkspacesKey,
        Self::RevokedKey,
        Self::ItsKey,
    ];

    /// The status that they get from a route.
    fn expected(self, route: &Route) -> u16 {
        let (is_user, is_agent, is_key) = (
            matches!(self, Self::AnonymousUser | Self::OtherAppsUser | Self::OtherUser | Self::ItsUser),
            matches!(self, Self::AgentOfAnotherTeam | Self::ItsAgent),
            matches!(self, Self::OtherWorkspacesKey | Self::ItsKey),
        );
        let (known, rightful) = match route.whom {
            For::Everybody => (true, true),
            For::Users => (is_user, true),
            For::ItsUser => (is_user, self == Self::ItsUser),
            For::Agents => (is_agent, true),
            For::ItsAgents => (is_agent, self == Self::ItsAgent),
            For::Backends => (is_key, true),
            For::ItsBackend => (is_key, self == Self::ItsKey),
        };
        match (known, rightful) {
            (true, true) => route.status,
            (true, false) => 404,
            (false, _) => 401,
        }
    }
}

/// A harness with all of them and what they own.
struct World {
    harness: Harness,
    other_app: AppId,
    other_key: String,
    revoked_key: String,
    shut_app: AppId,
    outsider: String,
    things: Things,
}

impl World {
    async fn new() -> Self {
        let harness = Harness::start().await;
        let (workspace_id, team_id) = (WorkspaceId::from_parts(2, [22; 10]), TeamId::from_parts(3, [33; 10]));
        let (db, now) = (harness.app.db.clone(), harness.app.clock.now());
        db.write(CreateWorkspace { id: workspace_id, name: name("Other"), by: By::command_line(now) })
            .await
            .unwrap();
        db.write(CreateTeam { id: team_id, workspace_id, name: name("Other"), by: By::command_line(now) })
            .await
            .unwrap();
        let other_app = harness.new_app(workspace_id, AppId::from_parts(2, [2; 10])).await;
        let other_key = harness.new_server_key(workspace_id).await;
        let outsider = harness.agent_of_another_team().await;
        let things = Self::things(&harness).await;
        let shut_app = harness.new_app(harness.workspace_id, AppId::from_parts(4, [4; 10])).await;
        let revoked_key = harness.new_server_key(harness.workspace_id).await;
        let id = db.server_key(crate::auth::token_hash(&revoked_key)).await.unwrap().unwrap().id;
        let by = By::command_line(now);
        db.write(RevokeServerKey { workspace_id: harness.workspace_id, id, by }).await.unwrap();
        Self { harness, other_app, other_key, revoked_key, shut_app, outsider, things }
    }

    async fn dead_job(harness: &Harness) -> JobId {
        let (db, now) = (&harness.app.db, harness.app.clock.now());
        let claim = ClaimJobs { limit: 1, of_one_app: 1, under_way: [].into(), lease_ms: 1000, now };
        let job = db.write(claim).await.unwrap().remove(0);
        let error = "apns: InternalServerError".to_owned();
        db.write(BuryJob { id: job.id, lease: job.lease, error, now }).await.unwrap();
        job.id
    }

    async fn things(harness: &Harness) -> Things {
        let (app, now) = (harness.app_id, harness.app.clock.now());
        let spare_key = IdentityKeyId::from_parts(5, [5; 10]);
        let algorithm = IdentityAlgorithm::Hs256;
        let key =
            NewIdentityKey { id: spare_key, algorithm, kid: Some("spare".to_owned()), material: vec![9; 32] };
        harness
            .app
            .db
            .write(AddIdentityKeys { app_id: app, keys: vec![key], by: By::command_line(now) })
            .await
            .unwrap();
        harness.user("leaver").await;
        let token = harness.user("ana").await;
        let conversation = harness.conversation(&token, 1).await;
        let id = |answer: Answer| answer.json()["id"].as_str().unwrap().to_owned();
        let own_message = id(harness.send(&token, &conversation, 1, "hello").await);
        let spare_message = id(harness.send(&token, &conversation, 2, "never mind").await);
        let message = id(harness.reply(&conversation, 1, "hello").await);
        let spare_reply = id(harness.reply(&conversation, 2, "never mind").await);
        let sharing = json!([{ "type": "live_location", "for_s": 900 }]);
        let live_messages = [
            id(harness.send_parts(&token, &conversation, 11, &sharing).await),
            id(harness.send_parts(&token, &conversation, 12, &sharing).await),
        ];
        let (user, cookie) = (Sender::User(&token), harness.agent_cookie().await);
        let file = harness.uploaded(user, 9, CHUNK, "a.txt").await;
        harness.send_parts(&token, &conversation, 9, &json!([file])).await;
        let file = file["attachment_id"].as_str().unwrap().to_owned();
        let address = harness.addresses(user, &file).await.json()["variants"][0]["address"].clone();
        let uploads = [1, 2, 3, 4].map(file_id);
        for (by, id) in [user, user, Sender::Agent(&cookie), Sender::Agent(&cookie)].into_iter().zip(uploads)
        {
            assert_eq!(harness.begin(by, id, CHUNK, "a.txt").await.status, 201);
        }
        let screen = harness.get("/app/v1/bootstrap").bearer(&token).await.json();
        let cursor = screen["cursor"].as_str().unwrap().to_owned();
        let dead_job = Self::dead_job(harness).await;
        let spare_agent = AgentId::from_parts(6, [6; 10]);
        harness.new_agent(spare_agent, harness.workspace_id, "spare@example.org", None).await;
        let spare_team = TeamId::from_parts(6, [66; 10]);
        let (workspace_id, by) = (harness.workspace_id, By::command_line(harness.app.clock.now()));
        let create = CreateTeam { id: spare_team, workspace_id, name: "Spare".try_into().unwrap(), by };
        harness.app.db.write(create).await.unwrap();
        let spare = harness.new_server_key(harness.workspace_id).await;
        let (spare, db) = (crate::auth::token_hash(&spare), &harness.app.db);
        let spare_user = Self::user_id(harness, "eve").await;
        let links = Self::links(harness, &conversation, &message).await;
        let receipt = Self::receipt(harness, &token, &message).await;
        let held = Self::held(harness, &cookie, &conversation).await;
        let (webhook, delivery, spare_webhook) = Self::webhooks(harness).await;
        Things {
            app,
            links,
            receipt,
            spare_key,
            spare_user,
            other_spare_user: Self::user_id(harness, "mallory").await,
            erasure: Self::erased(harness).await,
            spare_device: db.user_devices(spare_user, now).await.unwrap()[0].id,
            spare_agent,
            spare_team,
            spare_server_key: db.server_key(spare).await.unwrap().unwrap().id,
            team: harness.team_id,
            webhook,
            delivery,
            spare_webhook,
            conversation,
            message,
            own_message,
            spare_message,
            spare_reply,
            live_messages,
            held,
            uploads,
            file,
            address: address.as_str().unwrap().to_owned(),
            dead_job,
            cursor,
        }
    }

    /// Somebody who was erased: what is left of their name.
    async fn erased(harness: &Harness) -> String {
        let id = Self::user_id(harness, "oscar").await;
        let path = format!("/admin/v1/users/{id}");
        let erased = harness.delete(&path).bearer(&harness.server_key).await.json();
        erased["fingerprint"].as_str().unwrap().to_owned()
    }

    /// A webhook with something that it is to be told, and another one.
    async fn webhooks(harness: &Harness) -> (WebhookId, DeliveryId, WebhookId) {
        let add = async || {
            let body = json!({ "url": "https://hooks.example.org/", "events": ["message.received"] });
            let made = harness.post("/admin/v1/webhooks", &body).bearer(&harness.server_key).await.json();
            made["webhook"]["id"].as_str().unwrap().parse::<WebhookId>().unwrap()
        };
        let (webhook, spare) = (add().await, add().await);
        let test = format!("/admin/v1/webhooks/{webhook}/test");
        let told = harness.post(&test, &serde_json::Value::Null).bearer(&harness.server_key).await.json();
        (webhook, told["id"].as_str().unwrap().parse().unwrap(), spare)
    }

    /// Replies that are held until much later; the last waits for approval.
    async fn held(harness: &Harness, cookie: &str, conversation: &str) -> [MessageId; 4] {
        let held = [61, 62, 63, 64].map(|number| MessageId::from_parts(7, [number; 10]));
        let later = json!({ "type": "time", "send_at": harness.app.clock.now().plus_ms(86_400_000) });
        let until = [&later, &later, &later, &json!({ "type": "approval" })];
        for (id, until) in held.iter().zip(until) {
            let parts = json!([{ "type": "text", "text": "not yet" }]);
            let body = json!({ "id": id, "parts": parts, "until": until });
            let path = format!("/inbox/v1/conversations/{conversation}/held_replies");
            assert_eq!(harness.post(&path, &body).cookie(cookie).same_origin().await.status, 201);
        }
        held
    }

    /// Links to a conversation of an app that has somewhere for them to lead.
    async fn links(harness: &Harness, conversation: &str, message: &str) -> [String; 2] {
        let (app, by) = (&harness.app, By::command_line(harness.app.clock.now()));
        let wish = json!({ "way": "webhook", "after_minutes": 5, "link": "https://app.example.com/" });
        let fallback = Some(serde_json::from_value(wish).unwrap());
        app.db.write(SetFallback { app_id: harness.app_id, fallback, by }).await.unwrap();
        let user_id = Self::user_id(harness, "ana").await;
        let conversation_id = conversation.parse().unwrap();
        let open = Purpose::Open { conversation_id, message_id: message.parse().unwrap() };
        let mut links = Vec::new();
        for purpose in [open, Purpose::Stop] {
            links.push(app.links.token(&Link { user_id, purpose }, &app.db, &app.clock).await.unwrap());
        }
        links.try_into().unwrap()
    }

    /// What a push for the message brings along for the extension on the phone of a session.
    async fn receipt(harness: &Harness, token: &str, message: &str) -> String {
        let app = &harness.app;
        let session = app.db.session(crate::auth::token_hash(token), app.clock.now()).await.unwrap().unwrap();
        let message_id = message.parse().unwrap();
        let receipt = Receipt { user_id: session.user_id, device_id: session.device_id, message_id };
        app.receipts.token(&receipt, &app.db, &app.clock).await.unwrap()
    }

    async fn user_id(harness: &Harness, external_id: &str) -> UserId {
        let token = crate::auth::token_hash(&harness.user(external_id).await);
        harness.app.db.session(token, harness.app.clock.now()).await.unwrap().unwrap().user_id
    }

    async fn set_user(&self, user_id: UserId, access: Access) {
        let (workspace_id, by) = (self.harness.workspace_id, By::command_line(self.harness.app.clock.now()));
        self.harness.app.db.write(SetUserAccess { workspace_id, user_id, access, by }).await.unwrap();
    }

    async fn set_agent(&self, agent_id: AgentId, access: Access) {
        let (workspace_id, by) = (self.harness.workspace_id, By::command_line(self.harness.app.clock.now()));
        self.harness.app.db.write(SetAgentAccess { workspace_id, agent_id, access, by }).await.unwrap();
    }

    async fn set_app(&self, app_id: AppId, access: Access) {
        let (workspace_id, by) = (self.harness.workspace_id, By::command_line(self.harness.app.clock.now()));
        self.harness.app.db.write(SetAppAccess { workspace_id, app_id, access, by }).await.unwrap();
    }

    /// The request, made by somebody.
    async fn ask(&self, who: Who, route: &Route) -> Answer {
        let ask = self.harness.ask(Method::from_bytes(route.method.as_bytes()).unwrap(), &route.path);
        let mut ask = route.body.iter().fold(ask, Ask::json).same_origin();
        if let Some((headers, chunk)) = &route.tus {
            ask = headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).bytes(*chunk);
        }
        self.sign(who, ask).await.await
    }

    async fn sign<'a>(&'a self, who: Who, ask: Ask<'a>) -> Ask<'a> {
        let harness = &self.harness;
        match who {
            Who::Nobody => ask,
            Who::AnonymousUser => ask.bearer(&harness.anonymous(77).await),
            Who::OtherAppsUser => ask.bearer(
                &harness.sign_in_to(self.other_app, &Device::new(78), Some("ana")).await.session_token(),
            ),
            Who::OtherUser => ask.bearer(&harness.user("ben").await),
            Who::ItsUser => ask.bearer(&harness.user("ana").await),
            Who::SignedOutUser => {
                let token = harness.user("ana").await;
                assert_eq!(harness.delete("/app/v1/sessions/current").bearer(&token).await.status, 204);
                ask.bearer(&token)
            }
            Who::BlockedUser => {
                self.set_user(self.things.spare_user, Access::Open).await;
                let token = harness.user("eve").await;
                self.set_user(self.things.spare_user, Access::Shut).await;
                ask.bearer(&token)
            }
            Who::UserOfDisabledApp => {
                self.set_app(self.shut_app, Access::Open).await;
                let token =
                    harness.sign_in_to(self.shut_app, &Device::new(79), Some("ana")).await.session_token();
                self.set_app(self.shut_app, Access::Shut).await;
                ask.bearer(&token)
            }
            Who::DisabledAgent => {
                let agent = self.things.spare_agent;
                self.set_agent(agent, Access::Open).await;
                let cookie = harness.session_of(agent).await;
                self.set_agent(agent, Access::Shut).await;
                ask.cookie(&cookie)
            }
            Who::RevokedKey => ask.bearer(&self.revoked_key),
            Who::AgentOfAnotherTeam => {
                let session = harness
                    .app
                    .db
                    .agent_session(crate::auth::token_hash(&self.outsider), harness.app.clock.now());
                let id = match session.await.unwrap() {
                    Some(session) => session.agent.id,
                    None => tidings_protocol::id::AgentId::from_parts(2, [2; 10]),
                };
                ask.cookie(&harness.session_of(id).await)
            }
            Who::ItsAgent => ask.cookie(&harness.agent_cookie().await),
            Who::SignedOutAgent => {
                let cookie = harness.agent_cookie().await;
                assert_eq!(
                    harness.delete("/inbox/v1/session").cookie(&cookie).same_origin().await.status,
                    204
                );
                ask.cookie(&cookie)
            }
            Who::OtherWorkspacesKey => ask.bearer(&self.other_key),
            Who::ItsKey => ask.bearer(&harness.server_key),
        }
    }

    /// What its user and its agents see of the conversation.
    async fn state(&self) -> Value {
        let path = format!("/inbox/v1/conversations/{}/thread", self.things.conversation);
        let cookie = self.harness.agent_cookie().await;
        self.harness.get(&path).cookie(&cookie).await.json()
    }
}

#[tokio::test]
async fn every_route_answers_every_principal_as_it_should() {
    let world = World::new().await;
    for who in Who::ALL {
        for route in routes(&world.things, &world.harness.app.clock) {
            let expected = who.expected(&route);
            let refused = expected == 401 || expected == 404;
            let before = if refused { world.state().await } else { Value::Null };
            let answer = world.ask(who, &route).await;
            let what = format!("{who:?} {} {}: {}", route.method, route.path, answer.text());
            assert_eq!(answer.status, expected, "{what}");
            if refused {
                let code = if expected == 401 { "unauthenticated" } else { "not_found" };
                // An answer to HEAD has no body.
                if route.method != "HEAD" {
                    assert_eq!(answer.code(), code, "{what}");
                }
                assert_eq!(world.state().await, before, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn the_table_has_every_route() {
    let world = World::new().await;
    let table: BTreeSet<_> = routes(&world.things, &world.harness.app.clock)
        .iter()
        .map(|route| format!("{} {}", route.method, route.template))
        .collect();
    let mut served = BTreeSet::from(["GET /metrics".to_owned()]);
    let document: Value = serde_json::from_str(&super::openapi::document().unwrap()).unwrap();
    // The settings are the admin API once more: see `by_role`.
    let paths = document["paths"].as_object().unwrap().iter();
    for (path, methods) in paths.filter(|(path, _)| !path.starts_with(super::settings::INBOX)) {
        served.extend(
            methods.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())),
        );
    }
    // Routes that the document does not have are all GET.
    let written = include_str!("mod.rs").split(".route(\"").skip(1);
    served.extend(written.map(|rest| format!("GET {}", rest.split('"').next().unwrap())));
    assert_eq!(table, served);
}

#[tokio::test]
async fn a_request_that_another_site_caused_changes_nothing() {
    let world = World::new().await;
    let cookie = world.harness.agent_cookie().await;
    let before = world.state().await;
    for route in routes(&world.things, &world.harness.app.clock) {
        if !route.template.starts_with("/inbox/") || ["GET", "HEAD", "OPTIONS"].contains(&route.method) {
            continue;
        }
        for (header, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("x-nothing", "at all"),
        ] {
            let ask = world.harness.ask(route.method.parse().unwrap(), &route.path).cookie(&cookie);
            let ask = route.body.iter().fold(ask, Ask::json).header(header, value);
            let answer = ask.await;
            assert_eq!(answer.code(), "forbidden", "{header} {value} {} {}", route.method, route.path);
        }
    }
    let socket = world.harness.get("/inbox/v1/socket").cookie(&cookie).header("upgrade", "websocket");
    assert_eq!(socket.header("origin", "https://evil.example").await.code(), "forbidden");
    assert_eq!(world.state().await, before);
}

mod by_role {
    //! Tests: every route of the inbox, and of its settings, with every role.

    use tidings_protocol::inbox::AgentRole;

    use super::*;
    use crate::api::settings::{ADMIN, INBOX};
    use crate::auth::role::{Act, act_of, may};

    const ROLES: [AgentRole; 5] =
        [AgentRole::Owner, AgentRole::Admin, AgentRole::Agent, AgentRole::Trainee, AgentRole::Viewer];

    /// What a role may do, in another form than the table that is tested.
    fn allowed(role: AgentRole) -> &'static [Act] {
        use Act::{Administer, Answer, Assign, MarkRead, Note, Own, Propose, Read};
        match role {
            AgentRole::Owner => &[Read, MarkRead, Note, Assign, Propose, Answer, Administer, Own],
            AgentRole::Admin => &[Read, MarkRead, Note, Assign, Propose, Answer, Administer],
            AgentRole::Agent => &[Read, MarkRead, Note, Assign, Propose, Answer],
            AgentRole::Trainee => &[Read, Note, Assign, Propose],
            AgentRole::Viewer => &[Read],
        }
    }

    #[tokio::test]
    async fn every_route_of_the_inbox_is_for_the_roles_that_the_table_says() {
        let world = World::new().await;
        let agent = world.harness.agent_id;
        // Somebody must be left who administers.
        let other = AgentId::from_parts(9, [9; 10]);
        world.harness.new_agent(other, world.harness.workspace_id, "other@example.org", None).await;
        world.harness.set_role(other, AgentRole::Admin).await;
        for role in ROLES {
            world.harness.set_role(agent, role).await;
            for route in routes(&world.things, &world.harness.app.clock) {
                let own = route.template.contains("/account") || route.template.contains("/session");
                let of_agents = matches!(route.whom, For::Agents | For::ItsAgents) && !own;
                if !of_agents {
                    continue;
                }
                let what = format!("{role:?} {} {}", route.method, route.template);
                let act = act_of(route.method, route.template);
                let act = act.unwrap_or_else(|| panic!("{what}: a route without an act is refused to all"));
                assert_eq!(may(role, act), allowed(role).contains(&act), "{what}");
                let before = world.state().await;
                let answer = world.ask(Who::ItsAgent, &route).await;
                assert_eq!(answer.status == 403, !may(role, act), "{what}: {}", answer.text());
                if answer.status == 403 && route.method != "HEAD" {
                    assert_eq!(answer.code(), "forbidden", "{what}");
                    assert_eq!(world.state().await, before, "{what}");
                }
            }
        }
    }

    #[tokio::test]
    async fn the_settings_are_for_who_administers() {
        let world = World::new().await;
        let agent = world.harness.agent_id;
        // Somebody must be left who administers.
        let other = AgentId::from_parts(9, [9; 10]);
        world.harness.new_agent(other, world.harness.workspace_id, "other@example.org", None).await;
        world.harness.set_role(other, AgentRole::Admin).await;
        for role in [AgentRole::Viewer, AgentRole::Trainee, AgentRole::Agent, AgentRole::Admin] {
            world.harness.set_role(agent, role).await;
            for mut route in routes(&world.things, &world.harness.app.clock) {
                let Some(rest) = route.path.strip_prefix(ADMIN) else { continue };
                route.path = format!("{INBOX}{rest}");
                let what = format!("{role:?} {} {}", route.method, route.path);
                assert_eq!(world.ask(Who::Nobody, &route).await.code(), "unauthenticated", "{what}");
                let answer = world.ask(Who::ItsAgent, &route).await;
                // Who names the identity provider decides who is an owner.
                let is_owners = route.template.contains("single_sign_on") && route.method != "GET";
                let act = if is_owners { Act::Own } else { Act::Administer };
                if may(role, act) {
                    assert_eq!(answer.status, route.status, "{what}: {}", answer.text());
                } else {
                    assert_eq!(answer.code(), "forbidden", "{what}");
                }
            }
        }
    }
}

mod hostile {
    //! Tests: every command with bodies that it must refuse.

    use serde_json::json;

    use super::*;

    fn rightful(whom: For) -> Who {
        match whom {
            For::Everybody => Who::Nobody,
            For::Users | For::ItsUser => Who::ItsUser,
            For::Agents | For::ItsAgents => Who::ItsAgent,
            For::Backends | For::ItsBackend => Who::ItsKey,
        }
    }

    /// Bodies that nothing accepts, with their content type and the code they get.
    fn bodies(good: &Value) -> Vec<(&'static str, Vec<u8>, &'static str)> {
        let json = "application/json";
        let good_text = good.to_string();
        let unknown = {
            let mut body = good.clone();
            body["colour_of_the_bike_shed"] = json!("blue");
            body.to_string()
        };
        let mut bodies = vec![
            ("text/plain", good_text.clone().into_bytes(), "unsupported_media_type"),
            ("application/x-www-form-urlencoded", b"a=b".to_vec(), "unsupported_media_type"),
            ("application/json; charset=utf-16", good_text.clone().into_bytes(), "unsupported_media_type"),
            (json, Vec::new(), "invalid_body"),
            (json, b"{".to_vec(), "invalid_body"),
            (json, b"null".to_vec(), "invalid_body"),
            (json, b"[]".to_vec(), "invalid_body"),
            (json, b"7".to_vec(), "invalid_body"),
            (json, b"\"\xff\xfe\"".to_vec(), "invalid_body"),
            (json, format!("{good_text}{good_text}").into_bytes(), "invalid_body"),
            (json, unknown.into_bytes(), "invalid_body"),
            (json, "[".repeat(200_000).into_bytes(), "invalid_body"),
            (json, r#"{"a":"#.repeat(40_000).into_bytes(), "invalid_body"),
            (json, format!("{}{good_text}", " ".repeat(300_000)).into_bytes(), "too_large"),
        ];
        for name in good.as_object().unwrap().keys() {
            // A list of a list is the type of no field.
            let mut body = good.clone();
            body[name] = json!([[7]]);
            bodies.push((json, body.to_string().into_bytes(), "invalid_body"));
        }
        bodies
    }

    #[tokio::test]
    async fn every_command_refuses_what_it_does_not_understand() {
        let world = World::new().await;
        let before = world.state().await;
        for route in routes(&world.things, &world.harness.app.clock) {
            let Some(good) = &route.body else { continue };
            let who = rightful(route.whom);
            for (kind, body, code) in bodies(good) {
                let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
                let ask = world.harness.ask(route.method.parse().unwrap(), &route.path).same_origin();
                let ask = world.sign(who, ask.header("content-type", kind)).await.bytes(body);
                let answer = ask.await;
                assert_eq!(
                    answer.code(),
                    code,
                    "{} {} {kind} {shown}: {}",
                    route.method,
                    route.path,
                    answer.text()
                );
            }
        }
        assert_eq!(world.state().await, before);
    }

    #[tokio::test]
    async fn no_text_may_hold_nul() {
        let world = World::new().await;
        for (path, body) in [
            ("/app/v1/conversations", json!({ "id": "cnv_01h2xcejqtf2nbrexx3vqjhp41", "title": "a\u{0}" })),
            ("/app/v1/device", json!({ "locale": "\u{0}" })),
        ] {
            let method = if path.ends_with("device") { Method::PUT } else { Method::POST };
            let ask = world.harness.ask(method, path).json(&body);
            assert_eq!(world.sign(Who::ItsUser, ask).await.await.code(), "invalid_body", "{path}");
        }
    }

    #[tokio::test]
    async fn methods_and_headers_that_make_no_sense_get_their_problem() {
        let world = World::new().await;
        let harness = &world.harness;
        let answer = harness.ask(Method::PATCH, "/app/v1/bootstrap").await;
        assert_eq!(
            (answer.code().as_str(), answer.header("allow").as_str()),
            ("method_not_allowed", "GET,HEAD")
        );
        let long = harness.get("/health").header("x-long", &"x".repeat(17_000)).await;
        assert_eq!((long.status, long.code().as_str()), (431, "headers_too_large"));
        let long = harness.get(&format!("/health?{}", "x".repeat(17_000))).await;
        assert_eq!(long.code(), "headers_too_large");
        assert_eq!(harness.get("/health").await.header("x-request-id").len(), 16);
    }
}
