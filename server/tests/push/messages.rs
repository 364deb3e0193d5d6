//! From a stored message to a push, or to none, with a real database.

use serde_json::json;
use tidings_protocol::push::{
    FcmForm, InterruptionLevel, PushOptions, PushPayload, PushPrivacy, PushProvider,
};
use tidings_server::push::Outcome;
use tidings_server::push::receipt::Receipts;
use tidings_standins::{Fault, Reply};
use tidings_store::audit::By;
use tidings_store::push_options::{SetConversationPrivacy, SetPushOptions};

use crate::world::{Person, World, push_job};
use crate::{ANDROID, DEVICE};

async fn phone(privacy: PushPrivacy) -> (World, Person) {
    let world = World::start(privacy).await;
    let person = world.person(PushProvider::Apns, DEVICE).await;
    (world, person)
}

#[tokio::test]
async fn a_push_carries_the_unread_count_of_all_conversations_and_the_message_as_its_identity() {
    let (world, person) = phone(PushPrivacy::Preview).await;
    let other = world.open(person.user_id).await;
    let dispatcher = world.dispatcher();
    for (conversation, text) in [(other, "one"), (other, "two"), (person.conversation_id, "three")] {
        world.say(conversation, text).await;
    }
    for job in world.claim().await {
        assert_eq!(dispatcher.run(&push_job(&job)).await, Outcome::Done);
    }
    let pushes = world.stand.apns.received();
    assert_eq!(pushes.len(), 3);
    for push in pushes {
        let payload: PushPayload = serde_json::from_value(push.payload["tidings"].clone()).unwrap();
        assert_eq!((payload.badge, payload.user_id), (3, person.user_id));
        assert_eq!(push.payload["aps"]["badge"], 3);
        assert_eq!(push.payload["aps"]["thread-id"], payload.conversation_id.to_string());
        assert_eq!(push.payload["aps"]["alert"]["title"], "Léa");
        assert_eq!(push.collapse_id, Some(payload.message_id.to_string()));
        assert_eq!(push.expiration, world.clock.now().unix_ms() / 1000 + 24 * 60 * 60);
    }
}

#[tokio::test]
async fn each_device_gets_one_push_and_the_ledger_has_the_services_ids() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    let tablet = world.sign_in(person.user_id, "customer-0").await;
    world.register(tablet, PushProvider::Fcm, ANDROID).await;
    let said = world.say(person.conversation_id, "Hello").await;
    assert_eq!(world.run(&world.dispatcher()).await, Outcome::Done);
    let (apns, fcm) = (world.stand.apns.received(), world.stand.fcm.received());
    assert_eq!((apns.len(), fcm.len()), (1, 1));
    assert_eq!(apns[0].payload["aps"]["alert"]["body"], "Nouveau message");
    assert_eq!(fcm[0].message["data"]["title"], "Shop");
    // Only an iPhone has an extension without a session.
    let receipt = apns[0].payload["tidings"]["receipt"].as_str().unwrap();
    let read = Receipts::default().read(receipt, &world.db, &world.clock).await.unwrap().unwrap();
    assert_eq!((read.user_id, read.message_id), (person.user_id, said.id));
    assert!(!fcm[0].message["data"]["tidings"].as_str().unwrap().contains("receipt"));
    assert_eq!(fcm[0].message["android"]["ttl"], "86400s");
    let pushes = world.ledger(person, said).await.pushes;
    let mut details: Vec<_> = pushes.iter().map(|push| (push.accepted, push.detail.as_str())).collect();
    details.sort_unstable();
    let mut expected = [(true, apns[0].apns_id.as_str()), (true, fcm[0].name.as_str())];
    expected.sort_unstable();
    assert_eq!(details, expected);
}

