//! Webhooks of a company, against a stand-in that verifies signatures as its systems would.

use std::sync::Arc;

use tidings_protocol::id::{AgentId, WebhookId};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_protocol::webhooks::{DeliveryState, WebhookEvent};
use tidings_server::push::net::{Net, Reach, Speaks, Trust};
use tidings_server::push::seal::Seals;
use tidings_server::webhooks::standard::new_secret;
use tidings_server::webhooks::tell::Teller;
use tidings_standins::Reply;
use tidings_store::agents::CreateAgent;
use tidings_store::audit::By;
use tidings_store::webhooks::{AddWebhook, ChangeWebhook, ClaimDeliveries, SpreadFeed};

use crate::DEVICE;
use crate::fallback::Post;
use crate::world::World;

struct Hooked {
    world: World,
    teller: Teller,
    id: WebhookId,
}

impl Hooked {
    async fn start(reach: Reach) -> Self {
        let world = World::start(PushPrivacy::Generic).await;
        let (teller, id) = hook(&world, reach).await;
        Self { world, teller, id }
    }

    /// The agent says something, and all that is due is told.
    async fn say(&self, words: &str) {
        let person = self.world.person(PushProvider::Apns, DEVICE).await;
        self.world.say(person.conversation_id, words).await;
        self.tell().await;
    }

    async fn tell(&self) {
        tell(&self.world, &self.teller).await;
    }

    async fn last(&self) -> (DeliveryState, Option<String>) {
        let db = &self.world.db;
        let told = db.webhook_deliveries(self.world.workspace_id, self.id, None, 1).await.unwrap();
        (told.deliveries[0].state, told.deliveries[0].answer.clone())
    }
}

/// A webhook that is told of what is said, and who tells it.
async fn hook(world: &World, reach: Reach) -> (Teller, WebhookId) {
    let secret = new_secret(&world.clock);
    world.stand.web.set_hook_secret(&secret).unwrap();
    let id = WebhookId::from_parts(1, [7; 10]);
    let add = AddWebhook {
        id,
        workspace_id: world.workspace_id,
        url: world.stand.web.hook_url().try_into().unwrap(),
        events: vec![WebhookEvent::MessageSent].try_into().unwrap(),
        secret,
        off: None,
        by: By::command_line(world.clock.now()),
    };
    world.db.write(add).await.unwrap();
    let trust = Trust::load(world.stand.config.extra_ca.as_deref()).unwrap();
    let net = Arc::new(Net::to(&trust, reach, Speaks::Either));
    let (db, clock, seals) = (world.db.clone(), world.clock.clone(), Seals::none());
    (Teller { db, clock, net, reach, seals }, id)
}

/// Tells all that is due.
async fn tell(world: &World, teller: &Teller) {
    let (db, now) = (&world.db, world.clock.now());
    for team_id in db.untold_teams().await.unwrap() {
        db.write(SpreadFeed { team_id, limit: 100 }).await.unwrap();
    }
    for webhook in db.due_webhooks(now).await.unwrap() {
        let until = now.plus_ms(60_000);
        let claim = ClaimDeliveries { webhook_id: webhook.id, limit: 10, until, now };
        for claimed in db.write(claim).await.unwrap() {
            teller.tell(&webhook, claimed).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_is_said_is_told_signed_and_told_again_under_the_same_id() {
    let hooked = Hooked::start(Reach::Anywhere).await;
    let web = &hooked.world.stand.web;
    web.reply("message.sent", Reply::refuse(503, "").times(1));
    let before = web.hooked().len();
    hooked.say("Bonjour").await;
    assert_eq!(hooked.last().await, (DeliveryState::Waiting, Some("HTTP 503".to_owned())));
    assert_eq!(web.hooked().len(), before);
    hooked.tell().await;
    assert_eq!(web.hooked().len(), before, "not before its time");
    hooked.world.advance(7);
    hooked.tell().await;
    let told = &web.hooked()[before];
    assert_eq!(told.body["data"]["message"]["parts"][0]["text"], "Bonjour");
    assert!(told.id.starts_with("dlv_"));
    assert_eq!(hooked.last().await.0, DeliveryState::Delivered);
}

#[tokio::test]
async fn an_address_inside_is_not_reached_unless_the_operator_allows_it() {
    let hooked = Hooked::start(Reach::Public).await;
    let before = hooked.world.stand.web.hooked().len();
    hooked.say("Bonjour").await;
    let (state, answer) = hooked.last().await;
    assert_eq!(state, DeliveryState::Waiting);
    assert_eq!(answer.as_deref(), Some("the address is not one that may be reached"));
    assert_eq!(hooked.world.stand.web.hooked().len(), before);
}

#[tokio::test]
async fn whoever_administers_is_written_to_when_a_webhook_goes_off_and_nobody_when_it_is_on_again() {
    let post = Post::start(PushPrivacy::Generic).await;
    let world = &post.world;
    for (number, email, role) in
        [(1, "owner@example.org", AgentRole::Owner), (2, "admin@example.org", AgentRole::Admin)]
    {
        let agent = CreateAgent {
            id: AgentId::from_parts(1, [number; 10]),
            workspace_id: world.workspace_id,
            name: "Ines".to_owned().try_into().unwrap(),
            email: email.parse().unwrap(),
            role,
            password_hash: "none".to_owned(),
            team_ids: None,
            by: By::command_line(world.clock.now()),
        };
        world.db.write(agent).await.unwrap();
    }
    let (teller, id) = hook(world, Reach::Anywhere).await;
    world.stand.web.reply("message.sent", Reply::refuse(410, ""));
    let goes_off = async || {
        world.say(post.maya.conversation_id, "Bonjour").await;
        tell(world, &teller).await;
    };
    let written_to = || {
        let mails = post.smtp.received().into_iter();
        let mut to: Vec<_> = mails
            .filter(|mail| mail.header("subject").is_some_and(|subject| subject.contains("webhook")))
            .flat_map(|mail| mail.to)
            .collect();
        to.sort();
        to
    };
    goes_off().await;
    post.minutes(1).await;
    assert_eq!(
        written_to(),
        ["admin@example.org", "owner@example.org"],
        "and not Léa, who does not administer"
    );
    let about = post.smtp.received().into_iter().find(|mail| mail.to == ["admin@example.org"]).unwrap();
    let plain = about.part("text/plain").unwrap();
    assert!(plain.contains("https://support.example.com/settings/webhooks"), "{plain}");
    let url = world.stand.web.hook_url();
    let (_, path) = url.rsplit_once('/').unwrap();
    assert!(!plain.contains(&format!("/{path}")), "a path may be a secret: {plain}");
    switch_on(world, id).await;
    goes_off().await;
    switch_on(world, id).await;
    post.minutes(1).await;
    assert_eq!(written_to().len(), 2, "it was on again when its time had come");
}

async fn switch_on(world: &World, id: WebhookId) {
    let change = ChangeWebhook {
        id,
        workspace_id: world.workspace_id,
        url: world.stand.web.hook_url().try_into().unwrap(),
        events: vec![WebhookEvent::MessageSent].try_into().unwrap(),
        off: None,
        by: By::command_line(world.clock.now()),
    };
    world.db.write(change).await.unwrap();
}
