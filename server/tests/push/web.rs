//! Web Push and the signed webhook, against a stand-in that verifies and decrypts.

use serde_json::json;
use tidings_protocol::id::DeviceId;
use tidings_protocol::push::{PushPrivacy, PushProvider, PushTarget};
use tidings_server::push::hook::StoredHook;
use tidings_server::push::web::StoredVapid;
use tidings_standins::{Fault, Reply, Subscription};

use crate::world::{Person, World};

/// Somebody with a browser, whose app has a key for Web Push.
async fn browser(privacy: PushPrivacy) -> (World, Person, Subscription) {
    let world = World::start(privacy).await;
    let stored = StoredVapid::generate("mailto:it@example.org").unwrap();
    let subscription = world.stand.web.subscribe(&stored.public_key().unwrap()).unwrap();
    world.set_credential(PushProvider::WebPush, serde_json::to_string(&stored).unwrap()).await;
    let person = world.person(PushProvider::Fcm, "replaced").await;
    world.register_target(person.device_id, target(&subscription)).await;
    (world, person, subscription)
}

fn target(subscription: &Subscription) -> PushTarget {
    let keys = json!({ "p256dh": subscription.p256dh, "auth": subscription.auth });
    let push = json!({ "provider": "web_push", "token": subscription.endpoint, "keys": keys });
    serde_json::from_value(push).unwrap()
}

async fn hooked() -> (World, Person) {
    let world = World::start(PushPrivacy::Preview).await;
    let stored = StoredHook::new(&world.stand.web.hook_url(), &world.clock);
    world.stand.web.set_hook_secret(&stored.secret).unwrap();
    world.set_credential(PushProvider::Webhook, serde_json::to_string(&stored).unwrap()).await;
    let person = world.person(PushProvider::Webhook, "the-company-s-own-token").await;
    (world, person)
}

#[tokio::test]
async fn a_browser_reads_what_was_encrypted_to_it() {
    let (world, person, subscription) = browser(PushPrivacy::Preview).await;
    let said = world.say(person.conversation_id, "Bonjour à tous").await;
    world.run_all(&world.dispatcher()).await;
    let pushes = world.stand.web.received();
    assert_eq!(pushes.len(), 1, "{:?}", world.ledger(person, said).await);
    assert_eq!(pushes[0].id, subscription.id);
    assert_eq!((pushes[0].ttl, pushes[0].urgency.as_str()), (86_400, "high"));
    assert_eq!(pushes[0].payload["body"], "Bonjour à tous");
    assert_eq!(pushes[0].payload["tidings"]["message_id"], said.id.to_string());
    let ledger = world.ledger(person, said).await.pushes;
    assert_eq!((ledger[0].accepted, ledger[0].detail.as_str()), (true, "/message/1"));
}

#[tokio::test]
async fn a_long_text_fits_into_one_record_and_an_opaque_push_has_no_words() {
    let (world, person, _) = browser(PushPrivacy::Preview).await;
    world.say(person.conversation_id, &"é".repeat(8_000)).await;
    world.run_all(&world.dispatcher()).await;
    assert!(world.stand.web.received()[0].payload["body"].as_str().unwrap().ends_with('…'));
    let (world, person, _) = browser(PushPrivacy::Opaque).await;
    world.say(person.conversation_id, "my secret").await;
    world.run_all(&world.dispatcher()).await;
    let payload = world.stand.web.received()[0].payload.clone();
    assert_eq!(payload.as_object().unwrap().keys().collect::<Vec<_>>(), ["tidings"]);
}

/// What a service says, and what it does to the subscription, the job and the other subscriptions.
#[tokio::test]
async fn each_answer_of_a_push_service_has_its_outcome() {
    let refuse = |status| Reply::refuse(status, "").times(1);
    for (reply, accepted, tokens, waiting) in [
        (refuse(410), 0, 0, 0),
        (refuse(404), 0, 1, 0),
        (refuse(403), 0, 1, 0),
        (refuse(400), 0, 1, 0),
        (refuse(413), 0, 1, 0),
        (refuse(401), 0, 1, 1),
        (refuse(429).retry_after("30"), 0, 1, 1),
        (refuse(503), 0, 1, 1),
        (Reply::fault(Fault::Reset).times(1), 1, 1, 1),
        (Reply::fault(Fault::RefuseStream).times(1), 1, 1, 0),
    ] {
        let (world, person, subscription) = browser(PushPrivacy::Generic).await;
        world.advance(10);
        world.stand.web.reply(&subscription.id, reply.clone());
        world.say(person.conversation_id, "Hello").await;
        world.run_all(&world.dispatcher()).await;
        let found = (
            world.stand.web.received().len(),
            world.tokens(person).await,
            world.db.job_counts().await.unwrap().waiting,
        );
        assert_eq!(found, (accepted, tokens, waiting), "{reply:?}");
    }
}

