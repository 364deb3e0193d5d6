//! The laws that sockets keep, on both databases.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tidings_protocol::frame::CloseCode;

use crate::world::{Ground, Hints, Socket, World};

/// Each law on SQLite and on PostgreSQL.
macro_rules! laws {
    ($($(#[$meta:meta])* $name:ident: $hints:expr;)*) => {
        mod sqlite {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::World::on(super::Ground::Sqlite, $hints, |_| ()).await).await;
            })*
        }

        mod postgres {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::World::on(super::Ground::Postgres, $hints, |_| ()).await).await;
            })*
        }
    };
}

laws! {
    law_4_every_socket_sees_every_change_in_order_while_others_write: super::Hints::Told;
    law_4_all_sockets_of_a_feed_are_sent_the_same: super::Hints::Told;
    law_6_lost_hints_delay_and_lose_nothing: super::Hints::Lost;
    law_12_a_reader_that_does_not_read_holds_up_nobody: super::Hints::Told;
}

const WRITERS: i64 = 6;
const EACH: i64 = 25;
/// The opening of the conversation, and what everybody writes.
const LAST: i64 = 1 + WRITERS * EACH;

/// The numbers of the changes of a frame.
fn seqs(frame: &Value) -> Vec<i64> {
    let page = if frame["page"].is_null() { frame } else { &frame["page"] };
    page["changes"].as_array().unwrap().iter().map(|change| change["seq"].as_i64().unwrap()).collect()
}

/// Reads on from a change until the last one: no number is left out, none comes twice.
async fn follow(mut socket: Socket, mut seen: i64, upto: i64) {
    while seen < upto {
        for seq in seqs(&socket.changes().await) {
            assert_eq!(seq, seen + 1);
            seen = seq;
        }
    }
}

async fn law_4_every_socket_sees_every_change_in_order_while_others_write(world: World) {
    let world = Arc::new(world);
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        readers.spawn(follow(world.inbox().await, 1, LAST));
        readers.spawn(follow(world.phone().await, 1, LAST));
    }
    let done = Arc::new(AtomicBool::new(false));
    let (coming, over) = (Arc::clone(&world), Arc::clone(&done));
    // Somebody who comes and goes, and goes on each time from the change they saw last.
    readers.spawn(async move {
        let mut seen = 1;
        while seen < LAST {
            let mut socket = coming.inbox_after(seen).await;
            let until = if over.load(Ordering::SeqCst) { LAST } else { seen + 1 };
            while seen < until {
                for seq in seqs(&socket.changes().await) {
                    assert_eq!(seq, seen + 1);
                    seen = seq;
                }
            }
        }
    });
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let world = Arc::clone(&world);
        writers.spawn(async move {
            for n in 0..EACH {
                if writer % 2 == 0 {
                    world.user_says(&format!("{writer} {n}")).await;
                } else {
                    world.agent_says(&format!("{writer} {n}")).await;
                }
            }
        });
    }
    writers.join_all().await;
    done.store(true, Ordering::SeqCst);
    readers.join_all().await;
}

async fn law_4_all_sockets_of_a_feed_are_sent_the_same(world: World) {
    let mut inboxes = [world.inbox().await, world.inbox().await];
    for n in 0..20 {
        world.user_says(&format!("message {n}")).await;
        let mut texts = Vec::new();
        for inbox in &mut inboxes {
            texts.push(inbox.text_of("changes").await);
        }
        assert_eq!(texts[0], texts[1]);
        // Whoever comes now reads it, from the database or from what is at hand: the same words.
        let mut late = world.inbox_after(n + 1).await;
        assert_eq!(late.text_of("changes").await, texts[0]);
    }
}

async fn law_6_lost_hints_delay_and_lose_nothing(world: World) {
    let mut phone = world.phone().await;
    world.agent_says("nobody was told of this").await;
    let change = phone.changes().await;
    assert_eq!(change["changes"][0]["message"]["parts"][0]["text"], "nobody was told of this");
}

async fn law_12_a_reader_that_does_not_read_holds_up_nobody(world: World) {
    let _deaf: Socket = world.phone().await;
    let mut phone = world.phone().await;
    for n in 0..300 {
        world.agent_says(&format!("{n}: {}", "y".repeat(8_000))).await;
    }
    let last = phone
        .changes_until(|page| {
            let last = page["changes"].as_array().unwrap().last().unwrap().clone();
            last["message"]["parts"][0]["text"].as_str().unwrap().starts_with("299:")
        })
        .await;
    assert_eq!(last["more"], false);
}

#[tokio::test]
async fn law_12_a_node_has_a_bounded_number_of_places() {
    let world = World::on(Ground::Sqlite, Hints::Told, |config| config.http.sockets = 2).await;
    let (mut phone, stranger) = (world.phone().await, world.app_socket().await);
    let (status, later) = world.refused().await.expect("there is no third place");
    assert_eq!(status, 503);
    assert!((1..=10).contains(&later), "{later}");
    drop(stranger);
    let let_in = async {
        while world.refused().await.is_some() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), let_in).await.expect("a place was free");
    world.agent_says("still here?").await;
    assert_eq!(seqs(&phone.changes().await), [2]);
}

#[tokio::test]
async fn law_12_a_crowd_is_let_in_a_few_at_a_time() {
    let world = World::on(Ground::Sqlite, Hints::Told, |config| config.rates.sockets_per_second = 1).await;
    let mut first = world.phone().await;
    let mut refused = 0;
    for _ in 0..20 {
        if let Some((status, later)) = world.refused().await {
            assert_eq!(status, 503);
            assert!((1..=10).contains(&later), "{later}");
            refused += 1;
        }
    }
    assert!(refused >= 10, "{refused} of 20 were refused");
    world.agent_says("those who are here go on").await;
    assert_eq!(seqs(&first.changes().await), [2]);
    world.lifecycle.soft().cancel();
    assert_eq!(first.closed().await, CloseCode::Restart.code());
}
