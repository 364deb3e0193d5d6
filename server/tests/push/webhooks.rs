//! Webhooks of a company, against a stand-in that verifies signatures as its systems would.

use std::sync::Arc;

use tidings_protocol::id::WebhookId;
use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_protocol::webhooks::{DeliveryState, WebhookEvent};
use tidings_server::push::net::{Net, Reach, Speaks, Trust};
use tidings_server::push::seal::Seals;
use tidings_server::webhooks::standard::new_secret;
use tidings_server::webhooks::tell::Teller;
use tidings_standins::Reply;
use tidings_store::audit::By;
use tidings_store::webhooks::{AddWebhook, ClaimDeliveries, SpreadFeed};

use crate::DEVICE;
use crate::world::World;

struct Hooked {
    world: World,
    teller: Teller,
    id: WebhookId,
}

impl Hooked {
    async fn start(reach: Reach) -> Self {
        let world = World::start(PushPrivacy::Generic).await;
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
        Self { teller: Teller { db, clock, net, reach, seals }, world, id }
    }

    /// The agent says something, and all that is due is told.
    async fn say(&self, words: &str) {
        let person = self.world.person(PushProvider::Apns, DEVICE).await;
        self.world.say(person.conversation_id, words).await;
        self.tell().await;
    }

    async fn tell(&self) {
        let (db, now) = (&self.world.db, self.world.clock.now());
        for team_id in db.untold_teams().await.unwrap() {
            db.write(SpreadFeed { team_id, limit: 100 }).await.unwrap();
        }
        for webhook in db.due_webhooks(now).await.unwrap() {
            let until = now.plus_ms(60_000);
            let claim = ClaimDeliveries { webhook_id: webhook.id, limit: 10, until, now };
            for claimed in db.write(claim).await.unwrap() {
                self.teller.tell(&webhook, claimed).await.unwrap();
            }
        }
    }

    async fn last(&self) -> (DeliveryState, Option<String>) {
        let db = &self.world.db;
        let told = db.webhook_deliveries(self.world.workspace_id, self.id, None, 1).await.unwrap();
        (told.deliveries[0].state, told.deliveries[0].answer.clone())
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
