//! Who is not woken, when, and what goes away again: read, in front, muted, quiet, in a burst, read elsewhere.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_server::push::Outcome;
use tidings_server::push::seal::{Seal, Seals};
use tidings_standins::Reply;
use tidings_store::notifications::SetNotifications;

use crate::world::{Person, World};
use crate::{ANDROID, DEVICE};

async fn phone() -> (World, Person) {
    let world = World::start(PushPrivacy::Generic).await;
    let person = world.person(PushProvider::Apns, DEVICE).await;
    (world, person)
}

async fn wish(world: &World, person: Person, wishes: Value) {
    let wishes = serde_json::from_value(wishes).unwrap();
    world.db.write(SetNotifications { user_id: person.user_id, wishes }).await.unwrap();
}

#[tokio::test]
async fn nobody_is_woken_for_what_they_have_read() {
    let (world, person) = phone().await;
    let said = world.say(person.conversation_id, "Hello").await;
    world.read(person, person.device_id, said.seq).await;
    assert_eq!(world.run(&world.dispatcher()).await, Outcome::Done);
    assert!(world.stand.apns.received().is_empty());
}

#[tokio::test]
async fn who_has_the_app_in_front_has_eight_seconds_to_see_it_and_the_ledger_says_so() {
    let (world, person) = phone().await;
    let dispatcher = world.dispatcher();
    world.on_screen.store(true, Ordering::SeqCst);
    let said = world.say(person.conversation_id, "Hello").await;
    let until = world.clock.now().plus_ms(8_000);
    assert_eq!(world.run(&dispatcher).await, Outcome::Defer { at: until });
    world.deliver(person, said.seq).await;
    world.advance(61);
    assert_eq!(world.run(&dispatcher).await, Outcome::Done);
    assert!(world.stand.apns.received().is_empty());
    let [push] = &world.ledger(person, said).await.pushes[..] else { panic!() };
    assert_eq!((push.accepted, push.detail.as_str()), (false, "not sent: the app was on the screen"));
}

#[tokio::test]
async fn who_leaves_without_reading_is_woken_after_all_and_so_is_a_socket_that_takes_nothing() {
    for leaves in [true, false] {
        let (world, person) = phone().await;
        let dispatcher = world.dispatcher();
        world.on_screen.store(true, Ordering::SeqCst);
        let said = world.say(person.conversation_id, "Hello").await;
        assert!(matches!(world.run(&dispatcher).await, Outcome::Defer { .. }));
        if leaves {
            world.deliver(person, said.seq).await;
            world.on_screen.store(false, Ordering::SeqCst);
        }
        world.advance(61);
        assert_eq!(world.run(&dispatcher).await, Outcome::Done);
        assert_eq!(world.stand.apns.received().len(), 1, "{leaves}");
    }
}

#[tokio::test]
async fn a_muted_conversation_wakes_nobody_and_another_does() {
    let (world, person) = phone().await;
    wish(&world, person, json!({ "muted": [{ "conversation_id": person.conversation_id }] })).await;
    let other = world.open(person.user_id).await;
    world.say(person.conversation_id, "muted").await;
    world.say(other, "heard").await;
    world.run_all(&world.dispatcher()).await;
    let pushes = world.stand.apns.received();
    assert_eq!(pushes.len(), 1);
    // What is muted is unread all the same.
    assert_eq!(pushes[0].payload["aps"]["badge"], 2);
    assert_eq!(pushes[0].payload["aps"]["thread-id"], other.to_string());
}

#[tokio::test]
async fn quiet_hours_end_with_one_push_for_each_conversation() {
    // It is 09:31 in UTC.
    let (world, person) = phone().await;
    let night = json!({ "from": "22:00", "until": "07:00", "utc_offset_minutes": -600 });
    wish(&world, person, json!({ "quiet_hours": night })).await;
    let dispatcher = world.dispatcher();
    let other = world.open(person.user_id).await;
    for _ in 0..3 {
        world.say(person.conversation_id, "Hello").await;
    }
    world.say(other, "Hello").await;
    assert_eq!(world.run_all(&dispatcher).await, 4);
    assert!(world.stand.apns.received().is_empty());
    world.advance((7 * 60 + 29) * 60 - 1);
    assert_eq!(world.run_all(&dispatcher).await, 0);
    world.advance(1);
    assert_eq!(world.run_all(&dispatcher).await, 4);
    let mut told: Vec<_> =
        world.stand.apns.received().iter().map(|push| push.payload["aps"]["alert"]["body"].clone()).collect();
    told.sort_by_key(Value::to_string);
    assert_eq!(told, ["3 nouveaux messages", "Nouveau message"]);
}

#[tokio::test]
async fn a_burst_is_told_of_once_and_names_how_many() {
    let (world, person) = phone().await;
    let dispatcher = world.dispatcher();
    for _ in 0..20 {
        world.say(person.conversation_id, "Hello").await;
    }
    world.run_all(&dispatcher).await;
    assert!(world.stand.apns.received().is_empty(), "a burst is waited for to end");
    world.advance(2);
    world.run_all(&dispatcher).await;
    let [push] = &world.stand.apns.received()[..] else { panic!() };
    assert_eq!(push.payload["aps"]["alert"]["body"], "20 nouveaux messages");
    assert_eq!((&push.payload["aps"]["badge"], &push.payload["tidings"]["count"]), (&json!(20), &json!(20)));
    assert_eq!(push.collapse_id, Some(person.conversation_id.to_string()));
    assert_eq!(world.db.job_counts().await.unwrap().waiting, 0);
}

