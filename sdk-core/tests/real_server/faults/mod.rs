//! What the SDK does, point by point, under what a network does: each pair of the two, against the real server, through the meddler.
//!
//! | | what a phone does |
//! |---|---|
//! | outbox | words, a quote, an edit, a deletion, a choice, answers to a form, photos and a file, a refused file |
//! | sync | a reply and its receipt, a read mark, what was missed, a new phone, a thread page by page |
//! | conversations | opening one, a link into one |
//! | photos and files | a picture small and whole, a file in pieces |
//! | location | a place, exact and rounded |
//! | identity | the first sign-in, a session that was ended elsewhere, another user and back, signing out offline, an anonymous user who signs in |
//! | diagnosis | a diagnosis, and what it exports |
//!
//! The network breaks the first requests, or sockets, that come after the story has begun, each in the same way. Then everything is
//! there once: on the server, and on the phone.

mod behaviours;
mod stage;

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::StreamExt as _;

use self::behaviours::Behaviour;
use self::stage::Stage;
use crate::meddler::Mischief;
use crate::server::Server;

/// How many requests in a row, or sockets, are broken.
const TIMES: u32 = 3;
/// How many stories go on at once: most of the time they wait.
const AT_ONCE: usize = 6;

/// What is done to the requests of a story. `Flipped` is done to files alone, and `SocketCut` to those who have a socket.
const FAULTS: [Mischief; 11] = [
    Mischief::CutBefore,
    Mischief::CutAfter,
    Mischief::Late,
    Mischief::Overtaken,
    Mischief::Twice,
    Mischief::Unavailable,
    Mischief::BadGateway,
    Mischief::Portal,
    Mischief::Torn,
    Mischief::SocketCut,
    Mischief::Flipped,
];

fn applies(behaviour: Behaviour, fault: Mischief) -> bool {
    match fault {
        Mischief::Flipped => behaviour.fetches_files(),
        Mischief::SocketCut => behaviour.has_a_socket(),
        _ => true,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_phone_does_and_whatever_the_network_does_to_it_it_is_done_once() {
    let mut server = Server::new();
    server.start();
    let agent = server.agent().await;
    let pairs = Behaviour::ALL.into_iter().flat_map(|behaviour| FAULTS.map(|fault| (behaviour, fault)));
    let pairs: Vec<_> = pairs.filter(|(behaviour, fault)| applies(*behaviour, *fault)).enumerate().collect();
    let begun = Instant::now();
    let stories = futures_util::stream::iter(&pairs).map(|(number, (behaviour, fault))| {
        let (server, agent) = (&server, &agent);
        async move {
            let stage = Stage::set(server, agent, *number, *behaviour).await;
            stage.play(*behaviour, *fault, TIMES).await;
            (*behaviour, *fault)
        }
    });
    let played: Vec<_> = stories.buffer_unordered(AT_ONCE).collect().await;
    let mut table = BTreeMap::<_, Vec<_>>::new();
    for (behaviour, fault) in &played {
        table.entry(*behaviour).or_default().push(*fault);
    }
    for (behaviour, faults) in &mut table {
        faults.sort();
        println!("| {} | {faults:?} |", behaviour.name());
    }
    println!("{} stories in {:?}", played.len(), begun.elapsed());
    assert_eq!(table.len(), Behaviour::ALL.len());
    assert!(table.values().all(|faults| faults.len() >= FAULTS.len() - 2), "{table:?}");
}
