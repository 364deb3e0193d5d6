//! Pushes to the browsers of agents, against a stand-in that verifies and decrypts.

use serde_json::json;
use tidings_protocol::alerts::AgentNotifications;
use tidings_protocol::id::{AgentId, ConversationId, DeviceId, JobId, MessageId, NoteId};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::message::Parts;
use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_protocol::text::Text;
use tidings_server::push::web::StoredVapid;
use tidings_standins::{Reply, Subscription};
use tidings_store::Actor;
use tidings_store::agents::{CreateAgent, EndAgentSession, StartAgentSession};
use tidings_store::alerts::SetAgentNotifications;
use tidings_store::audit::By;
use tidings_store::browsers::{KeepAgentPushKey, SubscribeBrowser};
use tidings_store::conversations::Assign;
use tidings_store::mentions::ReadMention;
use tidings_store::messages::AppendMessage;
use tidings_store::notes::AppendNote;
use tidings_store::push_options::SetConversationPrivacy;
use tidings_store::receipts::MoveTeamReceipt;

use crate::DEVICE;
use crate::world::{Person, World};

/// The session of the agent's browser.
const SESSION: [u8; 32] = [7; 32];

/// An agent with a browser that is set up for pushes, and somebody whose conversation is theirs.
async fn desk(privacy: PushPrivacy) -> (World, Person, Subscription) {
    let world = World::start(privacy).await;
    let person = world.person(PushProvider::Apns, DEVICE).await;
    assign(&world, person.conversation_id, true).await;
    let subscription = subscribe(&world, SESSION).await;
    (world, person, subscription)
}

pub(crate) async fn assign(world: &World, conversation_id: ConversationId, to_agent: bool) {
    let (agent_id, now) = (world.agent_id, world.clock.now());
    let assignee = to_agent.then_some(agent_id);
    let actor = Actor::Agent { agent_id };
    world.db.write(Assign { conversation_id, actor, assignee, now }).await.unwrap();
}

async fn subscribe(world: &World, session: [u8; 32]) -> Subscription {
    let (agent_id, now) = (world.agent_id, world.clock.now());
    let workspace_id = world.workspace_id;
    let start =
        StartAgentSession { agent_id, token_hash: session, expires_at: now.plus_ms(7 * 24 * 3_600_000), now };
    world.db.write(start).await.unwrap();
    let made = StoredVapid::generate("mailto:it@example.org").unwrap();
    let config = serde_json::to_string(&made).unwrap();
    let kept = world.db.write(KeepAgentPushKey { workspace_id, config, now }).await.unwrap();
    let key: StoredVapid = serde_json::from_str(&kept).unwrap();
    let subscription = world.stand.web.subscribe(&key.public_key().unwrap()).unwrap();
    let keys = json!({ "p256dh": subscription.p256dh, "auth": subscription.auth });
    let said = json!({ "endpoint": subscription.endpoint, "keys": keys, "locale": "fr" });
    let subscribe = SubscribeBrowser {
        id: DeviceId::from_parts(1, world.clock.random()),
        session,
        agent_id,
        subscription: serde_json::from_value(said).unwrap(),
        now,
    };
    world.db.write(subscribe).await.unwrap();
    subscription
}

/// The user writes.
pub(crate) async fn ask(world: &World, person: Person, text: &str) -> MessageId {
    let id = MessageId::from_parts(world.clock.unix_ms(), world.clock.random());
    let append = AppendMessage {
        id,
        conversation_id: person.conversation_id,
        actor: Actor::User { user_id: person.user_id, device_id: person.device_id },
        parts: Parts::text(Text::try_from(text).unwrap()),
        quote: None,
        seen_seq: None,
        now: world.clock.now(),
        job_id: JobId::from_parts(world.clock.unix_ms(), world.clock.random()),
    };
    world.db.write(append).await.unwrap();
    id
}

pub(crate) async fn wish(world: &World, wishes: serde_json::Value) {
    let wishes: AgentNotifications = serde_json::from_value(wishes).unwrap();
    world.db.write(SetAgentNotifications { agent_id: world.agent_id, wishes }).await.unwrap();
}

async fn waiting(world: &World) -> i64 {
    world.db.job_counts().await.unwrap().waiting
}

#[tokio::test]
async fn a_question_reaches_the_browser_of_its_agent_in_the_language_there() {
    let (world, person, subscription) = desk(PushPrivacy::Generic).await;
    let asked = ask(&world, person, "my secret").await;
    world.run_all(&world.dispatcher()).await;
    let pushes = world.stand.web.received();
    assert_eq!(pushes.len(), 1);
    assert_eq!(pushes[0].id, subscription.id);
    let payload = &pushes[0].payload;
    assert_eq!((&payload["title"], &payload["body"]), (&json!("Shop"), &json!("Nouveau message")));
    assert_eq!(payload["tidings"]["message_id"], asked.to_string());
    assert_eq!(payload["tidings"]["badge"], 1, "one conversation of theirs waits");
    assert!(!payload.to_string().contains("secret"));
    // No user's device is told of what the user wrote, and nothing stands in the message's ledger.
    assert!(world.stand.apns.received().is_empty());
}