#[tokio::test]
async fn what_was_read_elsewhere_goes_with_the_badge_of_now() {
    let (world, person) = phone().await;
    let dispatcher = world.dispatcher();
    let tablet = world.sign_in(person.user_id, "customer-0").await;
    world.register(tablet, PushProvider::Fcm, ANDROID).await;
    let said = world.say(person.conversation_id, "Hello").await;
    world.run_all(&dispatcher).await;
    let (apns, fcm) = (world.stand.apns.received().len(), world.stand.fcm.received().len());
    assert_eq!((apns, fcm), (1, 1));
    world.read(person, tablet, said.seq).await;
    assert_eq!(world.run_all(&dispatcher).await, 0, "it waits for more to be read");
    world.advance(5);
    world.run_all(&dispatcher).await;
    let pushes = world.stand.apns.received();
    assert_eq!((pushes.len(), world.stand.fcm.received().len()), (2, 1), "who read it needs no telling");
    assert_eq!(pushes[1].payload["aps"], json!({ "badge": 0, "content-available": 1 }));
    assert_eq!((&pushes[1].payload["tidings"]["kind"], pushes[1].priority), (&json!("clear"), 5));
    assert_eq!(pushes[1].payload["tidings"]["seq"], said.seq);
    // Nothing more is shown, so nothing more is taken away.
    let next = world.say(person.conversation_id, "And?").await;
    world.read(person, tablet, next.seq).await;
    world.advance(6);
    world.run_all(&dispatcher).await;
    assert_eq!(world.stand.apns.received().len(), 2);
}

#[tokio::test]
async fn many_receipts_make_one_clear() {
    let (world, person) = phone().await;
    let dispatcher = world.dispatcher();
    let tablet = world.sign_in(person.user_id, "customer-0").await;
    for _ in 0..3 {
        world.say(person.conversation_id, "Hello").await;
    }
    world.run_all(&dispatcher).await;
    for seq in 1..=3 {
        world.read(person, tablet, seq).await;
    }
    world.advance(6);
    world.run_all(&dispatcher).await;
    let kinds: Vec<_> =
        world.stand.apns.received().iter().map(|push| push.payload["tidings"]["kind"].clone()).collect();
    assert_eq!(kinds, [Value::Null, Value::Null, Value::Null, json!("clear")]);
}

#[tokio::test]
async fn a_token_of_the_other_service_of_apple_is_found_there_and_remembered() {
    let world = World::start(PushPrivacy::Generic).await;
    // One stand-in is both services: its first answer is the wrong service's.
    let person = world.person(PushProvider::Apns, DEVICE).await;
    world.stand.apns.reply(DEVICE, Reply::refuse(400, "BadDeviceToken").times(1));
    let dispatcher = world.dispatcher();
    world.say(person.conversation_id, "Hello").await;
    world.run_all(&dispatcher).await;
    assert_eq!(world.stand.apns.received().len(), 1);
    let now = world.clock.now();
    let context = world.db.push_context(person.user_id, person.conversation_id, 1, now).await.unwrap();
    let device = context.unwrap().devices.remove(0);
    assert_eq!(device.proven, Some(tidings_protocol::push::PushEnvironment::Sandbox));
    assert_eq!(device.strikes, 0);
}

#[tokio::test]
async fn a_token_that_does_not_fit_is_struck_and_a_wrong_topic_drops_none() {
    let (world, person) = phone().await;
    let dispatcher = world.dispatcher();
    world.stand.apns.reply(DEVICE, Reply::refuse(400, "DeviceTokenNotForTopic"));
    for (strikes, tokens) in [(1, 1), (2, 1), (0, 0)] {
        let conversation = world.open(person.user_id).await;
        world.say(conversation, "Hello").await;
        world.run_all(&dispatcher).await;
        assert_eq!(world.tokens_of(person, conversation).await, (tokens, strikes));
        world.advance(13 * 60 * 60);
    }
    // Ten in a row that do not fit, and nothing else: the topic is wrong, not the tokens.
    let mut people = Vec::new();
    for number in 0..12 {
        let token = format!("{number:064x}");
        world.stand.apns.reply(&token, Reply::refuse(400, "DeviceTokenNotForTopic"));
        people.push(world.person(PushProvider::Apns, &token).await);
    }
    for _ in 0..4 {
        for person in &people {
            world.say(person.conversation_id, "Hello").await;
        }
        world.run_all(&dispatcher).await;
        world.advance(13 * 60 * 60);
    }
    for person in people {
        assert_eq!(world.tokens_of(person, person.conversation_id).await.0, 1);
    }
}

#[tokio::test]
async fn a_sealed_key_opens_with_its_secret_only() {
    let (world, person) = phone().await;
    let secret = "a secret that nobody can guess at all";
    let text = serde_json::to_string(&world.stand.apns_credential()).unwrap();
    let seal = Seal::new(Some(secret), None).unwrap();
    let sealed = seal.seal(world.app_id, PushProvider::Apns, &text, &world.clock);
    world.set_credential(PushProvider::Apns, sealed).await;
    let said = world.say(person.conversation_id, "Hello").await;
    world.run_all(&world.dispatcher()).await;
    let pushes = world.ledger(person, said).await.pushes;
    assert!(pushes[0].detail.contains("has no secret"), "{pushes:?}");
    world.say(person.conversation_id, "Hello").await;
    let mut config = tidings_server::config::Config::defaults().unwrap();
    config.secret = Some(serde_json::from_value(json!(secret)).unwrap());
    world.run_all(&world.dispatcher_with(Seals::of(&config).unwrap())).await;
    assert_eq!(world.stand.apns.received().len(), 1);
}