#[tokio::test]
async fn an_app_says_how_its_pushes_look_and_a_conversation_what_they_may_say() {
    let (world, person) = phone(PushPrivacy::Preview).await;
    let tablet = world.sign_in(person.user_id, "customer-0").await;
    world.register(tablet, PushProvider::Fcm, ANDROID).await;
    let options = PushOptions {
        privacy: PushPrivacy::Preview,
        fcm_form: FcmForm::Notification,
        channel_id: Some("chat".try_into().unwrap()),
        interruption_level: InterruptionLevel::Passive,
    };
    let by = By::command_line(world.clock.now());
    world.db.write(SetPushOptions { app_id: world.app_id, options, by }).await.unwrap();
    let dispatcher = world.dispatcher();
    let said = world.say(person.conversation_id, "Hello").await;
    world.run(&dispatcher).await;
    let (apns, fcm) = (world.stand.apns.received(), world.stand.fcm.received());
    assert_eq!(apns[0].payload["aps"]["interruption-level"], "passive");
    assert_eq!(fcm[0].message["notification"], json!({"title": "Léa", "body": "Hello"}));
    let look = json!({"tag": said.id.to_string(), "channel_id": "chat"});
    assert_eq!(fcm[0].message["android"]["notification"], look);
    assert!(fcm[0].message["data"]["tidings"].is_string() && fcm[0].message["data"]["body"].is_null());

    let discreet = SetConversationPrivacy {
        workspace_id: world.workspace_id,
        conversation_id: person.conversation_id,
        privacy: Some(PushPrivacy::Opaque),
        by,
    };
    world.db.write(discreet).await.unwrap();
    world.say(person.conversation_id, "my secret").await;
    world.say(world.open(person.user_id).await, "nothing special").await;
    world.run_all(&dispatcher).await;
    let received = serde_json::to_string(&(world.stand.apns.received(), world.stand.fcm.received())).unwrap();
    assert!(received.contains("nothing special") && !received.contains("my secret"), "{received}");
    // Nothing is there for the system to show, so it is the app's.
    let pushes = world.stand.fcm.received();
    assert_eq!(pushes.iter().filter(|push| push.message["notification"].is_null()).count(), 1);
}

#[tokio::test]
async fn a_dead_token_is_dropped() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    world.advance(10);
    let since = world.clock.now().unix_ms() - 5_000;
    world.stand.apns.reply(DEVICE, Reply::refuse(410, "Unregistered").timestamp(since));
    let said = world.say(person.conversation_id, "Hello").await;
    assert_eq!(world.run(&world.dispatcher()).await, Outcome::Done);
    assert_eq!(world.tokens(person).await, 0);
    assert_eq!(world.ledger(person, said).await.pushes[0].detail, "Unregistered");
}

#[tokio::test]
async fn a_token_that_fcm_does_not_know_is_dropped() {
    let world = World::start(PushPrivacy::Generic).await;
    let person = world.person(PushProvider::Fcm, ANDROID).await;
    world.advance(10);
    world.stand.fcm.reply(ANDROID, Reply::refuse(404, "UNREGISTERED"));
    world.say(person.conversation_id, "Hello").await;
    assert_eq!(world.run(&world.dispatcher()).await, Outcome::Done);
    assert_eq!(world.tokens(person).await, 0);
}

#[tokio::test]
async fn a_token_that_was_registered_after_it_was_declared_dead_stays() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    let declared_dead = world.clock.now().unix_ms();
    world.advance(10);
    world.register(person.device_id, PushProvider::Apns, DEVICE).await;
    world.stand.apns.reply(DEVICE, Reply::refuse(410, "Unregistered").timestamp(declared_dead));
    world.say(person.conversation_id, "Hello").await;
    assert_eq!(world.run(&world.dispatcher()).await, Outcome::Done);
    assert_eq!(world.tokens(person).await, 1);
}

#[tokio::test]
async fn a_wrong_key_drops_no_token_holds_its_lane_and_a_right_one_delivers() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    let android = world.person(PushProvider::Fcm, ANDROID).await;
    let right = serde_json::to_string(&world.stand.apns_credential()).unwrap();
    let mut wrong = world.stand.apns_credential();
    wrong.team_id = "TEAM999999".try_into().unwrap();
    world.set_credential(PushProvider::Apns, serde_json::to_string(&wrong).unwrap()).await;
    let dispatcher = world.dispatcher();
    world.say(person.conversation_id, "Hello").await;
    let Outcome::RetryAt { at, error } = world.run(&dispatcher).await else { panic!() };
    assert_eq!(error, "apns: InvalidProviderToken");
    assert!(at >= world.clock.now().plus_ms(60_000), "{at}");
    assert_eq!(world.tokens(person).await, 1);

    // Held: the next message does not even ask. The other service does not notice.
    world.advance(1);
    world.say(person.conversation_id, "Are you there?").await;
    let Outcome::Defer { at } = world.run(&dispatcher).await else { panic!() };
    assert!(at >= world.clock.now().plus_ms(59_000), "{at}");
    world.say(android.conversation_id, "Hello").await;
    assert_eq!(world.run(&dispatcher).await, Outcome::Done);
    assert_eq!(world.stand.fcm.received().len(), 1);

    world.set_credential(PushProvider::Apns, right).await;
    world.advance(61);
    for job in world.claim().await.iter().filter(|job| push_job(job).user_id == person.user_id) {
        assert_eq!(dispatcher.run(&push_job(job)).await, Outcome::Done);
    }
    assert_eq!(world.stand.apns.received().len(), 2);
}