#[tokio::test]
async fn one_push_service_that_is_out_of_order_holds_no_other() {
    let (world, person, subscription) = browser(PushPrivacy::Generic).await;
    world.stand.web.reply(&subscription.id, Reply::refuse(503, "").retry_after("600"));
    let row = world.db.push_credential(world.app_id, PushProvider::WebPush).await.unwrap().unwrap();
    let stored: StoredVapid = serde_json::from_str(&row.config).unwrap();
    let other = world.stand.web.subscribe(&stored.public_key().unwrap()).unwrap();
    let tablet: DeviceId = world.sign_in(person.user_id, "customer-0").await;
    world.register_target(tablet, target(&other)).await;
    world.say(person.conversation_id, "Hello").await;
    world.run_all(&world.dispatcher()).await;
    let reached: Vec<_> = world.stand.web.received().into_iter().map(|push| push.id).collect();
    assert_eq!(reached, [other.id]);
}

#[tokio::test]
async fn a_subscription_of_another_key_is_refused_and_stays() {
    let (world, person, _) = browser(PushPrivacy::Generic).await;
    let other = StoredVapid::generate("mailto:it@example.org").unwrap();
    world.set_credential(PushProvider::WebPush, serde_json::to_string(&other).unwrap()).await;
    let said = world.say(person.conversation_id, "Hello").await;
    world.run_all(&world.dispatcher()).await;
    assert_eq!(world.ledger(person, said).await.pushes[0].detail, "HTTP 403");
    assert_eq!(world.tokens(person).await, 1);
}

#[tokio::test]
async fn a_subscription_inside_our_network_is_not_asked() {
    let (world, person, _) = browser(PushPrivacy::Generic).await;
    let mut config = world.stand.config.clone();
    config.inside = false;
    let said = world.say(person.conversation_id, "Hello").await;
    world.run_all(&world.dispatcher_of(&config)).await;
    assert_eq!(world.stand.web.connections(), 0);
    assert!(world.ledger(person, said).await.pushes[0].detail.contains("endpoint"));
}

#[tokio::test]
async fn the_company_s_own_service_gets_a_signed_webhook() {
    let (world, person) = hooked().await;
    let said = world.say(person.conversation_id, "Hello").await;
    world.run_all(&world.dispatcher()).await;
    let [hook] = &world.stand.web.hooked()[..] else { panic!("{:?}", world.ledger(person, said).await) };
    let data = &hook.body["data"];
    assert_eq!(data["token"], "the-company-s-own-token");
    assert_eq!((&data["notice"]["title"], &data["notice"]["body"]), (&json!("Léa"), &json!("Hello")));
    assert_eq!(data["notice"]["tidings"]["badge"], 1);
    assert_eq!(world.ledger(person, said).await.pushes[0].detail, hook.id);
    // With another secret it is refused, and that is the credential's fault.
    let wrong = StoredHook::new(&world.stand.web.hook_url(), &world.clock);
    world.set_credential(PushProvider::Webhook, serde_json::to_string(&wrong).unwrap()).await;
    world.say(person.conversation_id, "Hello").await;
    world.run_all(&world.dispatcher()).await;
    assert_eq!((world.stand.web.hooked().len(), world.tokens(person).await), (1, 1));
    assert_eq!(world.db.job_counts().await.unwrap().waiting, 1);
}

#[tokio::test]
async fn each_answer_of_the_company_s_own_service_has_its_outcome() {
    let refuse = |status| Reply::refuse(status, "").times(1);
    for (reply, tokens, waiting) in [
        (refuse(410), 0, 0),
        (refuse(422), 1, 0),
        (refuse(403), 1, 1),
        (refuse(429), 1, 1),
        (refuse(502), 1, 1),
    ] {
        let (world, person) = hooked().await;
        world.advance(10);
        world.stand.web.reply("the-company-s-own-token", reply.clone());
        world.say(person.conversation_id, "Hello").await;
        world.run_all(&world.dispatcher()).await;
        let found = (world.tokens(person).await, world.db.job_counts().await.unwrap().waiting);
        assert_eq!(found, (tokens, waiting), "{reply:?}");
    }
}
