//! The runner of jobs, with a real database.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_server::jobs;
use tidings_server::lifecycle::{Ending, Lifecycle};
use tidings_server::live::presence::Somebody;
use tidings_server::push::Dispatcher;
use tidings_server::push::seal::Seals;
use tidings_standins::Reply;

use crate::DEVICE;
use crate::world::World;

fn spawn(world: &World, dispatcher: Dispatcher, lifecycle: &Lifecycle) {
    jobs::spawn(world.db.clone(), dispatcher, world.wake.clone(), world.clock.clone(), lifecycle);
}

async fn stop(lifecycle: &Lifecycle) {
    lifecycle.soft().cancel();
    assert_eq!(lifecycle.wait().await, Ending::Orderly);
}

async fn waiting(world: &World) -> i64 {
    world.db.job_counts().await.unwrap().waiting
}

/// Waits until so many jobs wait; a test must not wait for ever.
async fn until_waiting(world: &World, count: i64) {
    for _ in 0..500 {
        if waiting(world).await == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} jobs wait, not {count}", waiting(world).await);
}

#[tokio::test]
async fn a_message_is_pushed_as_soon_as_it_is_committed() {
    let world = World::start(PushPrivacy::Generic).await;
    let person = world.person(PushProvider::Apns, DEVICE).await;
    let lifecycle = Lifecycle::new();
    spawn(&world, world.dispatcher(), &lifecycle);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut fastest = Duration::MAX;
    for count in 1..=3 {
        let begun = std::time::Instant::now();
        world.say(person.conversation_id, "Hello").await;
        world.stand.apns.wait_for(count).await;
        fastest = fastest.min(begun.elapsed());
        until_waiting(&world, 0).await;
    }
    // Well under the second after which the runner looks by itself.
    assert!(fastest < Duration::from_millis(800), "{fastest:?}");
    stop(&lifecycle).await;
}

#[tokio::test]
async fn what_waits_for_later_is_found_without_being_told() {
    let world = World::start(PushPrivacy::Generic).await;
    let person = world.person(PushProvider::Apns, DEVICE).await;
    world.stand.apns.reply(DEVICE, Reply::refuse(503, "Shutdown").retry_after("30").times(1));
    let lifecycle = Lifecycle::new();
    spawn(&world, world.dispatcher(), &lifecycle);
    world.say(person.conversation_id, "Hello").await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(world.stand.apns.received().is_empty());
    world.advance(32);
    world.stand.apns.wait_for(1).await;
    until_waiting(&world, 0).await;
    stop(&lifecycle).await;
}

#[tokio::test]
async fn two_runners_and_many_messages_make_one_push_each() {
    let world = World::start(PushPrivacy::Generic).await;
    let person = world.person(PushProvider::Apns, DEVICE).await;
    let lifecycle = Lifecycle::new();
    spawn(&world, world.dispatcher(), &lifecycle);
    spawn(&world, world.dispatcher(), &lifecycle);
    // More of one thread would be told of together.
    for _ in 0..25 {
        let conversation = world.open(person.user_id).await;
        for _ in 0..4 {
            world.say(conversation, "Hello").await;
        }
    }
    world.stand.apns.wait_for(100).await;
    until_waiting(&world, 0).await;
    let pushes = world.stand.apns.received();
    let ids: HashSet<_> = pushes.iter().filter_map(|push| push.collapse_id.clone()).collect();
    assert_eq!((pushes.len(), ids.len()), (100, 100));
    assert!(world.stand.apns.connections() <= 4);
    stop(&lifecycle).await;
}

#[tokio::test]
async fn a_killed_runners_job_is_done_by_another_when_its_lease_is_over() {
    let world = World::start(PushPrivacy::Generic).await;
    let person = world.person(PushProvider::Apns, DEVICE).await;
    world.stand.apns.reply(DEVICE, Reply { delay_ms: 60_000, ..Reply::default() }.times(1));
    let (killed, other) = (Lifecycle::new(), Lifecycle::new());
    spawn(&world, world.dispatcher(), &killed);
    world.say(person.conversation_id, "Hello").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    // As dead as a task can be: it writes nothing down.
    killed.hard().cancel();
    stop(&killed).await;
    spawn(&world, world.dispatcher(), &other);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!((world.stand.apns.received().len(), waiting(&world).await), (0, 1));
    world.advance(61);
    world.stand.apns.wait_for(1).await;
    until_waiting(&world, 0).await;
    stop(&other).await;
}

#[tokio::test]
async fn a_service_that_hangs_does_not_keep_the_other_one_waiting() {
    let world = World::start(PushPrivacy::Generic).await;
    let hung = world.person(PushProvider::Apns, DEVICE).await;
    let person = world.person(PushProvider::Fcm, "an-android-phone").await;
    world.stand.apns.reply(DEVICE, Reply { delay_ms: 20_000, ..Reply::default() });
    let lifecycle = Lifecycle::new();
    for _ in 0..100 {
        let conversation = world.open(hung.user_id).await;
        world.say(conversation, "Hello").await;
    }
    world.say(person.conversation_id, "Hello").await;
    spawn(&world, world.dispatcher(), &lifecycle);
    let arrives = world.stand.fcm.wait_for(1);
    tokio::time::timeout(Duration::from_secs(10), arrives).await.expect("the other service is not held up");
    lifecycle.hard().cancel();
    stop(&lifecycle).await;
}

#[tokio::test]
async fn a_panic_in_one_job_stops_no_other() {
    let world = World::start(PushPrivacy::Generic).await;
    let cursed = world.person(PushProvider::Apns, "66").await;
    let person = world.person(PushProvider::Apns, DEVICE).await;
    let foreground = Arc::new(move |who: Somebody| {
        assert!(who != Somebody::User(cursed.user_id), "the planted panic");
        false
    });
    let (db, clock) = (world.db.clone(), world.clock.clone());
    let dispatcher = Dispatcher::new(&world.stand.config, Seals::none(), db, clock, foreground).unwrap();
    let lifecycle = Lifecycle::new();
    spawn(&world, dispatcher, &lifecycle);
    for _ in 0..3 {
        world.say(cursed.conversation_id, "Hello").await;
        world.say(person.conversation_id, "Hello").await;
    }
    world.stand.apns.wait_for(3).await;
    until_waiting(&world, 3).await;
    // It comes back after a pause, and is given up in the end.
    for _ in 0..30 {
        if waiting(&world).await == 0 {
            break;
        }
        world.advance(100);
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    until_waiting(&world, 0).await;
    assert_eq!(world.db.job_counts().await.unwrap().dead, 3);
    stop(&lifecycle).await;
}

#[tokio::test]
async fn what_is_in_flight_is_finished_and_nothing_more_is_begun_when_the_process_ends() {
    let world = World::start(PushPrivacy::Generic).await;
    let person = world.person(PushProvider::Apns, DEVICE).await;
    let slow = Reply { delay_ms: 700, ..Reply::default() };
    world.stand.apns.reply(DEVICE, slow);
    let lifecycle = Lifecycle::new();
    spawn(&world, world.dispatcher(), &lifecycle);
    world.say(person.conversation_id, "in flight").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    lifecycle.soft().cancel();
    world.say(person.conversation_id, "for the next process").await;
    assert_eq!(lifecycle.wait().await, Ending::Orderly);
    assert_eq!(world.stand.apns.received().len(), 1);
    assert_eq!(waiting(&world).await, 1);
}