/// A colleague writes a note that mentions the agent.
pub(crate) async fn mention(world: &World, conversation_id: ConversationId) -> NoteId {
    let (now, id) = (world.clock.now(), NoteId::from_parts(world.clock.unix_ms(), world.clock.random()));
    let colleague = CreateAgent {
        id: AgentId::from_parts(1, [77; 10]),
        workspace_id: world.workspace_id,
        name: "Ben".to_owned().try_into().unwrap(),
        email: "ben@example.org".parse().unwrap(),
        role: AgentRole::Agent,
        password_hash: "none".to_owned(),
        team_ids: None,
        by: By::command_line(now),
    };
    let agent_id = world.db.write(colleague).await.unwrap().id;
    let (text, mentions) = (Text::try_from("@Léa, the secret?").unwrap(), vec![world.agent_id]);
    world.db.write(AppendNote { id, conversation_id, agent_id, text, mentions, now }).await.unwrap();
    id
}

#[tokio::test]
async fn a_mention_reaches_the_browser_without_the_words_of_the_note_and_not_when_it_was_seen() {
    let (world, person, _) = desk(PushPrivacy::Preview).await;
    let conversation_id = person.conversation_id;
    let note = mention(&world, conversation_id).await;
    world.run_all(&world.dispatcher()).await;
    let pushes = world.stand.web.received();
    assert_eq!(pushes.len(), 1);
    let payload = &pushes[0].payload;
    assert_eq!(
        (&payload["title"], &payload["body"]),
        (&json!("Shop"), &json!("Ben vous a mentionné dans une note"))
    );
    assert_eq!(payload["tidings"]["conversation_id"], conversation_id.to_string());
    assert!(!payload.to_string().contains("secret"));
    assert!(world.stand.apns.received().is_empty(), "users never learn of notes");

    let (agent_id, now) = (world.agent_id, world.clock.now());
    world.db.write(ReadMention { agent_id, conversation_id, note_id: note, now }).await.unwrap();
    let another = mention(&world, conversation_id).await;
    world.db.write(ReadMention { agent_id, conversation_id, note_id: another, now }).await.unwrap();
    world.run_all(&world.dispatcher()).await;
    wish(&world, json!({ "mentioned": { "sound": true, "desktop": true, "push": false } })).await;
    mention(&world, conversation_id).await;
    world.run_all(&world.dispatcher()).await;
    assert_eq!((world.stand.web.received().len(), waiting(&world).await), (1, 0));
}

#[tokio::test]
async fn what_a_push_says_is_the_decision_of_the_app_and_its_conversation() {
    let (world, person, _) = desk(PushPrivacy::Preview).await;
    ask(&world, person, "Where is my parcel?").await;
    world.run_all(&world.dispatcher()).await;
    assert_eq!(world.stand.web.received()[0].payload["body"], "Where is my parcel?");
    for (of_app, of_conversation) in
        [(PushPrivacy::Opaque, None), (PushPrivacy::Preview, Some(PushPrivacy::Opaque))]
    {
        let (world, person, _) = desk(of_app).await;
        let discreet = SetConversationPrivacy {
            workspace_id: world.workspace_id,
            conversation_id: person.conversation_id,
            privacy: of_conversation,
            by: By::command_line(world.clock.now()),
        };
        world.db.write(discreet).await.unwrap();
        ask(&world, person, "Where is my parcel?").await;
        world.run_all(&world.dispatcher()).await;
        let payload = world.stand.web.received()[0].payload.clone();
        assert_eq!(payload.as_object().unwrap().keys().collect::<Vec<_>>(), ["tidings"]);
    }
}

/// Jobs are written for those whom the matrix names, and for nobody else.
#[tokio::test]
async fn only_who_wants_to_be_told_gets_a_job() {
    let on = json!({ "sound": false, "desktop": false, "push": true });
    let off = json!({ "sound": true, "desktop": true, "push": false });
    for (assigned, unassigned, is_theirs, jobs) in
        [(&on, &off, true, 1), (&on, &off, false, 0), (&off, &on, true, 0), (&off, &on, false, 1)]
    {
        let (world, person, _) = desk(PushPrivacy::Generic).await;
        wish(&world, json!({ "assigned": assigned, "unassigned": unassigned })).await;
        assign(&world, person.conversation_id, is_theirs).await;
        ask(&world, person, "Hello").await;
        assert_eq!(waiting(&world).await, jobs, "{assigned} {unassigned} {is_theirs}");
        // Its own reply wakes no agent.
        world.say(person.conversation_id, "Hello").await;
        assert_eq!(waiting(&world).await, jobs + 1);
    }
}