#[tokio::test]
async fn retry_after_is_obeyed_by_every_push_of_the_credential() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    let other = world.person(PushProvider::Apns, "11bb").await;
    let dispatcher = world.dispatcher();
    world
        .stand
        .apns
        .reply(DEVICE, Reply::refuse(429, "TooManyProviderTokenUpdates").retry_after("90").times(1));
    world.say(person.conversation_id, "Hello").await;
    let Outcome::RetryAt { at, .. } = world.run(&dispatcher).await else { panic!() };
    let pause_ms = at.unix_ms() - world.clock.now().unix_ms();
    assert!((90_000..=91_000).contains(&pause_ms), "{pause_ms}");
    world.say(other.conversation_id, "Hello").await;
    let Outcome::Defer { at } = world.run(&dispatcher).await else { panic!() };
    assert!(at >= world.clock.now().plus_ms(90_000), "{at}");
    assert!(world.stand.apns.received().is_empty());
    world.advance(92);
    for job in world.claim().await {
        assert_eq!(dispatcher.run(&push_job(&job)).await, Outcome::Done);
    }
    assert_eq!(world.stand.apns.received().len(), 2);
}

#[tokio::test]
async fn a_service_that_is_out_of_order_for_one_push_holds_no_other_until_that_goes_on() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    let other = world.person(PushProvider::Apns, "11bb").await;
    let dispatcher = world.dispatcher();
    world.stand.apns.reply(DEVICE, Reply::refuse(503, "ServiceUnavailable").retry_after("90").times(1));
    world.say(person.conversation_id, "Hello").await;
    let Outcome::RetryAt { at, .. } = world.run(&dispatcher).await else { panic!() };
    let pause_ms = at.unix_ms() - world.clock.now().unix_ms();
    assert!((90_000..=91_000).contains(&pause_ms), "{pause_ms}");
    world.say(other.conversation_id, "Hello").await;
    assert_eq!(world.run(&dispatcher).await, Outcome::Done);
    // Three in a row: so it is not this push alone.
    for _ in 0..3 {
        let conversation = world.open(person.user_id).await;
        world.stand.apns.reply(DEVICE, Reply::refuse(503, "ServiceUnavailable").retry_after("90").times(1));
        world.say(conversation, "Hello").await;
        assert!(matches!(world.run(&dispatcher).await, Outcome::RetryAt { .. }));
    }
    let said = world.say(other.conversation_id, "Are you there?").await;
    let jobs = world.claim().await;
    let [job] = &jobs[..] else { panic!("{jobs:?}") };
    for _ in 0..3 {
        let Outcome::Defer { at } = dispatcher.run(&push_job(job)).await else { panic!() };
        assert!(at >= world.clock.now().plus_ms(86_000), "{at}");
        world.advance(1);
    }
    // However often it has to wait, the ledger says so once.
    let pushes = world.ledger(other, said).await.pushes;
    assert_eq!(pushes.len(), 1, "{pushes:?}");
    assert_eq!(pushes[0].detail, "not sent yet: ServiceUnavailable");
}

#[tokio::test]
async fn a_repeat_after_a_lost_answer_carries_the_same_ids() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    let dispatcher = world.dispatcher();
    world.stand.apns.reply(DEVICE, Reply::fault(Fault::HangUp).times(1));
    world.say(person.conversation_id, "Hello").await;
    assert!(matches!(world.run(&dispatcher).await, Outcome::RetryAt { .. }));
    world.advance(61);
    assert_eq!(world.run(&dispatcher).await, Outcome::Done);
    let [first, second] = &world.stand.apns.received()[..] else { panic!() };
    assert_eq!((&first.apns_id, &first.collapse_id), (&second.apns_id, &second.collapse_id));
    assert_eq!(first.payload, second.payload);
}

#[tokio::test]
async fn a_crash_between_send_and_finish_repeats_with_the_same_ids() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    world.stand.apns.reply(DEVICE, Reply::fault(Fault::Silence).times(1));
    world.say(person.conversation_id, "Hello").await;
    let jobs = world.claim().await;
    let (dispatcher, job) = (world.dispatcher(), push_job(&jobs[0]));
    let crashing = tokio::spawn(async move { dispatcher.run(&job).await });
    world.stand.apns.wait_for(1).await;
    crashing.abort();
    assert!(crashing.await.unwrap_err().is_cancelled());
    assert!(world.claim().await.is_empty(), "the lease holds");
    world.advance(61);
    // Another process: another dispatcher.
    assert_eq!(world.run(&world.dispatcher()).await, Outcome::Done);
    let [first, second] = &world.stand.apns.received()[..] else { panic!() };
    assert_eq!((&first.apns_id, &first.collapse_id), (&second.apns_id, &second.collapse_id));
}

