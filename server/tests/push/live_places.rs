//! The end of a place that is shared live is a job like a push, done by the same hands.

use tidings_protocol::id::{JobId, MessageId};
use tidings_protocol::message::{KnownPart, LiveLocation, Message, MoveLivePlace, Part};
use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_store::Actor;
use tidings_store::live_places::MovePlace;
use tidings_store::messages::{AppendMessage, Range};

use crate::world::{Person, World};

async fn share(world: &World, person: Person) -> Message {
    let actor = Actor::User { user_id: person.user_id, device_id: person.device_id };
    let part = Part::Known(KnownPart::LiveLocation(LiveLocation::for_seconds(60)));
    let (id, conversation_id) =
        (MessageId::from_parts(world.clock.unix_ms(), world.clock.random()), person.conversation_id);
    let append = AppendMessage {
        id,
        conversation_id,
        actor,
        parts: vec![part].try_into().unwrap(),
        quote: None,
        seen_seq: None,
        now: world.clock.now(),
        job_id: JobId::from_parts(world.clock.unix_ms(), world.clock.random()),
    };
    world.db.write(append).await.unwrap();
    let place =
        MoveLivePlace { number: 1, latitude: 46.9, longitude: 7.4, accuracy_m: None, measured_at: None };
    let now = world.clock.now();
    world.db.write(MovePlace { conversation_id, id, actor, place, now }).await.unwrap()
}

async fn stored(world: &World, person: Person) -> LiveLocation {
    let list = world.db.messages(person.conversation_id, Range::Newest, 1).await.unwrap();
    let [Part::Known(KnownPart::LiveLocation(live))] = list.messages[0].parts.as_slice() else {
        panic!("{list:?}")
    };
    live.clone()
}

#[tokio::test]
async fn a_live_place_ends_at_its_time_by_whichever_process_runs_then_and_wakes_nobody() {
    let world = World::start(PushPrivacy::Preview).await;
    let person = world.person(PushProvider::Fcm, "token").await;
    share(&world, person).await;
    let early = world.dispatcher();
    world.advance(59);
    assert_eq!(world.run_all(&early).await, 0);
    assert!(stored(&world, person).await.last.is_some());
    drop(early);
    // The server was down when the time was over.
    world.advance(600);
    assert_eq!(world.run_all(&world.dispatcher()).await, 1);
    let live = stored(&world, person).await;
    assert!(live.ended && live.last.is_none(), "{live:?}");
    assert_eq!(world.run_all(&world.dispatcher()).await, 0, "once, and nobody is told by a push");
}