#[tokio::test]
async fn what_was_read_answered_given_away_or_looked_at_is_not_pushed() {
    let (world, person, _) = desk(PushPrivacy::Generic).await;
    let (agent_id, conversation_id) = (world.agent_id, person.conversation_id);
    ask(&world, person, "read").await;
    let now = world.clock.now();
    world.db.write(MoveTeamReceipt { agent_id, conversation_id, read_seq: 1, now }).await.unwrap();
    world.run_all(&world.dispatcher()).await;
    ask(&world, person, "given away").await;
    assign(&world, conversation_id, false).await;
    world.run_all(&world.dispatcher()).await;
    assign(&world, conversation_id, true).await;
    world.on_screen.store(true, std::sync::atomic::Ordering::SeqCst);
    ask(&world, person, "looked at").await;
    world.run_all(&world.dispatcher()).await;
    assert_eq!(waiting(&world).await, 1, "it is held for a moment");
    world.advance(8);
    world.run_all(&world.dispatcher()).await;
    world.on_screen.store(false, std::sync::atomic::Ordering::SeqCst);
    ask(&world, person, "answered").await;
    world.say(conversation_id, "Hello").await;
    world.run_all(&world.dispatcher()).await;
    assert_eq!(waiting(&world).await, 0);
    assert!(world.stand.web.received().is_empty());
    assert_eq!(world.stand.apns.received().len(), 1, "the reply");
}

#[tokio::test]
async fn quiet_hours_end_with_one_push_for_a_conversation() {
    let (world, person, _) = desk(PushPrivacy::Generic).await;
    let push = json!({ "sound": false, "desktop": true, "push": true });
    let hours = json!({ "from": "09:00", "until": "10:00", "utc_offset_minutes": 0 });
    wish(&world, json!({ "assigned": push, "unassigned": push, "quiet_hours": hours })).await;
    for _ in 0..3 {
        ask(&world, person, "Hello").await;
        world.advance(5);
    }
    world.run_all(&world.dispatcher()).await;
    assert!(world.stand.web.received().is_empty());
    world.advance(30 * 60);
    world.run_all(&world.dispatcher()).await;
    let pushes = world.stand.web.received();
    assert_eq!(pushes.len(), 1);
    assert_eq!(pushes[0].payload["body"], "3 nouveaux messages");
}

#[tokio::test]
async fn messages_of_a_conversation_replace_each_other_at_the_push_service() {
    let (world, person, _) = desk(PushPrivacy::Generic).await;
    for _ in 0..2 {
        ask(&world, person, "Hello").await;
        world.run_all(&world.dispatcher()).await;
    }
    let other = Person { conversation_id: world.open(person.user_id).await, ..person };
    assign(&world, other.conversation_id, true).await;
    ask(&world, other, "Hello").await;
    world.run_all(&world.dispatcher()).await;
    let topics: Vec<_> = world.stand.web.received().into_iter().map(|push| push.topic.unwrap()).collect();
    assert!(topics[0] == topics[1] && topics[1] != topics[2], "{topics:?}");
}

#[tokio::test]
async fn a_dead_browser_is_forgotten_and_so_is_one_that_signs_out() {
    let (world, person, first) = desk(PushPrivacy::Generic).await;
    let second = subscribe(&world, [8; 32]).await;
    let browsers = async || world.db.agent_browsers(world.agent_id, world.clock.now()).await.unwrap().len();
    world.advance(10);
    world.stand.web.reply(&first.id, Reply::refuse(410, ""));
    ask(&world, person, "Hello").await;
    world.run_all(&world.dispatcher()).await;
    let reached: Vec<_> = world.stand.web.received().into_iter().map(|push| push.id).collect();
    assert_eq!((reached, browsers().await), (vec![second.id], 1));
    world.db.write(EndAgentSession { token_hash: [8; 32], now: world.clock.now() }).await.unwrap();
    assert_eq!(browsers().await, 0);
    ask(&world, person, "Hello").await;
    assert_eq!(waiting(&world).await, 0, "nobody is left to be woken");
}

#[tokio::test]
async fn a_service_out_of_order_is_asked_again_and_nothing_is_buried() {
    let (world, person, subscription) = desk(PushPrivacy::Generic).await;
    world.stand.web.reply(&subscription.id, Reply::refuse(503, "").retry_after("30").times(1));
    ask(&world, person, "Hello").await;
    world.run_all(&world.dispatcher()).await;
    assert_eq!((world.stand.web.received().len(), waiting(&world).await), (0, 1));
    world.advance(32);
    world.run_all(&world.dispatcher()).await;
    assert_eq!((world.stand.web.received().len(), waiting(&world).await), (1, 0));
    world.stand.web.reply(&subscription.id, Reply::refuse(400, ""));
    ask(&world, person, "Hello").await;
    world.run_all(&world.dispatcher()).await;
    let counts = world.db.job_counts().await.unwrap();
    assert_eq!((counts.waiting, counts.dead), (0, 0));
}