#[tokio::test]
async fn a_retry_leaves_those_in_peace_who_have_it() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    let second = world.sign_in(person.user_id, "customer-0").await;
    world.register(second, PushProvider::Apns, "22cc").await;
    world.stand.apns.reply("22cc", Reply::refuse(429, "TooManyRequests").retry_after("5").times(1));
    let dispatcher = world.dispatcher();
    world.say(person.conversation_id, "Hello").await;
    assert!(matches!(world.run(&dispatcher).await, Outcome::RetryAt { .. }));
    world.advance(61);
    assert_eq!(world.run(&dispatcher).await, Outcome::Done);
    let tokens: Vec<_> = world.stand.apns.received().into_iter().map(|push| push.token).collect();
    assert_eq!(tokens, [DEVICE, "22cc"]);
}

#[tokio::test]
async fn what_was_not_processed_is_repeated_at_once_and_an_expired_token_is_renewed() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    let dispatcher = world.dispatcher();
    world.stand.apns.reply(DEVICE, Reply::fault(Fault::RefuseStream).times(1));
    world.say(person.conversation_id, "one").await;
    assert_eq!(world.run(&dispatcher).await, Outcome::Done);
    // Late in the half hour, because Apple allows a new token every 20 minutes.
    world.advance(25 * 60);
    world.stand.apns.reply(DEVICE, Reply::refuse(403, "ExpiredProviderToken").times(1));
    let said = world.say(person.conversation_id, "two").await;
    let jobs = world.claim().await;
    let job = jobs.iter().map(push_job).find(|job| job.message_id == said.id).unwrap();
    assert_eq!(dispatcher.run(&job).await, Outcome::Done);
    let tokens: Vec<_> = world.stand.apns.received().into_iter().map(|push| push.provider_token).collect();
    assert!(tokens.len() == 2 && tokens[0] != tokens[1]);
}

#[tokio::test]
async fn it_is_given_up_after_eight_attempts_or_a_day() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    let dispatcher = world.dispatcher();
    world.stand.apns.reply(DEVICE, Reply::refuse(500, "InternalServerError"));
    world.say(person.conversation_id, "Hello").await;
    let mut outcomes = Vec::new();
    for _ in 0..8 {
        outcomes.push(world.run(&dispatcher).await);
        world.advance(100);
    }
    assert_eq!(outcomes.pop(), Some(Outcome::Bury { error: "apns: InternalServerError".to_owned() }));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::RetryAt { .. })), "{outcomes:?}");
    world.advance(24 * 60 * 60);
    assert_eq!(world.run(&dispatcher).await, Outcome::Bury { error: "expired".to_owned() });
}

#[tokio::test]
async fn an_app_without_a_key_is_told_so_in_the_ledger() {
    let (world, person) = phone(PushPrivacy::Generic).await;
    world.set_credential(PushProvider::Apns, "not json".to_owned()).await;
    let said = world.say(person.conversation_id, "Hello").await;
    assert_eq!(world.run(&world.dispatcher()).await, Outcome::Done);
    let [push] = &world.ledger(person, said).await.pushes[..] else { panic!() };
    assert_eq!(push.detail, "not sent: the stored credential cannot be read");
}

#[tokio::test]
async fn an_opaque_push_says_nothing_of_the_message_and_no_log_does() {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("tidings_server=trace,tidings_store=trace")
        .with_ansi(false)
        .with_writer(written.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    for privacy in [PushPrivacy::Opaque, PushPrivacy::Preview] {
        let (world, person) = phone(privacy).await;
        let android = world.person(PushProvider::Fcm, ANDROID).await;
        let dispatcher = world.dispatcher();
        for person in [person, android] {
            // Another test may have met a line first, in a thread where nobody listens, and that would be remembered.
            tracing::callsite::rebuild_interest_cache();
            world.say(person.conversation_id, "my secret").await;
            world.run(&dispatcher).await;
        }
        let apns = serde_json::to_string(&world.stand.apns.wait_for(1).await).unwrap();
        let fcm = serde_json::to_string(&world.stand.fcm.wait_for(1).await).unwrap();
        let says = privacy == PushPrivacy::Preview;
        assert!(apns.contains("secret") == says && fcm.contains("secret") == says, "{apns} {fcm}");
        assert!(apns.contains("Léa") == says && fcm.contains("Léa") == says, "{apns} {fcm}");
    }
    let log = written.text();
    assert!(log.contains("outcome=\"accepted\""), "{log}");
    for secret in ["secret", DEVICE, ANDROID, "Léa", "Nouveau", "ya29", "bearer"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

/// What was logged.
#[derive(Clone, Default)]
struct Written(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
