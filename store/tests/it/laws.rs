//! The laws of delivery that a single command cannot show.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tidings_protocol::Seq;
use tidings_protocol::change::{Catchup, ChangeKind};
use tidings_protocol::conversation::ConversationState;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::ConversationId;
use tidings_protocol::message::{Author, Message};
use tidings_store::Db;
use tidings_store::conversations::SetState;
use tidings_store::feeds::After;
use tidings_store::messages::Range;
use tidings_store::receipts::{MoveTeamReceipt, MoveUserReceipt};

use crate::trial::{Trial, World};

/// What a follower has seen of a feed: for each change its number and, if it is about one, its message.
type Seen = Vec<(Seq, Option<Message>)>;

/// Follows a feed in small pages until it is told that nobody writes any more and nothing is left.
async fn follow<H>(
    start: Cursor,
    done: &AtomicBool,
    after: impl AsyncFn(Cursor) -> tidings_store::Result<Catchup<H>>,
) -> Seen {
    let (mut seen, mut cursor) = (Seen::new(), start);
    loop {
        let last_round = done.load(Ordering::SeqCst);
        let Catchup::Changes(page) = after(cursor).await.unwrap() else { panic!("reset") };
        seen.extend(page.changes.into_iter().map(|change| (change.seq, change.message)));
        cursor = page.cursor;
        if last_round && !page.more {
            return seen;
        }
        if !page.more {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn check_no_hole_no_skip(seen: &Seen, ids: &[ConversationId]) {
    let numbers: Vec<_> = seen.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(numbers, (1..=i64::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
    for id in ids {
        let seqs: Vec<_> = seen
            .iter()
            .filter_map(|(_, message)| message.as_ref().filter(|message| message.conversation_id == *id))
            .map(|message| message.seq)
            .collect();
        assert_eq!(
            seqs,
            (1..=i64::try_from(seqs.len()).unwrap()).collect::<Vec<_>>(),
            "messages come in their order"
        );
    }
}

/// Each of several writers sends through one of two nodes, one message after the other.
async fn write_much(t: &Trial, w: &World, dbs: [&Db; 2], ids: &[ConversationId]) {
    join_all((0..16_usize).map(|writer| async move {
        for n in 0..12 {
            let id = ids[(writer + n) % ids.len()];
            let actor = if n % 3 == 0 { w.ana() } else { w.user() };
            dbs[writer % 2].write(t.message(id, actor, &format!("{writer} {n}"))).await.unwrap();
        }
    }))
    .await;
}

both! {
    async fn law_4_no_hole_no_skip(t) {
        let w = t.world().await;
        let start = t.db.user_bootstrap(w.user, 1).await.unwrap().cursor;
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(t.open_conversation(w.user).await.id);
        }
        let another = t.another(1).await.unwrap();
        let done = AtomicBool::new(false);
        let writing = async {
            write_much(t, &w, [&t.db, &another], &ids).await;
            done.store(true, Ordering::SeqCst);
        };
        let (team, user, ()) = tokio::join!(
            follow(start, &done, async |cursor| another.team_changes(w.team, cursor, 7).await),
            follow(start, &done, async |cursor| t.db.user_changes(w.user, cursor, 7).await),
            writing,
        );
        assert_eq!((team.len(), user.len()), (5 + 192, 5 + 192));
        check_no_hole_no_skip(&team, &ids);
        check_no_hole_no_skip(&user, &ids);
        another.close().await;
    }

    async fn law_5_a_snapshot_and_its_cursor_are_of_one_moment(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let done = AtomicBool::new(false);
        let writing = async {
            write_much(t, &w, [&t.db, &t.db], &[id]).await;
            done.store(true, Ordering::SeqCst);
        };
        let reading = async {
            while !done.load(Ordering::SeqCst) {
                let user = t.db.user_bootstrap(w.user, 10).await.unwrap();
                // The opening is one change, each message one more.
                assert_eq!(user.cursor.seq, 1 + user.conversations[0].last_seq);
                assert_eq!(user.unread, user.conversations[0].unread);
                let agent = t.db.agent_bootstrap(w.ana, 10).await.unwrap();
                assert_eq!(agent.teams[0].cursor.seq, 1 + agent.conversations[0].last_seq);
            }
        };
        tokio::join!(writing, reading);
    }

    async fn law_5_the_headers_of_a_last_page_are_those_of_its_end(t) {
        let w = t.world().await;
        let start = t.db.user_bootstrap(w.user, 1).await.unwrap().cursor;
        let id = t.open_conversation(w.user).await.id;
        let done = AtomicBool::new(false);
        let writing = async {
            write_much(t, &w, [&t.db, &t.db], &[id]).await;
            done.store(true, Ordering::SeqCst);
        };
        let reading = async {
            let (mut cursor, mut shown) = (start, 0);
            while !done.load(Ordering::SeqCst) {
                let After::Page(read) = t.db.user_page(w.user, cursor, 7).await.unwrap() else { panic!("reset") };
                // The opening is one change, each message one more.
                for header in &read.page.conversations {
                    assert_eq!(header.last_seq + 1, read.as_of);
                    assert!(header.last_seq >= shown, "from {shown} back to {}", header.last_seq);
                    shown = header.last_seq;
                }
                assert!(read.page.more || read.as_of == read.page.cursor.seq, "nothing follows that is older");
                cursor = read.page.cursor;
            }
        };
        tokio::join!(writing, reading);
    }

    async fn law_7_unread_is_a_function_of_log_and_cursor(t) {
        let w = t.world().await;
        for seed in 0..3 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut ids = Vec::new();
            for _ in 0..3 {
                ids.push(t.open_conversation(w.user).await.id);
            }
            for _ in 0..40 {
                let id = *ids.choose(&mut rng).unwrap();
                step(t, &w, id, &mut rng).await;
                recount(t, &w, id).await;
            }
            let snapshot = t.db.user_bootstrap(w.user, 100).await.unwrap();
            let sum: i64 = snapshot.conversations.iter().map(|conversation| conversation.unread).sum();
            assert_eq!(snapshot.unread, sum, "seed {seed}");
        }
    }

    async fn law_7_read_cursors_never_go_back(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let mut rng = StdRng::seed_from_u64(7);
        let mut highest = (0, 0, 0);
        for _ in 0..60 {
            step(t, &w, id, &mut rng).await;
            let now = t.db.user_conversation(w.user, id).await.unwrap().unwrap();
            let now = (now.receipts.user_delivered_seq, now.receipts.user_read_seq, now.receipts.team_read_seq);
            assert!(now.0 >= highest.0 && now.1 >= highest.1 && now.2 >= highest.2, "{highest:?} then {now:?}");
            assert!(now.0 >= now.1, "read without having been delivered: {now:?}");
            highest = now;
        }
    }

    async fn every_kind_of_change_is_stored_in_its_own_word(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let state = |state| SetState { actor: w.ana(), conversation_id: id, state, now: t.now() };
        t.db.write(state(ConversationState::Closed)).await.unwrap();
        t.db.write(state(ConversationState::Open)).await.unwrap();
        let Catchup::Changes(page) = t.db.team_changes(w.team, Cursor { epoch: t.db.epoch(), seq: 0 }, 9).await.unwrap()
        else { panic!("reset") };
        let kinds: Vec<_> = page.changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [
            ChangeKind::ConversationOpened,
            ChangeKind::ConversationClosed,
            ChangeKind::ConversationReopened,
        ]);
    }
}

/// Something that may happen in a conversation.
async fn step(t: &Trial, w: &World, id: ConversationId, rng: &mut StdRng) {
    let (conversation_id, now) = (id, t.now());
    match rng.random_range(0..6) {
        0 => drop(t.send(id, w.user(), "from the user").await),
        1 => drop(t.send(id, w.ana(), "from Ana").await),
        2 => drop(t.send(id, w.ben(), "from Ben").await),
        3 => drop(t.note(id, w.ana, "for colleagues").await),
        4 => {
            let (delivered_seq, read_seq) = (rng.random_range(-1..30), rng.random_range(-1..30));
            let receipt = MoveUserReceipt {
                user_id: w.user,
                conversation_id,
                delivered_seq,
                read_seq,
                from: None,
                now,
            };
            t.db.write(receipt).await.unwrap();
        }
        _ => {
            let receipt =
                MoveTeamReceipt { agent_id: w.ana, conversation_id, read_seq: rng.random_range(-1..30), now };
            t.db.write(receipt).await.unwrap();
        }
    }
}

/// Counts unread messages from the log alone and compares.
async fn recount(t: &Trial, w: &World, id: ConversationId) {
    let log = t.db.messages(id, Range::After(0), 100).await.unwrap().messages;
    let by_user = |message: &&Message| matches!(message.author, Author::User { .. });
    let user = t.db.user_conversation(w.user, id).await.unwrap().unwrap();
    let unread = log.iter().filter(|m| m.seq > user.receipts.user_read_seq && !by_user(m)).count();
    assert_eq!(user.unread, i64::try_from(unread).unwrap());
    let team = t.db.team_conversation(w.ana, id).await.unwrap().unwrap();
    let unread = log.iter().filter(|m| m.seq > team.receipts.team_read_seq && by_user(m)).count();
    assert_eq!(team.unread, i64::try_from(unread).unwrap());
    assert_eq!(user.receipts, team.receipts);
}
