//! What a commit tells of itself is what a read would have said.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tidings_protocol::change::Catchup;
use tidings_protocol::conversation::ConversationState;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::{ConversationId, FeedId};
use tidings_protocol::limits;
use tidings_store::conversations::SetState;
use tidings_store::messages::AppendMessage;
use tidings_store::receipts::{MoveTeamReceipt, MoveUserReceipt};
use tidings_store::{Actor, Growth, NewsPage, team_feed, user_feed};

use crate::trial::{Trial, World};

/// The last growth of each feed since the last call.
fn last_growths(t: &Trial) -> BTreeMap<FeedId, Growth> {
    let commits = std::mem::take(&mut *t.commits.lock().unwrap());
    let mut growths: Vec<_> = commits.into_iter().flat_map(|committed| committed.feeds).collect();
    growths.sort_by_key(|growth| growth.last_seq);
    growths.into_iter().map(|growth| (growth.feed, growth)).collect()
}

/// Compares what was told of feeds with what they say, now that nobody writes; answers how many were told of.
async fn compare(t: &Trial, w: &World) -> usize {
    let mut compared = 0;
    for growth in last_growths(t).into_values() {
        let Some(news) = &growth.news else { continue };
        let after = Cursor { epoch: t.db.epoch(), seq: news.after };
        let told = match &news.page {
            NewsPage::User(page) => {
                let user = [w.user, w.other_user].into_iter().find(|user| user_feed(*user) == growth.feed);
                let read = t.db.user_changes(user.unwrap(), after, limits::PAGE).await.unwrap();
                assert_eq!(Catchup::Changes(page.clone()), read);
                page.cursor
            }
            NewsPage::Team(page) => {
                assert_eq!(team_feed(w.team), growth.feed);
                let read = t.db.team_changes(w.team, after, limits::PAGE).await.unwrap();
                assert_eq!(Catchup::Changes(page.clone()), read);
                page.cursor
            }
        };
        assert_eq!(told.seq, growth.last_seq);
        compared += 1;
    }
    compared
}

/// Something that happens in a conversation, and whether it is only that somebody writes.
async fn act(t: &Trial, w: &World, rng: &mut StdRng, ids: &[(ConversationId, Actor)], quiet: u32) {
    let many = rng.random_range(1..12);
    let plans: Vec<_> = (0..many)
        .map(|n| {
            let (id, user) = *ids.choose(rng).unwrap();
            (id, user, rng.random_range(0..quiet), rng.random_range(0..40), n)
        })
        .collect();
    join_all(plans.into_iter().map(|(id, user, what, seq, n)| async move {
        let text = format!("message {n} with some words");
        let (conversation_id, now) = (id, t.now());
        match what {
            0..6 => drop(t.db.write(t.message(id, user, &text)).await),
            6..8 => drop(t.db.write(t.message(id, w.ana(), &text)).await),
            8..10 => {
                let seen = AppendMessage { seen_seq: Some(seq), ..t.message(id, w.ben(), &text) };
                let first = t.db.write(seen.clone()).await;
                // The second time it is a repeat, or refused again.
                assert_eq!(first.is_ok(), t.db.write(seen).await.is_ok());
            }
            10 => drop(t.db.write(t.message(id, w.stranger(), &text)).await),
            11 => {
                let receipt = MoveTeamReceipt { agent_id: w.ana, conversation_id, read_seq: seq, now };
                t.db.write(receipt).await.unwrap();
            }
            12 => {
                let Actor::User { user_id, .. } = user else { unreachable!("owned by users") };
                let receipt = MoveUserReceipt {
                    user_id,
                    conversation_id,
                    delivered_seq: seq,
                    read_seq: seq / 2,
                    from: None,
                    now,
                };
                t.db.write(receipt).await.unwrap();
            }
            _ => {
                let state = ConversationState::Closed;
                t.db.write(SetState { actor: w.ana(), conversation_id, state, now }).await.unwrap();
            }
        }
    }))
    .await;
}

both! {
    async fn news_are_what_a_read_would_have_answered(t) {
        let w = t.world().await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push((t.open_conversation(w.user).await.id, w.user()));
        }
        ids.push((t.open_conversation(w.other_user).await.id, w.other_user()));
        compare(t, &w).await;
        let mut rng = StdRng::seed_from_u64(7);
        let mut compared = 0;
        for round in 0..120 {
            // Messages alone more often than in company.
            act(t, &w, &mut rng, &ids, if round % 3 == 0 { 14 } else { 11 }).await;
            compared += compare(t, &w).await;
        }
        assert!(compared > 150, "only {compared} were told of");
    }

    async fn a_message_alone_is_told_of_and_one_in_company_is_read(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.commits.lock().unwrap().clear();
        let sent = t.send(id, w.user(), "hello").await;
        let growths = last_growths(t);
        let news = growths[&user_feed(w.user)].news.clone().unwrap();
        let NewsPage::User(page) = &news.page else { panic!("{news:?}") };
        assert_eq!((news.after, page.changes[0].message.as_ref()), (1, Some(&sent)));
        assert!(matches!(growths[&team_feed(w.team)].news.as_ref().unwrap().page, NewsPage::Team(_)));
        t.note(id, w.ana, "for colleagues").await;
        assert_eq!(last_growths(t)[&team_feed(w.team)].news, None);
    }
}
